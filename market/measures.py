"""How good outcomes are: Pareto frontier, bargaining solutions, distances, welfare, shares.

All measures take the two sides' utilities over the same outcomes, shape (outcomes,), and the value that each side has
without a deal. Integers stay exact where they decide: the Nash solution of two integer tables is the true one. Figures
only: no session or strategy looks at them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

from market.utility import buyer_gain, seller_gain

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]
Utilities = NDArray[np.int64] | NDArray[np.float64]


class MeasureError(ValueError):
    """Utilities for which a measure has no meaning."""


def _pair(first: ArrayLike, second: ArrayLike) -> tuple[Utilities, Utilities]:
    """Both tables as arrays, or the refusal."""
    pair: list[Utilities] = []
    for name, table in (("first", first), ("second", second)):
        array = np.asarray(table)
        kept: Utilities = (
            array.astype(np.int64) if np.issubdtype(array.dtype, np.integer) else array.astype(np.float64)
        )
        if kept.ndim != 1 or kept.size == 0:
            raise MeasureError(f"{name}: found shape {kept.shape}, expected (outcomes,), at least one")
        if not np.isfinite(kept).all():
            raise MeasureError(f"{name}: found NaN or an infinity, expected finite utilities")
        pair.append(kept)
    if pair[0].shape != pair[1].shape:
        raise MeasureError(
            f"second: found {pair[1].size} outcomes, expected {pair[0].size}, as many as the first"
        )
    return pair[0], pair[1]


def pareto_frontier(first: ArrayLike, second: ArrayLike) -> BoolArray:
    """Mask of the outcomes that no other dominates (at least as good for both, better for one). O(n log n)."""
    a, b = _pair(first, second)
    order = np.lexsort((-b, -a))  # by a descending, then b descending
    a, b = a[order], b[order]
    starts = np.concatenate(
        ([True], a[1:] != a[:-1])
    )  # of each group of equal a, whose first has its largest b
    group = np.cumsum(starts) - 1
    tops = b[starts]
    before = np.maximum.accumulate(tops)
    better = np.concatenate(([True], tops[1:] > before[:-1]))  # than all with a larger a
    mask = np.zeros(a.size, np.bool_)
    mask[order] = better[group] & (b == tops[group])
    return mask


def nash_solution(
    first: ArrayLike, second: ArrayLike, *, no_deal: tuple[float, float] = (0, 0)
) -> int | None:
    """Index of the Nash bargaining solution: the largest product of gains over no deal, among outcomes that gain both.

    Ties go to the larger smaller gain, then to the lower index. None if no outcome gains both.
    """
    a, b = _pair(first, second)
    gains = a - no_deal[0], b - no_deal[1]
    both = np.flatnonzero((gains[0] > 0) & (gains[1] > 0))
    if both.size == 0:
        return None
    logs = np.log(gains[0][both].astype(np.float64)) + np.log(gains[1][both].astype(np.float64))
    near = both[logs >= logs.max() - 1e-9]

    def rank(i: int) -> tuple[Fraction, Fraction, int]:
        x, y = Fraction(gains[0][i].item()), Fraction(gains[1][i].item())
        return x * y, min(x, y), -i

    return max((int(i) for i in near), key=rank)


def kalai_smorodinsky(
    first: ArrayLike, second: ArrayLike, *, no_deal: tuple[float, float] = (0, 0)
) -> int | None:
    """Index of the Kalai-Smorodinsky solution on a finite set of outcomes.

    Among the Pareto-efficient outcomes that are no worse than no deal for either: the largest smaller one of the two
    gains, each divided by the most that side could gain there. Ties go to the larger sum of these, then to the lower
    index. None if either side can gain nothing.
    """
    a, b = _pair(first, second)
    x, y = (a - no_deal[0]).astype(np.float64), (b - no_deal[1]).astype(np.float64)
    rational = (x >= 0) & (y >= 0)
    if not rational.any():
        return None
    ideal = x[rational].max(), y[rational].max()
    if min(ideal) <= 0:
        return None
    candidates = np.flatnonzero(rational & pareto_frontier(a, b))
    shares = x[candidates] / ideal[0], y[candidates] / ideal[1]
    worse = np.minimum(*shares)
    order = np.lexsort((candidates, -(shares[0] + shares[1]), -worse))
    return int(candidates[order[0]])


def kalai(first: ArrayLike, second: ArrayLike, *, no_deal: tuple[float, float] = (0, 0)) -> int | None:
    """Index of Kalai's egalitarian solution on a finite set of outcomes: the largest smaller one of the two gains.

    Among the Pareto-efficient outcomes that are no worse than no deal for either (E. Kalai, "Proportional solutions to
    bargaining situations", Econometrica 45, 1977, with equal proportions). Other than Kalai-Smorodinsky's it compares the
    two sides' gains as they are, so it has a meaning only where both are on one scale. Ties go to the larger sum, then to
    the lower index. None if either side can gain nothing.
    """
    a, b = _pair(first, second)
    x, y = a - no_deal[0], b - no_deal[1]
    rational = (x >= 0) & (y >= 0)
    if not rational.any() or min(x[rational].max(), y[rational].max()) <= 0:
        return None
    candidates = np.flatnonzero(rational & pareto_frontier(a, b))
    x, y = x[candidates], y[candidates]
    order = np.lexsort((candidates, -(x + y), -np.minimum(x, y)))
    return int(candidates[order[0]])


def normalised(utilities: ArrayLike, *, no_deal: float) -> FloatArray:
    """Utilities with no deal at 0 and the best outcome at 1.

    Raises
    ------
    MeasureError
        If no outcome is better than no deal: there is no scale then.
    """
    table, _ = _pair(utilities, utilities)
    best = float(table.max()) - no_deal
    if best <= 0:
        raise MeasureError(f"utilities: found at most {table.max()}, expected some above no deal, {no_deal}")
    scaled: FloatArray = (table.astype(np.float64) - no_deal) / best
    return scaled


def distance(point: tuple[float, float], other: tuple[float, float]) -> float:
    """Euclidean distance of two points of the utility space."""
    return math.hypot(point[0] - other[0], point[1] - other[1])


def distance_to_frontier(point: tuple[float, float], first: ArrayLike, second: ArrayLike) -> float:
    """Euclidean distance from ``point`` to the nearest Pareto-efficient outcome."""
    a, b = _pair(first, second)
    frontier = pareto_frontier(a, b)
    return float(np.hypot(a[frontier] - point[0], b[frontier] - point[1]).min())


def welfare_sum(gains: Sequence[int]) -> int:
    """Utilitarian welfare: the sum of all gains."""
    return sum(gains)


def welfare_product(first: int, second: int) -> int:
    """Nash welfare: the product of both gains; 0 unless both gain."""
    return first * second if first > 0 and second > 0 else 0


@dataclass(frozen=True, slots=True)
class Pie:
    """What a deal brought its two sides over the provider, token units."""

    seller: int
    buyer: int

    @property
    def total(self) -> int:
        """Both together."""
        return self.seller + self.buyer

    def seller_share(self) -> float | None:
        """The seller's share of the pie; None if there is no pie to share."""
        return self.seller / self.total if self.total > 0 else None


def pie_of(*, price: int, delivered: int, buy_price: int, sell_price: int) -> Pie:
    """The pie of a delivered trade: seller (price − buy) × delivered, buyer (sell − price) × delivered; exact."""
    return Pie(seller_gain(price, buy_price, delivered), buyer_gain(price, sell_price, delivered))
