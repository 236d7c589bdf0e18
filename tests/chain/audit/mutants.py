"""Contracts with rules taken out: compiled, deployed as if they were the real ones, and audited."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import pytest

from chain import deploy
from chain.artifact import Artifact, from_json, load
from chain.audit import AuditReport, audit
from chain.compile import ROOT, Target, compile_target, find_compiler
from tests.chain.audit.stage import ledger_of
from tests.chain.worlds import ChainWorlds
from tests.ledger_suite.world import World

Mutations: TypeAlias = Mapping[str, Sequence[tuple[str, str]]]
"""By source file: what stands there, once, and what is put in its place."""


@dataclass(frozen=True)
class Mutant:
    """A contract with rules taken out, and the markets that have it."""

    artifact: Artifact
    worlds: ChainWorlds = field(default_factory=ChainWorlds)

    def deployed(self, monkeypatch: pytest.MonkeyPatch) -> World:
        """A market of which one contract is the mutant; the deployment believes it to be the real one."""
        own = self.artifact
        monkeypatch.setattr(deploy, "load", lambda name: own if name == own.contract else load(name))
        return self.worlds.make()


def mutate(contract: str, mutations: Mutations, folder: Path) -> Mutant:
    """The contract with its mutations."""
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    shutil.copytree(ROOT / "contracts", folder / "contracts")
    shutil.copy(ROOT / "foundry.toml", folder)
    for name, changes in mutations.items():
        text = (folder / name).read_text()
        for before, after in changes:
            assert text.count(before) == 1, f"{name}: {before} stands there {text.count(before)} times"
            text = text.replace(before, after)
        (folder / name).write_text(text)
    target = Target(source=f"contracts/{contract}.sol", contract=contract)
    return Mutant(from_json(compile_target(target, compiler=find_compiler(), root=folder)))


def audited(world: World, contract: str) -> AuditReport:
    market = ledger_of(world)._market
    report = audit(market.network.w3, market.registry.address)
    assert report.verdict == "fail"
    assert any(v.check == "code" and contract in v.detail for v in report.violations)
    return report


def named(report: AuditReport, check: str) -> list[str]:
    """The details of a check's violations, each of which names a transaction."""
    violations = [violation for violation in report.violations if violation.check == check]
    assert all(violation.transaction for violation in violations), violations
    return [violation.detail for violation in violations]
