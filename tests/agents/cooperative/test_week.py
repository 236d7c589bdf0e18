"""A week of a small cooperative: equal to a plain telling of it, and the rules that every week keeps."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.cooperative.errors import PlanError
from agents.cooperative.mechanism import PaperMechanism
from agents.cooperative.peers import NashPeers, OwnPeers, Peers, RandomPeers
from agents.cooperative.record import WeekRecord
from agents.cooperative.week import no_flexibility, simulate
from agents.cooperative.welfare import performance
from energy.battery import run
from tests.agents.cooperative.plain import plain_week, plain_xi
from tests.agents.cooperative.worlds import homes, needs, small_plan

EVERY_PEERS = (RandomPeers(), NashPeers(0.3), OwnPeers(0.3))


def paper_week(
    n: int, seed: int, *, peers: Peers | None = None, periods: int = 8, **more: object
) -> WeekRecord:
    return simulate(
        homes(n, seed=seed),
        net_kwh=needs(n, periods + 6, seed=seed),
        plan=small_plan(periods=periods, **more),
        mechanism=PaperMechanism(peers=peers or RandomPeers()),
        seed=seed,
    )


@pytest.mark.parametrize(("n", "seed"), [(2, 0), (2, 1), (3, 2), (3, 3), (4, 4), (5, 5)])
def test_a_week_is_that_of_the_plain_telling(n: int, seed: int) -> None:
    members, net, plan = homes(n, seed=seed), needs(n, 14, seed=seed), small_plan()
    record = simulate(members, net_kwh=net, plan=plan, mechanism=PaperMechanism(), seed=seed)
    plain = plain_week(members, net.tolist(), plan, seed)
    assert [(s.period, s.a, s.b) for s in record.sessions] == plain.pairs
    assert [s.rounds for s in record.sessions] == plain.rounds
    assert [(s.period, s.a, s.b, s.q, s.tau) for s in record.agreements] == plain.loans
    np.testing.assert_allclose(record.flow, plain.flow, atol=1e-12)
    np.testing.assert_allclose(record.residual, plain.residual, atol=1e-12)
    np.testing.assert_allclose(record.soc, plain.soc, atol=1e-12)
    expected = [
        plain_xi(member, plain.flow[i], plain.residual[i], plain.soc[i]) for i, member in enumerate(members)
    ]
    np.testing.assert_allclose(performance(members, record), expected, atol=1e-9)


def test_the_plain_tellings_agree_on_something() -> None:
    """Without loans the test above would prove little."""
    assert sum(len(paper_week(n, n).agreements) for n in (2, 3, 4, 5)) > 10


@settings(max_examples=15, deadline=None)
@given(n=st.integers(2, 6), seed=st.integers(0, 10_000), peers=st.sampled_from(EVERY_PEERS))
def test_what_every_week_keeps(n: int, seed: int, peers: Peers) -> None:
    record = paper_week(n, seed, peers=peers)
    # What one gives another takes; what was lent has come back by the end.
    np.testing.assert_allclose(record.exchange.sum(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(record.exchange.sum(axis=1), 0, atol=1e-12)
    # Eq. 4.
    np.testing.assert_allclose(record.net + record.exchange + record.flow, record.residual, atol=1e-12)
    legs = np.zeros_like(record.exchange)
    for s in record.agreements:
        assert s.q != 0
        assert s.period + s.tau < record.periods
        # With no deal as the floor nobody agrees to what it expects to lose by.
        assert s.utility_a >= s.aspiration_a >= s.no_deal_a
        assert s.utility_b >= s.aspiration_b >= s.no_deal_b
        assert not s.below_no_deal_a
        assert not s.below_no_deal_b
        for agent, sign in ((s.a, 1), (s.b, -1)):
            legs[agent, s.period] += sign * s.q
            legs[agent, s.period + s.tau] -= sign * s.q
    np.testing.assert_allclose(legs, record.exchange, atol=1e-12)
    for t in range(record.periods):
        busy = [agent for s in record.sessions if s.period == t for agent in (s.a, s.b)]
        assert len(busy) == len(set(busy))
        assert len(busy) == (2 * (n // 2) if t < record.periods - 1 else 0)


@pytest.mark.parametrize("peers", EVERY_PEERS)
def test_more_workers_change_no_bit(peers: Peers) -> None:
    members, net, plan = homes(6), needs(6, 20), small_plan(periods=14)
    one, two = (
        simulate(
            members, net_kwh=net, plan=plan, mechanism=PaperMechanism(peers=peers), seed=3, workers=workers
        )
        for workers in (1, 2)
    )
    assert one.sessions == two.sessions
    np.testing.assert_array_equal(one.soc, two.soc)
    np.testing.assert_array_equal(one.residual, two.residual)


def test_seeds_change_forecasts_and_pairs_but_no_truth() -> None:
    members, net, plan = homes(4), needs(4, 14), small_plan()
    weeks = [
        simulate(members, net_kwh=net, plan=plan, mechanism=PaperMechanism(), seed=seed) for seed in (0, 1)
    ]
    assert weeks[0].sessions != weeks[1].sessions
    np.testing.assert_array_equal(weeks[0].net, weeks[1].net)


def test_own_control_is_the_batterys_run() -> None:
    members, net = homes(3), needs(3, 14)
    record = simulate(members, net_kwh=net, plan=small_plan())
    assert record.sessions == ()
    assert not record.exchange.any()
    for i, member in enumerate(members):
        alone = run(member.model.battery, member.initial_soc_kwh, net[i, :8])
        np.testing.assert_array_equal(record.soc[i, 1:], alone.soc)
        np.testing.assert_array_equal(record.flow[i], alone.flow)
        np.testing.assert_array_equal(record.residual[i], alone.residual)


def test_without_flexibility_all_is_traded_outside() -> None:
    members, net = homes(2), needs(2, 14)
    record = no_flexibility(members, net_kwh=net, plan=small_plan())
    np.testing.assert_array_equal(record.residual, net[:, :8])
    assert not record.flow.any()
    np.testing.assert_array_equal(record.soc[:, 0], record.soc[:, -1])
    # Eq. 16 has only autarky left: −λ2·Σ|net|.
    expected = [-m.model.weights[1] * abs(net[i, :8]).sum() for i, m in enumerate(members)]
    np.testing.assert_allclose(performance(members, record), expected)


def test_the_literal_quantile_may_agree_below_no_deal_and_says_so() -> None:
    members = [replace(m, aspiration_quantile=0.1) for m in homes(4, seed=9)]
    net, plan = needs(4, 14, seed=9), small_plan()
    literal = simulate(
        members, net_kwh=net, plan=plan, mechanism=PaperMechanism(literal_aspiration=True), seed=9
    )
    below = [s for s in literal.agreements if s.below_no_deal_a or s.below_no_deal_b]
    assert below
    for s in below:
        assert s.utility_a < s.no_deal_a or s.utility_b < s.no_deal_b
    assert literal.success_rate > paper_week(4, 9).success_rate


def test_distances_are_of_the_session_and_failed_ones_have_that_of_no_deal() -> None:
    record = paper_week(5, 5, periods=12)
    failed = [s for s in record.sessions if not s.agreed]
    assert failed
    assert all(np.isnan(s.distance_agreement) and s.utility_a == s.no_deal_a for s in failed)
    gaining = [s for s in record.agreements if s.utility_a > s.no_deal_a and s.utility_b > s.no_deal_b]
    assert gaining
    for s in gaining:
        assert 0 <= s.distance_agreement <= np.sqrt(2)
        # There is a Nash solution then, and it is no worse than what they found in the product of gains.
        found = (s.utility_a - s.no_deal_a) * (s.utility_b - s.no_deal_b)
        best = (s.nash_a - s.no_deal_a) * (s.nash_b - s.no_deal_b)
        assert best >= found - 1e-12
    matrix = record.distance_matrix()
    np.testing.assert_array_equal(matrix, matrix.T)
    assert record.exchanged().sum() == pytest.approx(2 * sum(abs(s.q) for s in record.agreements))
    assert record.exchange_matrix.sum() == pytest.approx(2 * sum(abs(s.q) for s in record.agreements))


def test_progress_counts_the_periods() -> None:
    seen: list[tuple[int, int]] = []
    simulate(
        homes(2),
        net_kwh=needs(2, 14),
        plan=small_plan(),
        on_period=lambda done, total: seen.append((done, total)),
    )
    assert seen == [(k, 8) for k in range(1, 9)]


def test_a_truth_that_ends_before_the_horizon_is_refused() -> None:
    with pytest.raises(PlanError, match=r"net_kwh: found 13, expected .* = 14 .*before the horizon"):
        simulate(homes(2), net_kwh=needs(2, 13), plan=small_plan())


def test_a_truth_of_other_agents_or_without_numbers_is_refused() -> None:
    with pytest.raises(PlanError, match="net_kwh"):
        simulate(homes(3), net_kwh=needs(2, 14), plan=small_plan())
    broken = needs(2, 14)
    broken[1, 3] = np.nan
    with pytest.raises(PlanError, match=r"net_kwh: found nan, expected finite kWh"):
        simulate(homes(2), net_kwh=broken, plan=small_plan())


def test_no_workers_and_no_members_are_refused() -> None:
    with pytest.raises(PlanError, match="workers"):
        simulate(homes(2), net_kwh=needs(2, 14), plan=small_plan(), workers=0)
    with pytest.raises(PlanError, match="members"):
        simulate([], net_kwh=needs(1, 14)[:0], plan=small_plan())
