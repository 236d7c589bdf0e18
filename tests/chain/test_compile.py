"""From sources to artifacts: what is compiled, that it is reproducible, and what an artifact says of code on chain."""

import dataclasses
import hashlib
import json
import shutil
from pathlib import Path

import pytest

from chain import artifact as artifacts
from chain.artifact import Artifact, ArtifactError, from_json, load
from chain.compile import (
    ROOT,
    TARGETS,
    CompileError,
    Target,
    closure,
    compare,
    compile_target,
    find_compiler,
    settings,
    write,
)

MARKET = ("UtilityToken", "MeterRegistry", "ProviderTariff", "UtilityNegotiator")
SIZE_LIMIT = 24_576  # EIP-170

needs_compiler = pytest.mark.skipif(
    shutil.which("node") is None or not (ROOT / "node_modules" / "solc").is_dir(),
    reason="compiling takes Node and the node modules (make setup)",
)


@pytest.mark.parametrize("contract", MARKET)
def test_committed_artifact_is_whole(contract: str) -> None:
    artifact = load(contract)
    assert 0 < len(artifact.deployed_bytecode) <= SIZE_LIMIT
    assert len(artifact.bytecode) > len(artifact.deployed_bytecode)  # it holds the constructor too
    assert artifact.entries("function")
    assert artifact.entries("event")
    assert artifact.entries("error")
    assert artifact.storage_layout["storage"]
    assert artifact.compiler["version"].startswith("0.8.37+commit.")
    assert artifact.compiler["settings"] == settings()


@pytest.mark.parametrize("contract", MARKET)
def test_artifact_names_the_sources_as_they_are(contract: str) -> None:
    for name, digest in load(contract).sources.items():
        if not name.startswith("@"):
            assert hashlib.sha256((ROOT / name).read_bytes()).hexdigest() == digest, name


def test_same_named_errors_have_the_same_arguments() -> None:
    """Python raises contract errors by name, so one name must mean one thing."""
    seen: dict[str, list[str]] = {}
    for contract in MARKET:
        for entry in load(contract).entries("error"):
            kinds = [value["type"] for value in entry["inputs"]]
            assert seen.setdefault(entry["name"], kinds) == kinds, entry["name"]


def test_immutables_are_masked_and_nothing_else() -> None:
    artifact = load("UtilityToken")
    code = bytearray(artifact.deployed_bytecode)
    for start, length in artifact.immutables:
        code[start : start + length] = b"\xa5" * length
    assert artifact.matches(bytes(code))
    assert set(artifact.immutable_values(bytes(code))) == {b"\xa5" * 32}
    code[0] ^= 1
    assert not artifact.matches(bytes(code))
    assert not artifact.matches(artifact.deployed_bytecode + b"\x00")
    with pytest.raises(ValueError, match="are not UtilityToken"):
        artifact.immutable_values(bytes(code))


def test_artifact_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        load("UtilityToken").contract = "Other"  # type: ignore[misc]


def test_missing_or_broken_artifact_says_which(tmp_path: Path) -> None:
    with pytest.raises(
        ArtifactError,
        match=r"no artifact of Nothing; there are: EnergyLoans, ForwardContracts, MeterRegistry",
    ):
        load("Nothing")
    (tmp_path / "Broken.json").write_text("{}")
    with pytest.raises(ArtifactError, match=r"Broken\.json: not a compiled contract"):
        load("Broken", tmp_path)
    shutil.copy(artifacts.FOLDER / "UtilityToken.json", tmp_path / "Renamed.json")
    with pytest.raises(ArtifactError, match="holds UtilityToken, expected Renamed"):
        load("Renamed", tmp_path)


def test_settings_come_from_foundry(tmp_path: Path) -> None:
    with pytest.raises(CompileError, match=r"foundry\.toml: no settings"):
        settings(tmp_path)
    chosen = settings()
    assert chosen["viaIR"] is True
    assert chosen["metadata"]["bytecodeHash"] == "none"


def test_closure_follows_imports_and_names_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "A.sol").write_text(
        'import {B} from "../b/B.sol";\n// import "./No.sol";\ncontract A {}\n'
    )
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "B.sol").write_text('import {\n    C,\n    D\n} from "./C.sol";\n')
    with pytest.raises(CompileError, match=r"b/C\.sol: cannot be read"):
        closure("a/A.sol", tmp_path)
    (tmp_path / "b" / "C.sol").write_text("contract C {} contract D {}\n")
    assert list(closure("a/A.sol", tmp_path)) == ["a/A.sol", "b/B.sol", "b/C.sol"]


def test_compare_names_what_differs(tmp_path: Path) -> None:
    target = TARGETS[0]
    document = json.loads((ROOT / target.file).read_text())
    missing = compare(target, document, tmp_path)
    assert missing is not None
    assert str(missing) == f"{target.file}: differs in missing"
    write(target, document, tmp_path)
    assert compare(target, document, tmp_path) is None
    changed = compare(target, {**document, "bytecode": "0x00", "abi": []}, tmp_path)
    assert changed is not None
    assert changed.parts == ("abi", "bytecode")


@needs_compiler
def test_compiling_again_gives_the_committed_artifact() -> None:
    target = next(t for t in TARGETS if t.contract == "UtilityToken")
    document = compile_target(target, compiler=find_compiler())
    assert compare(target, document) is None
    assert isinstance(from_json(document), Artifact)


@needs_compiler
def test_sources_that_do_not_compile_say_why(tmp_path: Path) -> None:
    shutil.copy(ROOT / "foundry.toml", tmp_path)
    (tmp_path / "Bad.sol").write_text("pragma solidity ^0.8.28;\ncontract Bad { uint256 x = 'no'; }\n")
    with pytest.raises(CompileError, match=r"Bad\.sol: Bad does not compile"):
        compile_target(Target(source="Bad.sol", contract="Bad"), compiler=find_compiler(), root=tmp_path)
