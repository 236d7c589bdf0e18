"""The compiled loop of the power flow: the Z-bus fixed point of one step after another."""

import numpy as np
from numpy.typing import NDArray

from energy.compiled import compiled

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]
IntArray = NDArray[np.int64]


@compiled
def fixed_point(
    drawn: ComplexArray,
    no_load: ComplexArray,
    inverse: ComplexArray,
    starts: IntArray,
    rows: IntArray,
    values: ComplexArray,
    tolerance: float,
    most_iterations: int,
    voltage: ComplexArray,
) -> tuple[int, int, float]:
    """Iterate V ← w − (L·D·Lᵀ)⁻¹·conj(S/V) from V = w until no bus moves by more than `tolerance` [p.u.].

    Parameters
    ----------
    drawn : ndarray of complex, shape (steps, n)
        conj(S) at each bus [p.u.], buses in the order of the factors.
    no_load : ndarray of complex, shape (n,)
        w [p.u.].
    inverse, starts, rows, values
        The factors (``energy.grid.factors``).
    voltage : ndarray of complex, shape (steps, n)
        Is filled with V.

    Returns
    -------
    tuple of (int, int, float)
        The first step that did not converge, the place of its bus that still moves most, and how far [p.u.]; step −1 if
        all did. Nothing after that step is solved.
    """
    steps, n = drawn.shape
    current = np.empty(n, np.complex128)
    for step in range(steps):
        for k in range(n):
            voltage[step, k] = no_load[k]
        worst, moved = 0, 0.0
        for _ in range(most_iterations):
            for k in range(n):
                v = voltage[step, k]
                # S/V conjugated is conj(S)/conj(V) = conj(S)·V/|V|².
                current[k] = drawn[step, k] * v / (v.real * v.real + v.imag * v.imag)
            for k in range(n):
                for entry in range(starts[k], starts[k + 1]):
                    current[rows[entry]] -= values[entry] * current[k]
            for k in range(n - 1, -1, -1):
                solved = current[k] * inverse[k]
                for entry in range(starts[k], starts[k + 1]):
                    solved -= values[entry] * current[rows[entry]]
                current[k] = solved
            worst, moved = 0, 0.0
            for k in range(n):
                following = no_load[k] - current[k]
                change = following - voltage[step, k]
                square = change.real * change.real + change.imag * change.imag
                # Negated, so that what is no number counts as moving.
                if not square <= moved:
                    worst, moved = k, square
                voltage[step, k] = following
            if moved <= tolerance * tolerance:
                break
        if not moved <= tolerance * tolerance:
            return step, worst, np.sqrt(moved)
    return -1, 0, 0.0
