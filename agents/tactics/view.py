"""What the parts of a strategy see at a turn."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from agents.strategy import Stake
from agents.tactics.models.base import Opponent
from agents.tactics.space import Space, space_of
from agents.tactics.utility import Utility
from market.issues import Domain, Issue, Values
from market.negotiation import Turn


@dataclass(frozen=True)
class Seat:
    """Who negotiates: limits and sense of each issue, what outcomes are worth to it, its randomness."""

    stakes: tuple[Stake, ...]
    utility: Utility
    rng: np.random.Generator
    space: Space = field(init=False)
    """All that it would sign."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "space", space_of(self.stakes, self.utility))

    @property
    def ground(self) -> Domain:
        """The domain cut down to its own limits: what it is worth knowing the counterpart's preferences about."""
        return Domain(
            tuple(Issue(s.issue.name, s.low, s.high, s.issue.tick) for s in self.stakes),
        )

    def allows(self, values: Values) -> bool:
        """Whether every value is within the limits."""
        return all(stake.allows(value) for stake, value in zip(self.stakes, values, strict=True))

    def utilities(self, outcomes: Sequence[Values]) -> list[float]:
        """Utility of each of ``outcomes``."""
        if not outcomes:
            return []
        return [float(u) for u in self.utility.of(np.asarray(outcomes, np.int64))]


@dataclass(frozen=True, kw_only=True)
class View:
    """A turn as its mover sees it, with all offers before it."""

    seat: Seat
    turn: Turn
    own: tuple[Values, ...]
    theirs: tuple[Values, ...]
    """Offers of both sides, the first one first; the last of ``theirs`` is the standing offer."""
    space: Space
    """What can still be agreed: the seat's space with the locked issues held."""
    model: Opponent

    @property
    def deadline(self) -> int:
        """Time of the session's last offer, at least 1."""
        return max(1, self.turn.max_rounds - 1)

    @property
    def progress(self) -> float:
        """Part of the session that is over, 0 to 1."""
        return min(1.0, self.turn.time / self.deadline)

    @property
    def turns_left(self) -> int:
        """Offers that the counterpart can still make after this turn."""
        return max(0, (self.turn.max_rounds - self.turn.time) // 2)

    @property
    def turns(self) -> int:
        """Offers that this side can make in the whole session, at least 1."""
        return max(1, (self.turn.max_rounds + 1 - self.turn.time % 2) // 2)
