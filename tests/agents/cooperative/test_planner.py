"""The central planner: by hand on small weeks, against a search over all dispatches, and never worse than s1 and s2."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from agents.cooperative.errors import PlanError
from agents.cooperative.linear_program import Program, ProgramUnsolvedError
from agents.cooperative.mechanism import PaperMechanism
from agents.cooperative.members import Member
from agents.cooperative.plan_repair import FeasiblePlan, best_feasible
from agents.cooperative.planned_home import PlannedHome, planned_home
from agents.cooperative.planner import Exchange, plan
from agents.cooperative.week import simulate
from agents.cooperative.welfare import performance
from agents.loans.criteria import EnergyCost, PeakAtConnection
from agents.loans.model import ProsumerModel
from energy.battery import Battery, run
from energy.forecast import ForecastError
from tests.agents.cooperative.worlds import homes, needs, small_plan

FloatArray = NDArray[np.float64]

LOSSLESS = Battery(
    capacity_kwh=10.0, lo=0.0, hi=1.0, efficiency=1.0, charge_limit_kw=40.0, discharge_limit_kw=40.0
)
NONE = Battery(capacity_kwh=0.0)


def home(
    net: list[float], *, battery: Battery = NONE, soc: float = 0.0, weights: tuple[float, float] = (0.5, 0.5)
) -> PlannedHome:
    return planned_home(member(battery, soc, weights), np.array(net))


def member(battery: Battery, soc: float, weights: tuple[float, float]) -> Member:
    return Member(
        name="home",
        model=ProsumerModel(battery, weights=weights),
        initial_soc_kwh=soc,
        aspiration_quantile=0.5,
        error=ForecastError(),
        error_scale_kwh=0.0,
    )


def test_without_batteries_and_exchange_everything_is_traded_outside() -> None:
    # λ2·Σ|net| = 0.5 · (1 + 2 + 3).
    assert plan([home([1, -2, 3])], Exchange.NONE).bound == pytest.approx(3.0)


def test_what_one_has_left_serves_the_other_and_comes_back() -> None:
    # Period 0: A is short of 1, B has 1 left; period 1 the other way round. A loan of 1 kWh leaves nothing over.
    pair = [home([1, -1]), home([-1, 1])]
    for exchange in (Exchange.LOANS, Exchange.FREE):
        assert plan(pair, exchange).bound == pytest.approx(0.0, abs=1e-7)
    assert plan(pair, Exchange.NONE).bound == pytest.approx(2.0)


def test_under_loans_a_gift_has_to_come_back() -> None:
    # A is short of 1 twice, B has 2 left once: freely B gives 1 + nothing; what A takes it must give back, so that its
    # residuals add up to its needs: at least 2 kWh bought by A and 2 sold by B, λ2 = 0.5 each.
    pair = [home([1, 1]), home([-2, 0])]
    assert plan(pair, Exchange.LOANS).bound == pytest.approx(2.0)
    # Freely 1 kWh is bought in period 1 and 1 kWh sold in period 0.
    assert plan(pair, Exchange.FREE).bound == pytest.approx(1.0)


def test_free_exchange_puts_what_is_left_on_the_home_that_minds_least() -> None:
    pair = [home([1], weights=(0.2, 0.8)), home([1], weights=(0.8, 0.2))]
    assert plan(pair, Exchange.FREE).bound == pytest.approx(0.4)


def test_a_lossless_battery_carries_a_surplus_to_a_deficit() -> None:
    # Charge 2, give 2: C1 = ΣP + Θ = 0, C2 = 0.
    found = best_feasible([home([-2, 2], battery=LOSSLESS)], Exchange.NONE)
    assert found.bound == pytest.approx(0.0, abs=1e-7)
    assert found.flow.tolist() == [pytest.approx([2, -2])]


def test_a_round_trip_of_81_percent_by_hand() -> None:
    # η = 0.9. From 1 kWh of surplus 0.81 kWh come back of the 2 that are short: C1 = 1 − 0.81, C2 = 1.19.
    battery = replace(LOSSLESS, efficiency=0.81)
    found = best_feasible([home([-1, 2], battery=battery, weights=(0.25, 0.75))], Exchange.NONE)
    assert found.cost == pytest.approx(0.25 * 0.19 + 0.75 * 1.19)
    assert found.bound == pytest.approx(found.cost)


def test_a_battery_that_one_home_lacks_serves_it_by_a_loan() -> None:
    # A has the battery, B the course: B's surplus goes to A in period 0 and comes back in period 1.
    pair = [home([0, 0], battery=LOSSLESS), home([-1, 1])]
    assert plan(pair, Exchange.LOANS).bound == pytest.approx(0.0, abs=1e-7)
    assert plan(pair, Exchange.NONE).bound == pytest.approx(1.0)


def test_nobody_need_lose_by_the_plan() -> None:
    # B minds trade outside little, so the planner leaves it with A's deficit; bounded by its own cost, it refuses.
    pair = [home([1, -1, 0], weights=(0.1, 0.9)), home([0, 0, 0], weights=(0.9, 0.1))]
    own = np.array([one.cost(np.zeros(3), one.net_kwh, 0.0) for one in pair])
    assert own.tolist() == [pytest.approx(1.8), 0.0]
    assert plan(pair, Exchange.LOANS).bound == pytest.approx(0.2)
    assert plan(pair, Exchange.LOANS, at_most=own).bound == pytest.approx(1.8)


def dispatches(one: PlannedHome, steps: int) -> tuple[FloatArray, FloatArray]:
    """Every course of flows on a grid that the battery can follow, (courses, periods), and their last states.

    The oracle's search space.
    """
    limit = max(one.battery.charge_limit_kwh, one.battery.discharge_limit_kwh)
    asked = np.array(list(itertools.product(np.linspace(-limit, limit, steps), repeat=one.net_kwh.size)))
    followed = run(one.battery, one.initial_soc_kwh, -asked)
    different, at = np.unique(np.round(followed.flow, 12), axis=0, return_index=True)
    return different, followed.soc[at, -1]


@pytest.mark.parametrize("seed", range(4))
def test_the_bracket_holds_what_a_search_over_all_dispatches_finds(seed: int) -> None:
    # One home, so the search needs no exchange. Its best lies above the bound and, on its grid, near the feasible plan.
    rng = np.random.default_rng(seed)
    battery = Battery(
        capacity_kwh=2.0,
        efficiency=float(rng.uniform(0.7, 1.0)),
        degradation_per_step=float(rng.choice([0.0, 0.01])),
        charge_limit_kw=1.6,
        discharge_limit_kw=1.6,
    )
    first = float(rng.choice([0.33, 0.67]))
    one = home(
        rng.uniform(-0.6, 0.6, 4).tolist(), battery=battery, soc=float(rng.uniform(0.4, 1.8)), weights=(first, 1 - first)
    )  # fmt: skip
    searched = min(
        one.cost(flow, one.net_kwh + flow, last) for flow, last in zip(*dispatches(one, 9), strict=True)
    )
    found = best_feasible([one], Exchange.NONE)
    assert found.bound <= searched + 1e-7
    # The grid's step is 0.1 kWh, so the nearest of its courses is within 0.05 in each of four steps, at rates below 1.2.
    assert found.cost <= searched + 4 * 0.05 * 1.2
    assert found.bound <= found.cost + 1e-7


def test_two_homes_against_a_search_over_dispatches_and_loans() -> None:
    battery = Battery(
        capacity_kwh=1.0, lo=0.0, hi=1.0, efficiency=0.81, charge_limit_kw=2.0, discharge_limit_kw=2.0
    )
    pair = [
        home([0.5, -0.5], battery=battery, soc=0.5, weights=(0.33, 0.67)),
        home([-0.25, 0.5], battery=battery, soc=0.5, weights=(0.67, 0.33)),
    ]
    best = math.inf
    spaces = [dispatches(one, 9) for one in pair]
    for q in np.linspace(-1, 1, 17):
        # Given the loan, each home's best dispatch does not depend on the other's.
        legs = np.array([q, -q])
        best = min(
            best,
            sum(
                min(
                    one.cost(flow, one.net_kwh + sign * legs + flow, last)
                    for flow, last in zip(*space, strict=True)
                )
                for one, space, sign in zip(pair, spaces, (1, -1), strict=True)
            ),
        )
    found = best_feasible(pair, Exchange.LOANS)
    # The search's grid holds the optimum's corners: quantities and limits are multiples of 0.125 kWh.
    assert found.bound <= best + 1e-7
    assert found.cost <= best + 0.02


def as_it_happens(found: FeasiblePlan, planned: list[PlannedHome]) -> None:
    """The plan's own figures once more from its arrays: balances, batteries, and what nobody may gain from nothing."""
    net = np.stack([one.net_kwh for one in planned])
    np.testing.assert_allclose(net + found.exchange + found.flow, found.residual, atol=1e-9)
    np.testing.assert_allclose(found.exchange.sum(axis=0), 0, atol=1e-7)
    for i, one in enumerate(planned):
        followed = run(one.battery, one.initial_soc_kwh, -found.flow[i])
        np.testing.assert_allclose(followed.flow, found.flow[i], atol=1e-9)


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(2, 4))
def test_the_planner_is_never_worse_than_s1_and_s2(seed: int, n: int) -> None:
    members, week = homes(n, seed=seed), small_plan(periods=10)
    net = needs(n, 16, seed=seed)
    planned = [planned_home(one, net[i, :10]) for i, one in enumerate(members)]
    s1 = simulate(members, net_kwh=net, plan=week)
    s2 = simulate(members, net_kwh=net, plan=week, mechanism=PaperMechanism(), seed=seed)
    alone, together = best_feasible(planned, Exchange.NONE), best_feasible(planned, Exchange.LOANS)
    free = plan(planned, Exchange.FREE).bound
    assert alone.bound <= -performance(members, s1).sum() + 1e-6
    assert together.bound <= -performance(members, s2).sum() + 1e-6
    assert free <= together.bound + 1e-6 <= alone.bound + 2e-6
    for found in (alone, together):
        assert found.bound <= found.cost + 1e-6
        as_it_happens(found, planned)
    np.testing.assert_allclose(together.exchange.sum(axis=1), 0, atol=1e-7)
    fair = plan(planned, Exchange.LOANS, at_most=-performance(members, s1)).bound
    assert together.bound - 1e-6 <= fair <= -performance(members, s1).sum() + 1e-6


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_no_dispatch_and_no_loans_beat_the_bound(seed: int) -> None:
    """Random flows that batteries follow, and random exchange that comes back: a cost above the bound, always."""
    rng = np.random.default_rng(seed)
    members, periods = homes(3, seed=seed), 8
    net = needs(3, periods, seed=seed)
    planned = [planned_home(one, net[i]) for i, one in enumerate(members)]
    exchange = rng.normal(0, 0.3, (3, periods))
    exchange -= exchange.mean(axis=0)
    exchange -= exchange.mean(axis=1, keepdims=True)
    total = 0.0
    for i, one in enumerate(planned):
        followed = run(one.battery, one.initial_soc_kwh, rng.normal(0, 0.3, periods))
        total += one.cost(followed.flow, net[i] + exchange[i] + followed.flow, float(followed.soc[-1]))
    assert plan(planned, Exchange.LOANS).bound <= total + 1e-6


