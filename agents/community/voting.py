"""Team strategies by voting (section 3.3, iii to viii), and all eight by name.

Members propose, and every proposal stands for a vote together with the opponent's offer; if that wins it is accepted, and
otherwise the winner goes out as a counter-offer (Definition 6). Where nothing reaches the quota no offer goes out.
"""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import ClassVar

import numpy as np

from agents.community.errors import UnknownTeamStrategy
from agents.community.meeting import Meeting, TieRule
from agents.community.strategies import (
    Decision,
    IndividualDecision,
    Pass,
    RepresentativeMediator,
    TeamStrategy,
    send,
)
from agents.community.tally import IntArray
from agents.strategy import NotAStrategy, find_class
from market.issues import Values

TIES = (TieRule.MEDIATOR, TieRule.COST, TieRule.CHANCE)


def leading(offers: tuple[Values, ...], counts: IntArray) -> tuple[Values, ...]:
    """The offers with the most votes or points."""
    return tuple(offers[j] for j in np.flatnonzero(counts == counts.max()).tolist())


@dataclass(frozen=True, slots=True)
class SimpleVoting(TeamStrategy):
    """Votes for what is worth at least one's own utility at round t; the most voted wins, if it reaches the quota.

    Several most voted go to a second round among themselves. The paper has members vote in it as in the first, which could
    not tell them apart; here each then votes for what is worth most to it. What is still equal is decided by ``ties``.
    """

    ties: tuple[TieRule, ...] = TIES
    by_size: ClassVar[bool] = False

    @abstractmethod
    def enough(self, votes: int, voters: int) -> bool:
        """Whether ``votes`` of ``voters`` reach the quota."""

    def decide(self, meeting: Meeting) -> Decision:
        offers = meeting.offers()
        if not offers:
            return Pass()
        votes = meeting.approvals(offers, by_size=self.by_size)
        most = int(votes.max())
        if most == 0 or not self.enough(most, meeting.voters):
            return Pass()
        first = leading(offers, votes)
        if len(first) > 1:
            first = leading(first, meeting.favourites(first, by_size=self.by_size))
        return send(meeting, meeting.choose(first, self.ties))


@dataclass(frozen=True, slots=True)
class SimilaritySimpleVoting(SimpleVoting):
    """SSV: the most voted, however few voted for it."""

    name: ClassVar[str] = "SSV"

    def enough(self, votes: int, voters: int) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class MajoritySimpleVoting(SimpleVoting):
    """MSV: more than half of those who vote."""

    name: ClassVar[str] = "MSV"

    def enough(self, votes: int, voters: int) -> bool:
        return 2 * votes > voters


@dataclass(frozen=True, slots=True)
class ConsensusSimpleVoting(SimpleVoting):
    """CSV: at least three quarters of those who vote."""

    name: ClassVar[str] = "CSV"

    def enough(self, votes: int, voters: int) -> bool:
        return 4 * votes >= 3 * voters


@dataclass(frozen=True, slots=True)
class UnanimousSimpleVoting(SimpleVoting):
    """USV: all who vote."""

    name: ClassVar[str] = "USV"

    def enough(self, votes: int, voters: int) -> bool:
        return votes == voters


@dataclass(frozen=True, slots=True)
class SimilarityDistinctionVoting(SimpleVoting):
    """SDV: as SSV, with as many votes for each member as its size, in both rounds."""

    name: ClassVar[str] = "SDV"
    by_size: ClassVar[bool] = True

    def enough(self, votes: int, voters: int) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class BordaVoting(TeamStrategy):
    """SBV: every member ranks the proposals and the opponent's offer; the highest Borda score wins.

    The worst of n gets no points and the best n − 1 (with a proposal from each of i members and the opponent's offer, i, as
    the paper says). Offers of equal worth to a member share the points of their places, so that neither the order of offers
    nor that of members matters. There is no quota; equal scores are decided by ``ties``.
    """

    name: ClassVar[str] = "SBV"
    ties: tuple[TieRule, ...] = TIES

    def decide(self, meeting: Meeting) -> Decision:
        offers = meeting.offers()
        if not offers:
            return Pass()
        return send(meeting, meeting.choose(leading(offers, meeting.borda(offers)), self.ties))


TEAM_STRATEGIES: Mapping[str, type[TeamStrategy]] = {
    strategy.name: strategy
    for strategy in (
        RepresentativeMediator,
        IndividualDecision,
        SimilaritySimpleVoting,
        MajoritySimpleVoting,
        ConsensusSimpleVoting,
        UnanimousSimpleVoting,
        BordaVoting,
        SimilarityDistinctionVoting,
    )
}
"""The eight, in the paper's order."""


def team_strategy(name: str) -> TeamStrategy:
    """The built-in strategy of this name.

    Raises
    ------
    UnknownTeamStrategy
    """
    if name not in TEAM_STRATEGIES:
        near = get_close_matches(name, TEAM_STRATEGIES, n=1, cutoff=0.3)
        raise UnknownTeamStrategy(
            "strategy", name, f"one of {', '.join(TEAM_STRATEGIES)}" + (f" ({near[0]}?)" if near else "")
        )
    return TEAM_STRATEGIES[name]()


def find_team_strategy(name: str, *, beside: Path | None = None) -> TeamStrategy:
    """The built-in strategy of this name, or the user's own class that ``module:Class`` names.

    Parameters
    ----------
    beside
        Folder of the file that names it: a module there comes before one elsewhere.

    Raises
    ------
    UnknownTeamStrategy
    agents.strategy.StrategyError
        If there is no such class, it is no finished team strategy, or cannot be made without arguments.
    """
    if ":" not in name:
        return team_strategy(name)
    own = find_class(name, TeamStrategy, beside=beside)  # type: ignore[type-abstract]
    if not isinstance(getattr(own, "name", None), str):
        raise NotAStrategy("strategy", name, "a class with a name: name = ...")
    try:
        return own()
    except Exception as error:  # making it runs foreign code
        told = f"{type(error).__name__}: {error}"
        raise NotAStrategy(
            "strategy", name, f"a class to be made without arguments; it raises {told}"
        ) from error
