"""Rubinstein's game: its rules step by step, its solution, and values that are computed exactly."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.policy.errors import IllegalChoice
from agents.tactics.theory.alternating import Gains, Game, solve
from agents.tactics.theory.rubinstein import offerer_share
from learning.games.rubinstein import KEEP, REST, TAKE, Rubinstein, against_theory
from learning.games.rubinstein_value import best_response, nash_conv, theory, values
from market.issues import Values

PATIENT, HASTY = Fraction(9, 10), Fraction(4, 5)


def test_an_agreement_pays_what_the_offer_was_worth() -> None:
    game = Rubinstein(1, (PATIENT, HASTY), grid=10, offers=4)
    for actions in ((KEEP + 8, REST), (REST, KEEP + 7), (KEEP + 6, REST)):
        game.advance(np.array([actions]))
        assert game.rewards.tolist() == [[0, 0]]
        assert not game.dones.any()
    # The responder's turn: 4 of 10 is offered to it, its pie is worth 0.8³, no more offer was made before the third.
    np.testing.assert_allclose(game.observations[0, 1], [1, 1, 0.4, 0.8**3, 0, 0], rtol=1e-6)
    np.testing.assert_allclose(game.observations[0, 0], [0, 1, 0.6, 0.9**3, 1, 0], rtol=1e-6)
    assert np.flatnonzero(game.masks[0, 0]).tolist() == [REST]
    assert not game.masks[0, 1, REST]
    game.advance(np.array([[REST, TAKE]]))
    # The third offer, t = 2: 0.9² · 6/10 and 0.8² · 4/10.
    np.testing.assert_allclose(game.rewards, [[0.486, 0.256]], rtol=1e-6)
    assert game.dones.all()
    assert not game.truncated.any()
    np.testing.assert_allclose(game.observations[0, 0], [1, 0, 0, 1, 1, 0])
    assert not game.masks[0, 0, TAKE]


def test_after_the_last_offer_it_is_taken_or_refused() -> None:
    game = Rubinstein(2, (PATIENT, HASTY), grid=10, offers=1)
    game.advance(np.array([[KEEP + 10, REST]] * 2))
    assert np.flatnonzero(game.masks[0, 1]).tolist() == [REST, TAKE]
    assert game.observations[0, 1, 5] == 1
    game.advance(np.array([[REST, TAKE], [REST, REST]]))
    assert game.dones.all()
    assert game.rewards.tolist() == [[1, 0], [0, 0]]


def test_an_illegal_action_changes_nothing() -> None:
    game = Rubinstein(2, grid=10)
    before = game.observations.copy()
    with pytest.raises(IllegalChoice, match="row 1"):
        game.advance(np.array([[KEEP, REST], [TAKE, REST]]))
    assert (game.observations == before).all()


@pytest.mark.parametrize(("first", "second"), [(PATIENT, HASTY), (HASTY, PATIENT), (PATIENT, PATIENT)])
def test_theory_against_itself_is_the_split_and_an_equilibrium(first: Fraction, second: Fraction) -> None:
    game = Rubinstein(1, (first, second), grid=100, offers=40)
    plays = theory(game)
    share = float(offerer_share(first, second))
    opener, responder = values(game, plays, plays)
    # Within the grid, rounded in the responder's favour.
    assert 0 <= share - opener <= 0.01
    assert opener + responder == pytest.approx(1)
    # A deviation wins at most what rounding gives away.
    assert 0 <= nash_conv(game, plays, plays) <= 0.02


def test_values_are_those_of_the_played_game() -> None:
    rng = np.random.default_rng(5)
    game = Rubinstein(20_000, (PATIENT, HASTY), grid=4, offers=5)
    behaviours = []
    for _ in (0, 1):
        table = rng.random((6, 6, KEEP + 5))
        for t in range(6):
            standing = np.array([0, 1, 2, 3, 4, -1])
            table[t] *= game.allowed(np.full(6, t), standing, t % 2)
        behaviours.append(table / table.sum(axis=2, keepdims=True))
    total = np.zeros(2)
    over = np.zeros(game.n, bool)
    for t in range(6):
        chances = behaviours[t % 2][t][game._standing]
        mover = (np.cumsum(chances, axis=1) > rng.random((game.n, 1))).argmax(axis=1)
        actions = np.zeros((game.n, 2), np.int64)
        # Copies whose game is over have begun anew, out of step: let both play anything legal there.
        actions[:, t % 2] = mover
        anything = game.masks.argmax(axis=2)
        actions[over] = anything[over]
        actions[~over, 1 - t % 2] = REST
        game.advance(actions)
        total += game.rewards[~over].sum(axis=0)
        over |= game.dones
    assert over.all()
    # Four standard errors of a mean of values in [0, 1] over 20,000 games are at most 4 · 0.5 / 141.
    np.testing.assert_allclose(total / game.n, values(game, *behaviours), atol=0.0142)


@given(st.integers(1, 4), st.integers(1, 5), st.integers(1, 9), st.integers(1, 9))
def test_no_response_to_the_finite_equilibrium_is_better(
    grid: int, offers: int, first: int, second: int
) -> None:
    # Backward induction as the tactics' oracle does it, in exact fractions, against this module's best response.
    discounts = Fraction(first, 10), Fraction(second, 10)
    game = Rubinstein(1, discounts, grid=grid, offers=offers)
    gains: dict[Values, Gains] = {
        (x,): (Fraction(x, grid), Fraction(grid - x, grid)) for x in range(grid + 1)
    }
    plan = solve(Game(gains=gains, discounts=discounts, max_rounds=offers))
    table = np.zeros((offers + 1, grid + 2, KEEP + grid + 1))
    for t in range(offers + 1):
        mover = t % 2
        refusing = discounts[mover] * plan.values[t][mover]
        for standing in range(grid + 1):
            takes = gains[(standing,)][mover] >= refusing
            if t < offers:
                part = plan.offers[t][0]
                offer = KEEP + (part if mover == 0 else grid - part)
            table[t, standing, TAKE if takes else (offer if t < offers else REST)] = 1
        table[t, -1, offer if t < offers else REST] = 1
    found = values(game, table, table)
    assert found[0] == pytest.approx(float(plan.values[0][0]))
    for seat in (0, 1):
        assert best_response(game, seat, table) == pytest.approx(found[seat])


def test_the_learner_meets_theory_in_both_seats() -> None:
    core = against_theory(Rubinstein(2, (PATIENT, HASTY), grid=70))
    core.begin(0)
    # Opener: 5/7 of 70 is 50, which theory takes. Responder: theory opens with 50 and leaves 20.
    core.advance(np.array([KEEP + 50, REST]))
    np.testing.assert_allclose(core.observations[1, :3], [1, 1, 20 / 70], rtol=1e-6)
    core.advance(np.array([REST, TAKE]))
    np.testing.assert_allclose(core.rewards, [50 / 70, 20 / 70], rtol=1e-6)
    assert core.dones.all()
    # One step more is refused, and theory's own offer comes back: 25 of 70 for the responder, 45 left.
    core.advance(np.array([KEEP + 51, REST]))
    core.advance(np.array([REST, TAKE]))
    assert not core.dones[0]
    np.testing.assert_allclose(core.observations[0, :4], [1, 1, 45 / 70, 0.81], rtol=1e-6)
