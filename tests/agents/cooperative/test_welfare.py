"""Performance and social welfare: hand-calculated, and what Nash welfare says where it has no meaning."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.cooperative.members import Member
from agents.cooperative.record import WeekRecord
from agents.cooperative.week import no_flexibility, simulate
from agents.cooperative.welfare import above_line, nash_welfare, performance, social_welfare
from agents.loans.criteria import EnergyCost, PeakAtConnection
from agents.loans.model import ProsumerModel
from energy.battery import Battery
from energy.forecast import PERFECT
from tests.agents.cooperative.worlds import small_plan

# 4 kWh, window 0.8 to 3.6 kWh, 0.9 each way, no degradation; limits 0.325 kWh in and 0.825 kWh out a quarter hour.
BATTERY = Battery(capacity_kwh=4.0, efficiency=0.81)


def member(**model: object) -> Member:
    return Member(
        name="home",
        model=ProsumerModel(battery=BATTERY, **model),  # type: ignore[arg-type]
        initial_soc_kwh=2.0,
        aspiration_quantile=0.5,
        error=PERFECT,
        error_scale_kwh=1.0,
    )


def two_steps() -> tuple[WeekRecord, WeekRecord]:
    """A surplus of 0.5 kWh, then a deficit of 1 kWh, without and with the battery."""
    members = [member()]
    net, plan = np.array([[-0.5, 1.0, *[0.0] * 6]]), small_plan(periods=2)
    return no_flexibility(members, net_kwh=net, plan=plan), simulate(members, net_kwh=net, plan=plan)


def test_performance_by_hand() -> None:
    s0, s1 = two_steps()
    # s1: it takes 0.325 (state 2.2925), then gives 0.825 (state 2.2925 − 0.825/0.9 = 1.375833…); residuals −0.175, 0.175.
    np.testing.assert_allclose(s1.flow, [[0.325, -0.825]])
    np.testing.assert_allclose(s1.residual, [[-0.175, 0.175]])
    # Θ: 2 − 1.375833 = 0.624167 kWh short in the battery, 0.693519 at its terminals.
    loss = 0.325 - 0.825 + 0.624166666666667 / 0.9
    for first, second in ((0.5, 0.5), (0.33, 0.67)):
        found = performance([member(weights=(first, second))], s1)
        np.testing.assert_allclose(found, [-(first * loss + second * 0.35)])
        np.testing.assert_allclose(performance([member(weights=(first, second))], s0), [-second * 1.5])


def test_a_battery_that_ends_fuller_is_credited_what_it_can_give() -> None:
    net = np.array([[-0.3, *[0.0] * 6]])
    record = simulate([member()], net_kwh=net, plan=small_plan(periods=1))
    # 0.3 kWh taken, 0.27 kWh fuller, 0.243 kWh of it can be given back: a loss of 0.057, and nothing left over.
    np.testing.assert_allclose(performance([member(weights=(1.0, 0.0))], record), [-(0.3 - 0.27 * 0.9)])


def test_other_criteria_judge_the_week_too() -> None:
    record, _ = two_steps()
    own = member(criteria=(EnergyCost(import_price=0.3, feed_in=0.1), PeakAtConnection()), weights=(0.5, 0.5))
    # Half of 1 kWh at 0.3 less 0.5 kWh at 0.1, half of the peak of 1 kWh.
    np.testing.assert_allclose(performance([own], record), [-0.5 * (0.3 - 0.05) - 0.5 * 1.0])


def test_social_welfare_is_the_sum() -> None:
    assert social_welfare([-1.5, -2.0, 0.25]) == -3.25


def test_nash_welfare_by_hand() -> None:
    found = nash_welfare([3.0, 5.0, 1.0], [1.0, 2.0, 0.5])
    assert found.product == pytest.approx(2 * 3 * 0.5)
    assert found.log == pytest.approx(math.log(3))
    assert found.defined


def test_two_losers_make_no_welfare() -> None:
    found = nash_welfare([0.0, 0.0, 2.0], [1.0, 1.0, 1.0])
    assert math.isnan(found.product)
    assert math.isnan(found.log)
    assert (found.losers, found.defined) == (2, False)


def test_nobody_gains_nothing() -> None:
    found = nash_welfare([1.0, 2.0], [1.0, 1.0])
    assert (found.product, found.log, found.defined) == (0.0, -math.inf, True)


def test_a_product_too_large_is_told_by_its_logarithm() -> None:
    found = nash_welfare(np.full(400, 11.0), np.ones(400))
    assert found.product == math.inf
    assert found.log == pytest.approx(400 * math.log(10))


@given(st.lists(st.floats(0.01, 10), min_size=1, max_size=8))
def test_the_logarithm_is_the_products(gains: list[float]) -> None:
    found = nash_welfare(gains, [0.0] * len(gains))
    assert found.product == pytest.approx(math.prod(gains))
    assert math.exp(found.log) == pytest.approx(found.product)


def test_the_line_of_equal_improvement() -> None:
    assert above_line([-4, -4, -4], [-2, -2, -5], [-1, -2, -4.5]).tolist() == [True, False, True]
