"""Utilities over outcomes: by hand on small domains, and in the order of the domain."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.issues import Domain, Issue, trade_domain
from market.utility import (
    UtilityError,
    additive,
    buyer_gain,
    index_of,
    outcome_table,
    seller_gain,
    trade_gains,
)

TRADE = trade_domain(price=Issue("price", 20, 80, 30), energy=Issue("energy", 100, 150, 50))


def test_the_papers_deal_gains_1500_and_4500_tokens() -> None:
    # Section 5 of the eco-industrial park paper: 100 m³ at 35, provider at 20 and 80.
    assert seller_gain(35, 20, 100) == 3500 - 2000
    assert buyer_gain(35, 80, 100) == 8000 - 3500


def test_gains_of_a_trade_by_hand() -> None:
    seller, buyer = trade_gains(TRADE, buy_price=20, sell_price=80)
    # Outcomes: (20, 100), (20, 150), (50, 100), (50, 150), (80, 100), (80, 150).
    assert seller.tolist() == [0, 0, 3000, 4500, 6000, 9000]
    assert buyer.tolist() == [6000, 9000, 3000, 4500, 0, 0]


def test_gains_stay_exact_where_floats_would_not() -> None:
    big = trade_domain(price=Issue("price", 0, 2**31 + 1), energy=Issue("energy", 0, 2**31 - 1))
    with pytest.raises(UtilityError, match="outcomes, expected at most"):
        trade_gains(big, buy_price=0, sell_price=0)
    few = trade_domain(
        price=Issue("price", 1, 2**30 + 1, 2**30), energy=Issue("energy", 0, 2**31 - 1, 2**31 - 1)
    )
    seller, _ = trade_gains(few, buy_price=0, sell_price=1)
    assert int(seller[-1]) == (2**30 + 1) * (2**31 - 1)
    with pytest.raises(UtilityError, match="2\\*\\*63"):
        trade_gains(few, buy_price=0, sell_price=2**40)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.builds(
            lambda low, size, tick: Issue("issue", low, low + size, tick),
            st.integers(-20, 20),
            st.integers(0, 12),
            st.integers(1, 5),
        ),
        min_size=1,
        max_size=3,
    )
)
def test_the_table_is_the_domain_in_its_order(issues: list[Issue]) -> None:
    domain = Domain(tuple(issues))
    table = outcome_table(domain)
    assert [tuple(row) for row in table.tolist()] == list(domain.outcomes())
    assert [index_of(domain, values) for values in domain.outcomes()] == list(range(len(domain)))


def test_what_is_no_outcome_has_no_index() -> None:
    with pytest.raises(UtilityError, match="found \\(21, 100\\)"):
        index_of(TRADE, (21, 100))


def test_additive_utility_by_hand() -> None:
    table = additive(TRADE, [[0.0, 0.5, 1.0], [0.2, 1.0]], [0.75, 0.25])
    assert table == pytest.approx([0.05, 0.25, 0.425, 0.625, 0.8, 1.0])


@pytest.mark.parametrize(
    ("scores", "weights", "told"),
    [
        ([[0, 1, 2]], [1.0], "found 1 and 1, expected 2 of each"),
        ([[0, 1, 2], [0, 1]], [0.7, 0.7], "summing to 1"),
        ([[0, 1, 2], [0, 1]], [1.5, -0.5], "at least 0"),
        ([[0, 1], [0, 1]], [0.5, 0.5], "scores of price: found shape"),
        ([[0, 1, np.nan], [0, 1]], [0.5, 0.5], "expected 3 finite numbers"),
    ],
)
def test_wrong_tables_are_refused(scores: list[list[float]], weights: list[float], told: str) -> None:
    with pytest.raises(UtilityError, match=told):
        additive(TRADE, scores, weights)


def test_gains_need_price_and_energy() -> None:
    with pytest.raises(UtilityError, match="found 1 issues"):
        trade_gains(Domain((TRADE.issues[0],)), buy_price=0, sell_price=1)
