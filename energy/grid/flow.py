"""The power flow of many steps at once: voltages that carry given powers, by the Z-bus fixed point.

With the slack's voltage V_s given, I = Y·V splits into V = w + Z·I with w = −Y_LL⁻¹·Y_Ls·V_s (the grid with nothing
connected) and Z = Y_LL⁻¹. A bus that draws the power S has I = −conj(S/V), which gives the fixed point

    V ← w − Z·conj(S/V),

from V = w. It is a contraction wherever voltages are operable (T. H. Chen et al., "Distribution system power flow
analysis: a rigid approach", IEEE Trans. Power Delivery 6(3), 1991; uniqueness: S. Bolognani and S. Zampieri, IEEE
Trans. Power Systems 31(1), 2016). Z is never formed: Y_LL is factorised once (``energy.grid.factors``), and a compiled
loop uses its few factors in every step (``energy.grid.fixed_point``). Newton's method, as pandapower has it, is the
reference in the tests.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from energy.grid.admittance import KW_PER_BASE, ComplexArray, FloatArray, admittance_matrix
from energy.grid.errors import DivergenceError, PowerError
from energy.grid.factors import factorise
from energy.grid.fixed_point import fixed_point
from energy.grid.model import Grid

TOLERANCE_PU = 1e-11
"""A voltage is found when an iteration moves it by no more than this."""

MOST_ITERATIONS = 200
BLOCK = 1024
"""Steps between two reports of progress: small enough for their arrays to stay in the processor's cache."""


def powers(grid: Grid, p_kw: ArrayLike, q_kvar: ArrayLike = 0.0) -> tuple[FloatArray, FloatArray]:
    """`p_kw` and `q_kvar` as arrays of shape (steps, buses), checked; a single number is meant for every entry.

    Raises
    ------
    PowerError
        If the shape is another, or an entry is not finite.
    """
    active = np.asarray(p_kw, np.float64)
    if active.ndim != 2 or active.shape[1] != len(grid.buses):
        raise PowerError("p_kw", active.shape, f"shape (steps, {len(grid.buses)})")
    reactive = np.asarray(q_kvar, np.float64)
    if reactive.ndim and reactive.shape != active.shape:
        raise PowerError("q_kvar", reactive.shape, f"shape {active.shape}, or one number")
    for key, values in (("p_kw", active), ("q_kvar", reactive)):
        if not np.isfinite(values).all():
            raise PowerError(key, float(values[~np.isfinite(values)].flat[0]), "finite numbers")
    return active, np.broadcast_to(reactive, active.shape)


def solve_blocks(
    grid: Grid,
    p_kw: ArrayLike,
    q_kvar: ArrayLike = 0.0,
    *,
    tolerance_pu: float = TOLERANCE_PU,
    most_iterations: int = MOST_ITERATIONS,
    block: int = BLOCK,
) -> Iterator[tuple[slice, ComplexArray]]:
    """Voltages of `block` steps after another: pairs of (which steps, voltages [p.u.] of shape (of them, buses)).

    Parameters
    ----------
    p_kw, q_kvar : array_like, shape (steps, buses)
        Active and reactive power drawn at each bus (positive: load, inductive) [kW, kvar].

    Raises
    ------
    PowerError
        If a power is of the wrong shape or not finite.
    DivergenceError
        If no voltage carries the powers of a step.
    """
    active, reactive = powers(grid, p_kw, q_kvar)
    matrix = admittance_matrix(grid)
    others = np.delete(np.arange(len(grid.buses)), grid.slack)
    inner = matrix[np.ix_(others, others)]
    factors = factorise(inner)
    order = others[factors.order]
    supplied = np.linalg.solve(inner, -matrix[others, grid.slack] * grid.slack_pu)
    no_load = np.asarray(supplied[factors.order], np.complex128)
    for first in range(0, len(active), block):
        span = slice(first, min(first + block, len(active)))
        drawn = np.empty((span.stop - first, len(order)), np.complex128)
        drawn.real = active[span][:, order] / KW_PER_BASE
        drawn.imag = -reactive[span][:, order] / KW_PER_BASE
        found = np.empty_like(drawn)
        step, worst, moved = fixed_point(
            drawn,
            no_load,
            factors.inverse,
            factors.starts,
            factors.rows,
            factors.values,
            tolerance_pu,
            most_iterations,
            found,
        )
        if step >= 0:
            bus = grid.buses[order[worst]].name
            raise DivergenceError(first + step, bus, moved, most_iterations, tolerance_pu)
        voltage = np.empty(active[span].shape, np.complex128)
        voltage[:, grid.slack] = grid.slack_pu
        voltage[:, order] = found
        yield span, voltage


def solve(grid: Grid, p_kw: ArrayLike, q_kvar: ArrayLike = 0.0) -> ComplexArray:
    """Voltages [p.u.], shape (steps, buses), at which `grid` carries the powers drawn (see `solve_blocks`)."""
    active, reactive = powers(grid, p_kw, q_kvar)
    out = np.empty(active.shape, np.complex128)
    for span, voltage in solve_blocks(grid, active, reactive):
        out[span] = voltage
    return out
