"""Rubinstein's split: by its formula, as the limit of finite horizons, and as what no deviation betters in our session."""

from fractions import Fraction

import pytest

from agents.tactics.theory.alternating import Gains, Game, solve
from agents.tactics.theory.rubinstein import Rubinstein, offerer_share
from market.issues import Domain, Issue, Values
from market.negotiation import Accept, Action, Propose, Turn
from market.session import OPENER, RESPONDER, Agreed
from tests.agents.tactics.table import play

PATIENT, HASTY = Fraction(9, 10), Fraction(4, 5)
PIE = 7000
DOMAIN = Domain((Issue("part", 0, PIE),))


def test_the_split_by_its_formula() -> None:
    # (1 − 4/5) / (1 − 18/25) = (1/5) / (7/25) = 5/7; equal patience δ gives 1 / (1 + δ).
    assert offerer_share(PATIENT, HASTY) == Fraction(5, 7)
    assert offerer_share(HASTY, PATIENT) == Fraction(5, 14)
    assert offerer_share(PATIENT, PATIENT) == Fraction(10, 19)
    # What makes it an equilibrium: each is indifferent between taking the rest and keeping its own share later.
    assert 1 - offerer_share(PATIENT, HASTY) == HASTY * offerer_share(HASTY, PATIENT)
    assert 1 - offerer_share(HASTY, PATIENT) == PATIENT * offerer_share(PATIENT, HASTY)
    with pytest.raises(ValueError, match="not both 1"):
        offerer_share(Fraction(1), Fraction(1))


@pytest.mark.parametrize(("first", "second", "part"), [(PATIENT, HASTY, 5000), (HASTY, PATIENT, 2500)])
def test_a_session_of_the_two_ends_at_once_at_the_split(first: Fraction, second: Fraction, part: int) -> None:
    # 5/7 and 5/14 of 7000
    run = play(
        DOMAIN,
        Rubinstein(first, second, OPENER),
        Rubinstein(second, first, RESPONDER),
        rounds=50,
    )
    assert run.outcome == Agreed((part,), RESPONDER)
    assert len(run.trace) == 1


def test_it_is_the_limit_of_finite_horizons() -> None:
    n = 700
    gains: dict[Values, Gains] = {(x,): (Fraction(x), Fraction(n - x)) for x in range(n + 1)}
    parts = []
    for rounds in (1, 2, 11, 61):
        plan = solve(Game(gains=gains, discounts=(PATIENT, HASTY), max_rounds=rounds))
        parts.append(int(plan.values[0][0]))
    # Alone at the end the opener keeps all; of two offers the responder would keep all, now worth 560 to it.
    assert parts[:2] == [700, 140]
    # A pair of offers shrinks the distance to 500 by 9/10 · 4/5 and adds less than two ticks of rounding, passed on:
    # five pairs leave 200 · (18/25)^5 = 38.7, thirty nothing, and all roundings together 2 / (1 − 18/25) = 7.1.
    assert abs(parts[2] - 500) <= 38.7 + 7.1
    assert abs(parts[3] - 500) <= 7.1


class Stubborn:
    """Offers the same at every turn, and takes nothing or anything from a turn on."""

    def __init__(self, part: int, yields: int) -> None:
        self._part, self._yields = part, yields

    def act(self, turn: Turn) -> Action:
        if turn.standing is not None and turn.time >= self._yields:
            return Accept()
        return Propose((self._part,))


@pytest.mark.parametrize("side", [OPENER, RESPONDER])
def test_no_deviation_pays_against_it(side: int) -> None:
    # A side that offers anything else, or waits before it takes, has at most the value of the equilibrium.
    own, other = (PATIENT, HASTY) if side == OPENER else (HASTY, PATIENT)
    value = Fraction(5, 7) if side == OPENER else Fraction(2, 7)
    theory = Rubinstein(other, own, 1 - side)
    best = Fraction(0)
    for part in range(0, PIE + 1, 250):
        for yields in (1, 2, 3, 4, 99):
            deviant = Stubborn(part, yields)
            sides = (deviant, theory) if side == OPENER else (theory, deviant)
            run = play(DOMAIN, *sides, rounds=12)
            if isinstance(run.outcome, Agreed):
                kept = run.outcome.values[0] if side == OPENER else PIE - run.outcome.values[0]
                best = max(best, Fraction(kept, PIE) * own ** (len(run.trace) - 1))
    assert best == value, "and offering the split itself reaches it"
