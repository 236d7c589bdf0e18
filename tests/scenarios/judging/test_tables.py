"""Tables of a tournament: types, order, and what is missing as null."""

import polars as pl

from learning.execution.joblib_backend import JoblibBackend
from learning.judging.tournament import Tournament, run_tournament
from scenarios.judging.tables import tournament_tables


def test_tables_hold_what_was_judged() -> None:
    result = run_tournament(Tournament(("hardliner", "linear"), domains=3, seeds=1), backend=JoblibBackend(1))
    tables = tournament_tables(result)
    sessions = tables["sessions"]
    assert sessions.height == 12
    assert sessions.schema["price"] == pl.Int64
    assert sessions.schema["to_nash"] == pl.Float64
    assert sessions.filter(~pl.col("agreed"))["price"].null_count() == (~sessions["agreed"]).sum() > 0
    strategies = tables["strategies"]
    assert strategies["strategy"].to_list() == ["linear", "hardliner"], "the better one first"
    low, mean, high = (strategies[name][0] for name in ("utility_low", "utility", "utility_high"))
    assert low <= mean <= high
    payoffs = tables["payoffs"]
    cell = payoffs.filter((pl.col("strategy") == "linear") & (pl.col("against") == "hardliner"))
    assert cell["utility"].to_list() == [result.payoffs[1][0]]
    shares = tables["equilibria"].group_by("equilibrium").agg(pl.col("share").sum())["share"]
    assert all(abs(share - 1) < 1e-9 for share in shares)
