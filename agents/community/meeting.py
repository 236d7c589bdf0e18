"""A round as the mediator holds it: what a team strategy may see and ask for, and what the mediator alone knows.

Each negotiation agent proposes what its tactics give at this time; one whose own next offer would be worth less than its
least acceptable agreement proposes nothing. Proposals are published sorted and each once: neither their order nor how often
one was made tells who made it. A negotiation agent's threshold is the utility of its own next offer (its utility "at round
t" in the paper's words), or of its least acceptable agreement where it has none; a customer makes no offers, and its
threshold is always its least acceptable agreement.

How each member voted is its utility and its threshold, so ballots are not kept: the mediator can recount each of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from agents.community.community import Community
from agents.community.electorate import APPROVAL, BORDA, FAVOURITE, Electorate
from agents.community.interaction import ContractNet
from agents.community.measures import community_cost
from agents.community.mediator import check_mediator
from agents.community.members import Member
from agents.community.single import TariffAgent
from agents.community.tally import FloatArray, IntArray, Kernel
from market.issues import Domain, Values


class TieRule(StrEnum):
    """How one of several equal offers is chosen; chance decides what the others leave open."""

    MEDIATOR = "mediator"
    """That which is worth most to the mediator."""
    COST = "cost"
    """That which costs the community least."""
    CHANCE = "chance"


class Delegation:
    """A community and its mediator for one negotiation: who votes, who proposes, and their messages."""

    def __init__(
        self,
        community: Community,
        mediator: str,
        *,
        rng: np.random.Generator,
        workers: int = 1,
        net: ContractNet | None = None,
    ) -> None:
        """``rng`` decides ties that are left to chance; ``workers`` are the tallies' threads.

        ``net`` is that of the negotiation so far, where members came or went in it.
        """
        check_mediator(community, mediator)
        self.community = community
        self.members = community.informed()
        self.voters = tuple(member for member in self.members if member.votes)
        self.electorate = Electorate.of(self.members)
        self.rng = rng
        self.workers = workers
        names = frozenset(member.name for member in self.members)
        if net is None:
            net = ContractNet(mediator, names, community.interaction)
        else:
            net.admit(mediator, names)
        self.net = net
        self.least = np.array([voter.preferences.least for voter in self.voters], np.float64)
        agents = {member.name: agent for member in self.members if (agent := member.agent) is not None}
        self.agents = agents
        self.mediator = agents[mediator]


@dataclass(frozen=True, slots=True, eq=False)
class Vote:
    """One vote: which offers stood in it, what each got, and (for the mediator alone) how to recount a ballot."""

    kind: Kernel
    offers: tuple[Values, ...]
    totals: IntArray
    thresholds: FloatArray
    by_size: bool


class Meeting:
    """One round. A strategy's view has no names in it; `authors` and `ballot` are the mediator's alone."""

    def __init__(self, delegation: Delegation, domain: Domain, time: int, received: Values | None) -> None:
        self._delegation = delegation
        self._domain = domain
        self._next: dict[str, Values] | None = None
        self._votes: list[Vote] = []
        self.time = time
        """Turns taken before this one."""
        self.received = received
        """The opponent's offer that stands; None before its first."""

    @property
    def mediator(self) -> TariffAgent:
        """The mediator as a single agent."""
        return self._delegation.mediator

    @property
    def mediator_next(self) -> Values | None:
        """The mediator's own next offer."""
        return self.mediator.next_offer(self._domain, self.time)

    def offers(self) -> tuple[Values, ...]:
        """Call for proposals: what members propose and what the opponent offers, each once, in ascending order."""
        offers = set(self._proposals().values())
        if self.received is not None:
            offers.add(self.received)
        published = tuple(sorted(offers))
        self._delegation.net.publish(published)
        return published

    def approvals(self, offers: Sequence[Values], *, by_size: bool = False) -> IntArray:
        """Votes for each offer: a member's go to all that are worth at least its threshold."""
        return self._vote(APPROVAL, offers, self._thresholds(), by_size)

    def favourites(self, offers: Sequence[Values], *, by_size: bool = False) -> IntArray:
        """Votes for each offer: a member's go to the one that is worth most to it, or to each such."""
        return self._vote(FAVOURITE, offers, self._delegation.least, by_size)

    def borda(self, offers: Sequence[Values]) -> IntArray:
        """Twice the Borda points of each offer: 0 for every voter's worst to 2·(offers − 1) for its best."""
        return self._vote(BORDA, offers, self._delegation.least, by_size=False)

    def acceptable(self, offer: Values) -> tuple[int, int]:
        """(positive, neutral) votes: of those to whom it is an acceptable agreement, and of the others."""
        positive = int(self._vote(APPROVAL, (offer,), self._delegation.least, by_size=False)[0])
        return positive, self.voters - positive

    @property
    def voters(self) -> int:
        """How many vote."""
        return len(self._delegation.voters)

    def choose(self, offers: Sequence[Values], ties: Sequence[TieRule]) -> Values:
        """One of ``offers``, by the first of the rules that tells them apart; chance where none does."""
        left = sorted(set(offers))
        for rule in ties:
            if rule is TieRule.CHANCE:
                break
            worth = [self._merit(rule, offer) for offer in left]
            left = [offer for offer, merit in zip(left, worth, strict=True) if merit == max(worth)]
        return left[0] if len(left) == 1 else left[int(self._delegation.rng.integers(len(left)))]

    def authors(self) -> dict[str, Values]:
        """Who proposed what. The mediator's alone: nothing that members see has it."""
        return dict(self._proposals())

    @property
    def votes(self) -> tuple[Vote, ...]:
        """The votes of this round. The mediator's alone."""
        return tuple(self._votes)

    def ballot(self, vote: Vote, name: str) -> IntArray:
        """How ``name`` voted: votes or points for each offer of ``vote``. The mediator's alone.

        Raises
        ------
        KeyError
            If ``name`` does not vote.
        """
        places = {voter.name: i for i, voter in enumerate(self._delegation.voters)}
        some = slice(places[name], places[name] + 1)
        everyone = self._delegation.electorate
        one = Electorate(everyone.slopes[some], everyone.limits[some], everyone.sizes[some])
        return one.tally(vote.kind, vote.offers, vote.thresholds[some], by_size=vote.by_size)

    def _proposals(self) -> dict[str, Values]:
        if self._next is None:
            net = self._delegation.net
            net.call("proposals")
            found = {}
            for name, agent in self._delegation.agents.items():
                offer = agent.next_offer(self._domain, self.time)
                if offer is not None:
                    net.answer(name, offer)
                    found[name] = offer
            self._next = found
        return self._next

    def _thresholds(self) -> FloatArray:
        proposals = self._proposals()

        def threshold(voter: Member) -> float:
            own = proposals.get(voter.name)
            return voter.preferences.least if own is None else voter.preferences.utility(own)

        return np.array([threshold(voter) for voter in self._delegation.voters], np.float64)

    def _vote(
        self, kind: Kernel, offers: Sequence[Values], thresholds: FloatArray, by_size: bool
    ) -> IntArray:
        asked = tuple(offers)
        delegation = self._delegation
        delegation.net.call(asked)
        totals = delegation.electorate.tally(
            kind, asked, thresholds, by_size=by_size, workers=delegation.workers
        )
        self._votes.append(Vote(kind, asked, totals, thresholds, by_size))
        return totals

    def _merit(self, rule: TieRule, offer: Values) -> float:
        if rule is TieRule.MEDIATOR:
            return self.mediator.preferences.utility(offer)
        return -community_cost(self._delegation.members, offer)
