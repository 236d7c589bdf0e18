"""What an outcome is worth to its owner, in [0, 1]: the one scale on which the parts of a strategy compare.

1 is the best that the owner's limits allow; no deal is 0, and every outcome within the limits is at least that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from agents.strategy import ENERGY, PRICE, Stake
from agents.tactics.errors import PartError

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


class Utility(Protocol):
    """Utilities of many outcomes at once."""

    def of(self, outcomes: IntArray) -> FloatArray:
        """Shape (n, issues) → (n,); below 0 where an outcome is beyond the limits on an additive scale."""
        ...


def scores(stakes: Sequence[Stake], outcomes: IntArray) -> FloatArray:
    """0 at an issue's worst allowed value, 1 at its best, shape (n, issues).

    Linear, below 0 beyond the worst; nothing is gained beyond the best.
    """
    columns = []
    for i, stake in enumerate(stakes):
        span = stake.best - stake.worst
        above = (outcomes[:, i] - stake.worst) * np.sign(span or stake.sense)
        columns.append(np.minimum(above / abs(span), 1.0) if span else np.where(above < 0, above, 1.0))
    return np.stack(columns, axis=1).astype(np.float64)


@dataclass(frozen=True)
class Additive:
    """Σ weight × score of the issue's value, linear between the limits of each issue.

    Attributes
    ----------
    weights : tuple of float
        One an issue, at least 0, not all 0; they are divided by their sum. None: all equal.
    """

    stakes: tuple[Stake, ...]
    weights: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        if self.weights is None:
            return
        if len(self.weights) != len(self.stakes):
            raise PartError("weights", list(self.weights), f"{len(self.stakes)} numbers, one an issue")

    def of(self, outcomes: IntArray) -> FloatArray:
        weights = np.asarray(self.weights or (1.0,) * len(self.stakes), np.float64)
        total: FloatArray = scores(self.stakes, outcomes) @ (weights / weights.sum())
        return total


@dataclass(frozen=True)
class Gain:
    """What a trade earns over the reservation price: (ticks of price above it + 1) × amount, the best being 1.

    The one tick more makes a larger amount better at the reservation price too, where nothing is earned. No deal is 0.
    """

    stakes: tuple[Stake, ...]

    def of(self, outcomes: IntArray) -> FloatArray:
        price, energy = self.stakes[PRICE], self.stakes[ENERGY]
        ticks = (outcomes[:, PRICE] - price.worst) * price.sense / price.issue.tick
        best = ((price.best - price.worst) * price.sense / price.issue.tick + 1) * energy.best
        gains: FloatArray = (ticks + 1) * np.minimum(outcomes[:, ENERGY], energy.best) / best
        return np.where(ticks < 0, -np.abs(gains) + ticks / best, gains)
