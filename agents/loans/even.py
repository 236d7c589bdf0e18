"""Even concession: a session in which both sides give way at the same pace, step by step.

Aspirations start at each side's best contract and fall by one and the same amount of utility every round, so that at any
time both have given up as much: the session ends near the equal-loss solution (Y. Chun, "The equal-loss principle for
bargaining problems", 1988), which is close to the largest joint gain where the two have little and much to win. Nothing
is said but offers. The plain form; ``agents.loans.even_sessions`` is compiled.

Offers stand: at its turn a side takes the best offer received so far, if its aspiration has come down to it, or else
makes its own next one. Nobody offers what it loses by.

The first part of a session is for what brings somebody much: offers gain their maker at least an *ask*, and their
receiver may do it a *favour* and take what costs it next to nothing, as very many loans do that bring one side much (a
lender with a full battery, say). In the second part everything that gains its maker is offered, and nobody takes what
loses. So a favour is never granted for a trifle, and no side learns more of the other than its offers.
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
class Pace:
    """What holds for every session alike.

    Attributes
    ----------
    step : float
        What an aspiration falls by in a round, > 0 [kWh of utility].
    ask : float
        Gain over no deal below which nothing is offered in the first part, >= 0 [kWh of utility].
    first_part : int
        Its rounds, >= 0.
    """

    step: float = STEP
    ask: float = 0.03
    first_part: int = DEADLINE // 2

    def __post_init__(self) -> None:
        if not (math.isfinite(self.step) and self.step > 0):
            raise SessionError("step", self.step, "a finite utility above 0")
        if not (math.isfinite(self.ask) and self.ask >= 0):
            raise SessionError("ask", self.ask, "a finite gain, at least 0")
        if self.first_part < 0:
            raise SessionError("first_part", self.first_part, "a whole number of rounds, at least 0")


@dataclass(frozen=True, slots=True)
class Stance:
    """What one side brings to a session.

    Attributes
    ----------
    no_deal : float
        Its reservation value (Definition 5).
    favour : float
        What an offer of the first part may cost it, >= 0 [kWh of utility].
    margin : float
        What anything else must gain it, >= 0 [kWh of utility].
    patience : float
        How many times slower than the pace it concedes, >= 1.
    """

    no_deal: float
    favour: float = 0.0
    margin: float = 0.0
    patience: float = 1.0

    def __post_init__(self) -> None:
        for key in ("favour", "margin"):
            value = getattr(self, key)
            if not (math.isfinite(value) and value >= 0):
                raise SessionError(key, value, "finite and at least 0")
        if not (math.isfinite(self.patience) and self.patience >= 1):
            raise SessionError("patience", self.patience, "a finite number, at least 1")
        if self.favour and self.margin:
            raise SessionError("favour", self.favour, f"0 for who asks for a margin, {self.margin!r}")


PACE = Pace()
"""2,500 rounds for what brings somebody much, 2,500 for the rest."""


class EvenNegotiator:
    """One side: its ordered contract space, of which it opens more as its aspiration falls."""

    def __init__(self, utilities: FloatArray, stance: Stance, offers: IntArray, pace: Pace) -> None:
        worth = [int(c) for c in offers if utilities[c] > stance.no_deal + stance.margin]
        self.contract_space = sorted(worth, key=lambda c: (-utilities[c], c), reverse=True)
        self.hash = utilities
        self.best = float(utilities[offers].max()) if offers.size else stance.no_deal
        self.stance = stance
        self.pace = pace
        self.received: int | None = None

    def aspirational_utility(self, round: int) -> float:
        """The aspiration in a round, before any limit."""
        return self.best - self.pace.step / self.stance.patience * (round + 1)

    def make_offer(self, round: int) -> int | None:
        """The best contract not offered yet, where the aspiration allows it; ∅ (None) otherwise."""
        if not self.contract_space:
            return None
        utility, least = self.hash[self.contract_space[-1]], self.aspirational_utility(round)
        if round < self.pace.first_part:
            least = max(least, self.stance.no_deal + self.pace.ask)
        return self.contract_space.pop() if utility >= least else None

    def receive(self, offer: int) -> None:
        """Keep the best offer of the other side; of equals the first."""
        if self.received is None or self.hash[offer] > self.hash[self.received]:
            self.received = offer

    def accept_offer(self, round: int) -> int | None:
        """The best offer received, where it reaches the aspiration and the limit; None otherwise."""
        favour = self.stance.favour if round < self.pace.first_part else 0.0
        border = max(self.aspirational_utility(round), self.stance.no_deal + self.stance.margin - favour)
        return self.received if self.received is not None and self.hash[self.received] > border else None


def negotiate_evenly(
    u_a: FloatArray,
    u_b: FloatArray,
    stances: tuple[Stance, Stance],
    *,
    pace: Pace = PACE,
    deadline: int = DEADLINE,
    allowed: BoolArray | None = None,
) -> Outcome:
    """One session from the two tables, shape (nq, nt), both in A's view; ``stances`` are A's and B's.

    The rest as in ``agents.loans.negotiation.negotiate_contract``; rounds are those before the one of the acceptance.
    """
    offers = np.flatnonzero(offerable(u_a, u_b, allowed))
    sides = [
        EvenNegotiator(table.ravel(), stance, offers, pace)
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
