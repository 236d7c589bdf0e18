"""Which loans a home can keep and use: whether its meter would really move what a contract says, scenario by scenario.

A leg that it gives is kept where the need it adds is met whole, by what is left over and by the battery, and where every
leg promised before is met as well; what the home is owed is not counted on. A leg that it receives is used where none
of it leaves the home again: a meter does not import what the home has no use or room for, so that it would be lent or
returned to nobody. The dispatch is the greedy one of ``energy.battery``, under which more charge never hurts: so one
backward pass finds the least charge from which all later promises are kept, and a contract is judged by the charge that
it leaves. Rules of queues and ratings are not here.
"""

import numpy as np
from numpy.typing import NDArray

from energy.battery import Battery
from energy.compiled import compiled

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

TOLERANCE_KWH = 1e-9
"""Shortfall that is rounding: far below the Wh that a meter counts."""


def kept_share(
    battery: Battery,
    *,
    soc_kwh: float,
    needs_kwh: FloatArray,
    promised_kwh: FloatArray,
    quantities_kwh: FloatArray,
    return_times: IntArray,
) -> FloatArray:
    """Share of the scenarios in which a contract's legs are kept and used and every promise is kept; shape (nq, nt).

    Parameters
    ----------
    soc_kwh : float
        State of charge at the start [kWh].
    needs_kwh : array, shape (S, w)
        Needs with every earlier leg in them [kWh].
    promised_kwh : array, shape (w,)
        Of these, what was promised to others [kWh], >= 0.
    quantities_kwh : array, shape (nq,)
        q in the home's view: positive, it gives at lag 0 and receives at lag τ; negative, the other way round.
    return_times : array, shape (nt,)
        τ, each in 1 … w − 1.
    """
    count = _count_kept(
        np.ascontiguousarray(needs_kwh),
        promised_kwh,
        quantities_kwh,
        return_times,
        soc_kwh,
        battery.lo_kwh,
        battery.hi_kwh,
        battery.charge_limit_kwh,
        battery.discharge_limit_kwh,
        battery.one_way_efficiency,
        battery.degradation_kwh,
    )
    share: FloatArray = count / needs_kwh.shape[0]
    return share


@compiled
def _after(
    need: float, soc: float, lo: float, hi: float, charge: float, discharge: float, eta: float, loss: float
) -> tuple[float, float]:
    """State of charge after one interval and residual, positive where short [kWh] (energy.battery.step)."""
    aged = min(max(lo, soc - loss), hi)
    if need > 0:
        given = min(need, discharge, (aged - lo) * eta)
        return max(lo, aged - given / eta), need - given
    taken = min(-need, charge, (hi - aged) / eta)
    return min(hi, aged + eta * taken), need + taken


@compiled
def _least_charge(
    needs: FloatArray,
    promised: FloatArray,
    lo: float,
    hi: float,
    charge: float,
    discharge: float,
    eta: float,
    loss: float,
) -> FloatArray:
    """Least state of charge at the start of each lag from which all promises of that lag and later are kept, (w + 1,)."""
    w = needs.size
    least = np.full(w + 1, lo)
    for lag in range(w - 1, 0, -1):
        need, later = needs[lag], least[lag + 1]
        wanted = lo
        if need > 0:
            if promised[lag] > 0:
                wanted = np.inf if need > discharge + TOLERANCE_KWH else max(later, lo) + need / eta
            elif later > lo:
                wanted = later + min(need, discharge) / eta
        elif later > lo:
            wanted = later - eta * min(-need, charge)
        if wanted > lo:
            wanted += loss
        least[lag] = np.inf if wanted > hi + TOLERANCE_KWH else max(wanted, lo)
    return least


@compiled
def _count_kept(
    needs: FloatArray,
    promised: FloatArray,
    quantities: FloatArray,
    return_times: IntArray,
    soc: float,
    lo: float,
    hi: float,
    charge: float,
    discharge: float,
    eta: float,
    loss: float,
) -> FloatArray:
    kept = np.zeros((quantities.size, return_times.size))
    for s in range(needs.shape[0]):
        least = _least_charge(needs[s], promised, lo, hi, charge, discharge, eta, loss)
        before = _after(needs[s, 0], soc, lo, hi, charge, discharge, eta, loss)[1]
        for i in range(quantities.size):
            q = quantities[i]
            after, residual = _after(needs[s, 0] + q, soc, lo, hi, charge, discharge, eta, loss)
            if not _moved(q, residual, before) or (q > 0 and after < least[1] - TOLERANCE_KWH):
                continue
            lag = 1
            for j in range(return_times.size):
                while lag < return_times[j]:
                    after = _after(needs[s, lag], after, lo, hi, charge, discharge, eta, loss)[0]
                    lag += 1
                plain = _after(needs[s, lag], after, lo, hi, charge, discharge, eta, loss)[1]
                left, residual = _after(needs[s, lag] - q, after, lo, hi, charge, discharge, eta, loss)
                if _moved(-q, residual, plain) and (q > 0 or left >= least[lag + 1] - TOLERANCE_KWH):
                    kept[i, j] += 1.0
    return kept


@compiled
def _moved(leg: float, residual: float, without: float) -> bool:
    """Whether a leg, positive to give, is met whole, or no more is fed in than ``without`` it [kWh]."""
    if leg > 0:
        return residual <= TOLERANCE_KWH
    return max(-residual, 0.0) <= max(-without, 0.0) + TOLERANCE_KWH
