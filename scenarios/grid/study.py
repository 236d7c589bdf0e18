"""Courses put on a grid: its state under each, and the figures they are compared by."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from energy.grid import (
    POWER_FACTOR,
    Grid,
    GridError,
    GridState,
    Placement,
    PlacementRule,
    background,
    bus_powers,
    grid_state,
    load_grid,
    load_grids,
    place,
    smallest_for,
)
from scenarios.grid.courses import Course, Courses

FloatArray = NDArray[np.float64]
Progress = Callable[[str, int, int], None]
"""(what is being done, how many steps of it are over, how many there are)"""

WIDE_PU, NARROW_PU = 0.10, 0.03
"""Bands about the rated voltage: ±10 % is what EN 50160 allows at a connection; ±3 % a narrow one to compare by."""


class Background(StrEnum):
    """Who is on the grid beside the homes."""

    CUSTOMERS = "customers"
    """The data set's other customers, each with its own profile at the same time."""
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """How homes meet the grid.

    Attributes
    ----------
    grid : str or None
        Name of a shipped grid; None: the one with fewest customers that has a connection for every home.
    rule : PlacementRule
        Which customers give way to homes.
    background : Background
    power_factor : float
        cos φ of a home that draws, inductive; what it feeds in has 1.
    slack_pu : float or None
        Voltage above the transformer [p.u.]; None: the data set's.
    seed : int
        Of places that are drawn.
    """

    grid: str | None = None
    rule: PlacementRule = PlacementRule.FAR
    background: Background = Background.CUSTOMERS
    power_factor: float = POWER_FACTOR
    slack_pu: float | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a grid's state comes down to; voltages at the connections, of homes and of other customers.

    ``share_outside_10`` and ``share_outside_3`` are shares of the steps in which a connection is outside ±10 % and
    ±3 % of its rated voltage; ``mean_worst_line_percent`` is about the line that the first course loads most;
    drawn and fed back is what passes the transformer (``most_fed_back_kw`` negative where nothing ever is).
    """

    least_pu: float
    most_pu: float
    share_outside_10: float
    share_outside_3: float
    most_line_percent: float
    mean_worst_line_percent: float
    most_transformer_percent: float
    most_drawn_kw: float
    most_fed_back_kw: float
    drawn_kwh: float
    fed_back_kwh: float
    losses_kwh: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """One course on the grid; powers at each bus are kept for the reference, shape (steps, buses) [kW, kvar]."""

    course: Course
    p_kw: FloatArray
    q_kvar: FloatArray
    state: GridState
    figures: Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """A grid with every course on it.

    ``connections`` are the buses at which somebody is connected: where voltages count. ``worst_line`` is the line
    that the first course loads most at any moment.
    """

    courses: Courses
    setting: Setting
    grid: Grid
    placement: Placement
    connections: tuple[int, ...]
    worst_line: int
    outcomes: tuple[Outcome, ...]

    def as_json(self) -> dict[str, Any]:
        """What ``grid --json`` prints of it."""
        return {
            "name": self.courses.name,
            "grid": self.grid.name,
            "homes": len(self.courses.homes),
            "steps": self.courses.steps,
            "rule": self.setting.rule.value,
            "background": self.setting.background.value,
            "power_factor": self.setting.power_factor,
            "slack_pu": self.grid.slack_pu,
            "worst_line": self.grid.lines[self.worst_line].name,
            "outcomes": {outcome.course.key: asdict(outcome.figures) for outcome in self.outcomes},
        }


def study(courses: Courses, setting: Setting, progress: Progress = lambda what, done, total: None) -> Study:
    """Put every course of `courses` on the grid of `setting`.

    Raises
    ------
    GridError, TooManyHomesError, PowerError
        If the setting does not fit.
    DivergenceError
        If the grid cannot carry a step.
    """
    homes = len(courses.homes)
    grid = (
        smallest_for(list(load_grids().values()), homes) if setting.grid is None else load_grid(setting.grid)
    )
    if setting.slack_pu is not None:
        grid = replace(grid, slack_pu=setting.slack_pu)
    placement = place(grid, homes, setting.rule, rng=np.random.default_rng(setting.seed))
    others = _others(courses, setting, placement)
    connections = sorted(
        {*placement.buses} | ({customer.bus for customer in grid.customers} if others is not None else set())
    )
    powers, states = [], []
    for course in courses.courses:
        p_kw, q_kvar = bus_powers(placement, course.kw, setting.power_factor)
        if others is not None:
            p_kw += others[0]
            q_kvar += others[1]
        on_steps = partial(_tell, progress, f"Power flow: {course.label}", courses.steps)
        powers.append((p_kw, q_kvar))
        states.append(grid_state(grid, p_kw, q_kvar, on_steps=on_steps))
    worst = int(states[0].line_percent.max(axis=0).argmax())
    return Study(
        courses=courses,
        setting=setting,
        grid=grid,
        placement=placement,
        connections=tuple(connections),
        worst_line=worst,
        outcomes=tuple(
            Outcome(course, *drawn, state, figures(state, connections, worst, courses.interval_h))
            for course, drawn, state in zip(courses.courses, powers, states, strict=True)
        ),
    )


def _tell(progress: Progress, what: str, total: int, done: int) -> None:
    progress(what, done, total)


def _others(courses: Courses, setting: Setting, placement: Placement) -> tuple[FloatArray, FloatArray] | None:
    if setting.background is Background.NONE:
        return None
    if courses.rows is None or courses.interval_h != 0.25:
        rule = "none: the other customers' profiles are quarter hours of the SimBench year, and these courses are not"
        raise GridError("background", setting.background.value, rule)
    return background(placement, courses.rows)


def figures(state: GridState, connections: Sequence[int], line: int, interval_h: float) -> Figures:
    """The figures of `state`, voltages taken at the buses `connections`, with `line` as the one to compare by."""
    voltage = state.voltage_pu[:, list(connections)]
    low, high = voltage.min(axis=1), voltage.max(axis=1)

    def outside(band: float) -> float:
        return float(((low < 1 - band) | (high > 1 + band)).mean())

    return Figures(
        least_pu=float(low.min()),
        most_pu=float(high.max()),
        share_outside_10=outside(WIDE_PU),
        share_outside_3=outside(NARROW_PU),
        most_line_percent=float(state.line_percent.max()),
        mean_worst_line_percent=float(state.line_percent[:, line].mean()),
        most_transformer_percent=float(state.transformer_percent.max()),
        most_drawn_kw=float(state.supply_kw.max()),
        most_fed_back_kw=float(-state.supply_kw.min()),
        drawn_kwh=float(np.maximum(state.supply_kw, 0).sum()) * interval_h,
        fed_back_kwh=float(np.maximum(-state.supply_kw, 0).sum()) * interval_h,
        losses_kwh=float(state.losses_kw.sum()) * interval_h,
    )
