"""Equilibria and NashConv of games whose solutions every textbook gives."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from learning.judging.errors import GameError
from learning.judging.game import Game, nash_conv, pure_equilibria, regrets, replicator, symmetric_equilibria

DILEMMA = Game.symmetric([[3, 0], [5, 1]])
"""Cooperate, defect: temptation 5, reward 3, punishment 1, sucker 0."""
PENNIES = Game(np.array([[1, -1], [-1, 1]]), np.array([[-1, 1], [1, -1]]))
ROSHAMBO = Game.symmetric([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
HAWK_DOVE = Game.symmetric([[-1, 4], [0, 2]])
"""A prize of 4, injuries of 6: hawks against hawks get (4 − 6) / 2, and a share of 4/6 of hawks is stable."""


def test_prisoners_dilemma_has_one_equilibrium() -> None:
    assert pure_equilibria(DILEMMA) == [(1, 1)]
    assert [x.tolist() for x in symmetric_equilibria(DILEMMA)] == [[0.0, 1.0]]
    # Each of two cooperators would gain 5 − 3 by defecting.
    assert nash_conv(DILEMMA, [1, 0], [1, 0]) == 4.0
    assert nash_conv(DILEMMA, [0, 1], [0, 1]) == 0.0
    assert regrets(DILEMMA, [1, 0]).tolist() == [0.0, 2.0]
    assert replicator(DILEMMA, [0.99, 0.01])[1] == pytest.approx(1.0)


def test_matching_pennies_has_none_in_pure_moves() -> None:
    assert pure_equilibria(PENNIES) == []
    assert nash_conv(PENNIES, [0.5, 0.5], [0.5, 0.5]) == 0.0
    # Heads against heads: the row player has its best, the other loses 1 and could win 1.
    assert nash_conv(PENNIES, [1, 0], [1, 0]) == 2.0
    # A row player of 3/4 heads can be held to −1/2 by tails: the column player's gain; its own against 1/2 is 0.
    assert nash_conv(PENNIES, [0.75, 0.25], [0.5, 0.5]) == pytest.approx(0.5)


def test_rock_paper_scissors_is_played_by_thirds() -> None:
    assert pure_equilibria(ROSHAMBO) == []
    (only,) = symmetric_equilibria(ROSHAMBO)
    assert only == pytest.approx([1 / 3] * 3)
    assert nash_conv(ROSHAMBO, [1, 0, 0], [1, 0, 0]) == 2.0


def test_hawks_and_doves_mix() -> None:
    assert pure_equilibria(HAWK_DOVE) == [(0, 1), (1, 0)]
    (only,) = symmetric_equilibria(HAWK_DOVE)
    assert only == pytest.approx([2 / 3, 1 / 3])
    assert replicator(HAWK_DOVE, [0.1, 0.9]) == pytest.approx([2 / 3, 1 / 3])


def test_copies_of_a_move_change_nothing_but_the_number_of_equilibria() -> None:
    # Hawks by two names: the equations of that support have no single solution.
    game = Game.symmetric([[-1, -1, 4], [-1, -1, 4], [0, 0, 2]])
    for mixture in symmetric_equilibria(game):
        assert mixture[0] + mixture[1] == pytest.approx(2 / 3, abs=1e-6)
        assert nash_conv(game, mixture, mixture) == pytest.approx(0.0, abs=1e-5)
    # Payoffs that are only not 0 by rounding change nothing either.
    rounded = Game.symmetric([[-1.0, -1.0, 4.0], [-1.0, -1.0, 4.0], [3e-12, 0.0, 2.0]])
    assert len(symmetric_equilibria(rounded)) == len(symmetric_equilibria(game))
    # Where all payoffs are equal, everything is an equilibrium.
    assert len(symmetric_equilibria(Game.symmetric(np.ones((3, 3))))) >= 3


@settings(max_examples=40)
@given(st.integers(1, 5).flatmap(lambda n: arrays.arrays(np.float64, (n, n), elements=st.integers(-9, 9))))
def test_there_always_is_a_symmetric_equilibrium_and_nothing_else_is_found(
    payoffs: np.ndarray[tuple[int, int], np.dtype[np.float64]],
) -> None:
    game = Game.symmetric(payoffs)
    found = symmetric_equilibria(game)
    assert found, "Nash 1951"
    for mixture in found:
        assert mixture.sum() == pytest.approx(1.0)
        best = (payoffs @ mixture).max()
        assert mixture @ payoffs @ mixture == pytest.approx(best, abs=1e-4)
    for i, j in pure_equilibria(game):
        assert payoffs[i, j] == payoffs[:, j].max()
        assert payoffs[j, i] == payoffs[:, i].max()


@pytest.mark.parametrize("mixture", [[1.0], [0.5, 0.6], [1.5, -0.5], [np.nan, 1.0], [0.5, 0.5, 0.0]])
def test_what_is_no_mixture_is_refused(mixture: list[float]) -> None:
    with pytest.raises(GameError, match="expected"):
        nash_conv(DILEMMA, mixture, [1, 0])
    with pytest.raises(GameError, match="expected"):
        nash_conv(DILEMMA, [1, 0], mixture)


def test_games_without_a_meaning_are_refused() -> None:
    with pytest.raises(GameError, match="has each of them played"):
        Game.symmetric(np.array([[1, np.nan], [0, 1]]))
    with pytest.raises(GameError, match="square"):
        Game.symmetric([[1, 2, 3]])
    with pytest.raises(GameError, match="that of first"):
        Game(np.ones((2, 2)), np.ones((2, 3)))
    with pytest.raises(GameError, match="symmetric game"):
        symmetric_equilibria(PENNIES)
