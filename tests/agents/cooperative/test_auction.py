"""Market baselines: trades by hand, what no market may do, and that welfare only grows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.cooperative.auction import FEED_IN, RETAIL, clear, double_auction, random_matching
from agents.cooperative.planned_home import planned_home
from agents.cooperative.week import simulate
from agents.cooperative.welfare import performance
from tests.agents.cooperative.worlds import homes, needs, small_plan


def test_the_short_side_trades_all_and_the_eager_come_first() -> None:
    # 3 kWh offered by the last home; the first wants 2, more eagerly than the second, who wants 4.
    found = clear(np.array([2.0, 4.0, -3.0]), np.array([0.6, 0.3, 0.5]))
    assert found.traded.tolist() == pytest.approx([-2.0, -1.0, 3.0])
    # The last bid that trades is the second home's, 0.30 + 0.3; the last ask 0.08 − 0.5.
    assert found.price == pytest.approx((RETAIL + 0.3 + FEED_IN - 0.5) / 2)


def test_equal_bids_share_in_proportion() -> None:
    found = clear(np.array([1.0, 3.0, -2.0]), np.array([0.5, 0.5, 0.5]))
    assert found.traded.tolist() == pytest.approx([-0.5, -1.5, 2.0])


@pytest.mark.parametrize("residual", [[1.0, 2.0], [-1.0, -2.0], [0.0, 0.0]])
def test_nothing_is_traded_where_all_are_on_one_side(residual: list[float]) -> None:
    found = clear(np.array(residual), np.array([0.5, 0.5]))
    assert found.traded.tolist() == [0.0, 0.0]
    assert np.isnan(found.price)


@settings(deadline=None)
@given(
    residual=st.lists(st.floats(-3, 3), min_size=2, max_size=8),
    seed=st.integers(0, 1000),
)
def test_an_auction_balances_and_nobody_trades_beyond_its_residual(residual: list[float], seed: int) -> None:
    r = np.array(residual)
    found = clear(r, np.random.default_rng(seed).uniform(0, 1, len(r)))
    assert found.traded.sum() == pytest.approx(0.0, abs=1e-9)
    assert (found.traded * r <= 1e-12).all()
    assert (np.abs(found.traded) <= np.abs(r) + 1e-12).all()
    after = r + found.traded
    # What is left has one side: as much as can be traded is.
    assert min(np.maximum(after, 0).sum(), np.maximum(-after, 0).sum()) == pytest.approx(0.0, abs=1e-9)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_markets_keep_balances_and_hurt_nobody(seed: int) -> None:
    members, plan = homes(5, seed=seed), small_plan()
    net = needs(5, 14, seed=seed)
    week = simulate(members, net_kwh=net, plan=plan)
    planned = [planned_home(member, net[i, :8]) for i, member in enumerate(members)]
    before = performance(members, week)
    matched = random_matching(week, np.random.default_rng(seed))
    auctioned = double_auction(planned, week)
    for after in (matched, auctioned):
        np.testing.assert_allclose(after.exchange.sum(axis=0), 0, atol=1e-9)
        np.testing.assert_allclose(after.net + after.exchange + after.flow, after.residual, atol=1e-12)
        np.testing.assert_array_equal(after.flow, week.flow)
        assert (performance(members, after) >= before - 1e-9).all()
    traded = [np.abs(after.exchange).sum() for after in (matched, auctioned)]
    assert traded[0] <= traded[1] + 1e-9
