"""How fair an agreement is: the Nash solution of a session (Definition 7), and distances to it.

An observer's figures: they need both tables, which no agent has.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from market.measures import nash_solution as _largest_product

FloatArray = NDArray[np.float64]


def nash_solution(
    u_a: FloatArray, u_b: FloatArray, no_deal_a: float, no_deal_b: float, *, literal: bool = False
) -> int | None:
    """Flat index of the Nash solution of two tables over the same contracts, both in A's view.

    The largest product of gains over no deal among the contracts that gain both; None where there is none. ``literal``
    takes Eq. 15 as it stands: the largest product of the utilities themselves. These are negative where they are costs,
    and then the product is largest where both sides lose most.
    """
    if literal:
        return int(np.argmax(np.ravel(u_a) * np.ravel(u_b)))
    return _largest_product(np.ravel(u_a), np.ravel(u_b), no_deal=(no_deal_a, no_deal_b))


@dataclass(frozen=True, slots=True)
class NashDistances:
    """Euclidean distances to the Nash solution on utilities normalised per session."""

    solution: int
    """Its flat index."""
    agreement: float | None
    """None where the session failed."""
    no_deal: float


def nash_distances(
    u_a: FloatArray,
    u_b: FloatArray,
    no_deal_a: float,
    no_deal_b: float,
    *,
    agreement: int | None,
    literal: bool = False,
) -> NashDistances | None:
    """Distances of the agreement (a flat index) and of no deal to the Nash solution; None where there is no solution.

    Each side's utilities are brought to [0, 1] by their least and greatest value over the session's domain, no deal
    among it; a side to whom all is equal stands at 0.
    """
    solution = nash_solution(u_a, u_b, no_deal_a, no_deal_b, literal=literal)
    if solution is None:
        return None
    sides = [(np.ravel(u_a), no_deal_a), (np.ravel(u_b), no_deal_b)]
    scales = []
    for table, no_deal in sides:
        spread = max(float(table.max()), no_deal) - min(float(table.min()), no_deal)
        scales.append(1.0 / spread if spread > 0 else 0.0)

    def distance(points: list[float]) -> float:
        return float(
            np.hypot(
                *(
                    (point - table[solution]) * scale
                    for point, (table, _), scale in zip(points, sides, scales, strict=True)
                )
            )
        )

    return NashDistances(
        solution=solution,
        agreement=None if agreement is None else distance([float(table[agreement]) for table, _ in sides]),
        no_deal=distance([no_deal_a, no_deal_b]),
    )
