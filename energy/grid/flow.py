"""The power flow of many steps at once: voltages that carry given powers, by the Z-bus fixed point.

With the slack's voltage V_s given, I = Y·V splits into V = w + Z·I with w = −Y_LL⁻¹·Y_Ls·V_s (the grid with nothing
connected) and Z = Y_LL⁻¹. A bus that draws the power S has I = −conj(S/V), which gives the fixed point

    V ← w − Z·conj(S/V),

from V = w. It is a contraction wherever voltages are operable (T. H. Chen et al., "Distribution system power flow
analysis: a rigid approach", IEEE Trans. Power Delivery 6(3), 1991; uniqueness: S. Bolognani and S. Zampieri, IEEE
Trans. Power Systems 31(1), 2016). One iteration of a block of steps is one matrix product, over the buses at which
something is connected; no Jacobian is ever made. Newton's method, as pandapower has it, is the reference in the tests.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from energy.grid.admittance import KW_PER_BASE, ComplexArray, FloatArray, admittance_matrix
from energy.grid.errors import DivergenceError, PowerError
from energy.grid.model import Grid

TOLERANCE_PU = 1e-11
"""A voltage is found when an iteration moves it by no more than this."""

MOST_ITERATIONS = 200
BLOCK = 1024
"""Steps solved together: their voltages stay in the processor's cache."""


@dataclass(frozen=True, slots=True)
class ZBus:
    """A grid made ready: no-load voltages and the impedance matrix of all buses but the slack.

    Attributes
    ----------
    others : ndarray of int, shape (n,)
        Indices of the buses but the slack.
    no_load : ndarray of complex, shape (n,)
        w [p.u.].
    impedance : ndarray of complex, shape (n, n)
        Z [p.u.].
    """

    grid: Grid
    others: NDArray[np.int64]
    no_load: ComplexArray
    impedance: ComplexArray


def z_bus(grid: Grid) -> ZBus:
    """Factorise `grid` once for any number of steps."""
    matrix = admittance_matrix(grid)
    others = np.delete(np.arange(len(grid.buses)), grid.slack)
    impedance = np.asarray(np.linalg.inv(matrix[np.ix_(others, others)]), np.complex128)
    no_load = np.asarray(-impedance @ matrix[others, grid.slack] * grid.slack_pu, np.complex128)
    return ZBus(grid, others, no_load, impedance)


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
    ready = z_bus(grid)
    loaded = np.flatnonzero((active != 0).any(axis=0) | (reactive != 0).any(axis=0))
    position = np.full(len(grid.buses), -1)
    position[ready.others] = np.arange(len(ready.others))
    loaded = loaded[position[loaded] >= 0]  # what is drawn at the slack moves no voltage
    at = position[loaded]
    inner = np.ascontiguousarray(ready.impedance[np.ix_(at, at)].T)
    outer = np.ascontiguousarray(ready.impedance[:, at].T)
    start = ready.no_load[at]
    for first in range(0, len(active), block):
        span = slice(first, min(first + block, len(active)))
        drawn = np.empty((span.stop - first, len(loaded)), np.complex128)
        drawn.real = active[span][:, loaded] / KW_PER_BASE
        drawn.imag = -reactive[span][:, loaded] / KW_PER_BASE
        current = _fixed_point(grid, loaded, first, drawn, start, inner, tolerance_pu, most_iterations)
        voltage = np.empty((len(drawn), len(grid.buses)), np.complex128)
        voltage[:, grid.slack] = grid.slack_pu
        voltage[:, ready.others] = ready.no_load - current @ outer
        yield span, voltage


def _fixed_point(
    grid: Grid,
    loaded: NDArray[np.int64],
    first: int,
    drawn: ComplexArray,
    start: ComplexArray,
    inner: ComplexArray,
    tolerance_pu: float,
    most_iterations: int,
) -> ComplexArray:
    """Currents drawn at the loaded buses, shape (steps, loaded) [p.u.]; `drawn` is conj(S)."""
    voltage = np.broadcast_to(start, drawn.shape).copy()
    change = np.zeros(drawn.shape)
    # Beyond the nose of the curve the iterates run off, or to 0; that is told by the count, not by warnings.
    with np.errstate(all="ignore"):
        current = drawn / voltage.conj()
        for _ in range(most_iterations):
            following = start - current @ inner
            change = np.abs(following - voltage)
            voltage = following
            current = drawn / voltage.conj()
            if not change.size or change.max() <= tolerance_pu:
                return current
    worst = np.where(np.isfinite(change), change, np.inf)
    step, bus = np.unravel_index(int(worst.argmax()), worst.shape)
    raise DivergenceError(
        first + int(step),
        grid.buses[loaded[bus]].name,
        float(worst[step, bus]),
        most_iterations,
        tolerance_pu,
    )


def solve(grid: Grid, p_kw: ArrayLike, q_kvar: ArrayLike = 0.0) -> ComplexArray:
    """Voltages [p.u.], shape (steps, buses), at which `grid` carries the powers drawn (see `solve_blocks`)."""
    active, reactive = powers(grid, p_kw, q_kvar)
    out = np.empty(active.shape, np.complex128)
    for span, voltage in solve_blocks(grid, active, reactive):
        out[span] = voltage
    return out
