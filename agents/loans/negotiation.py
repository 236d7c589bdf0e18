"""One session about one loan, step by step as the paper writes it: Algorithms 1, 4 and 5.

The plain form, to be read and to test the compiled one against (``agents.loans.sessions``, outcome for outcome).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agents.loans.errors import SessionError

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

DEADLINE = 5000
"""Rounds after which a negotiation fails (Definition 4)."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a session ended.

    Attributes
    ----------
    contract : int or None
        Flat index of the agreement in A's view (Definition 3); None where the session failed.
    rounds : int
        Rounds that were played, those in which nothing was offered included.
    accepted_by : int or None
        0 for A, 1 for B; None where the session failed.
    """

    contract: int | None
    rounds: int
    accepted_by: int | None


def aspiration(
    utilities: FloatArray,
    *,
    quantile: float,
    no_deal: float,
    literal: bool = False,
    allowed: BoolArray | None = None,
) -> float:
    """ASPIRATIONAL-utility: the border of the aspiration region (Definition 2).

    A quantile of the utility over the domain's different contracts, no deal once among them; never below no deal
    unless ``literal``.

    Parameters
    ----------
    utilities : array, shape (nq, nt)
        A contract space; its middle row is q = 0.
    quantile : float
        In [0, 1]; higher is less cooperative.
    no_deal : float
        The reservation value (Definition 5).
    literal : bool
        As the paper has it, with no floor at no deal.
    allowed : array of bool, shape (nq, nt), optional
        The contracts that the pair may make; all unless given.
    """
    if not 0 <= quantile <= 1:
        raise SessionError("quantile", quantile, "in [0, 1]")
    mask = np.ones(utilities.shape, np.bool_) if allowed is None else allowed.reshape(utilities.shape).copy()
    mask[len(mask) // 2] = False
    border = float(np.quantile(np.append(utilities[mask], no_deal), quantile))
    return border if literal else max(border, no_deal)


class Negotiator:
    """One side of a session: its ordered contract space and its aspiration."""

    def __init__(self, utilities: FloatArray, border: float, offers: NDArray[np.int64]) -> None:
        order = sorted((int(c) for c in offers), key=lambda c: (-utilities[c], c))
        self.contract_space = list(reversed(order))
        self.hash = utilities
        self.aspirational_utility = border

    def make_offer(self) -> int | None:
        """Algorithm 4: the best contract not offered yet; ∅ (None) below the aspiration, and when all are offered."""
        if not self.contract_space:
            return None
        offer = self.contract_space.pop()
        return offer if self.hash[offer] >= self.aspirational_utility else None

    def accept_offer(self, offer: int) -> bool:
        """Algorithm 5: whether its utility lies above the aspiration."""
        return bool(self.hash[offer] > self.aspirational_utility)


def negotiate_contract(
    u_a: FloatArray,
    u_b: FloatArray,
    asp_a: float,
    asp_b: float,
    *,
    deadline: int = DEADLINE,
    allowed: BoolArray | None = None,
) -> Outcome:
    """NEGOTIATE-Contract (Algorithm 1) from the two tables, shape (nq, nt), both in A's view.

    Parameters
    ----------
    asp_a, asp_b : float
        Borders of the two aspiration regions.
    deadline : int
        Most rounds (Definition 4).
    allowed : array of bool, shape (nq, nt), optional
        Contracts that may be offered; q = 0, the middle row, never is.
    """
    offers = np.flatnonzero(offerable(u_a, u_b, allowed))
    sides = (Negotiator(u_a.ravel(), asp_a, offers), Negotiator(u_b.ravel(), asp_b, offers))
    r, offer, offer_accepted = 0, None, False
    while r < deadline and not offer_accepted:
        offer = sides[r % 2].make_offer()
        if offer is not None:
            offer_accepted = sides[1 - r % 2].accept_offer(offer)
        r += 1
    return Outcome(offer, r, r % 2) if offer_accepted else Outcome(None, r, None)


def offerable(u_a: FloatArray, u_b: FloatArray, allowed: BoolArray | None) -> BoolArray:
    """Mask, shape (nq, nt), of what can be offered: the different contracts that are allowed, and not no deal."""
    if u_a.ndim != 2 or u_a.shape[0] % 2 == 0 or u_a.size == 0:
        raise SessionError("u_a", u_a.shape, "shape (nq, nt), the middle row q = 0")
    if u_b.shape != u_a.shape:
        raise SessionError("u_b", u_b.shape, f"shape {u_a.shape}, as u_a")
    mask = np.ones(u_a.shape, np.bool_) if allowed is None else np.array(allowed, np.bool_)
    if mask.shape != u_a.shape:
        raise SessionError("allowed", mask.shape, f"shape {u_a.shape}, as u_a")
    mask[len(mask) // 2] = False
    return mask
