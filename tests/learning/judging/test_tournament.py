"""Tournaments: complete, equal wherever they run, and resumed only where nothing has changed."""

from dataclasses import asdict
from pathlib import Path

import pytest

from agents.strategy import UnknownStrategy
from learning.execution.joblib_backend import JoblibBackend
from learning.judging.errors import JudgingError
from learning.judging.game import Game, nash_conv
from learning.judging.tournament import Tournament, run_tournament

SMALL = Tournament(("boulware", "conceder", "random"), domains=4, seeds=2, seed=3)
HERE = JoblibBackend(1)


def test_every_pair_meets_in_both_seats_and_either_opens() -> None:
    result = run_tournament(SMALL, backend=HERE)
    names = SMALL.strategies
    met = {(row.domain, row.seed, row.seller, row.buyer) for row in result.rows}
    assert met == {(d, s, a, b) for d in range(4) for s in range(2) for a in names for b in names}
    assert len(result.rows) == SMALL.sessions == 72
    for domain in range(4):
        openers = {row.seller_opens for row in result.rows if row.domain == domain}
        assert openers == {True, False}
    for i, name in enumerate(names):
        mean = result.strategies[i].utility.mean
        assert mean is not None
        # Against each equally often, so the mean over sessions is the mean over its row of the game.
        assert mean == pytest.approx(sum(result.payoffs[i]) / 3)
        assert result.strategies[i].strategy == name
        assert result.strategies[i].violations == 0
    assert result.ranked[0].utility.mean == max(row.utility.mean or 0 for row in result.strategies)


def test_its_equilibria_are_those_of_its_payoffs() -> None:
    result = run_tournament(SMALL, backend=HERE)
    game = Game.symmetric(result.payoffs)
    assert result.mixed
    for each in result.mixed:
        assert nash_conv(game, each.mixture, each.mixture) == pytest.approx(0.0, abs=1e-6)
    assert result.uniform_nash_conv == pytest.approx(2 * max(result.regrets))


def test_processes_and_resumption_change_nothing(tmp_path: Path) -> None:
    whole = run_tournament(SMALL, backend=HERE)
    assert run_tournament(SMALL, backend=JoblibBackend(2)).rows == whole.rows

    def stop(what: str, done: int, total: int) -> None:
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_tournament(SMALL, backend=HERE, keep=tmp_path, progress=stop)
    first: list[int] = []
    again = run_tournament(
        SMALL, backend=HERE, keep=tmp_path, progress=lambda what, done, total: first.append(done)
    )
    assert first[0] == 5
    assert [asdict(row) for row in again.rows] == [asdict(row) for row in whole.rows]


def test_changed_code_of_a_strategy_is_played_again(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from agents.builtin import Boulware\n\n\nclass Mine(Boulware):\n    pass\n"
    )
    mine = Tournament(("mine:Mine",), domains=2, seeds=1, beside=tmp_path)
    keep = tmp_path / "keep"
    first = run_tournament(mine, backend=HERE, keep=keep)
    assert [row.seller_utility for row in first.rows] == [
        row.seller_utility
        for row in run_tournament(Tournament(("boulware",), domains=2, seeds=1), backend=HERE).rows
    ], "it is boulware by another name"
    assert len(list(keep.iterdir())) == 2
    with (tmp_path / "mine.py").open("a") as file:
        file.write("# changed\n")
    run_tournament(mine, backend=HERE, keep=keep)
    assert len(list(keep.iterdir())) == 4


def test_what_cannot_be_played_is_refused_before_anything_is() -> None:
    with pytest.raises(UnknownStrategy, match="nearest: boulware"):
        run_tournament(
            Tournament(("linear", "bolware")), backend=HERE, progress=lambda *_: pytest.fail("began")
        )
    with pytest.raises(JudgingError, match="linear twice"):
        Tournament(("linear", "linear"))
    with pytest.raises(JudgingError, match="domains: found 0"):
        Tournament(domains=0)
    with pytest.raises(JudgingError, match="strategies: found none"):
        Tournament(())
