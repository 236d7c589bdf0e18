"""Time-based sessions, step by step: aspirations that fall from the best contract to no deal as the deadline nears.

The strategies are the field's standard ones (boulware, linear, conceder: P. Faratin et al., "Negotiation decision
functions for autonomous agents", 1998), on the protocol of Algorithm 1: one offer a round, and an offer is judged by its
receiver's aspiration in the round in which it would answer. The plain form; ``agents.loans.timed_sessions`` is compiled.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agents.loans.errors import SessionError
from agents.loans.negotiation import DEADLINE, Outcome, offerable

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Concession:
    """How an aspiration falls: at relative time t it stands at 1 − t^exponent of the way from no deal to the best.

    An exponent above 1 concedes late (boulware), 1 evenly, below 1 early (conceder).
    """

    exponent: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.exponent) and self.exponent > 0):
            raise SessionError("exponent", self.exponent, "a finite number above 0")

    def level(self, round: int, deadline: int) -> float:
        """Level in [0, 1) of a round, counted from 0; relative time is (round + 1) / (deadline + 1)."""
        return 1.0 - math.pow((round + 1) / (deadline + 1), self.exponent)


BOULWARE, LINEAR, CONCEDER = Concession(4.0), Concession(1.0), Concession(0.25)


class TimedNegotiator:
    """One side: its ordered contract space, of which it opens more as its aspiration falls."""

    def __init__(
        self, utilities: FloatArray, no_deal: float, concession: Concession, offers: IntArray, deadline: int
    ) -> None:
        worth = sorted((int(c) for c in offers if utilities[c] >= no_deal), key=lambda c: (-utilities[c], c))
        self.contract_space = list(reversed(worth))
        self.hash = utilities
        self.best = float(utilities[worth[0]]) if worth else no_deal
        self.floor = max(no_deal, float(utilities[offers].min())) if worth else no_deal
        self.concession = concession
        self.deadline = deadline
        self.current: int | None = None

    def aspirational_utility(self, round: int) -> float:
        """The aspiration in a round."""
        return (self.best - self.floor) * self.concession.level(round, self.deadline) + self.floor

    def make_offer(self, round: int) -> int | None:
        """The least contract at or above the aspiration; ∅ (None) where no contract is worth no deal."""
        while self.contract_space and self.hash[self.contract_space[-1]] >= self.aspirational_utility(round):
            self.current = self.contract_space.pop()
        return self.current

    def accept_offer(self, offer: int, round: int) -> bool:
        """Whether the offer reaches the aspiration."""
        return bool(self.hash[offer] >= self.aspirational_utility(round))


def negotiate_timed(
    u_a: FloatArray,
    u_b: FloatArray,
    no_deals: tuple[float, float],
    concessions: tuple[Concession, Concession],
    *,
    deadline: int = DEADLINE,
    allowed: BoolArray | None = None,
) -> Outcome:
    """One session from the two tables, shape (nq, nt), both in A's view.

    The offer of the last round has no answer: its receiver's next round lies beyond the deadline. ``no_deals`` and
    ``concessions`` are A's and B's; the rest as in ``agents.loans.negotiation.negotiate_contract``.
    """
    offers = np.flatnonzero(offerable(u_a, u_b, allowed))
    sides = [
        TimedNegotiator(table.ravel(), no_deal, concession, offers, deadline)
        for table, no_deal, concession in zip((u_a, u_b), no_deals, concessions, strict=True)
    ]
    for r in range(deadline - 1):
        offer = sides[r % 2].make_offer(r)
        if offer is not None and sides[1 - r % 2].accept_offer(offer, r + 1):
            return Outcome(offer, r + 1, 1 - r % 2)
    return Outcome(None, deadline, None)
