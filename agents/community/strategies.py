"""Team strategies: one shape for all, and the two in which a representative mediator decides (section 3.3, i and ii).

A strategy is one class with one function: from a round, as `Meeting` shows it, to what the mediator does in it. A user's own
is such a class too.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from agents.community.community import Community
from agents.community.errors import StrategyNotAllowed
from agents.community.interaction import Interaction
from agents.community.meeting import Meeting
from market.issues import Values
from market.negotiation import Accept, Propose, Withdraw


@dataclass(frozen=True, slots=True)
class Pass:
    """No offer goes out in this turn; the round counts, and the opponent is to move."""


Decision = Propose | Accept | Withdraw | Pass


class TeamStrategy(ABC):
    """How a team decides what its mediator does.

    Examples
    --------
    A strategy of one's own: whatever the most members like best, if it is the mediator's next offer or better for it ::

        class Veto(TeamStrategy):
            name = "veto"

            def decide(self, meeting):
                offers = meeting.offers()
                fine = [offer for offer in offers if meeting.mediator.accepts(offer, meeting.mediator_next)]
                if not fine:
                    return Pass()
                votes = meeting.favourites(fine)
                best = [offer for offer, got in zip(fine, votes) if got == votes.max()]
                return send(meeting, meeting.choose(best, ()))
    """

    name: ClassVar[str]
    """What scenarios call it."""
    representative: ClassVar[bool] = False
    """Whether one negotiation agent is enough for it."""
    interaction: ClassVar[Interaction] = Interaction.RESPONSIVE
    """The least interaction that it needs."""

    @abstractmethod
    def decide(self, meeting: Meeting) -> Decision:
        """What the mediator does in this round."""

    def check(self, community: Community) -> None:
        """Refuse a community that it does not fit.

        Raises
        ------
        StrategyNotAllowed
            If there is one negotiation agent and it needs several, or members may not answer and it asks them.
        """
        if not self.representative and len(community.negotiators) < 2:
            raise StrategyNotAllowed(
                f"{community.name}.strategy", self.name, "RM or RM-IDM where one member alone negotiates"
            )
        if community.interaction < self.interaction:
            raise StrategyNotAllowed(
                f"{community.name}.interaction",
                community.interaction.name.lower(),
                f"{self.interaction.name.lower()} at least, for {self.name}",
            )


def send(meeting: Meeting, chosen: Values) -> Propose | Accept:
    """What the mediator does with the offer that won: accept the opponent's, or send a member's."""
    return Accept() if chosen == meeting.received else Propose(chosen)


@dataclass(frozen=True, slots=True)
class RepresentativeMediator(TeamStrategy):
    """RM: the mediator decides as the single agent that it is, by its own utility; nobody is asked."""

    name: ClassVar[str] = "RM"
    representative: ClassVar[bool] = True
    interaction: ClassVar[Interaction] = Interaction.INFORMATIVE

    def decide(self, meeting: Meeting) -> Decision:
        own = meeting.mediator_next
        if meeting.received is not None and meeting.mediator.accepts(meeting.received, own):
            return Accept()
        return Withdraw() if own is None else Propose(own)


@dataclass(frozen=True, slots=True)
class IndividualDecision(TeamStrategy):
    """RM-IDM: what RM would offer or accept is put to a vote, and the mediator withdraws if that fails.

    The criterion of that vote is lost. Here a member's vote is positive (1) where the offer is an acceptable agreement to it,
    neutral (0) otherwise: a failed vote ends the negotiation, so it asks whether the offer is better than none. At least as
    many positive as neutral votes carry it; the mediator votes too.
    """

    name: ClassVar[str] = "RM-IDM"
    representative: ClassVar[bool] = True

    def decide(self, meeting: Meeting) -> Decision:
        wanted = RepresentativeMediator().decide(meeting)
        offer = wanted.values if isinstance(wanted, Propose) else meeting.received
        if isinstance(wanted, Withdraw) or offer is None:
            return wanted
        positive, neutral = meeting.acceptable(offer)
        return wanted if positive >= neutral else Withdraw()
