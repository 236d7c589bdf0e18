"""What a grid is like over many steps: voltages, how far lines and transformer are loaded, what is lost."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from energy.grid.admittance import BASE_MVA, KW_PER_BASE, ComplexArray, FloatArray, branches
from energy.grid.flow import powers, solve_blocks
from energy.grid.model import Grid


@dataclass(frozen=True, slots=True)
class GridState:
    """The state of a grid in each step.

    Attributes
    ----------
    voltage_pu : ndarray, shape (steps, buses)
        Magnitude of each bus's voltage [p.u. of its rated voltage].
    line_percent : ndarray, shape (steps, lines)
        Current of each line, at the end where it is larger, over its thermal limit [%].
    transformer_percent : ndarray, shape (steps,)
        Current of the transformer, on the side where it is larger, over its rated one [%].
    losses_kw : ndarray, shape (steps,)
        What lines and transformer turn into heat [kW].
    supply_kw : ndarray, shape (steps,)
        Power from the medium voltage into the transformer [kW]; negative when the grid feeds it back.
    """

    voltage_pu: FloatArray
    line_percent: FloatArray
    transformer_percent: FloatArray
    losses_kw: FloatArray
    supply_kw: FloatArray


class _Meter:
    """Turns voltages into the other figures of a state."""

    def __init__(self, grid: Grid) -> None:
        self._ports = branches(grid)
        rated = np.array([bus.rated_kv for bus in grid.buses])
        # BASE_MVA / (√3 kV) is kA.
        base_a = BASE_MVA / (np.sqrt(3) * rated) * 1000
        transformer = grid.transformer
        full_hv = transformer.rated_kva / (np.sqrt(3) * transformer.hv_kv)
        full_lv = transformer.rated_kva / (np.sqrt(3) * transformer.lv_kv)
        limits = np.array([line.limit_a for line in grid.lines])
        self._start_percent = 100 * base_a[self._ports.start] / np.append(limits, full_hv)
        self._end_percent = 100 * base_a[self._ports.end] / np.append(limits, full_lv)

    def __call__(self, voltage: ComplexArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Loading of each branch [%], losses and supply [kW] from voltages of shape (steps, buses)."""
        ports = self._ports
        at_start, at_end = voltage[:, ports.start], voltage[:, ports.end]
        into_start = at_start * ports.ff + at_end * ports.ft
        into_end = at_start * ports.tf + at_end * ports.tt
        percent = np.maximum(np.abs(into_start) * self._start_percent, np.abs(into_end) * self._end_percent)
        start_kw = (at_start * into_start.conj()).real * KW_PER_BASE
        end_kw = (at_end * into_end.conj()).real * KW_PER_BASE
        return percent, (start_kw + end_kw).sum(axis=1), start_kw[:, -1]


def grid_state(
    grid: Grid,
    p_kw: ArrayLike,
    q_kvar: ArrayLike = 0.0,
    *,
    on_steps: Callable[[int], None] = lambda done: None,
) -> GridState:
    """The state of `grid` while `p_kw` and `q_kvar` (positive: drawn), shape (steps, buses), are connected.

    `on_steps` is called with the number of steps that are solved.
    """
    active, reactive = powers(grid, p_kw, q_kvar)
    meter = _Meter(grid)
    steps = len(active)
    state = GridState(
        voltage_pu=np.empty((steps, len(grid.buses))),
        line_percent=np.empty((steps, len(grid.lines))),
        transformer_percent=np.empty(steps),
        losses_kw=np.empty(steps),
        supply_kw=np.empty(steps),
    )
    for span, voltage in solve_blocks(grid, active, reactive):
        percent, losses, supply = meter(voltage)
        state.voltage_pu[span] = np.abs(voltage)
        state.line_percent[span] = percent[:, :-1]
        state.transformer_percent[span] = percent[:, -1]
        state.losses_kw[span] = losses
        state.supply_kw[span] = supply
        on_steps(span.stop)
    return state
