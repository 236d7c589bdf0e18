"""A contract's months on a chain: the same outcome as in memory, an audit that passes, and stopped runs that go on."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from scenarios.chain_host import ChainHost, ChainOptions
from scenarios.community.tariff_load import TariffScenario
from scenarios.community.tariff_run import TariffResult, run_tariff
from scenarios.hosts import Host, SimulatedHost
from scenarios.report.folder import RunFolder
from scenarios.running import RunOptions

Load = Callable[..., TariffScenario]

EVENTS = """
[[missing]]
member = "ada"
month = 2
late = true

[[exit]]
member = "cyd"
on = 2027-10-09
"""


def play(host: Host, scenario: TariffScenario, out: Path, *, pictures: bool = False) -> TariffResult:
    try:
        return run_tariff(scenario, host, RunOptions(out=out, pictures=pictures))
    finally:
        host.close()


def test_both_ledgers_end_alike_and_the_chain_is_audited(tariff: Load, tmp_path: Path) -> None:
    scenario = tariff(more=EVENTS)
    simulated = play(SimulatedHost(), scenario, tmp_path / "runs", pictures=True)
    chain = play(ChainHost(ChainOptions()), scenario, tmp_path / "runs")
    assert chain.digest == simulated.digest
    assert chain.bills == simulated.bills
    assert chain.members == simulated.members
    assert chain.conserved
    assert simulated.conserved
    assert chain.audit.verdict == "pass", chain.audit.violations
    # Two parties sign, one of three members consents by its own call, one leaves; a vote is opened, a leaf is posted, all
    # are published. Registers: three at the beginning, three, two and two at the months' ends, less one that is late.
    assert chain.audit.checks["forward.signatures"] == 2 + 3 + 1 + 3
    assert chain.audit.checks["forward.registers"] == 3 + 3 + 2 + 2
    assert sorted(path.name for path in simulated.folder.pictures.iterdir()) == ["bills.png", "costs.png"]
    assert json.loads(chain.folder.manifest.read_text())["status"] == "finished"


def test_what_run_prints_for_machines(tariff: Load, tmp_path: Path) -> None:
    result = play(SimulatedHost(), tariff(more=EVENTS), tmp_path / "runs").summary()
    assert {key: result[key] for key in ("sessions", "agreements", "settled", "refunds")} == {
        "sessions": 1,
        "agreements": 1,
        "settled": 8,  # three members for three months, of whom one leaves after two
        "refunds": 3,
    }
    community = result["community"]
    assert {key: community[key] for key in ("bills", "missing", "exits", "shortfalls")} == {
        "bills": 8,
        "missing": 1,
        "exits": 1,
        "shortfalls": 0,
    }
    json.dumps(result)


class Stopped(BaseException):
    """Stands for Ctrl-C."""


@pytest.mark.parametrize("after", [1, 2])
def test_a_stopped_year_goes_on_and_bills_nothing_twice(tariff: Load, tmp_path: Path, after: int) -> None:
    scenario, out = tariff(more=EVENTS), tmp_path / "runs"
    whole = play(SimulatedHost(), scenario, out)

    def stop(what: str, done: int, total: int) -> None:
        if what == "Billing" and done == after:
            raise Stopped

    host = ChainHost(ChainOptions())
    try:
        with pytest.raises(Stopped):
            run_tariff(scenario, host, RunOptions(out=out, pictures=False), stop)
    finally:
        host.close()
    folder = RunFolder(sorted(out.iterdir())[-1])
    assert folder.read()["status"] == "interrupted"
    result = play(ChainHost(ChainOptions()), scenario, out)
    assert result.folder == folder
    assert result.resumed
    assert result.digest == whole.digest
    assert result.bills == whole.bills
    assert result.audit.verdict == "pass", result.audit.violations
