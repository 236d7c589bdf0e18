"""Loans of a scenario from its file to its folder; expected figures by hand from the homes' profiles (conftest)."""

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from scenarios.chain_host import ChainHost, ChainOptions
from scenarios.hosts import Host, SimulatedHost
from scenarios.load import load
from scenarios.report.folder import RunFolder
from scenarios.running import RunOptions, RunResult, run_scenario
from tests.chain.test_network import needs_anvil
from tests.scenarios.conftest import LOANS, lending_profiles

Write = Callable[..., Path]

# Ash lends in 0 … 3; what is lent in 1 is not read, and what returns in 9 and 10 is not or not all.
FAULTS = """
[[fault]]
kind = "silent-meter"
meter = "ash"
first = 1
last = 1

[[fault]]
kind = "silent-meter"
meter = "oak"
first = 9
last = 9

[[fault]]
kind = "reads-less"
meter = "oak"
minus = 30
first = 10
last = 10
"""


def play(host: Host, path: Path, out: Path, *, pictures: bool = False) -> RunResult:
    try:
        return run_scenario(load(str(path)), host, RunOptions(out=out, pictures=pictures))
    finally:
        host.close()


@pytest.fixture
def lending(write: Write) -> Callable[..., Path]:
    def writer(more: str = "", *, old: str = "", new: str = "") -> Path:
        assert old in LOANS
        return write(LOANS.replace(old, new, 1) + more if old else LOANS + more, lending_profiles())

    return writer


def test_what_is_over_early_is_lent_and_comes_back_when_it_is_short(
    lending: Callable[..., Path], tmp_path: Path
) -> None:
    """100 Wh in each of intervals 0 … 3, back in 8 … 11: then neither home trades anything with anyone."""
    result = play(SimulatedHost(), lending(), tmp_path / "runs")
    loans = result.record.loans.loans
    assert {(row.lender, row.borrower, row.interval, row.quantity) for row in loans} == {
        ("ash", "oak", interval, 100) for interval in range(4)
    }
    assert sorted(row.returned_in for row in loans) == [8, 9, 10, 11]
    assert all((row.status, row.principal, row.shortfall) == ("settled", 100, 0) for row in loans)
    assert result.loans == {"opened": 4, "repaid": 4, "defaulted": 0, "voided": 0}
    assert result.summary()["loans"] == result.loans
    assert {deal.buyer for deal in result.record.deals} == {"elm"}
    read = {(row.meter, row.interval): (row.exported, row.imported) for row in result.record.readings}
    assert [read["ash", i] for i in range(12)] == [(100, 0)] * 4 + [(0, 0)] * 4 + [(0, 100)] * 4
    assert [read["oak", i] for i in range(12)] == [(0, 100)] * 4 + [(0, 0)] * 4 + [(100, 0)] * 4
    assert result.conserved


def test_silent_meters_void_and_default_loans(lending: Callable[..., Path], tmp_path: Path) -> None:
    """Nothing read of interval 1: void. Of 9 nothing is read, of 10 it is 70 Wh: 100 and 30 Wh at 300 token units."""
    result = play(SimulatedHost(), lending(FAULTS), tmp_path / "runs")
    assert result.loans == {"opened": 4, "repaid": 1, "defaulted": 2, "voided": 1}
    rows = result.record.loans.loans
    (void,) = [row for row in rows if row.status == "voided"]
    assert (void.interval, void.refunded, void.freed) == (1, 36_000, True)
    short = {row.returned_in: (row.shortfall, row.compensation) for row in rows if row.shortfall}
    assert short == {9: (100, 30_000), 10: (30, 9_000)}
    assert all(row.compensation + row.refunded == row.collateral == 360 * row.quantity for row in rows)
    assert result.summary()["not_returned"] == 130
    assert result.conserved


