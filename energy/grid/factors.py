"""A grid's admittance matrix without the slack, factorised: Y = L·D·Lᵀ, complex symmetric and sparse.

Buses are eliminated by least degree. In a radial grid that goes from the ends of the lines inwards and fills nothing:
L has one entry a line, so that solving takes as long as the grid has lines. Rings fill a little.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from energy.grid.admittance import ComplexArray

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Factors:
    """L and D of Y = L·D·Lᵀ, rows in the order of elimination.

    Attributes
    ----------
    order : ndarray of int, shape (n,)
        Which row of Y is eliminated in each place.
    inverse : ndarray of complex, shape (n,)
        1/D.
    starts : ndarray of int, shape (n + 1,)
        Column k of L below its diagonal is entries ``starts[k]`` to ``starts[k + 1]`` of `rows` and `values`.
    rows : ndarray of int
        Places, all after k.
    values : ndarray of complex
    """

    order: IntArray
    inverse: ComplexArray
    starts: IntArray
    rows: IntArray
    values: ComplexArray


def factorise(matrix: ComplexArray) -> Factors:
    """Factors of a complex symmetric `matrix`, shape (n, n), whose leading blocks are regular, as Y's are."""
    n = len(matrix)
    left = [{int(j): complex(matrix[i, j]) for j in np.flatnonzero(matrix[i])} for i in range(n)]
    remaining = set(range(n))
    order: list[int] = []
    inverse: list[complex] = []
    columns: list[list[tuple[int, complex]]] = []
    while remaining:
        pivot = min(remaining, key=lambda bus: (len(left[bus]), bus))
        remaining.remove(pivot)
        row = left[pivot]
        diagonal = row.pop(pivot)
        for i, a in row.items():
            del left[i][pivot]
            for j, b in row.items():
                left[i][j] = left[i].get(j, 0j) - a * b / diagonal
        order.append(pivot)
        inverse.append(1 / diagonal)
        columns.append([(i, a / diagonal) for i, a in row.items()])
    place = {bus: k for k, bus in enumerate(order)}
    return Factors(
        order=np.array(order, np.int64),
        inverse=np.array(inverse, np.complex128),
        starts=np.cumsum([0, *(len(column) for column in columns)], dtype=np.int64),
        rows=np.array([place[i] for column in columns for i, _ in column], np.int64),
        values=np.array([value for column in columns for _, value in column], np.complex128),
    )