def test_what_a_home_costs_is_its_performance() -> None:
    members, week = homes(2, seed=3), small_plan()
    net = needs(2, 14, seed=3)
    s1 = simulate(members, net_kwh=net, plan=week)
    costs = [
        planned_home(one, net[i, :8]).cost(s1.flow[i], s1.residual[i], float(s1.soc[i, -1]))
        for i, one in enumerate(members)
    ]
    np.testing.assert_allclose(costs, -performance(members, s1))


def test_a_criterion_that_is_not_linear_is_refused() -> None:
    odd = replace(member(NONE, 0.0, (0.5, 0.5)), model=ProsumerModel(NONE, (PeakAtConnection(),), (1.0,)))
    with pytest.raises(PlanError, match="PeakAtConnection"):
        planned_home(odd, np.zeros(3))


def test_prices_that_change_over_the_week_are_refused() -> None:
    changing = EnergyCost(import_price=(0.3, 0.2, 0.3))
    odd = replace(member(NONE, 0.0, (0.5, 0.5)), model=ProsumerModel(NONE, (changing,), (1.0,)))
    with pytest.raises(PlanError, match="same rates"):
        planned_home(odd, np.zeros(3))


@pytest.mark.parametrize("solver", ["ipm", "simplex"])
def test_a_program_by_hand(solver: str) -> None:
    # min −x − 2y, x + y <= 4, 0 <= x <= 3, 0 <= y <= 2: the corner (2, 2), −6.
    program = Program()
    x = program.variables((1,), cost=-1.0, upper=3.0)
    y = program.variables((1,), cost=-2.0, upper=2.0)
    row = program.constraints((1,), high=4.0)
    program.put(row, x, 1.0)
    program.put(row, y, 1.0)
    best = program.minimise(solver=solver)
    assert best.values.tolist() == pytest.approx([2, 2], abs=1e-6)
    assert best.objective == pytest.approx(-6)
    assert best.bound == pytest.approx(-6)


def test_a_program_without_a_solution_says_so() -> None:
    program = Program()
    x = program.variables((1,), cost=1.0, upper=1.0)
    program.put(program.constraints((1,), low=2.0), x, 1.0)
    with pytest.raises(ProgramUnsolvedError, match="Infeasible"):
        program.minimise(solver="simplex")
