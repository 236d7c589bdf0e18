"""Members and meetings for the tests of communities: two rates, day and night, 0 to 1000 token units per Wh."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from agents.community.community import Community
from agents.community.meeting import Delegation, Meeting
from agents.community.members import Member, Role
from agents.community.preferences import TariffPreferences
from agents.community.tactics import ByTime, Firm
from market.issues import Domain, Issue, Values

DOMAIN = Domain((Issue("day", 0, 1000), Issue("night", 0, 1000)))


def preferences(
    goals: Values = (100, 100),
    limits: Values = (200, 200),
    weights: tuple[float, ...] = (0.5, 0.5),
    least: float = 0.0,
) -> TariffPreferences:
    return TariffPreferences(goals=goals, limits=limits, weights=weights, least=least)


def negotiator(name: str, wanted: TariffPreferences, **changes: Any) -> Member:
    """A negotiation agent that evenly concedes within 10 turns, of 1000 Wh a rate, with its limits as old tariff."""
    base: dict[str, Any] = {
        "role": Role.NEGOTIATOR,
        "energy": (1000,) * len(wanted.goals),
        "old_rates": wanted.limits,
        "tactics": (ByTime(10),) * len(wanted.goals),
    }
    return Member(name=name, preferences=wanted, **{**base, **changes})


def firm(name: str, wanted: TariffPreferences, **changes: Any) -> Member:
    """A negotiation agent that proposes its goals and votes for nothing that is worth less."""
    return negotiator(name, wanted, tactics=(Firm(),) * len(wanted.goals), **changes)


def customer(name: str, wanted: TariffPreferences, role: Role = Role.INDEPENDENT, **changes: Any) -> Member:
    return negotiator(name, wanted, role=role, tactics=(), **changes)


def community(members: Sequence[Member], **changes: Any) -> Community:
    """Nothing is learned on joining unless the test asks for it, so that numbers stay as written."""
    return Community(name="us", members=tuple(members), **{"trust": 0, **changes})


def meeting(
    members: Sequence[Member],
    *,
    mediator: str = "a",
    received: Values | None = None,
    time: int = 0,
    seed: int = 0,
    **changes: Any,
) -> Meeting:
    delegation = Delegation(community(members, **changes), mediator, rng=np.random.default_rng(seed))
    return Meeting(delegation, DOMAIN, time, received)


@st.composite
def many_preferences(draw: st.DrawFn) -> TariffPreferences:
    """Few different numbers, so that ties are common; one in five members is paid for a rate."""
    goals, limits = [], []
    for _ in range(2):
        goal, distance = draw(st.integers(10, 14)) * 10, draw(st.integers(1, 4)) * 20
        goals.append(goal)
        limits.append(goal + distance * draw(st.sampled_from([1, 1, 1, 1, -1])))
    share = draw(st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]))
    return preferences(
        tuple(goals), tuple(limits), (share, 1 - share), draw(st.sampled_from([-0.5, 0.0, 0.25]))
    )


@st.composite
def many_members(
    draw: st.DrawFn, *, least: int = 2, most: int = 7, all_propose: bool = False
) -> list[Member]:
    """Members a, b, …; a and b negotiate, the others do anything."""
    members = []
    for i in range(draw(st.integers(least, most))):
        name, wanted = "abcdefghij"[i], draw(many_preferences())
        role = Role.NEGOTIATOR if i < 2 or all_propose else draw(st.sampled_from(Role))
        energy = (draw(st.integers(0, 5)), draw(st.integers(1, 5)))
        if role is Role.NEGOTIATOR:
            tactic = draw(st.sampled_from([ByTime(6), ByTime(4, 0.5), Firm()]))
            members.append(negotiator(name, wanted, energy=energy, tactics=(tactic, tactic)))
        else:
            members.append(customer(name, wanted, role, energy=energy))
    return members


offers = st.tuples(*[st.integers(8, 22).map(lambda rate: 10 * rate)] * 2)
"""What an opponent may offer them."""
