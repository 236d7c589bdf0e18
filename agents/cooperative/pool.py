"""The exchange pool: every leg that was agreed, from the step it is due in until the week's end (Eqs. 4 to 6)."""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


class ExchangePool:
    """Legs of all agents.

    ``legs`` has shape (agents, periods) [kWh]: what the agreed loans add to each agent's need, Σ_j ex_ij of Eq. 4;
    positive where the agent gives.
    """

    def __init__(self, agents: int, periods: int) -> None:
        self.legs: FloatArray = np.zeros((agents, periods))
        self._between: dict[tuple[int, int, int], float] = {}

    @property
    def periods(self) -> int:
        """Intervals of the week."""
        return int(self.legs.shape[1])

    def ahead(self, agent: int, period: int, horizon: int) -> FloatArray:
        """What `agent` owes (positive) or is owed from `period` on, shape (horizon,) [kWh]; 0 after the week."""
        due = np.zeros(horizon)
        known = self.legs[agent, period : period + horizon]
        due[: known.size] = known
        return due

    def between(self, i: int, j: int, period: int) -> float:
        """What `i` gives `j` in `period` by all loans agreed so far [kWh]."""
        if i < j:
            return self._between.get((i, j, period), 0.0)
        return -self._between.get((j, i, period), 0.0)

    def commit(self, i: int, j: int, period: int, q: float, tau: int) -> None:
        """`i` gives `j` `q` kWh in `period` and has them back `tau` intervals later (Eq. 5)."""
        back = period + tau
        if not 0 <= period < back < self.periods:
            raise ValueError(f"a loan from {period} to {back}, expected both within 0 … {self.periods - 1}")
        if i == j:
            raise ValueError(f"a loan of agent {i} to itself, expected two agents")
        for at, kwh in ((period, q), (back, -q)):
            self.legs[i, at] += kwh
            self.legs[j, at] -= kwh
            first, second, seen = (i, j, kwh) if i < j else (j, i, -kwh)
            self._between[first, second, at] = self._between.get((first, second, at), 0.0) + seen
