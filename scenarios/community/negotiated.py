"""The contract that comes of a community file: its rates, who signs it, and each member's volumes by block and period.

This is where a ledger begins: what is signed on chain is a `Contract`, whole numbers in token units and Wh.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

import numpy as np

from agents.community.community import Community
from agents.community.errors import NoNegotiationAgent, ZeroEnergy
from agents.community.members import Member
from agents.community.session import Negotiated, negotiate, sign
from agents.community.strategies import TeamStrategy
from market.issues import Values
from scenarios.community.build import Case, mediator_of, named, retailer_of, strategy_of
from scenarios.community.schema import CommunityTable
from scenarios.community.spread import spread


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """What a negotiation came to.

    Attributes
    ----------
    rates : tuple of int or None
        Token units per Wh, one a block; None: no agreement, or none that anybody signs.
    members : tuple of Member
        Who signs; empty without an agreement.
    left : tuple of str
        Who left rather than sign.
    boundaries : tuple of datetime
        First instant of each period, and the one after the last.
    volumes : mapping of str to tuple
        By member who signs: Wh of each block in each period, ``volumes[name][period][block]``.
    """

    case: Case
    table: CommunityTable
    community: Community
    """Before it negotiated."""
    strategy: str
    negotiated: Negotiated
    rates: Values | None
    members: tuple[Member, ...]
    left: tuple[str, ...]
    volumes: Mapping[str, tuple[Values, ...]]

    @property
    def mediator(self) -> str:
        """Who mediated in the end."""
        return self.negotiated.mediator

    @property
    def boundaries(self) -> tuple[datetime, ...]:
        """First instant of each period, and the one after the last."""
        return self.case.boundaries

    @property
    def expected(self) -> Values:
        """Wh of each block of all who sign in all periods."""
        periods = [period for volumes in self.volumes.values() for period in volumes]
        return tuple(sum(amounts) for amounts in zip(*periods, strict=True)) if periods else ()


def negotiate_contract(
    case: Case,
    name: str | None = None,
    *,
    strategy: str | TeamStrategy | None = None,
    seed: int | None = None,
    workers: int = 1,
) -> Contract:
    """Let a community of the file negotiate with its retailer, and sign.

    Parameters
    ----------
    name
        The community's; None: the first.
    strategy
        Instead of the file's; a name as in the file, or a strategy itself.
    seed
        Of ties that are left to chance; None: the file's.

    Raises
    ------
    ScenarioError, StrategyNotAllowed, StrategyError
    """
    with named(case.path):
        table, community = case.community(name)
        chosen = table.strategy if strategy is None else strategy
        team = strategy_of(case, chosen) if isinstance(chosen, str) else chosen
        negotiated = negotiate(
            community,
            team,
            retailer_of(case, community),
            case.rules,
            rng=np.random.default_rng(case.table.seed if seed is None else seed),
            mediator=mediator_of(community, table),
            workers=workers,
        )
    rates, members, left = _signed(table, negotiated)
    return Contract(
        case=case,
        table=table,
        community=community,
        strategy=team.name,
        negotiated=negotiated,
        rates=rates,
        members=members,
        left=left,
        volumes={member.name: volumes_of(case, table, member) for member in members},
    )


def volumes_of(case: Case, table: CommunityTable, member: Member) -> tuple[Values, ...]:
    """A member's Wh of each block in each period of the contract."""
    months = next((one.months for one in table.members if one.name == member.name), ())
    return spread(member.energy, case.hours, [Fraction(weight) for weight in months])


def _signed(
    table: CommunityTable, negotiated: Negotiated
) -> tuple[Values | None, tuple[Member, ...], tuple[str, ...]]:
    rates, community = negotiated.rates, negotiated.community
    if rates is None:
        return None, (), ()
    if not table.leave:
        return rates, community.sign(rates).members, ()
    try:
        signed = sign(community, rates)
    except (NoNegotiationAgent, ZeroEnergy):
        # Nobody is left to speak for it, or nothing to contract: there is no contract.
        return None, (), tuple(member.name for member in community.members)
    return rates, signed.community.members, signed.left
