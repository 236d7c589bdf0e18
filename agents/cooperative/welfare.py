"""How well a cooperative did: performance of each agent, utilitarian and Nash social welfare (Eqs. 16 to 18).

**Sign.** The paper's Eq. 16 adds up costs and then calls more of it better. Here every figure is a utility, as Eq. 14 is
throughout: ξ = −(λ1·(ΣP + Θ) + λ2·Σ|r|), so higher is better, and sws and gains have the sign that their names promise.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from agents.cooperative.members import Member
from agents.cooperative.record import WeekRecord
from agents.loans.model import ProsumerModel

FloatArray = NDArray[np.float64]


def performance(members: Sequence[Member], record: WeekRecord) -> FloatArray:
    """ξ of every agent over the realised week, shape (n,): Eq. 16 with the members' own criteria and weights.

    For C1, Θ brings the state of charge at the week's end back to that at its start. In strategy s0 the batteries do
    nothing, so only autarky is left of it, as the paper says.
    """
    return np.array(
        [
            course_utility(member.model, record.flow[i], record.residual[i], record.soc[i])
            for i, member in enumerate(members)
        ]
    )


def course_utility(model: ProsumerModel, flow: FloatArray, residual: FloatArray, soc: FloatArray) -> float:
    """−Σ λ_c·cost_c of a course that was taken: flow and residual of shape (t,), states (t + 1,) [kWh]; 0 for none."""
    if not flow.size:
        return 0.0
    flow, residual, soc = (np.ascontiguousarray(part, np.float64) for part in (flow, residual, soc))
    first = float(soc[0])
    return -math.fsum(
        weight * criterion.cost(flow, residual, soc, criterion.parameters(model.battery, flow.size, first))
        for weight, criterion in zip(model.weights, model.criteria, strict=True)
    )


def social_welfare(xi: ArrayLike) -> float:
    """sws, the sum of the agents' performances (Eq. 17)."""
    return math.fsum(np.asarray(xi, np.float64))


@dataclass(frozen=True, slots=True)
class NashWelfare:
    """nws of Eq. 18: the product of the agents' gains of one strategy over another.

    A product of gains has a meaning only where nobody loses: two losers would make it positive again. Where somebody
    does, `product` and `log` are NaN and `losers` says how many.

    Attributes
    ----------
    product : float
        Π(ξ_i(s) − ξ_i(h)); ``inf`` where it is too large for a float, which `log` still tells.
    log : float
        Its natural logarithm; −inf where somebody gains nothing.
    losers : int
        Agents with a negative gain.
    """

    product: float
    log: float
    losers: int

    @property
    def defined(self) -> bool:
        """Whether nobody loses."""
        return self.losers == 0


def nash_welfare(xi: ArrayLike, over: ArrayLike) -> NashWelfare:
    """nws_{s|h} (Eq. 18) of the performances `xi` of strategy s over those of h, each of shape (n,)."""
    gains = np.asarray(xi, np.float64) - np.asarray(over, np.float64)
    losers = int((gains < 0).sum())
    if losers:
        return NashWelfare(math.nan, math.nan, losers)
    if (gains == 0).any():
        return NashWelfare(0.0, -math.inf, 0)
    log = math.fsum(np.log(gains))
    try:
        product = math.exp(log)
    except OverflowError:
        product = math.inf
    return NashWelfare(product, log, 0)


def above_line(xi_s0: ArrayLike, xi_s1: ArrayLike, xi_s2: ArrayLike) -> NDArray[np.bool_]:
    """Which agents lie above the line of equal improvement (Figures 10 and 14), shape (n,).

    That is ξ(s2) − ξ(s0) > ξ(s1) − ξ(s0).
    """
    base = np.asarray(xi_s0, np.float64)
    above: NDArray[np.bool_] = np.asarray(xi_s2, np.float64) - base > np.asarray(xi_s1, np.float64) - base
    return above
