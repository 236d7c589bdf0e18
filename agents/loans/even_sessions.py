"""Even concession compiled: equal, outcome for outcome, to ``agents.loans.even``, sorting included."""

import numpy as np
from numpy.typing import NDArray

from agents.loans.even import PACE, Pace, Stance
from agents.loans.negotiation import DEADLINE, Outcome, offerable
from energy.compiled import compiled

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]


@compiled
def _best_first(utilities: FloatArray, offerable: BoolArray, above: float) -> IntArray:
    """Contracts that may be offered and are worth more than `above`, best first; of equals the lower index first."""
    count = 0
    chosen = np.empty(utilities.size, np.int64)
    for c in range(utilities.size):
        if offerable[c] and utilities[c] > above:
            chosen[count] = c
            count += 1
    chosen = chosen[:count]
    return chosen[np.argsort(-utilities[chosen], kind="mergesort")]


@compiled
def _best(utilities: FloatArray, offerable: BoolArray, no_deal: float) -> float:
    best, found = no_deal, False
    for c in range(utilities.size):
        if offerable[c] and (not found or utilities[c] > best):
            best, found = utilities[c], True
    return best


@compiled
def _session(
    u_a: FloatArray,
    u_b: FloatArray,
    stance_a: tuple[float, float, float, float],
    stance_b: tuple[float, float, float, float],
    pace: tuple[float, float, int],
    deadline: int,
    offerable: BoolArray,
) -> tuple[int, int, int]:
    """(contract or −1, rounds, accepted by or −1).

    A stance is (no deal, favour, margin, patience), a pace (step, ask, first part).
    """
    step, ask, first_part = pace
    step_a, step_b = step / stance_a[3], step / stance_b[3]
    order_a = _best_first(u_a, offerable, stance_a[0] + stance_a[2])
    order_b = _best_first(u_b, offerable, stance_b[0] + stance_b[2])
    best_a, best_b = _best(u_a, offerable, stance_a[0]), _best(u_b, offerable, stance_b[0])
    next_a, next_b = 0, 0
    has_a, has_b = -1, -1  # the best offer that each side received
    for r in range(deadline):
        first = r < first_part
        if r % 2 == 0:
            down = step_a * (r + 1)
            limit = stance_a[0] + stance_a[2] - (stance_a[1] if first else 0.0)
            if has_a >= 0 and u_a[has_a] > max(best_a - down, limit):
                return has_a, r, 0
            least = max(best_a - down, stance_a[0] + ask) if first else best_a - down
            if next_a < order_a.size and u_a[order_a[next_a]] >= least:
                offer = order_a[next_a]
                next_a += 1
                if has_b < 0 or u_b[offer] > u_b[has_b]:
                    has_b = offer
        else:
            down = step_b * (r + 1)
            limit = stance_b[0] + stance_b[2] - (stance_b[1] if first else 0.0)
            if has_b >= 0 and u_b[has_b] > max(best_b - down, limit):
                return has_b, r, 1
            least = max(best_b - down, stance_b[0] + ask) if first else best_b - down
            if next_b < order_b.size and u_b[order_b[next_b]] >= least:
                offer = order_b[next_b]
                next_b += 1
                if has_a < 0 or u_a[offer] > u_a[has_a]:
                    has_a = offer
    return -1, deadline, -1


def run_even_session(
    u_a: FloatArray,
    u_b: FloatArray,
    stances: tuple[Stance, Stance],
    *,
    pace: Pace = PACE,
    deadline: int = DEADLINE,
    allowed: BoolArray | None = None,
) -> Outcome:
    """One session; arguments as in ``agents.loans.even.negotiate_evenly``."""
    mask = offerable(u_a, u_b, allowed)
    a, b = ((float(s.no_deal), float(s.favour), float(s.margin), float(s.patience)) for s in stances)
    contract, rounds, by = _session(
        np.ascontiguousarray(u_a, np.float64).ravel(),
        np.ascontiguousarray(u_b, np.float64).ravel(),
        a,
        b,
        (float(pace.step), float(pace.ask), int(pace.first_part)),
        int(deadline),
        mask.ravel(),
    )
    return Outcome(contract, rounds, by) if contract >= 0 else Outcome(None, rounds, None)