def test_the_folder_holds_the_loans(lending: Callable[..., Path], tmp_path: Path) -> None:
    result = play(SimulatedHost(), lending(FAULTS), tmp_path / "runs", pictures=True)
    folder = result.folder
    loans = pl.read_parquet(folder.tables / "loans.parquet")
    assert loans["compensation"].sum() == 39_000
    assert pl.read_csv(folder.tables / "loans.csv").height == loans.height == 4
    sessions = pl.read_parquet(folder.tables / "loan_sessions.parquet")
    offers = pl.read_parquet(folder.tables / "loan_offers.parquet")
    assert sessions["rounds"].sum() == offers.height > 0
    charge = pl.read_parquet(folder.tables / "charge.parquet")
    assert set(charge["home"]) == {"oak"}
    assert charge.height == 12
    balances = pl.read_parquet(folder.tables / "balances.parquet")
    assert balances["brought"].sum() == (balances["free"] + balances["outside"]).sum()
    assert len(list(folder.transcripts.glob("loan-*.json"))) == sessions.height
    drawn = {path.name for path in folder.pictures.iterdir()}
    assert {"loans.png", "charge.png"} <= drawn
    assert json.loads(folder.manifest.read_text())["result"]["loans"]["opened"] == 4


def test_the_same_loans_on_both_ledgers_end_alike(lending: Callable[..., Path], tmp_path: Path) -> None:
    path = lending(FAULTS)
    simulated = play(SimulatedHost(), path, tmp_path / "runs")
    chain = play(ChainHost(ChainOptions()), path, tmp_path / "runs")
    assert chain.digest == simulated.digest
    assert chain.record.loans.loans == simulated.record.loans.loans
    assert chain.loans["defaulted"] == 2
    assert chain.audit.verdict == "pass", chain.audit.violations
    assert chain.audit.checks["loans.settlement"] == chain.audit.checks["loans.transcripts"] == 4


@pytest.mark.parametrize("spec", ["memory", pytest.param("anvil", marks=needs_anvil)])
def test_the_shipped_day_of_loans_is_the_same_day_on_every_ledger(spec: str, tmp_path: Path) -> None:
    """Its first 30 intervals with five of its homes, and two meters that fail."""
    text = load("village-loans").path.read_text()
    for old, new in (
        ("intervals = 96 ", "intervals = 30 "),
        ("horizon = 96                  # intervals over", "horizon = 48                  # intervals over"),
        ("scenarios = 100", "scenarios = 10"),
    ):
        assert old in text, old
        text = text.replace(old, new, 1)
    head, *parties = text.partition("[[fault]]")[0].split("[[party]]")
    text = "[[party]]".join([head, *(parties[i] for i in (0, 1, 3, 4, 7))])
    for meter, interval in (("beech", 7), ("rowan", 26)):
        text += (
            f'[[fault]]\nkind = "silent-meter"\nmeter = "{meter}"\nfirst = {interval}\nlast = {interval}\n'
        )
    path = tmp_path / "village-loans.toml"
    path.write_text(text)
    simulated = play(SimulatedHost(), path, tmp_path / "runs")
    chain = play(ChainHost(ChainOptions(spec=spec)), path, tmp_path / "runs")
    assert chain.digest == simulated.digest
    assert chain.loans == simulated.loans
    assert all(chain.loans.values()), chain.loans
    assert chain.audit.verdict == "pass", chain.audit.violations


class Stopped(BaseException):
    """Stands for Ctrl-C."""


@pytest.mark.parametrize("after", [2, 7, 11])
def test_a_stopped_run_with_loans_goes_on(lending: Callable[..., Path], tmp_path: Path, after: int) -> None:
    path, out = lending(FAULTS), tmp_path / "runs"
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
    result = play(ChainHost(ChainOptions()), path, out)
    assert (result.folder, result.resumed) == (folder, True)
    assert result.digest == whole.digest
    assert result.record.loans.loans == whole.record.loans.loans
    assert result.audit.verdict == "pass", result.audit.violations


def test_equal_seeds_lend_alike(lending: Callable[..., Path], tmp_path: Path) -> None:
    noisy = {
        "old": "forecast = { first = 0.0, last = 0.0 }\nloans = { weights = { autarky",
        "new": "loans = { weights = { autarky",
    }
    one, again = (play(SimulatedHost(), lending(**noisy), tmp_path / "runs") for _ in range(2))
    assert one.digest == again.digest
    assert one.record.loans.offers == again.record.loans.offers
