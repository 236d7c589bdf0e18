"""Eq. 1 and its rounding: hand-calculated values, monotony, and never beyond the reservation value."""

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.concession import Psi, PsiError, concession, no_worse, to_tick, within
from agents.strategy import Stake
from market.issues import Issue


@pytest.mark.parametrize(
    ("psi", "t", "expected"),
    [
        (Psi(80, 20, 20, 2.0), 0, 80.0),
        (Psi(80, 20, 20, 2.0), 5, 50.0),  # 80 − 60·√(1/4)
        (Psi(20, 80, 20, 0.5), 10, 35.0),  # 20 + 60/4
        (Psi(20, 80, 20, 0.5), 15, 53.75),  # 20 + 60·9/16
        (Psi(20, 80, 20, 1.0), 7, 41.0),
        (Psi(20, 80, 20, 0.5), 20, 80.0),
        (Psi(20, 80, 20, 0.5), 21, 80.0),
        (Psi(100, 100, 20, 0.5), 13, 100.0),
    ],
)
def test_equation_1_by_hand(psi: Psi, t: int, expected: float) -> None:
    assert concession(psi.ip, psi.rp, psi.dl, psi.cr, t) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("value", "sense", "expected"),
    [
        (35.503, +1, 35),  # a seller's price, down
        (29.6, -1, 30),  # a buyer's price, up
        (112.5, +1, 112),  # a buyer's amount, down
        (35.0 + 1e-12, -1, 35),  # on the grid but for the floating point
        (35.0 - 1e-12, +1, 35),
        (19.2, -1, 20),  # beyond the grid
        (200.7, +1, 200),
    ],
)
def test_values_are_rounded_the_way_their_owner_concedes(value: float, sense: int, expected: int) -> None:
    assert to_tick(value, 20, 200, 1, sense) == expected


def test_a_reservation_value_is_rounded_against_the_concession() -> None:
    assert within(20.5, 0, 100, 1, +1) == 21, "a seller at 20.5 does not take 20"
    assert within(79.5, 0, 100, 1, -1) == 79, "a buyer at 79.5 does not take 80"


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        ({"dl": 0}, "dl"),
        ({"dl": -3}, "dl"),
        ({"cr": 0.0}, "cr"),
        ({"cr": math.nan}, "cr"),
        ({"ip": math.inf}, "ip"),
        ({"rp": "20"}, "rp"),
        ({"dl": True}, "dl"),
    ],
)
def test_parameters_without_meaning_are_refused(wrong: dict[str, float], key: str) -> None:
    with pytest.raises(PsiError) as caught:
        Psi(**{"ip": 80.0, "rp": 20.0, "dl": 20.0, "cr": 1.0, **wrong})
    assert caught.value.key == key
    assert caught.value.exit_code == 2
    assert repr(wrong[key]) in str(caught.value)


@st.composite
def stakes(draw: st.DrawFn) -> tuple[Stake, Psi]:
    low, tick = draw(st.integers(0, 50)), draw(st.integers(1, 9))
    issue = Issue("issue", low, low + draw(st.integers(0, 300)), tick)
    a, b = sorted(draw(st.tuples(*[st.integers(0, len(issue) - 1)] * 2)))
    sense = draw(st.sampled_from([-1, 1]))
    stake = Stake(issue, issue.values()[a], issue.values()[b], sense)
    worse, better = sorted(draw(st.tuples(*[st.floats(-50, 400)] * 2)), reverse=sense < 0)
    return stake, Psi(better, worse, draw(st.floats(0.5, 60)), draw(st.floats(0.05, 20)))


@settings(max_examples=200, deadline=None)
@given(stakes())
def test_concession_is_monotone_on_the_grid_and_never_beyond_the_limits(made: tuple[Stake, Psi]) -> None:
    stake, psi = made
    values = [stake.value(psi, t) for t in range(70)]
    assert all(value in stake.issue and stake.allows(value) for value in values)
    assert all(no_worse(before, after, stake.sense) for before, after in pairwise(values))
    assert len(set(values[math.ceil(psi.dl) :])) == 1
    if no_worse(stake.best, psi.rp, stake.sense):
        # 1e-6: a value that misses the grid by a billionth of a tick counts as on it.
        assert all((value - psi.rp) * stake.sense >= -1e-6 for value in values)
