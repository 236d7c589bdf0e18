"""Acceptance conditions by hand, on one issue from 0 to 100 of which the side wants much: utility is value / 100."""

import pytest

from agents.tactics.acceptance.base import Acceptance
from agents.tactics.acceptance.combi import Combi
from agents.tactics.acceptance.const import Const
from agents.tactics.acceptance.lowest import Lowest
from agents.tactics.acceptance.next import Next
from agents.tactics.acceptance.time import Time
from tests.agents.tactics.table import seat_of, stakes_of, view_of

SEAT = seat_of(stakes_of([101], [+1]))


@pytest.mark.parametrize(
    ("condition", "time", "theirs", "bid", "taken"),
    [
        (Next(), 3, [60], 60, True),
        (Next(), 3, [60], 61, False),
        (Next(alpha=1.2), 3, [60], 72, True),
        (Next(alpha=1.2), 3, [60], 73, False),
        (Next(beta=0.1), 3, [60], 70, True),
        (Next(beta=0.1), 3, [60], 71, False),
        (Const(alpha=0.6), 3, [60], 90, True),
        (Const(alpha=0.6), 3, [59], 10, False),
        (Time(after=0.5), 9, [1], 90, False),  # 21 offers: half over at t = 10
        (Time(after=0.5), 10, [1], 90, True),
        # from t = 18 on; the counterpart then makes at most one more offer, so the last one decides
        (Combi(after=0.9), 17, [50, 40], 90, False),
        (Combi(after=0.9), 18, [50, 40], 90, True),
        (Combi(after=0.9), 17, [50, 40], 40, True),
        # at t = 11 it makes five more: the best of the last five is 55, their mean 45
        (Combi(after=0.5), 11, [90, 35, 55, 40, 45, 50], 90, False),
        (Combi(after=0.5, expected="mean"), 11, [90, 35, 55, 40, 45, 50], 90, True),
        (Combi(after=0.5, expected="mean"), 11, [90, 35, 55, 50, 46, 40], 90, False),
        (Combi(after=0.5, expected="const", alpha=0.5), 11, [90, 35, 50], 90, True),
        (Combi(after=0.5, expected="const", alpha=0.5), 11, [90, 35, 49], 90, False),
        (Combi(after=0.5), 21, [90, 0], 90, True),  # it can make none: anything is better than nothing
    ],
)
def test_conditions(condition: Acceptance, time: int, theirs: list[int], bid: int, taken: bool) -> None:
    view = view_of(SEAT, time=time, theirs=[(value,) for value in theirs])
    assert condition.accepts(view, (bid,)) is taken


def test_micro_takes_what_is_as_good_as_the_worst_it_offered() -> None:
    view = view_of(SEAT, time=7, own=[(100,), (70,), (90,)], theirs=[(70,)])
    assert Lowest().accepts(view, (80,))
    assert not Lowest().accepts(view_of(SEAT, time=7, own=[(100,), (71,)], theirs=[(70,)]), (80,))
    assert Lowest().accepts(view_of(SEAT, time=7, own=[(100,), (71,)], theirs=[(70,)]), (70,))
