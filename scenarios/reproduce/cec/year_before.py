"""What each building of the case pays without its community: negotiated by the same rules, instead of invented.

The paper compares with real bills, "according to the real 2015 tariff" (section 4), which our copy has not. Here a building's
own tariff is what it comes to alone, with the same retailer in the same year and with the skill that it has in the case.
Of the second community the text says that its previous tariff was negotiated before, when it was aggregated already: its
own tariff is what the two came to together in the year before, when everything cost less by `RISE`.
"""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Final

import numpy as np

from agents.community.community import Community, Dependence
from agents.community.members import Member, Role
from agents.community.preferences import TariffPreferences
from agents.community.session import negotiate
from agents.community.strategies import RepresentativeMediator
from agents.community.tactics import ByTime
from market.issues import Values
from scenarios.community.build import Case, mediator_of, retailer_of
from scenarios.community.compare import outcome_of

RISE: Final = Fraction(104, 100)
"""What electricity costs in the contract's year over the year before: made up, of the order of those years' changes."""
SAME_YEAR: Final = Fraction(1)
CUSTOMERS_RATE: Final = 1.0
"""How a building that is a customer in the case conceded when it was alone: evenly, neither expert nor poor."""


def tariffs_before(
    case: Case, *, alone: Fraction = SAME_YEAR, together: Fraction = RISE
) -> Mapping[str, Values]:
    """Old rates by member's name [token units per Wh].

    Parameters
    ----------
    alone, together
        What electricity costs in the contract's year over the year of the old tariff: of who had one alone, and of the
        members of a dependent community.
    """
    rates: dict[str, Values] = {}
    for table, community in zip(case.table.communities, case.communities, strict=True):
        if community.dependence is Dependence.DEPENDENT:
            agreed = _agreed(case, community, mediator_of(community, table), together)
            rates |= {member.name: agreed for member in community.members}
        else:
            for member in community.members:
                one = replace(community, members=(_able(case, member),))
                rates[member.name] = _agreed(case, one, member.name, alone)
    return rates


def paying(case: Case, rates: Mapping[str, Values]) -> Case:
    """The case with these old rates by member's name."""
    return replace(
        case,
        communities=tuple(
            replace(
                community,
                members=tuple(replace(member, old_rates=rates[member.name]) for member in community.members),
            )
            for community in case.communities
        ),
    )


def _agreed(case: Case, community: Community, speaker: str, rise: Fraction) -> Values:
    retailer = retailer_of(case, community)
    members = tuple(
        replace(member, preferences=_cheaper(case, member.preferences, rise)) for member in community.members
    )
    # Nothing is learned from tariffs: those in the file are the ones that come of this.
    earlier = replace(community, members=members, trust=Fraction(0))
    opponent = replace(retailer, preferences=_cheaper(case, retailer.preferences, rise))
    found = negotiate(
        earlier,
        RepresentativeMediator(),
        opponent,
        case.rules,
        rng=np.random.default_rng(case.table.seed),
        mediator=speaker,
    )
    # Who comes to no agreement takes what the retailer asks of anybody.
    return opponent.preferences.goals if found.rates is None else found.rates


def _able(case: Case, member: Member) -> Member:
    if member.role is Role.NEGOTIATOR:
        return member
    tactic = ByTime(case.table.turns, CUSTOMERS_RATE)
    return replace(member, role=Role.NEGOTIATOR, tactics=(tactic,) * len(member.energy))


def _cheaper(case: Case, wanted: TariffPreferences, rise: Fraction) -> TariffPreferences:
    ticks = [issue.tick for issue in case.rules.domain.issues]

    def before(rates: Values) -> Values:
        return tuple(round(rate / rise / tick) * tick for rate, tick in zip(rates, ticks, strict=True))

    return replace(wanted, goals=before(wanted.goals), limits=before(wanted.limits))


RISES: Final = tuple(Fraction(percent, 100) for percent in (100, 101, 102, 103, 104, 106, 108))


def benefits_by_rise(case: Case) -> Mapping[float, Mapping[str, float]]:
    """By rise, members' benefits over their old costs, if every own tariff were of a year that much cheaper.

    Each community decides by its own strategy; what it learns on joining follows the tariffs.
    """
    found: dict[float, Mapping[str, float]] = {}
    for rise in RISES:
        then = paying(case, tariffs_before(case, alone=rise, together=rise))
        outcomes = [outcome_of(then, one.name, one.strategy) for one in case.table.communities]
        found[float(rise) - 1] = {member.name: member.share for one in outcomes for member in one.members}
    return found
