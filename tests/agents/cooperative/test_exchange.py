"""One period's view: what the pool adds to needs, what links and the week's end allow, what a commitment changes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.cooperative.exchange import Exchange, Past
from agents.cooperative.mechanism import PaperMechanism
from agents.cooperative.plan import LinkLimits, WeekPlan
from agents.cooperative.pool import ExchangePool
from agents.cooperative.week import simulate
from agents.loans.space import contract_space
from tests.agents.cooperative.worlds import SMALL, homes, needs, small_plan


def exchange(*, period: int = 2, plan: WeekPlan | None = None, pool: ExchangePool | None = None) -> Exchange:
    members, plan = homes(3), plan or small_plan()
    still = np.zeros((3, period))
    soc = np.repeat([[m.initial_soc_kwh] for m in members], period + 1, axis=1)
    return Exchange(
        members=members,
        plan=plan,
        pool=pool or ExchangePool(3, plan.periods),
        period=period,
        net_kwh=needs(3, 14),
        past=Past(still, still, still, soc),
        seed=1,
        map_=map,
    )


def test_legs_owed_and_due_are_in_the_needs() -> None:
    pool = ExchangePool(3, 8)
    without = exchange(pool=pool).needs(0)
    pool.commit(0, 1, 1, 0.4, 2)  # from an earlier period: comes back in period 3
    pool.commit(2, 0, 2, 0.2, 5)  # 0 takes now and gives in period 7
    added = exchange(pool=pool).needs(0) - without
    # Lags of period 2: 0 takes 0.2 now, has 0.4 back in period 3, gives 0.2 in period 7.
    np.testing.assert_allclose(added, np.tile([-0.2, -0.4, 0, 0, 0, 0.2], (3, 1)), atol=1e-15)


def test_the_pool_changes_what_contracts_are_worth_at_once() -> None:
    view = exchange()
    before = view.space(0)
    assert view.space(0) is before
    view.commit(0, 1, 0.4, 4)
    after = view.space(0)
    member = homes(3)[0]
    again = contract_space(member.model, soc_kwh=member.initial_soc_kwh, needs=view.needs(0), domain=SMALL)
    np.testing.assert_allclose(after.utilities, again.utilities, atol=1e-9)
    # The first loan's worth is now that of no deal.
    row, column = SMALL.quantities.index(0.4), SMALL.return_times.index(4)
    assert after.no_deal == pytest.approx(before.utilities[row, column], abs=1e-9)


def test_returns_after_the_week_are_outside_the_domain() -> None:
    plan = small_plan(periods=8)
    assert exchange(period=2, plan=plan).allowed(0, 1).all(axis=0).tolist() == [True, True, True, True]
    assert exchange(period=4, plan=plan).allowed(0, 1).all(axis=0).tolist() == [True, True, False, False]
    assert not exchange(period=7, plan=plan).allowed(0, 1).any()


def test_links_limit_both_legs_with_what_was_agreed_before() -> None:
    limits = np.full((3, 3), 0.4)
    pool = ExchangePool(3, 8)
    # 0 gave 0.2 in period 0 and 0.4 in period 1; it has them back in periods 2 and 4.
    pool.commit(0, 1, 0, 0.2, 2)
    pool.commit(1, 0, 1, -0.4, 3)
    view = exchange(plan=small_plan(links=LinkLimits(limits)), pool=pool)
    allowed = dict(zip(SMALL.quantities, view.allowed(0, 1).tolist(), strict=True))
    # In period 2: −0.2 + q within ±0.4, so q = −0.4 is out. In period 4 (τ = 2): −0.4 − q within ±0.4, so q > 0 is out.
    assert allowed[-0.4] == [False, False, False, False]
    assert allowed[-0.2] == [True, True, True, True]
    assert allowed[0.2] == [True, False, True, True]
    assert allowed[0.4] == [True, False, True, True]
    # The peer sees the same with the sign turned.
    np.testing.assert_array_equal(view.allowed(1, 0), view.allowed(0, 1)[::-1])
    # Another pair has a link of its own.
    assert view.allowed(0, 2).all()


@pytest.mark.parametrize("limit", [0.0, 0.25, 0.4])
def test_no_pair_exchanges_more_than_its_link_carries(limit: float) -> None:
    n = 3
    plan = small_plan(periods=12, links=LinkLimits(np.full((n, n), limit)))
    record = simulate(homes(n), net_kwh=needs(n, 18), plan=plan, mechanism=PaperMechanism(), seed=4)
    between = np.zeros((n, n, 12))
    for s in record.agreements:
        for a, b, q in ((s.a, s.b, s.q), (s.b, s.a, -s.q)):
            between[a, b, s.period] += q
            between[a, b, s.period + s.tau] -= q
    assert np.abs(between).max() <= limit + 1e-12
    assert bool(record.agreements) == (limit > 0.2)


@pytest.mark.parametrize(("q", "tau"), [(0.3, 1), (0.2, 3), (0.4, 1), (0.2, 5)])
def test_a_loan_outside_the_domain_or_beyond_link_or_week_is_refused(q: float, tau: int) -> None:
    plan = small_plan(links=LinkLimits(np.full((3, 3), 0.2)))
    view = exchange(period=4, plan=plan)
    with pytest.raises(ValueError):
        view.commit(0, 1, q, tau)
    view.commit(0, 1, 0.2, 2)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 2), st.integers(1, 2), st.integers(0, 5), st.floats(-1, 1), st.integers(1, 6)
        ),
        max_size=12,
    )
)
def test_the_pool_is_the_sum_of_its_loans(loans: list[tuple[int, int, int, float, int]]) -> None:
    pool = ExchangePool(3, 12)
    expected = np.zeros((3, 3, 12))
    for a, ahead, period, q, tau in loans:
        b = (a + ahead) % 3
        pool.commit(a, b, period, q, tau)
        expected[a, b, period] += q
        expected[b, a, period] -= q
        expected[a, b, period + tau] -= q
        expected[b, a, period + tau] += q
    np.testing.assert_allclose(pool.legs, expected.sum(axis=1), atol=1e-12)
    for i in range(3):
        for j in range(3):
            found = [pool.between(i, j, t) for t in range(12)]
            np.testing.assert_allclose(found, expected[i, j], atol=1e-12)


def test_the_pool_refuses_a_loan_to_oneself_and_a_return_after_the_week() -> None:
    pool = ExchangePool(2, 4)
    for a, b, period, tau in ((0, 0, 0, 1), (0, 1, 2, 2), (0, 1, 2, 0), (0, 1, -1, 2)):
        with pytest.raises(ValueError):
            pool.commit(a, b, period, 0.1, tau)
    assert not pool.legs.any()
    np.testing.assert_array_equal(pool.ahead(0, 3, 4), np.zeros(4))
