"""Even concession: a session in which both sides give way at the same pace, step by step.

Aspirations start at each side's best contract and fall by one and the same amount of utility every round, so that at any
time both have given up as much: the session ends near the equal-loss solution (Y. Chun, "The equal-loss principle for
bargaining problems", 1988), which is close to the largest joint gain where the two have little and much to win. Nothing
is said but offers. The plain form; ``agents.loans.even_sessions`` is compiled.

Offers stand: at its turn a side takes the best offer received so far, if its aspiration has come down to it, or else
makes its own next one. Nobody offers what it loses by. Who takes may be generous: it takes what is worth its *limit*,
which may lie below no deal where it has won enough by earlier loans (``agents.cooperative.accounts``).
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

STEP = 0.0005
"""What an aspiration falls by in a round [kWh of utility]: 2.5 kWh within the paper's 5,000 rounds."""


@dataclass(frozen=True, slots=True)
class Stance:
    """What one side brings to a session.

    Attributes
    ----------
    no_deal : float
        Its reservation value (Definition 5).
    least : float
        Gain over no deal below which it makes no offer, >= 0 [kWh].
    limit : float
        Gain over no deal below which it takes none; below 0 it is generous [kWh].
    """

    no_deal: float
    least: float
    limit: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.least) and self.least >= 0):
            raise SessionError("least", self.least, "a finite gain, at least 0")
        if not (math.isfinite(self.limit) and self.limit <= self.least):
            raise SessionError("limit", self.limit, f"a finite gain, at most least = {self.least!r}")


class EvenNegotiator:
    """One side: its ordered contract space, of which it opens more as its aspiration falls."""

    def __init__(self, utilities: FloatArray, stance: Stance, offers: IntArray, step: float) -> None:
        worth = [int(c) for c in offers if utilities[c] > stance.no_deal + stance.least]
        self.contract_space = sorted(worth, key=lambda c: (-utilities[c], c), reverse=True)
        self.hash = utilities
        self.best = float(utilities[offers].max()) if offers.size else stance.no_deal
        self.stance = stance
        self.step = step
        self.received: int | None = None

    def aspirational_utility(self, round: int) -> float:
        """The aspiration in a round, before any limit."""
        return self.best - self.step * (round + 1)

    def make_offer(self, round: int) -> int | None:
        """The best contract not offered yet, where the aspiration allows it; ∅ (None) otherwise."""
        if self.contract_space and self.hash[self.contract_space[-1]] >= self.aspirational_utility(round):
            return self.contract_space.pop()
        return None

    def receive(self, offer: int) -> None:
        """Keep the best offer of the other side; of equals the first."""
        if self.received is None or self.hash[offer] > self.hash[self.received]:
            self.received = offer

    def accept_offer(self, round: int) -> int | None:
        """The best offer received, where it reaches the aspiration and the limit; None otherwise."""
        border = max(self.aspirational_utility(round), self.stance.no_deal + self.stance.limit)
        return self.received if self.received is not None and self.hash[self.received] > border else None


def negotiate_evenly(
    u_a: FloatArray,
    u_b: FloatArray,
    stances: tuple[Stance, Stance],
    *,
    step: float = STEP,
    deadline: int = DEADLINE,
    allowed: BoolArray | None = None,
) -> Outcome:
    """One session from the two tables, shape (nq, nt), both in A's view; ``stances`` are A's and B's.

    The rest as in ``agents.loans.negotiation.negotiate_contract``; rounds are those before the one of the acceptance.
    """
    if not (math.isfinite(step) and step > 0):
        raise SessionError("step", step, "a finite utility above 0")
    offers = np.flatnonzero(offerable(u_a, u_b, allowed))
    sides = [
        EvenNegotiator(table.ravel(), stance, offers, step)
        for table, stance in zip((u_a, u_b), stances, strict=True)
    ]
    for r in range(deadline):
        mine, other = sides[r % 2], sides[1 - r % 2]
        taken = mine.accept_offer(r)
        if taken is not None:
            return Outcome(taken, r, r % 2)
        offer = mine.make_offer(r)
        if offer is not None:
            other.receive(offer)
    return Outcome(None, deadline, None)
