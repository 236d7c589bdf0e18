"""Where Faratin's tactics act: on every issue by itself, as in the paper, or on the utility of the whole offer.

P. Faratin, C. Sierra, N. Jennings, "Negotiation decision functions for autonomous agents", *Robotics and Autonomous
Systems* 24, 1998, section 4, gives formulas for the value of one issue between its limits. On utility, the formula gives
the least utility of the next offer, and the opponent model chooses among the outcomes worth that.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from agents.concession import to_tick
from agents.tactics.bidding.base import choose
from agents.tactics.errors import require_choice
from agents.tactics.view import View
from market.issues import Values

SCALES: Final = ("utility", "issue")


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """What a tactic concedes on: an issue's value, or the utility of the whole.

    Attributes
    ----------
    best, worst : float
        Where it begins and where it ends; best may be the smaller of the two.
    own, theirs : tuple of float
        The offers so far on this scale, the first one first.
    step : float
        Size of the smallest concession, > 0: a tick of the issue, or a hundredth of the utility's range.
    """

    best: float
    worst: float
    own: tuple[float, ...]
    theirs: tuple[float, ...]
    step: float
    time: int
    deadline: float
    rng: np.random.Generator

    def conceded(self, share: float) -> float:
        """The value after ``share`` in [0, 1] of all that can be conceded."""
        return self.best + share * (self.worst - self.best)

    def within(self, value: float) -> float:
        """``value``, or the limit that it passes."""
        return min(max(value, min(self.best, self.worst)), max(self.best, self.worst))


@dataclass(frozen=True)
class Pace(ABC):
    """A tactic on a :class:`Quantity`; ``by`` says on which: ``utility`` or ``issue``."""

    by: str = "utility"

    def __post_init__(self) -> None:
        require_choice(self, "by", SCALES)

    @abstractmethod
    def next(self, quantity: Quantity) -> float:
        """The next value; it is kept within the limits."""

    def bid(self, view: View) -> Values:
        """The next offer."""
        return self._by_issue(view) if self.by == "issue" else self._by_utility(view)

    def _by_issue(self, view: View) -> Values:
        values = []
        for i, stake in enumerate(view.seat.stakes):
            if view.turn.locked >> i & 1 and view.turn.standing is not None:
                values.append(view.turn.standing[i])
                continue
            own, theirs = [[offer[i] for offer in offers] for offers in (view.own, view.theirs)]
            quantity = _quantity(view, stake.best, stake.worst, own, theirs, stake.issue.tick)
            values.append(to_tick(self.next(quantity), stake.low, stake.high, stake.issue.tick, stake.sense))
        return tuple(values)

    def _by_utility(self, view: View) -> Values:
        best, worst = (float(view.seat.space.utilities[rank]) for rank in (0, -1))
        own, theirs = view.seat.utilities(view.own), view.seat.utilities(view.theirs)
        quantity = _quantity(view, best, worst, own, theirs, max(best - worst, 1e-9) / 100)
        return choose(view, quantity.within(self.next(quantity)))


def _quantity(
    view: View, best: float, worst: float, own: Sequence[float], theirs: Sequence[float], step: float
) -> Quantity:
    return Quantity(
        best=best,
        worst=worst,
        own=tuple(own),
        theirs=tuple(theirs),
        step=step,
        time=view.turn.time,
        deadline=view.deadline,
        rng=view.seat.rng,
    )
