"""A community: who is in it, who speaks for it, and what becomes of that until a contract is signed.

Definitions 3 and 4. Table 1 of the paper, on kinds of formation, is lost; what its case study calls them fits this: a
community is *sectored* where all members are of one sector and negotiate for themselves, *aggregated* where negotiation
agents speak for customers (or for several sectors); it is *dependent* where its customers are, every one of them, and
*independent* where some of its customers, or all its members, decide for themselves.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise

from agents.community.errors import (
    AlreadySigned,
    CommunityError,
    MayNotLeave,
    MemberTwice,
    NoNegotiationAgent,
    NotAMember,
)
from agents.community.interaction import Interaction
from agents.community.joining import TRUST, informed, known_tariffs
from agents.community.members import Member, Role
from market.issues import Values


class Structure(StrEnum):
    """Whether members negotiate for themselves or are spoken for."""

    SECTORED = "sectored"
    AGGREGATED = "aggregated"


class Dependence(StrEnum):
    """Whether somebody but the negotiation agents has a say."""

    INDEPENDENT = "independent"
    DEPENDENT = "dependent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Community:
    """Members in the order of their names, as they were before they joined; what they have learned is `informed`.

    Raises
    ------
    NoNegotiationAgent, MemberTwice, CommunityError
        The last where members count different rates.
    """

    name: str
    members: tuple[Member, ...]
    interaction: Interaction = Interaction.RESPONSIVE
    trust: Fraction = TRUST
    """How far members' goals and limits follow the others' tariffs (``agents.community.joining``)."""
    signed: Values | None = None
    """Rates of the contract, once it has one."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "members", tuple(sorted(self.members, key=lambda member: member.name)))
        for before, after in pairwise(self.members):
            if before.name == after.name:
                raise MemberTwice(f"{self.name}.members", after.name, "every name once")
        if not self.negotiators:
            roles = sorted({member.role.value for member in self.members})
            raise NoNegotiationAgent(f"{self.name}.members", roles, "at least one negotiation agent")
        rates = {len(member.energy) for member in self.members}
        if len(rates) > 1:
            raise CommunityError(f"{self.name}.members", sorted(rates), "as many rates for every member")
        if not 0 <= self.trust < 1:
            raise CommunityError(f"{self.name}.trust", self.trust, "at least 0 and less than 1")

    @property
    def negotiators(self) -> tuple[Member, ...]:
        """Its negotiation agents."""
        return tuple(member for member in self.members if member.role is Role.NEGOTIATOR)

    @property
    def structure(self) -> Structure:
        """Sectored or aggregated."""
        one_sector = len({member.sector for member in self.members}) == 1
        alone = len(self.negotiators) == len(self.members)
        return Structure.SECTORED if one_sector and alone else Structure.AGGREGATED

    @property
    def dependence(self) -> Dependence:
        """Independent or dependent."""
        customers = [member for member in self.members if member.role is not Role.NEGOTIATOR]
        if customers and all(member.role is Role.DEPENDENT for member in customers):
            return Dependence.DEPENDENT
        return Dependence.INDEPENDENT

    @property
    def energy(self) -> Values:
        """What all take together in each block of hours, less what they feed in [Wh]."""
        return tuple(sum(amounts) for amounts in zip(*(m.energy for m in self.members), strict=True))

    def informed(self) -> "tuple[Member, ...]":
        """Members with the goals and limits that their tariffs taught each other; whoever came first, the same."""
        known = known_tariffs(self.members)
        return tuple(informed(member, known, trust=self.trust) for member in self.members)

    def member(self, name: str) -> Member:
        """The member of this name, or `NotAMember`."""
        for member in self.members:
            if member.name == name:
                return member
        raise NotAMember(self.name, name, "one of its members")

    def join(self, member: Member) -> "Community":
        """The community with one more.

        Raises
        ------
        AlreadySigned, MemberTwice, CommunityError
        """
        self._unsigned(member.name)
        return replace(self, members=(*self.members, member))

    def leave(self, name: str) -> "Community":
        """The community with one less.

        Raises
        ------
        AlreadySigned, NotAMember, MayNotLeave
        NoNegotiationAgent
            If nobody were left who can speak for it.
        """
        member = self.member(name)
        self._unsigned(name)
        if member.role is Role.DEPENDENT:
            raise MayNotLeave(self.name, name, "a negotiation agent or an independent customer")
        return replace(self, members=tuple(other for other in self.members if other.name != name))

    def sign(self, rates: Values) -> "Community":
        """The community bound by a contract: nobody joins or leaves any more.

        Raises
        ------
        AlreadySigned, CommunityError
        """
        self._unsigned(self.name)
        if len(rates) != len(self.energy):
            raise CommunityError(f"{self.name}.rates", rates, f"{len(self.energy)} rates")
        return replace(self, signed=rates)

    def _unsigned(self, name: str) -> None:
        if self.signed is not None:
            raise AlreadySigned(self.name, name, f"nobody once the contract at {self.signed} is signed")


def check_apart(communities: Iterable[Community]) -> None:
    """Refuse a member in two communities.

    Raises
    ------
    MemberTwice
        With the first name that stands in two.
    """
    seen: dict[str, str] = {}
    for community in communities:
        for member in community.members:
            other = seen.setdefault(member.name, community.name)
            if other != community.name:
                raise MemberTwice(f"{community.name}.members", member.name, f"nobody of {other}")


def leavers(community: Community, rates: Values) -> tuple[str, ...]:
    """Who leaves rather than sign at ``rates``: who may, and to whom they are worth less than the least acceptable.

    Members that only receive information are not asked, so none of them leaves.
    """
    if community.interaction < Interaction.RESPONSIVE:
        return ()
    return tuple(
        member.name
        for member in community.informed()
        if member.role is not Role.DEPENDENT and not member.preferences.accepts(rates)
    )
