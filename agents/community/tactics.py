"""How an agent concedes on one rate: from its goal to its limit as the turns pass.

A tactic is one class with one function of time, the number of turns taken so far by both sides. It is asked anew at every
turn and keeps nothing, so that an agent may leave a community in the middle of a negotiation or join one.
"""

import math
from dataclasses import dataclass
from typing import Protocol

from agents.community.errors import TacticError
from agents.concession import concession


class Tactic(Protocol):
    """A concession tactic; a user's own is one class."""

    def value(self, goal: float, limit: float, time: int) -> float:
        """The rate to ask for at ``time``, between ``goal`` and ``limit``."""
        ...


@dataclass(frozen=True, slots=True)
class ByTime:
    """Eq. 1 of the eco-industrial parks' paper: goal + (limit − goal)·(t/deadline)^(1/rate), the limit from then on.

    ``rate`` < 1 concedes late (boulware), 1 evenly, > 1 early (conceder).
    """

    deadline: int
    """Turns."""
    rate: float = 1.0

    def __post_init__(self) -> None:
        if self.deadline < 1:
            raise TacticError("deadline", self.deadline, "at least 1 turn")
        if not (math.isfinite(self.rate) and self.rate > 0):
            raise TacticError("rate", self.rate, "more than 0")

    def value(self, goal: float, limit: float, time: int) -> float:
        return concession(goal, limit, self.deadline, self.rate, time)


@dataclass(frozen=True, slots=True)
class ByShare:
    """A constant concession factor: at each turn the same share of what is left to the limit, which is never reached."""

    share: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.share) and 0 < self.share < 1):
            raise TacticError("share", self.share, "between 0 and 1, neither of them")

    def value(self, goal: float, limit: float, time: int) -> float:
        return limit + (goal - limit) * (1.0 - self.share) ** time


@dataclass(frozen=True, slots=True)
class Firm:
    """No concession at all."""

    def value(self, goal: float, limit: float, time: int) -> float:
        return goal
