"""Members of a community: what they are, what they may do in it, and what they bring (Definitions 1 to 3)."""

from dataclasses import dataclass
from enum import StrEnum

from agents.community.errors import MemberError
from agents.community.preferences import TariffPreferences
from agents.community.single import TariffAgent
from agents.community.tactics import Tactic
from market.issues import Values


class Kind(StrEnum):
    """What a member does with energy; Definition 3."""

    CONSUMER = "consumer"
    PROSUMER = "prosumer"
    PRODUCER = "producer"
    STORAGE = "storage"


class Role(StrEnum):
    """What a member may do; Definitions 1 and 2."""

    NEGOTIATOR = "negotiator"
    """A negotiation agent: proposes and votes, may be the mediator, may leave until a contract is signed."""
    INDEPENDENT = "independent"
    """A customer that votes on what is acceptable to it, and may leave or join until a contract is signed."""
    DEPENDENT = "dependent"
    """A customer that does neither: it brings its energy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One member.

    Attributes
    ----------
    energy : tuple of int
        What it takes in each block of hours over the contract [Wh], negative where it feeds in. A consumer's is nowhere
        negative and a producer's nowhere positive.
    old_rates : tuple of int
        Its tariff so far [token units per Wh]: what it compares with, and what others learn from when it joins.
    preferences : TariffPreferences
        Of dependent customers too: their utility is measured, though nobody asks them.
    tactics : tuple of Tactic
        One for each rate for a negotiation agent, none for a customer.
    sector : str
        What it belongs to ("government", "education"); formations are told by it.

    Raises
    ------
    MemberError
    """

    name: str
    kind: Kind = Kind.CONSUMER
    role: Role
    energy: Values
    old_rates: Values
    preferences: TariffPreferences
    tactics: tuple[Tactic, ...] = ()
    sector: str = ""

    def __post_init__(self) -> None:
        if not self.name:
            raise MemberError("name", self.name, "a name")
        rates = len(self.preferences.goals)
        for key in ("energy", "old_rates"):
            if len(getattr(self, key)) != rates:
                raise MemberError(f"{self.name}.{key}", getattr(self, key), f"{rates} entries, one a rate")
        negotiates = self.role is Role.NEGOTIATOR
        if len(self.tactics) != (rates if negotiates else 0):
            expected = f"{rates}, one for each rate" if negotiates else "none: a customer makes no offers"
            raise MemberError(f"{self.name}.tactics", self.tactics, expected)
        if self.kind is Kind.CONSUMER and min(self.energy) < 0:
            raise MemberError(f"{self.name}.energy", self.energy, "nothing fed in by a consumer")
        if self.kind is Kind.PRODUCER and max(self.energy) > 0:
            raise MemberError(f"{self.name}.energy", self.energy, "nothing taken by a producer")

    @property
    def size(self) -> int:
        """Energy that it moves over the contract, both ways [Wh]: its weight in the community and its votes in SDV."""
        return sum(abs(amount) for amount in self.energy)

    @property
    def votes(self) -> bool:
        """Whether it is asked to vote."""
        return self.role is not Role.DEPENDENT

    @property
    def agent(self) -> TariffAgent | None:
        """The single agent that it negotiates as; None for a customer."""
        if self.role is not Role.NEGOTIATOR:
            return None
        return TariffAgent(preferences=self.preferences, tactics=self.tactics)
