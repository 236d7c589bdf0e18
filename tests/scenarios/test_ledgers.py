"""One scenario, seed and fault list through every ledger: the same outcome, digest for digest; and stopped runs go on."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from scenarios.chain_host import ChainHost, ChainOptions
from scenarios.hosts import Host, SimulatedHost
from scenarios.load import load
from scenarios.report.folder import RunFolder
from scenarios.running import RunOptions, RunResult, run_scenario
from tests.scenarios.conftest import SMALL

Write = Callable[..., Path]

# Every kind of fault, each where it matters: sessions about even intervals are on the ledger, the others signed.
FAULTS = """
[[fault]]
kind = "reads-less"
meter = "ash"
factor = 0.4
first = 0
last = 0

[[fault]]
kind = "silent-meter"
meter = "ash"
first = 1
last = 1

[[fault]]
kind = "withdraws"
party = "oak"
round = 2
first = 2
last = 2

[[fault]]
kind = "stops-answering"
party = "ash"
round = 3
first = 3
last = 4

[[fault]]
kind = "above-rating"
meter = "ash"
excess = 1
first = 5
last = 5

[[fault]]
kind = "late-meter"
meter = "ash"
first = 6
last = 6

[[fault]]
kind = "two-readings"
meter = "ash"
more = 7
first = 7
last = 7
"""


def play(host: Host, path: Path, out: Path) -> RunResult:
    try:
        return run_scenario(load(str(path)), host, RunOptions(out=out, pictures=False))
    finally:
        host.close()


def test_the_same_day_on_both_ledgers_ends_alike(write: Write, tmp_path: Path) -> None:
    path = write(SMALL + FAULTS)
    simulated = play(SimulatedHost(), path, tmp_path / "runs")
    chain = play(ChainHost(ChainOptions()), path, tmp_path / "runs")
    assert chain.digest == simulated.digest
    assert [(row.outcome, row.rounds, row.price) for row in chain.record.sessions] == [
        (row.outcome, row.rounds, row.price) for row in simulated.record.sessions
    ]
    posted = [row.posted.partition("(")[0] for row in chain.record.readings if row.meter == "ash"]
    assert posted == ["", "silent", "", "", "", "RatingExceeded", "silent", ""]
    assert chain.audit.verdict == "pass", chain.audit.violations
    assert chain.audit.checks["replay"] > 0


class Stopped(BaseException):
    """Stands for Ctrl-C."""


@pytest.mark.parametrize("after", [1, 4, 9])
def test_a_stopped_run_goes_on_and_settles_nothing_twice(write: Write, tmp_path: Path, after: int) -> None:
    path, out = write(), tmp_path / "runs"
    whole = play(SimulatedHost(), path, out)

    def stop(what: str, done: int, total: int) -> None:
        if what == "Trading" and done == after:
            raise Stopped

    host = ChainHost(ChainOptions())
    try:
        with pytest.raises(Stopped):
            run_scenario(load(str(path)), host, RunOptions(out=out, pictures=False), stop)
    finally:
        host.close()
    folder = RunFolder(sorted(out.iterdir())[-1])
    assert folder.read()["status"] == "interrupted"
    result = play(ChainHost(ChainOptions()), path, out)
    assert result.folder == folder
    assert result.digest == whole.digest
    assert len(
        {(deal.session, deal.interval, deal.seller, deal.buyer) for deal in result.record.deals}
    ) == len(result.record.deals)
    assert result.audit.verdict == "pass", result.audit.violations
    assert json.loads(folder.manifest.read_text())["status"] == "finished"


def test_a_run_whose_chain_died_with_its_process_starts_anew(write: Write, tmp_path: Path) -> None:
    path, out = write(), tmp_path / "runs"
    first = play(ChainHost(ChainOptions()), path, out)
    # What kill -9 leaves: a manifest that says "running", a deployment record, and no chain.
    first.folder.update(status="running")
    first.folder.chain.unlink()
    again = play(ChainHost(ChainOptions()), path, out)
    assert again.folder == first.folder
    assert again.digest == first.digest
    assert again.audit.verdict == "pass"
