"""Sessions compiled: what Algorithms 1, 4 and 5 end in, without playing the rounds.

Offers go down each side's ordered space, A's k-th in round 2k and B's in round 2k + 1, and the first one ends the session
that its maker still makes (utility ≥ aspiration) and its receiver takes (utility > aspiration). So it is enough to find
each side's best contract of that kind and to count what that side offers before. Equal, outcome for outcome, to
``agents.loans.negotiation``.
"""

import numpy as np
from numpy.typing import NDArray

from agents.loans.errors import SessionError
from agents.loans.negotiation import DEADLINE, Outcome, offerable
from energy.compiled import compiled

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]


@compiled
def _first_taken(
    own: FloatArray, other: FloatArray, border_own: float, border_other: float, offerable: BoolArray
) -> tuple[int, int]:
    """Of the offers that one side makes, the first that the other takes, and how many it makes before; −1: none."""
    best = -1
    for c in range(own.size):
        if (
            offerable[c]
            and own[c] >= border_own
            and other[c] > border_other
            and (best < 0 or own[c] > own[best])
        ):
            best = c
    before = 0
    if best >= 0:
        for c in range(own.size):
            if offerable[c] and (own[c] > own[best] or (own[c] == own[best] and c < best)):
                before += 1
    return best, before


@compiled
def _session(
    u_a: FloatArray, u_b: FloatArray, asp_a: float, asp_b: float, offerable: BoolArray, deadline: int
) -> tuple[int, int, int]:
    """(contract or −1, rounds, accepted by or −1)."""
    by_a, before_a = _first_taken(u_a, u_b, asp_a, asp_b, offerable)
    by_b, before_b = _first_taken(u_b, u_a, asp_b, asp_a, offerable)
    round_a = 2 * before_a if by_a >= 0 else deadline
    round_b = 2 * before_b + 1 if by_b >= 0 else deadline
    if min(round_a, round_b) >= deadline:
        return -1, deadline, -1
    if round_a < round_b:
        return by_a, round_a + 1, 1
    return by_b, round_b + 1, 0


@compiled
def _sessions(
    u_a: FloatArray,
    u_b: FloatArray,
    asp_a: FloatArray,
    asp_b: FloatArray,
    offerable: BoolArray,
    deadline: int,
    out: IntArray,
) -> None:
    for k in range(len(out)):
        out[k, 0], out[k, 1], out[k, 2] = _session(u_a[k], u_b[k], asp_a[k], asp_b[k], offerable[k], deadline)


def run_session(
    u_a: FloatArray,
    u_b: FloatArray,
    asp_a: float,
    asp_b: float,
    *,
    deadline: int = DEADLINE,
    allowed: BoolArray | None = None,
) -> Outcome:
    """One session from the two tables, shape (nq, nt), both in A's view; arguments as in ``negotiate_contract``."""
    mask = offerable(u_a, u_b, allowed)
    contract, rounds, by = _session(
        _flat(u_a), _flat(u_b), float(asp_a), float(asp_b), mask.ravel(), _rounds(deadline)
    )
    return Outcome(contract, rounds, by) if contract >= 0 else Outcome(None, rounds, None)


def run_sessions(
    u_a: FloatArray,
    u_b: FloatArray,
    asp_a: FloatArray,
    asp_b: FloatArray,
    *,
    deadline: int = DEADLINE,
    allowed: BoolArray | None = None,
) -> list[Outcome]:
    """Many sessions at once: tables and masks of shape (n, nq, nt), aspirations (n,)."""
    if u_a.ndim != 3 or u_b.shape != u_a.shape:
        raise SessionError("u_a, u_b", (u_a.shape, u_b.shape), "equal shapes (sessions, nq, nt)")
    n = len(u_a)
    masks = np.stack([offerable(u_a[k], u_b[k], None if allowed is None else allowed[k]) for k in range(n)])
    out = np.empty((n, 3), np.int64)
    _sessions(
        np.require(u_a, np.float64, ("C", "W")).reshape(n, -1),
        np.require(u_b, np.float64, ("C", "W")).reshape(n, -1),
        np.require(asp_a, np.float64, ("C", "W")),
        np.require(asp_b, np.float64, ("C", "W")),
        masks.reshape(n, -1),
        _rounds(deadline),
        out,
    )
    return [Outcome(c, r, by) if c >= 0 else Outcome(None, r, None) for c, r, by in out.tolist()]


def _flat(table: FloatArray) -> FloatArray:
    return np.require(table, np.float64, ("C", "W")).ravel()


def _rounds(deadline: int) -> int:
    if deadline < 0:
        raise SessionError("deadline", deadline, "a whole number of rounds, at least 0")
    return deadline
