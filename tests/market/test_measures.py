"""Measures of outcomes: small examples by hand, and definitions checked by brute force."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.issues import Issue, trade_domain
from market.measures import (
    MeasureError,
    Pie,
    distance,
    distance_to_frontier,
    kalai,
    kalai_smorodinsky,
    nash_solution,
    normalised,
    pareto_frontier,
    pie_of,
    welfare_product,
    welfare_sum,
)
from market.utility import index_of, outcome_table, trade_gains

A = [0, 1, 2, 3, 4, 2, 4]
B = [9, 8, 8, 3, 0, 8, 1]


def test_frontier_by_hand() -> None:
    # (1, 8) is dominated by (2, 8), (4, 0) by (4, 1); (2, 8) stands twice.
    assert pareto_frontier(A, B).tolist() == [True, False, True, True, False, True, True]


def test_solutions_by_hand() -> None:
    # Products of gains: 0, 8, 16, 9, 0, 16, 4. Of the two (2, 8) the first.
    assert nash_solution(A, B) == 2
    # Ideal (4, 9): smaller shares 0, –, 2/4, 3/9, –, 2/4, 1/9.
    assert kalai_smorodinsky(A, B) == 2
    # With (2, 2) without a deal only (3, 3) gains both.
    assert nash_solution(A, B, no_deal=(2, 2)) == 3
    # Then ideal gains are (1, 6): shares of (2, 8) are 0 and 1, of (3, 3) 1 and 1/6.
    assert kalai_smorodinsky(A, B, no_deal=(2, 2)) == 3


def test_kalais_egalitarian_solution_by_hand() -> None:
    # Smaller gains: 0, 1, 2, 3, 0, 2, 1.
    assert kalai(A, B) == 3
    # With (0, 2) without a deal: 0, 1, 2, 1, –, 2, –; of the two (2, 8) the first.
    assert kalai(A, B, no_deal=(0, 2)) == 2
    # Equal smaller gains: the larger sum.
    assert kalai([1, 3, 1], [1, 1, 2]) == 1
    assert kalai([1, 2], [-1, -2]) is None
    assert kalai([1, 2], [0, 0]) is None


def test_only_the_egalitarian_solution_minds_the_scale() -> None:
    # A pie of 60 in sixty parts: half each. Where the first counts double, it gets a third of it; shares stay halves.
    pie = np.arange(61)
    assert kalai(pie, 60 - pie) == kalai_smorodinsky(pie, 60 - pie) == 30
    assert kalai(2 * pie, 60 - pie) == 20
    assert kalai_smorodinsky(2 * pie, 60 - pie) == 30


def test_no_solution_without_gains() -> None:
    assert nash_solution([1, 2], [0, -1]) is None
    assert kalai_smorodinsky([1, 2], [-1, -2]) is None
    assert kalai_smorodinsky([1, 2], [0, 0]) is None


def test_transferable_price_splits_the_pie_in_half() -> None:
    # The gain over the provider is 60 × energy whatever the price: Nash and Kalai-Smorodinsky are half each, all energy.
    domain = trade_domain(price=Issue("price", 20, 80), energy=Issue("energy", 0, 100))
    seller, buyer = trade_gains(domain, buy_price=20, sell_price=80)
    half = index_of(domain, (50, 100))
    assert nash_solution(seller, buyer) == half
    assert kalai_smorodinsky(seller, buyer) == half
    frontier = outcome_table(domain)[pareto_frontier(seller, buyer)]
    assert set(frontier[:, 1].tolist()) == {100}
    assert sorted(frontier[:, 0].tolist()) == list(range(20, 81))


def test_nash_solution_is_exact_beyond_the_floats() -> None:
    # Products differ in the 19th digit: (2**31 + 1)(2**31 − 1) = 2**62 − 1 < 2**62.
    assert nash_solution([2**31 + 1, 2**31, 2**31 - 1], [2**31 - 1, 2**31, 2**31 + 1]) == 1


points = st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=1, max_size=40)


@settings(max_examples=150, deadline=None)
@given(points, st.integers(-5, 5), st.integers(-5, 5))
def test_definitions_by_brute_force(outcomes: list[tuple[int, int]], r: int, s: int) -> None:
    a, b = [list(side) for side in zip(*outcomes, strict=True)]
    dominated = [any(x >= p and y >= q and (x, y) != (p, q) for x, y in outcomes) for p, q in outcomes]
    assert pareto_frontier(a, b).tolist() == [not it for it in dominated]
    gaining = [(x - r) * (y - s) for x, y in outcomes if x > r and y > s]
    found = nash_solution(a, b, no_deal=(r, s))
    if gaining:
        assert found is not None
        assert not dominated[found]
        assert a[found] > r
        assert b[found] > s
        assert (a[found] - r) * (b[found] - s) == max(gaining)
    else:
        assert found is None
    rational = [(x - r, y - s) for x, y in outcomes if x >= r and y >= s]
    ideal = tuple(max((g[i] for g in rational), default=0) for i in range(2))
    equal = kalai(a, b, no_deal=(r, s))
    assert (equal is None) == (min(ideal) <= 0)
    if equal is not None:
        assert not dominated[equal]
        assert min(a[equal] - r, b[equal] - s) == max(min(gain) for gain in rational)
    balanced = kalai_smorodinsky(a, b, no_deal=(r, s))
    if min(ideal) <= 0:
        assert balanced is None
    else:
        assert balanced is not None
        assert not dominated[balanced]
        best = max(min(Fraction(x, ideal[0]), Fraction(y, ideal[1])) for x, y in rational)
        got = min(Fraction(a[balanced] - r, ideal[0]), Fraction(b[balanced] - s, ideal[1]))
        assert float(got) == pytest.approx(float(best), abs=1e-12)


def test_distances_and_scales() -> None:
    assert normalised([20, 50, 80], no_deal=20).tolist() == [0.0, 0.5, 1.0]
    assert distance((0, 0), (3, 4)) == 5.0
    # Frontier (0, 9), (2, 8), (3, 3), (4, 1): from (2, 4) the nearest is (3, 3).
    assert distance_to_frontier((2, 4), A, B) == pytest.approx(2**0.5)
    with pytest.raises(MeasureError, match="expected some above no deal"):
        normalised([1, 2], no_deal=2)


def test_welfare_and_shares_of_the_papers_deal() -> None:
    pie = pie_of(price=35, delivered=100, buy_price=20, sell_price=80)
    assert pie == Pie(seller=1500, buyer=4500)
    assert welfare_sum([pie.seller, pie.buyer]) == pie.total == 6000
    assert welfare_product(pie.seller, pie.buyer) == 6_750_000
    assert welfare_product(-2, -3) == 0
    assert pie.seller_share() == 0.25
    assert pie_of(price=35, delivered=0, buy_price=20, sell_price=80).seller_share() is None


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        ([1.0, np.nan], [1.0, 2.0], "NaN"),
        ([], [], "at least one"),
        ([1, 2], [1], "found 1 outcomes, expected 2"),
        ([[1]], [[1]], "expected \\(outcomes,\\)"),
    ],
)
def test_what_has_no_measure_is_refused(first: list[float], second: list[float], told: str) -> None:
    for measure in (pareto_frontier, nash_solution, kalai_smorodinsky):
        with pytest.raises(MeasureError, match=told):
            measure(first, second)
