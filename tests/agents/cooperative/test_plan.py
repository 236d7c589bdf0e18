"""What a plan, a member and links refuse, each with key, value and rule."""

import math

import numpy as np
import pytest

from agents.cooperative.errors import LinkError, MemberError, PlanError
from agents.cooperative.members import Member
from agents.cooperative.plan import LinkLimits
from agents.loans.model import ProsumerModel
from energy.battery import Battery
from energy.forecast import PERFECT
from tests.agents.cooperative.worlds import small_plan


def test_a_horizon_shorter_than_tau_is_refused() -> None:
    with pytest.raises(
        PlanError, match=r"horizon: found 5, expected more than the longest return time τ = 5"
    ):
        small_plan(horizon=5)


@pytest.mark.parametrize("key", ["periods", "horizon", "scenarios", "deadline"])
def test_counts_are_at_least_one(key: str) -> None:
    with pytest.raises(PlanError, match=f"{key}: found 0"):
        small_plan(**{key: 0})


def test_more_scenarios_than_memory_allows_are_refused_before_they_are_drawn() -> None:
    # 3 agents × 6 steps × 8 bytes = 144 bytes a scenario; 1 MiB holds 7,281 of them.
    small_plan(scenarios=7281, memory_mib=1).check(3)
    with pytest.raises(PlanError, match=r"scenarios: found 7282, expected at most 7281") as error:
        small_plan(scenarios=7282, memory_mib=1).check(3)
    assert error.value.exit_code == 2


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"initial_soc_kwh": 0.1}, "initial_soc_kwh"),
        ({"initial_soc_kwh": math.nan}, "initial_soc_kwh"),
        ({"aspiration_quantile": 1.01}, "aspiration_quantile"),
        ({"error_scale_kwh": -1.0}, "error_scale_kwh"),
        ({"error_scale_kwh": math.inf}, "error_scale_kwh"),
    ],
)
def test_members_that_cannot_take_part(changes: dict[str, float], key: str) -> None:
    values: dict[str, object] = {
        "name": "home",
        "model": ProsumerModel(battery=Battery(capacity_kwh=7.0)),
        "initial_soc_kwh": 3.5,
        "aspiration_quantile": 0.7,
        "error": PERFECT,
        "error_scale_kwh": 1.0,
    }
    with pytest.raises(MemberError, match=f"^{key}: found"):
        Member(**(values | changes))  # type: ignore[arg-type]


def test_links_in_kilowatts_become_energy_an_interval() -> None:
    links = LinkLimits.of([[0, 4], [4, 0]], efficiency=0.9, interval_h=0.25)
    assert links.most_kwh is not None
    assert links.most_kwh.tolist() == [[0, 0.9], [0.9, 0]]


@pytest.mark.parametrize(
    "limits",
    [[[0.0, 1.0]], [[0.0, -1.0], [-1.0, 0.0]], [[0.0, math.nan], [math.nan, 0.0]], [[0.0, 1.0], [2.0, 0.0]]],
)
def test_limits_that_are_none(limits: list[list[float]]) -> None:
    with pytest.raises(LinkError, match="most_kwh"):
        LinkLimits(np.array(limits))


@pytest.mark.parametrize("efficiency", [0.0, 1.1, math.nan])
def test_a_link_loses_no_more_than_all_and_makes_nothing(efficiency: float) -> None:
    with pytest.raises(LinkError, match="efficiency"):
        LinkLimits.of([[0.0]], efficiency=efficiency, interval_h=0.25)


def test_links_of_other_agents_are_refused() -> None:
    with pytest.raises(PlanError, match="links"):
        small_plan(links=LinkLimits(np.zeros((2, 2)))).check(3)
