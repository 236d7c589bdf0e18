"""The outcomes that a side would sign, from its best to its worst."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from agents.strategy import Stake
from agents.tactics.utility import FloatArray, IntArray, Utility
from market.issues import Values

MOST: Final = 4000
"""Outcomes that are looked at; a larger space is thinned evenly, issue by issue, its ends always kept."""


@dataclass(frozen=True)
class Space:
    """Outcomes within a side's limits, shape (n, issues), and their utilities, shape (n,), both from the best down."""

    outcomes: IntArray
    utilities: FloatArray

    def __len__(self) -> int:
        return len(self.utilities)

    def __getitem__(self, rank: int) -> Values:
        return tuple(int(value) for value in self.outcomes[rank])

    def down_to(self, least: float) -> int:
        """How many outcomes are worth at least ``least``."""
        return int(np.searchsorted(-self.utilities, -least + 1e-12, side="right"))


def space_of(
    stakes: Sequence[Stake], utility: Utility, *, held: Values = (), locked: int = 0, most: int = MOST
) -> Space:
    """The outcomes within ``stakes``, those issues that the mask ``locked`` names held at their value in ``held``.

    Equal utilities are ordered by their values, so that the order is the same everywhere.
    """
    free = [i for i in range(len(stakes)) if not locked >> i & 1]
    kept = dict(zip(free, _sizes([_length(stakes[i]) for i in free], most), strict=True))
    axes = [
        _axis(stake, kept[i]) if i in kept else np.array([held[i]], np.int64)
        for i, stake in enumerate(stakes)
    ]
    outcomes = np.stack([axis.reshape(-1) for axis in np.meshgrid(*axes, indexing="ij")], axis=1)
    utilities = utility.of(outcomes)
    order = np.lexsort((*outcomes.T[::-1], -utilities))
    return Space(outcomes[order], utilities[order])


def _length(stake: Stake) -> int:
    return (stake.high - stake.low) // stake.issue.tick + 1


def _sizes(lengths: Sequence[int], most: int) -> list[int]:
    """How many values of each issue to keep: all of a short issue, an equal number of each long one, at least two."""
    sizes = list(lengths)
    budget = float(most)
    order = sorted(range(len(lengths)), key=lambda i: lengths[i])
    for rest, i in zip(range(len(order), 0, -1), order, strict=True):
        sizes[i] = min(lengths[i], max(2, int(budget ** (1 / rest) + 1e-9)))
        budget /= sizes[i]
    return sizes


def _axis(stake: Stake, size: int) -> IntArray:
    places = np.round(np.linspace(0, _length(stake) - 1, size)).astype(np.int64)
    return stake.low + places * stake.issue.tick
