"""What an agent learns on joining: its goals and limits in view of the members' tariffs.

The paper says only that agents update them by a learning process, as "they have access to all members' tariffs"
(section 4). The rule here: with trust λ in [0, 1), each goal moves by λ towards the best tariff that any member has, where
that is better than the goal; each limit moves by λ towards the members' mean tariff, weighted by their sizes, where that is
better than the limit. Nobody comes to ask for less than before, and a goal stays better than its limit. "Better" is as the
agent sees it: lower for who pays the rate, higher for who is paid. Goals are rounded towards better, limits towards worse.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from agents.community.errors import MemberError
from agents.community.members import Member
from market.issues import Values

TRUST: Final = Fraction(1, 2)
"""λ unless a community says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownTariffs:
    """What the members' tariffs say about each rate [token units per Wh]."""

    lowest: Values
    highest: Values
    mean: tuple[Fraction, ...] | None
    """Weighted by the members' sizes; None where they move no energy at all."""


def known_tariffs(members: Sequence[Member]) -> KnownTariffs:
    """The tariffs of ``members``, at least one, all of as many rates."""
    by_rate = list(zip(*(member.old_rates for member in members), strict=True))
    sizes = [member.size for member in members]
    total = sum(sizes)
    means = (
        Fraction(sum(rate * size for rate, size in zip(rates, sizes, strict=True)), max(total, 1))
        for rates in by_rate
    )
    return KnownTariffs(
        lowest=tuple(min(rates) for rates in by_rate),
        highest=tuple(max(rates) for rates in by_rate),
        mean=tuple(means) if total else None,
    )


def informed(member: Member, known: KnownTariffs, *, trust: Fraction = TRUST) -> Member:
    """``member`` with the goals and limits that the tariffs of a community that it is in teach it; exact.

    Raises
    ------
    MemberError
        If the trust is not in [0, 1).
    """
    if not 0 <= trust < 1:
        raise MemberError("trust", trust, "at least 0 and less than 1")
    wanted = member.preferences
    goals, limits = [], []
    for k, sense in enumerate(wanted.senses):
        # In units in which more is better, so that one rule serves both sides.
        own_goal, own_limit = sense * wanted.goals[k], sense * wanted.limits[k]
        best = sense * (known.highest[k] if sense > 0 else known.lowest[k])
        mean = Fraction(own_limit) if known.mean is None else sense * known.mean[k]
        goals.append(sense * math.ceil(own_goal + trust * max(0, best - own_goal)))
        limits.append(sense * math.floor(own_limit + trust * max(Fraction(0), mean - own_limit)))
    return replace(member, preferences=replace(wanted, goals=tuple(goals), limits=tuple(limits)))
