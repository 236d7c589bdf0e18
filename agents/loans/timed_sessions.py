"""Time-based sessions compiled: equal, outcome for outcome, to ``agents.loans.timed``, sorting included."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from agents.loans.errors import SessionError
from agents.loans.negotiation import DEADLINE, Outcome, offerable
from agents.loans.timed import Concession
from energy.compiled import compiled

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]


@lru_cache(maxsize=32)
def levels(concession: Concession, deadline: int) -> FloatArray:
    """Level of every round, shape (deadline,): the same numbers as ``Concession.level``."""
    return np.array([concession.level(r, deadline) for r in range(deadline)])


@compiled
def _ordered(utilities: FloatArray, offerable: BoolArray, no_deal: float) -> IntArray:
    """Contracts that may be offered and are worth no deal, best first; of equals the lower index first."""
    count = 0
    chosen = np.empty(utilities.size, np.int64)
    for c in range(utilities.size):
        if offerable[c] and utilities[c] >= no_deal:
            chosen[count] = c
            count += 1
    chosen = chosen[:count]
    keys = np.empty(count)
    for i in range(count):
        keys[i] = -utilities[chosen[i]]
    order = chosen[np.argsort(keys)]
    start = 0
    for i in range(1, count + 1):
        if i == count or utilities[order[i]] != utilities[order[start]]:
            if i - start > 1:
                order[start:i] = np.sort(order[start:i])
            start = i
    return order


@compiled
def _floor(utilities: FloatArray, offerable: BoolArray, no_deal: float) -> float:
    least = np.inf
    for c in range(utilities.size):
        if offerable[c]:
            least = min(least, utilities[c])
    return max(no_deal, least)


@compiled
def _session(
    u_a: FloatArray,
    u_b: FloatArray,
    no_deal_a: float,
    no_deal_b: float,
    levels_a: FloatArray,
    levels_b: FloatArray,
    offerable: BoolArray,
) -> tuple[int, int, int]:
    """(contract or −1, rounds, accepted by or −1)."""
    deadline = levels_a.size
    order_a, order_b = _ordered(u_a, offerable, no_deal_a), _ordered(u_b, offerable, no_deal_b)
    floor_a, floor_b = no_deal_a, no_deal_b
    best_a, best_b = no_deal_a, no_deal_b
    if order_a.size:
        floor_a, best_a = _floor(u_a, offerable, no_deal_a), u_a[order_a[0]]
    if order_b.size:
        floor_b, best_b = _floor(u_b, offerable, no_deal_b), u_b[order_b[0]]
    span_a, span_b = best_a - floor_a, best_b - floor_b
    open_a, open_b = 0, 0
    for r in range(deadline - 1):
        if r % 2 == 0:
            while open_a < order_a.size and u_a[order_a[open_a]] >= span_a * levels_a[r] + floor_a:
                open_a += 1
            if open_a > 0:
                offer = order_a[open_a - 1]
                if u_b[offer] >= span_b * levels_b[r + 1] + floor_b:
                    return offer, r + 1, 1
        else:
            while open_b < order_b.size and u_b[order_b[open_b]] >= span_b * levels_b[r] + floor_b:
                open_b += 1
            if open_b > 0:
                offer = order_b[open_b - 1]
                if u_a[offer] >= span_a * levels_a[r + 1] + floor_a:
                    return offer, r + 1, 0
    return -1, deadline, -1


@compiled
def _sessions(
    u_a: FloatArray,
    u_b: FloatArray,
    no_deals_a: FloatArray,
    no_deals_b: FloatArray,
    levels_a: FloatArray,
    levels_b: FloatArray,
    offerable: BoolArray,
    out: IntArray,
) -> None:
    for k in range(len(out)):
        out[k, 0], out[k, 1], out[k, 2] = _session(
            u_a[k], u_b[k], no_deals_a[k], no_deals_b[k], levels_a, levels_b, offerable[k]
        )


def run_timed_session(
    u_a: FloatArray,
    u_b: FloatArray,
    no_deals: tuple[float, float],
    concessions: tuple[Concession, Concession],
    *,
    deadline: int = DEADLINE,
    allowed: BoolArray | None = None,
) -> Outcome:
    """One session; arguments as in ``agents.loans.timed.negotiate_timed``."""
    return run_timed_sessions(
        u_a[None],
        u_b[None],
        np.array(no_deals)[None],
        concessions,
        deadline=deadline,
        allowed=None if allowed is None else allowed[None],
    )[0]


def run_timed_sessions(
    u_a: FloatArray,
    u_b: FloatArray,
    no_deals: FloatArray,
    concessions: tuple[Concession, Concession],
    *,
    deadline: int = DEADLINE,
    allowed: BoolArray | None = None,
) -> list[Outcome]:
    """Many sessions at once: tables and masks of shape (n, nq, nt), values of no deal (n, 2)."""
    if u_a.ndim != 3 or u_b.shape != u_a.shape:
        raise SessionError("u_a, u_b", (u_a.shape, u_b.shape), "equal shapes (sessions, nq, nt)")
    n = len(u_a)
    if no_deals.shape != (n, 2):
        raise SessionError("no_deals", no_deals.shape, f"shape ({n}, 2)")
    if deadline < 1:
        raise SessionError("deadline", deadline, "a whole number of rounds, at least 1")
    masks = np.stack([offerable(u_a[k], u_b[k], None if allowed is None else allowed[k]) for k in range(n)])
    out = np.empty((n, 3), np.int64)
    _sessions(
        np.require(u_a, np.float64, ("C", "W")).reshape(n, -1),
        np.require(u_b, np.float64, ("C", "W")).reshape(n, -1),
        np.require(no_deals[:, 0], np.float64, ("C", "W")),
        np.require(no_deals[:, 1], np.float64, ("C", "W")),
        levels(concessions[0], deadline),
        levels(concessions[1], deadline),
        masks.reshape(n, -1),
        out,
    )
    return [Outcome(c, r, by) if c >= 0 else Outcome(None, r, None) for c, r, by in out.tolist()]
