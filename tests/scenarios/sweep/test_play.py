"""A sweep's days are those of ``wattpact run``; its table and means say what they gained."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from learning.execution.joblib_backend import JoblibBackend
from scenarios.hosts import SimulatedHost
from scenarios.load import load
from scenarios.running import RunOptions, run_scenario
from scenarios.sweep.axes import SweepError, axis_of, points_of
from scenarios.sweep.play import Row, check_measure, sweep
from scenarios.sweep.report import estimates, sweep_frame, write_sweep

HERE = JoblibBackend(1)


def test_a_day_is_the_one_that_is_run(write: Callable[..., Path], tmp_path: Path) -> None:
    path = str(write())
    (row,) = sweep(points_of(path, []), [5], backend=HERE)
    run = run_scenario(load(path), SimulatedHost(), RunOptions(seed=5, out=tmp_path, pictures=False))
    told = run.summary()
    assert row["digest"] == told["digest"]
    assert (row["sessions"], row["agreements"]) == (told["sessions"], told["agreements"])
    # Ash has 0.15 kWh too much in each of eight intervals and oak lacks 0.10: 0.22 token/kWh are saved on what they trade.
    assert row["gain"] == pytest.approx(row["gain.ash"] + row["gain.oak"])
    assert row["gain"] == pytest.approx(0.22 * row["delivered"])
    assert row["gain"] * 1e6 == pytest.approx(told["welfare"]["gain"])
    assert row["tokens_conserved"] is True


def test_what_is_varied_has_its_effect_and_its_column(write: Callable[..., Path], tmp_path: Path) -> None:
    axes = [axis_of("party.ash.strategy=boulware,conceder"), axis_of("provider.tariff.1.sell=0.3,0.4")]
    rows = sweep(points_of(str(write()), axes), [0, 1], backend=HERE)
    assert [row["party.ash.strategy"] for row in rows] == ["boulware"] * 4 + ["conceder"] * 4
    assert [row["provider.tariff.1.sell"] for row in rows] == [0.3, 0.3, 0.4, 0.4] * 2
    assert [row["seed"] for row in rows] == [0, 1] * 4
    found = {tuple(e.values.values()): e.estimate.mean or 0.0 for e in estimates(rows, axes, "gain.ash")}
    assert found["boulware", 0.3] > found["conceder", 0.3] > 0
    total = {tuple(e.values.values()): e.estimate.mean or 0.0 for e in estimates(rows, axes, "gain")}
    # The surplus of what they trade grows with the provider's spread, 0.32 to 0.22.
    assert total["boulware", 0.4] / total["boulware", 0.3] == pytest.approx(32 / 22)
    write_sweep(tmp_path / "out", rows, axes, "gain.ash")
    table = pl.read_parquet(tmp_path / "out" / "tables" / "days.parquet")
    assert table.height == 8
    assert table["gain.ash"].to_list() == [row["gain.ash"] for row in rows]
    assert (tmp_path / "out" / "pictures" / "gain.ash.png").stat().st_size > 0


def test_processes_and_resumption_change_nothing(write: Callable[..., Path], tmp_path: Path) -> None:
    points = points_of(str(write()), [axis_of("market.max_rounds=10,20")])
    whole = sweep(points, [0, 1], backend=HERE)
    keep = tmp_path / "keep"
    assert sweep(points, [0, 1], backend=JoblibBackend(2), keep=keep) == whole
    assert len(list(keep.iterdir())) == 4
    assert sweep(points, [0, 1], backend=HERE, keep=keep) == whole


def test_values_of_several_kinds_make_a_column_of_texts() -> None:
    rows: list[Row] = [{"a": 1, "seed": 0, "gain": 0.5}, {"a": "x", "seed": 0, "gain": None}]
    table = sweep_frame(rows, [axis_of("a=1,x")])
    assert table["a"].to_list() == ["1", "x"]
    assert table["gain"].to_list() == [0.5, None]


def test_an_unknown_measure_is_refused_with_the_nearest(write: Callable[..., Path]) -> None:
    points = points_of(str(write()), [])
    check_measure("gain.ash", points)
    with pytest.raises(SweepError, match=r"--measure: found 'gain.asch', expected one of gain.ash"):
        check_measure("gain.asch", points)
