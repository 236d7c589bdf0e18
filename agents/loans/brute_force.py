"""What the contract space is, without any of its shortcuts: every contract of every scenario, all steps.

`brute_force_costs` is compiled as the fast kernel is, for C1 and C2 under the greedy dispatch: the baseline that the fast
kernel's time is measured against. `plain_utility` is one contract's utility by ``energy.battery`` and numpy: the oracle.
"""

import numpy as np
from numpy.typing import NDArray

from agents.loans.control import Limits
from agents.loans.model import ProsumerModel
from energy.battery import run
from energy.compiled import compiled

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@compiled
def brute_force_costs(
    weights: tuple[float, float],
    limits: Limits,
    soc_kwh: float,
    first_soc_kwh: float,
    needs: FloatArray,
    quantities: FloatArray,
    return_times: IntArray,
) -> FloatArray:
    """Expected λ1·C1 + λ2·C2 (Eqs. 7, 8, 9 and 14) of every contract, shape (nq, nt)."""
    scenarios, w = needs.shape
    lo, hi, eta, charge, discharge, eps = limits
    per_eta = 1.0 / eta
    costs = np.zeros((quantities.size, return_times.size))
    for s in range(scenarios):
        for i in range(quantities.size):
            for j in range(return_times.size):
                x, flows, residuals = soc_kwh, 0.0, 0.0
                for t in range(w):
                    e = needs[s, t]
                    if t == 0:
                        e += quantities[i]
                    if t == return_times[j]:
                        e -= quantities[i]
                    y = min(max(lo, x - eps), hi)
                    if e > 0.0:
                        d = min(min(e, discharge), (y - lo) * eta)
                        x = max(lo, y - d * per_eta)
                        flows -= d
                        residuals += e - d
                    else:
                        c = min(min(-e, charge), (hi - y) * per_eta)
                        x = min(hi, y + c * eta)
                        flows += c
                        residuals -= e + c
                if x < first_soc_kwh:
                    flows += (first_soc_kwh - x) * per_eta
                else:
                    flows -= (x - first_soc_kwh) * eta
                costs[i, j] += weights[0] * flows + weights[1] * residuals
    for i in range(quantities.size):
        for j in range(return_times.size):
            costs[i, j] /= scenarios
    return costs


def plain_utility(
    model: ProsumerModel,
    soc_kwh: float,
    first_soc_kwh: float,
    needs: FloatArray,
    quantity: float,
    return_time: int,
) -> float:
    """CALCULATE-Utility (Algorithm 3) of one contract under the greedy dispatch, criterion by criterion."""
    with_offer = np.array(needs, np.float64)  # AMEND-Scenarios, Eq. 5
    with_offer[:, 0] += quantity
    with_offer[:, return_time] -= quantity
    steps = run(model.battery, soc_kwh, with_offer)
    utility = 0.0
    for s in range(len(with_offer)):
        soc = np.concatenate(([soc_kwh], steps.soc[s]))
        for criterion, weight in zip(model.criteria, model.weights, strict=True):
            parameters = criterion.parameters(model.battery, with_offer.shape[1], first_soc_kwh)
            utility -= weight * criterion.cost(steps.flow[s], steps.residual[s], soc, parameters)
    return utility / len(with_offer)
