"""What communities refuse, each with the key, the value found and the rule it breaks."""

from energy.errors import SpecError


class PreferencesError(SpecError):
    """Goals, limits or weights from which no utility can be made."""


class TacticError(SpecError):
    """A concession tactic with which no offer can be made."""


class MemberError(SpecError):
    """A member that cannot be: energy, an old tariff or preferences that do not fit one another or its role."""


class CommunityError(SpecError):
    """A community whose members do not fit together."""


class NoNegotiationAgent(CommunityError):
    """Nobody in the community can speak for it."""


class MemberTwice(CommunityError):
    """A name that stands twice in a community, or in two of them."""


class NotAMember(CommunityError):
    """A name that the community does not have."""


class MayNotLeave(CommunityError):
    """A dependent customer is to leave."""


class AlreadySigned(CommunityError):
    """Someone is to join or to leave after the contract was signed."""


class WeightsError(CommunityError):
    """Weights of members that are negative or do not sum to 1."""


class MediatorError(CommunityError):
    """A mediator who is no negotiation agent of the community, or a rule to choose one that does not exist."""


class StrategyNotAllowed(CommunityError):
    """A team strategy that the members' roles, or the way they interact, do not allow."""


class InteractionError(SpecError):
    """A message that the community's interaction does not allow, or an answer that nobody asked for."""


class UnknownTeamStrategy(SpecError):
    """No team strategy has this name."""


class ZeroEnergy(CommunityError):
    """A contract over no energy at all."""


class NegotiationError(SpecError):
    """A domain or a round limit with which the community cannot negotiate."""


class TallyError(SpecError):
    """Voters and offers that do not fit one another."""


class BlocksError(SpecError):
    """A block of a tariff, or intervals, that cannot be told by the clock."""


class OverlappingBlocks(BlocksError):
    """An hour of the week that two blocks of a tariff have."""


class MissingHours(BlocksError):
    """An hour of the week that no block of a tariff has."""


class BidError(SpecError):
    """Rules, or hours, for which no bid can be decided."""
