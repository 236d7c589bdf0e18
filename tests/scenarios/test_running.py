"""A run from its file to its folder, on the simulated ledger; expected figures by hand from the two homes' profiles."""

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from scenarios.hosts import SimulatedHost
from scenarios.load import load
from scenarios.running import RunOptions, RunResult, run_scenario
from tests.scenarios.conftest import SMALL

Write = Callable[..., Path]


def run(path: Path, out: Path, *, seed: int | None = None) -> RunResult:
    return run_scenario(load(str(path)), SimulatedHost(), RunOptions(seed=seed, out=out, pictures=False))


def test_the_two_homes_trade_all_that_one_is_short_of(write: Write, tmp_path: Path) -> None:
    """Ash has 150 Wh over, oak is short of 100 Wh in each of 8 intervals: 100 Wh go between them at prices within the
    tariff's 80 and 300, and ash sells the other 50 Wh to the provider at 80. Forecasts are perfect: nothing is refunded.
    """
    result = run(write(), tmp_path / "runs")
    peers = [deal for deal in result.record.deals if deal.session]
    rest = [deal for deal in result.record.deals if not deal.session]
    assert [(deal.seller, deal.buyer, deal.energy, deal.delivered, deal.refunded) for deal in peers] == [
        ("ash", "oak", 100, 100, 0)
    ] * 8
    assert all(80 <= deal.price <= 300 for deal in peers)
    assert [(deal.seller, deal.buyer, deal.energy, deal.price) for deal in rest] == [
        ("ash", "grid", 50, 80)
    ] * 8
    assert result.conserved
    # What the two gain together is the tariff's spread on what they trade: (300 − 80) × 100 Wh × 8.
    assert sum(deal.seller_gain + deal.buyer_gain for deal in peers) == 220 * 100 * 8
    half = [row.channel for row in result.record.sessions]
    assert half == ["chain", "signed"] * 4


def test_the_folder_holds_what_the_run_did(write: Write, tmp_path: Path) -> None:
    result = run_scenario(load(str(write())), SimulatedHost(), RunOptions(out=tmp_path / "runs"))
    folder = result.folder
    manifest = json.loads(folder.manifest.read_text())
    assert manifest["status"] == "finished"
    assert manifest["seed"] == 3
    assert manifest["result"]["digest"] == result.digest
    assert set(manifest["data_sha256"]) == {str(tmp_path / "homes.csv")}
    for name in ("sessions", "offers", "deals", "readings", "balances"):
        table = pl.read_parquet(folder.tables / f"{name}.parquet")
        assert table.height > 0
        assert pl.read_csv(folder.tables / f"{name}.csv").height == table.height
    balances = pl.read_parquet(folder.tables / "balances.parquet")
    assert balances["brought"].sum() == (balances["free"] + balances["outside"]).sum()
    assert len(list(folder.transcripts.glob("*.json"))) == 4
    assert sorted(path.name for path in folder.pictures.iterdir()) == [
        "day.png",
        "deliveries.png",
        "gains.png",
        "negotiation.png",
    ]


def test_equal_seeds_give_equal_days_and_others_do_not(write: Write, tmp_path: Path) -> None:
    noisy = SMALL.replace("forecast = { first = 0.0, last = 0.0 }\n", "")
    path = write(noisy)
    first, again, other = (run(path, tmp_path / "runs", seed=seed) for seed in (1, 1, 2))
    assert first.digest == again.digest != other.digest
    assert [folder.name for folder in sorted((tmp_path / "runs").iterdir())] == [
        "small-001",
        "small-002",
        "small-003",
    ]


@pytest.mark.parametrize(
    ("fault", "delivered"),
    [
        ('kind = "silent-meter"\nmeter = "ash"', 0),
        ('kind = "late-meter"\nmeter = "ash"', 0),
        ('kind = "above-rating"\nmeter = "ash"\nexcess = 1', 0),
        ('kind = "reads-less"\nmeter = "ash"\nfactor = 0.4', 60),  # 0.4 × 150 Wh exported, first in the queue
        (
            'kind = "reads-less"\nmeter = "ash"\nminus = 20',
            100,
        ),  # 130 Wh: the provider, last in the queue, goes short
    ],
)
def test_what_a_faulty_meter_does_not_read_is_refunded(
    write: Write, tmp_path: Path, fault: str, delivered: int
) -> None:
    result = run(write(f"{SMALL}\n[[fault]]\n{fault}\nfirst = 5\nlast = 5\n"), tmp_path / "runs")
    by_interval = {deal.interval: deal for deal in result.record.deals if deal.session}
    assert {i: deal.delivered for i, deal in by_interval.items()} == {
        i: delivered if i == 5 else 100 for i in range(8)
    }
    assert all(deal.paid + deal.refunded == deal.price * deal.energy for deal in result.record.deals)
    assert result.conserved


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ('kind = "withdraws"\nparty = "oak"\nround = 2', "withdrawn"),
        ('kind = "stops-answering"\nparty = "ash"\nround = 3', "deadline"),
        ('kind = "does-not-fund"\nparty = "oak"', "refused"),
    ],
)
# Sessions on the ledger are about even intervals, signed ones about odd ones. On the ledger an acceptance records the
# deal at once, so that there is no moment left in which a party could take its balance away.
@pytest.mark.parametrize("interval", [4, 5])
def test_a_faulty_peer_ends_its_session_and_harms_nobody(
    write: Write, tmp_path: Path, fault: str, outcome: str, interval: int
) -> None:
    result = run(
        write(f"{SMALL}\n[[fault]]\n{fault}\nfirst = {interval}\nlast = {interval}\n"), tmp_path / "runs"
    )
    outcomes = {row.interval: row.outcome for row in result.record.sessions if row.interval == interval}
    expected = "agreed" if outcome == "refused" and interval == 4 else outcome
    assert outcomes == {interval: expected}
    assert result.conserved
