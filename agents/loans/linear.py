"""The contract space of linear criteria under the greedy dispatch, without simulating every contract.

What follows a return depends on the state of charge after it alone, and under this dispatch the cost-to-go V_t(x) of a
scenario is a piecewise linear function of that state with few pieces. Going back one step shifts the pieces, cuts them
at one end of the window and adds at most two at the other. So for every scenario

- one forward pass takes the states of all quantities through the steps, with what they cost up to each step, and
- one backward pass keeps the pieces, and for every return time evaluates them at the states that follow the return.

Everything is laid out in blocks of `LANES` quantities, so that the compiler takes a block at a time.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.loans.control import Limits
from agents.loans.criteria import Rates
from energy.compiled import compiled

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

LANES = 16
"""Quantities of a block: the 15 of the paper's domain and one that is not used."""


class Slopes(NamedTuple):
    """Per lag, shape (w,): cost per kWh of need, and what a kWh of the battery's state changes in it."""

    imported: FloatArray
    exported: FloatArray
    discharging: FloatArray
    """For each kWh by which the state falls: what discharging costs less the import it saves, times η."""
    charging: FloatArray
    """For each kWh by which the state rises: what charging costs less the export it saves, through η."""


def linear_space(
    rates: Rates,
    limits: Limits,
    soc_kwh: float,
    first_soc_kwh: float,
    needs: FloatArray,
    quantities: FloatArray,
    return_times: IntArray,
) -> FloatArray:
    """Expected cost of every contract, shape (nq, nt); arguments are checked already (``agents.loans.space``)."""
    blocks = -(-quantities.size // LANES)
    lanes = np.zeros(blocks * LANES)
    lanes[: quantities.size] = quantities
    slopes = Slopes(
        rates.imported,
        rates.exported,
        (rates.given - rates.imported) * limits.eta,
        (rates.taken - rates.exported) / limits.eta,
    )
    sums = np.zeros((blocks, needs.shape[1], LANES))
    for block in range(blocks):
        _block(
            needs,
            lanes[block * LANES : (block + 1) * LANES],
            return_times[0],
            soc_kwh,
            limits,
            slopes,
            (float(rates.short), float(rates.over), first_soc_kwh),
            sums[block],
        )
    by_time = sums[:, return_times, :].transpose(0, 2, 1).reshape(-1, return_times.size)
    return by_time[: quantities.size] / len(needs)


@compiled
def _block(
    needs: FloatArray,
    quantities: FloatArray,
    earliest: int,
    start: float,
    limits: Limits,
    slopes: Slopes,
    end: tuple[float, float, float],
    sums: FloatArray,
) -> None:
    """Add the cost of every scenario for one block of quantities, for each return time from ``earliest`` on.

    One function for both passes and not two: so the compiler knows that the arrays are apart, and is faster by a third.
    """
    scenarios, w = needs.shape
    lo, hi, eta, charge, discharge, eps = limits
    window = hi - lo
    per_eta = 1.0 / eta
    short, over, first = end
    states = np.empty((w + 1, LANES))
    paid = np.empty(LANES)
    after = np.empty(LANES)
    value = np.empty(LANES)
    # The pieces of V_t: where each begins, its value there and its slope. Positions and values are kept less `moved` and
    # `raised`, so that a shift of all of them is one addition.
    room = 4 * w + 8
    begin, level, slope = np.empty(room), np.empty(room), np.empty(room)
    for s in range(scenarios):
        # Forward: step 0 with each quantity given, then the needs as they are. `states[t]` are those before step t, and
        # to `sums[t]` goes what the steps before t cost.
        e = needs[s, 0]
        for i in range(LANES):
            y = min(max(lo, start - eps), hi)
            missing = max(e + quantities[i], 0.0)
            spare = max(-e - quantities[i], 0.0)
            mid = max(lo, y - min(missing, discharge) * per_eta)
            x = min(hi, mid + min(spare, charge) * eta)
            states[1, i] = x
            paid[i] = (
                slopes.imported[0] * missing
                + slopes.discharging[0] * (y - mid)
                + slopes.exported[0] * spare
                + slopes.charging[0] * (x - mid)
            )
        for t in range(1, w):
            e = needs[s, t]
            if e > 0.0:
                fall = min(e, discharge) * per_eta
                fixed = slopes.imported[t] * e
                k = slopes.discharging[t]
                for i in range(LANES):
                    sums[t, i] += paid[i]
                    y = max(lo, states[t, i] - eps)
                    x = max(lo, y - fall)
                    states[t + 1, i] = x
                    paid[i] += fixed + k * (y - x)
            else:
                rise = min(-e, charge) * eta
                fixed = -slopes.exported[t] * e
                k = slopes.charging[t]
                for i in range(LANES):
                    sums[t, i] += paid[i]
                    y = max(lo, states[t, i] - eps)
                    x = min(hi, y + rise)
                    states[t + 1, i] = x
                    paid[i] += fixed + k * (x - y)
        # Backward: V_w is what the last state is short of the first, or over it.
        head = 2 * w + 4
        tail = head
        moved = 0.0
        raised = 0.0
        begin[head] = lo
        if first <= lo:
            level[head] = over * (lo - first)
            slope[head] = over
        else:
            level[head] = short * (first - lo)
            slope[head] = -short
            if first < hi:
                tail += 1
                begin[tail] = first
                level[tail] = 0.0
                slope[tail] = over
        near = head
        for t in range(w - 1, earliest - 1, -1):
            e = needs[s, t]
            imported, exported = slopes.imported[t], slopes.exported[t]
            k_down, k_up = slopes.discharging[t], slopes.charging[t]
            # The step of a return: the need less the quantity.
            for i in range(LANES):
                y = max(lo, states[t, i] - eps)
                missing = max(e - quantities[i], 0.0)
                spare = max(quantities[i] - e, 0.0)
                mid = max(lo, y - min(missing, discharge) * per_eta)
                x = min(hi, mid + min(spare, charge) * eta)
                after[i] = x - moved
                value[i] = imported * missing + k_down * (y - mid) + exported * spare + k_up * (x - mid)
            # V_{t+1} at the states that follow: the piece of the least of them, and a bend for each up to the greatest.
            least = after[0]
            most = after[0]
            for i in range(1, LANES):
                least = min(least, after[i])
                most = max(most, after[i])
            near = min(max(near, head), tail)
            while near > head and begin[near] > least:
                near -= 1
            while near < tail and begin[near + 1] <= least:
                near += 1
            base, incline, edge = level[near] + raised, slope[near], begin[near]
            for i in range(LANES):
                value[i] += base + incline * (after[i] - edge)
            j = near + 1
            while j <= tail and begin[j] < most:
                edge, bend = begin[j], slope[j] - slope[j - 1]
                for i in range(LANES):
                    value[i] += bend * max(after[i] - edge, 0.0)
                j += 1
            for i in range(LANES):
                sums[t, i] += value[i]
            # From V_{t+1} to V_t, without a contract.
            if e > 0.0:
                # A state falls: the pieces move up. What they leave at the bottom is where the battery runs empty, and a
                # kWh of state less is one not discharged.
                g = min(min(e, discharge) * per_eta, window)
                bottom = level[head]
                moved += eps + g
                raised += imported * e + k_down * g
                if g > 0.0:
                    if slope[head] != k_down:
                        head -= 1
                        slope[head] = k_down
                    begin[head] = lo + eps - moved
                    level[head] = bottom - k_down * g
            else:
                # A state rises: the pieces move down, and those that no state rises to are cut. At the top is where the
                # battery runs full, and a kWh of state more is one not charged.
                g = min(min(-e, charge) * eta, window)
                cut = lo + g - moved
                top = level[tail] + slope[tail] * (hi - moved - begin[tail])
                while head < tail and begin[head + 1] <= cut:
                    head += 1
                level[head] += slope[head] * (cut - begin[head])
                begin[head] = cut
                moved += eps - g
                raised += k_up * g - exported * e
                if g > eps and slope[tail] != -k_up:
                    tail += 1
                    begin[tail] = hi - g + eps - moved
                    level[tail] = top
                    slope[tail] = -k_up
            if eps > 0.0:
                # Below lo + ε every state is lo after degradation.
                if slope[head] != 0.0:
                    head -= 1
                    slope[head] = 0.0
                    level[head] = level[head + 1]
                begin[head] = lo - moved
            while tail > head and begin[tail] + moved >= hi:
                tail -= 1
