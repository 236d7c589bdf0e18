"""The contract space by simulation, compiled for whatever control and criteria a model has.

No shape of the cost is used but that it belongs to a course: every contract of every scenario is simulated from the step
where it first differs from what was simulated before. Kernels are compiled once for each combination of functions.
"""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from agents.loans.control import Limits, StepFunction, limits_of
from agents.loans.criteria import CostFunction
from agents.loans.model import ProsumerModel
from energy.compiled import compiled_here

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

Weighted = Callable[[FloatArray, FloatArray, FloatArray, FloatArray, tuple[FloatArray, ...]], float]
Kernel = Callable[
    [FloatArray, FloatArray, IntArray, float, Limits, FloatArray, tuple[FloatArray, ...], FloatArray], None
]


def generic_space(
    model: ProsumerModel,
    soc_kwh: float,
    first_soc_kwh: float,
    needs: FloatArray,
    quantities: FloatArray,
    return_times: IntArray,
) -> FloatArray:
    """Expected cost of every contract, shape (nq, nt); arguments are checked already (``agents.loans.space``)."""
    horizon = needs.shape[1]
    parameters = tuple(
        np.require(c.parameters(model.battery, horizon, first_soc_kwh), np.float64, ("C", "W"))
        for c in model.criteria
    )
    costs = np.zeros((quantities.size, return_times.size))
    kernel = _kernel(model.control.step, tuple(c.cost for c in model.criteria))
    kernel(
        needs,
        quantities,
        return_times,
        soc_kwh,
        limits_of(model.battery),
        np.array(model.weights),
        parameters,
        costs,
    )
    return costs


def _weighted(costs: tuple[CostFunction, ...], at: int = 0) -> Weighted:
    """Σ_c λ_c·cost_c (Eq. 9) as one compiled function: the first term, and what remains."""
    own = costs[at]
    if at == len(costs) - 1:

        def last(
            flow: FloatArray,
            residual: FloatArray,
            soc: FloatArray,
            weights: FloatArray,
            parameters: tuple[FloatArray, ...],
        ) -> float:
            return float(weights[at] * own(flow, residual, soc, parameters[at]))

        return compiled_here(last)
    rest = _weighted(costs, at + 1)

    def term(
        flow: FloatArray,
        residual: FloatArray,
        soc: FloatArray,
        weights: FloatArray,
        parameters: tuple[FloatArray, ...],
    ) -> float:
        first = weights[at] * own(flow, residual, soc, parameters[at])
        return float(first + rest(flow, residual, soc, weights, parameters))

    return compiled_here(term)


@lru_cache(maxsize=64)
def _kernel(step: StepFunction, costs: tuple[CostFunction, ...]) -> Kernel:
    weighted = _weighted(costs)

    def space(
        needs: FloatArray,
        quantities: FloatArray,
        return_times: IntArray,
        start: float,
        limits: Limits,
        weights: FloatArray,
        parameters: tuple[FloatArray, ...],
        costs: FloatArray,
    ) -> None:
        scenarios, horizon = needs.shape
        flow, residual, soc = np.empty(horizon), np.empty(horizon), np.empty(horizon + 1)
        soc[0] = start
        for s in range(scenarios):
            for i in range(quantities.size):
                # The give leg alone; a return at τ changes nothing before τ. Going from late returns to early ones
                # leaves that beginning in place.
                since = 0
                for j in range(return_times.size, -1, -1):
                    tau = return_times[j] if j < return_times.size else horizon
                    if j < return_times.size:
                        since = tau
                    for k in range(since, horizon):
                        need = needs[s, k]
                        if k == 0:
                            need += quantities[i]
                        if k == tau:
                            need -= quantities[i]
                        soc[k + 1], flow[k] = step(soc[k], need, k, limits)
                        residual[k] = need + flow[k]
                    if j < return_times.size:
                        costs[i, j] += weighted(flow, residual, soc, weights, parameters)
        for i in range(quantities.size):
            for j in range(return_times.size):
                costs[i, j] /= scenarios

    return compiled_here(space)
