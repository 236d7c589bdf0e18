"""The joint mechanism: who meets, what is taken, and that it stays within what agents may know."""

from dataclasses import replace

import numpy as np
import pytest

from agents.cooperative.errors import PlanError
from agents.cooperative.joint import EvenBidding, JointMechanism
from agents.cooperative.peers import RandomPeers
from agents.cooperative.record import WeekRecord
from agents.cooperative.week import simulate
from agents.loans.even import PACE, Stance
from tests.agents.cooperative.worlds import homes, needs, small_plan

N = 5
PLAN = small_plan(periods=14)
NET = needs(N, 20)


def record(mechanism: JointMechanism, *, workers: int = 1) -> WeekRecord:
    return simulate(homes(N), net_kwh=NET, plan=PLAN, mechanism=mechanism, seed=2, workers=workers)


def test_sessions_go_on_while_somebody_agrees_and_nobody_meets_twice_for_nothing() -> None:
    sessions = record(JointMechanism(sessions=6)).sessions
    assert any(s.agreed for s in sessions)
    for period in range(14):
        refused: set[frozenset[int]] = set()
        for s in (s for s in sessions if s.period == period):
            pair = frozenset((s.a, s.b))
            assert pair not in refused
            if s.agreed:
                refused = {other for other in refused if not other & pair}
            else:
                refused.add(pair)
        # Two pairs of five agents at most in a round of meetings.
        assert sum(s.period == period for s in sessions) <= 6 * 2


def test_one_session_each_where_one_is_asked_for() -> None:
    sessions = record(JointMechanism(sessions=1)).sessions
    for period in range(14):
        met = [agent for s in sessions if s.period == period for agent in (s.a, s.b)]
        assert len(met) == len(set(met))


@pytest.mark.parametrize("favours", [False, True])
def test_no_loan_costs_more_than_a_favour_and_each_brings_somebody_something(favours: bool) -> None:
    mechanism = JointMechanism(favours=favours, favour=0.01, reserve=0.0, margin=0.0)
    agreed = record(mechanism).agreements
    gains = np.array([(s.utility_a - s.no_deal_a, s.utility_b - s.no_deal_b) for s in agreed])
    assert len(gains) > 10
    assert gains.min() > (-0.01 if favours else 0.0) - 1e-9
    assert gains.max(axis=1).min() > 0
    # Where it costs one side something, it brings the other at least the ask.
    assert (gains.max(axis=1)[gains.min(axis=1) <= 0] >= PACE.ask - 1e-9).all()


def test_who_is_ahead_grants_favours_and_who_is_behind_asks_for_a_margin() -> None:
    class Ahead:
        def balance(self, agent: int, no_deal: float) -> float:
            return (0.5, 0.05, -1.0)[agent]

    rules = {"favour": 0.003, "reserve": 0.1, "margin": 0.002, "patience": 4.0}
    bidding = EvenBidding(Ahead(), PACE, **rules)  # type: ignore[arg-type]
    assert bidding.stance(0, -4.0) == Stance(-4.0, favour=0.003)
    assert bidding.stance(1, -4.0) == Stance(-4.0, margin=0.002, patience=4.0)
    assert bidding.stance(2, -4.0) == Stance(-4.0, margin=0.002, patience=4.0)
    without = EvenBidding(None, PACE, **rules)
    assert without.stance(2, -4.0) == Stance(-4.0)


def test_results_do_not_depend_on_the_number_of_workers() -> None:
    one, two = record(JointMechanism()), record(JointMechanism(), workers=2)
    np.testing.assert_array_equal(one.exchange, two.exchange)
    assert one.sessions == two.sessions


def test_the_papers_bidding_can_be_kept() -> None:
    quantile = record(JointMechanism(even=False, favours=False, peers=RandomPeers()))
    assert quantile.agreements
    assert any(s.aspiration_a > s.no_deal_a for s in quantile.agreements)
    for s in quantile.agreements:
        assert s.utility_a >= s.aspiration_a >= s.no_deal_a
        assert s.utility_b >= s.aspiration_b >= s.no_deal_b


@pytest.mark.parametrize(
    ("key", "value"), [("sessions", 0), ("favour", -0.1), ("reserve", float("nan")), ("margin", -1.0)]
)
def test_what_makes_no_sense_is_refused(key: str, value: float) -> None:
    with pytest.raises(PlanError) as refused:
        replace(JointMechanism(), **{key: value})  # type: ignore[arg-type]
    assert refused.value.key == key
