"""Definitions 8 to 11 by hand."""

import pytest
from hypothesis import given, settings

from agents.community.errors import WeightsError, ZeroEnergy
from agents.community.measures import (
    average_utility,
    benefit,
    community_benefit,
    community_cost,
    cost,
    weighted_utility,
    weights_by_size,
)
from agents.community.members import Kind, Member
from market.issues import Values
from tests.agents.community.people import customer, many_members, negotiator, offers, preferences

# 3 kWh by day and 1 at night at 200 and 100 so far; a prosumer that feeds in 2 kWh by day, paid 50 so far.
BIG = negotiator("a", preferences(), energy=(3000, 1000), old_rates=(200, 100))
SUN = customer(
    "b", preferences((150, 100), (50, 200)), kind=Kind.PROSUMER, energy=(-2000, 2000), old_rates=(50, 200)
)
RATES = (120, 80)


def test_costs_and_benefits_by_hand() -> None:
    assert cost(BIG, RATES) == 3000 * 120 + 1000 * 80 == 440_000
    assert cost(SUN, RATES) == -2000 * 120 + 2000 * 80 == -80_000
    assert community_cost((BIG, SUN), RATES) == 360_000
    assert benefit(BIG, RATES) == 700_000 - 440_000
    assert benefit(SUN, RATES) == 300_000 + 80_000
    assert community_benefit((BIG, SUN), RATES) == 640_000


def test_utilities_by_hand() -> None:
    # BIG: half of 0.8 and half of 1.2; SUN: half of 0.7 and half of 1.2. Sizes 4 and 4 kWh.
    assert average_utility((BIG, SUN), RATES) == pytest.approx((1.0 + 0.95) / 2)
    assert weights_by_size((BIG, SUN)) == (0.5, 0.5)
    assert weighted_utility((BIG, SUN), RATES, weights=(0.2, 0.8)) == pytest.approx(0.2 + 0.76)


@given(many_members(), offers)
@settings(max_examples=60, deadline=None)
def test_what_holds_for_any_community(members: list[Member], rates: Values) -> None:
    assert community_cost(members, rates) == sum(
        rate * sum(member.energy[k] for member in members) for k, rate in enumerate(rates)
    )
    for member in members:
        assert benefit(member, member.old_rates) == 0
    utilities = [member.preferences.utility(rates) for member in members]
    for mean in (average_utility(members, rates), weighted_utility(members, rates)):
        assert min(utilities) - 1e-9 <= mean <= max(utilities) + 1e-9
    even = [1 / len(members)] * len(members)
    assert weighted_utility(members, rates, weights=even) == pytest.approx(average_utility(members, rates))


@pytest.mark.parametrize("weights", [(0.5, 0.6), (1.5, -0.5), (1.0,), (float("nan"), 1.0)])
def test_weights_sum_to_1(weights: tuple[float, ...]) -> None:
    with pytest.raises(WeightsError) as refusal:
        weighted_utility((BIG, SUN), RATES, weights=weights)
    assert refusal.value.exit_code == 2


def test_no_energy_gives_no_weights() -> None:
    with pytest.raises(ZeroEnergy):
        weights_by_size((negotiator("a", preferences(), energy=(0, 0)),))
