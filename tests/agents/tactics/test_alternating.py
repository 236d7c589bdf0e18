"""Backward induction over finite horizons, against numbers by hand and against the whole game tree of our session.

Splitting a pie of N with k offers left, the mover keeps N − δ·(what the other would keep with k − 1 left), N in the last
(Ståhl 1972). An offer is worth its part times δ to the power of its time.
"""

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.tactics.theory.alternating import Equilibrium, Gains, Game, solve
from market.issues import Domain, Issue, Values
from market.measures import pareto_frontier
from market.negotiation import Accept, Action, Propose, Turn, Withdraw
from market.session import OPENER, RESPONDER, Agreed, SessionRules, SessionState, apply
from tests.agents.tactics.table import play

HALF = Fraction(1, 2)


def pie(n: int, discounts: Gains, rounds: int) -> tuple[Game, Domain]:
    """The opener's part is the value of the one issue."""
    gains: dict[Values, Gains] = {(x,): (Fraction(x), Fraction(n - x)) for x in range(n + 1)}
    return Game(gains=gains, discounts=discounts, max_rounds=rounds), Domain((Issue("part", 0, n),))


@pytest.mark.parametrize(
    ("rounds", "part"),
    [
        (1, 64),  # take it or leave it
        (2, 32),  # the responder would keep 64: now worth 32 to it
        (3, 48),  # it would keep 32: 16
        (4, 40),  # it would keep 48: 24
        (5, 44),
        (6, 42),
        (7, 43),
    ],
)
def test_a_pie_of_64_that_halves_with_every_offer(rounds: int, part: int) -> None:
    game, domain = pie(64, (HALF, HALF), rounds)
    plan = solve(game)
    run = play(domain, Equilibrium(game, plan), Equilibrium(game, plan, RESPONDER), rounds=rounds)
    assert run.outcome == Agreed((part,), RESPONDER)
    assert [offer.round for offer in run.trace] == [0], "agreed at once: nothing is lost by waiting"
    assert plan.values[0] == (Fraction(part), Fraction(64 - part))


def test_unequal_patience_by_hand() -> None:
    # δ = 9/10 and 1/2, three offers: the opener keeps 100 in the last, so 90 now; the responder would keep 10, now 5.
    game, _ = pie(100, (Fraction(9, 10), HALF), 3)
    plan = solve(game)
    assert plan.offers == ((95,), (90,), (100,))
    assert plan.values[0] == (Fraction(95), Fraction(5))


def test_the_equilibrium_punishes_a_wrong_offer() -> None:
    class Greedy:
        """Asks for all but one, then follows the plan."""

        def act(self, turn: Turn) -> Action:
            return Propose((63,)) if turn.time == 0 else best.act(turn)

    game, domain = pie(64, (HALF, HALF), 4)
    plan = solve(game)
    best = Equilibrium(game, plan)
    run = play(domain, Greedy(), Equilibrium(game, plan, RESPONDER), rounds=4)
    # Refused; the responder keeps 48 of 3 left, so the opener has 16 · 1/2 = 8 instead of 40.
    assert run.outcome == Agreed((16,), OPENER)


def tree_value(state: SessionState, game: Game) -> Gains:
    """What both get from ``state`` on by exhausting every legal action, discounted to the start. Indifferent: accept."""
    outcome = state.outcome
    if outcome is not None:
        if not isinstance(outcome, Agreed):
            return Fraction(0), Fraction(0)
        t = state.round - 1
        gain = game.gains[outcome.values]
        return gain[0] * game.discounts[0] ** t, gain[1] * game.discounts[1] ** t
    mover = state.mover
    actions: list[Action] = [Accept()] if state.offers else []
    if state.round < game.max_rounds:
        actions += [Propose(values) for values in game.gains]
    else:
        actions.append(Withdraw())
    values = [tree_value(apply(state, action), game) for action in actions]
    top = max(value[mover] for value in values)
    if state.offers and values[0][mover] == top:
        return values[0]
    return max((value for value in values if value[mover] == top), key=lambda value: value[1 - mover])


@st.composite
def games(draw: st.DrawFn) -> tuple[Game, Domain]:
    domain = Domain((Issue("a", 0, draw(st.integers(0, 1))), Issue("b", 0, draw(st.integers(0, 1)))))
    gain = st.integers(0, 9).map(Fraction)
    gains = {values: (draw(gain), draw(gain)) for values in domain.outcomes()}
    discount = st.sampled_from([HALF, Fraction(3, 4), Fraction(9, 10)])
    return (
        Game(gains=gains, discounts=(draw(discount), draw(discount)), max_rounds=draw(st.integers(1, 4))),
        domain,
    )


@settings(max_examples=40)
@given(games())
def test_induction_gives_what_the_whole_game_tree_of_the_session_gives(made: tuple[Game, Domain]) -> None:
    game, domain = made
    rules = SessionRules(domain=domain, max_rounds=game.max_rounds, issue_by_issue=False)
    plan = solve(game)
    assert tree_value(SessionState(rules), game) == plan.values[0]
    run = play(domain, Equilibrium(game, plan), Equilibrium(game, plan, RESPONDER), rounds=game.max_rounds)
    if isinstance(run.outcome, Agreed):
        t, gain = len(run.trace) - 1, game.gains[run.outcome.values]
        assert tuple(gain[i] * game.discounts[i] ** t for i in (0, 1)) == plan.values[0]
    else:
        assert plan.values[0] == (Fraction(0), Fraction(0))


def test_over_two_issues_the_equilibrium_trades_one_for_the_other() -> None:
    # The opener minds the first issue three times as much, the responder the second; both want all of both.
    gains: dict[Values, Gains] = {
        (x, y): (Fraction(3 * x + y), Fraction((4 - x) + 3 * (4 - y))) for x, y in product(range(5), repeat=2)
    }
    game = Game(gains=gains, discounts=(HALF, HALF), max_rounds=2)
    plan = solve(game)
    # Alone at the end the responder keeps all, 16, worth 8 now: the opener gives it most cheaply by the second issue,
    # of which 4 − y = 8/3, so 3 of 4: y = 1, and it has 3·4 + 1 = 13 (x = 4).
    assert plan.offers[0] == (4, 1)
    assert plan.values[0] == (Fraction(13), Fraction(9))
    domain = Domain((Issue("x", 0, 4), Issue("y", 0, 4)))
    table = list(domain.outcomes())
    frontier = pareto_frontier([int(gains[o][0]) for o in table], [int(gains[o][1]) for o in table])
    assert frontier[table.index((4, 1))]
