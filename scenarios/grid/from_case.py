"""Courses of a cooperative: its simulation without batteries (s0), with them alone (s1), and with loans (s2)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agents.cooperative.mechanism import Mechanism
from agents.cooperative.record import WeekRecord
from agents.cooperative.week import no_flexibility, simulate
from energy.profiles import week_rows
from scenarios.grid.courses import Course, Courses
from scenarios.rec.build import Case, build_case
from scenarios.rec.homes import build_homes
from scenarios.rec.load import load_case

FloatArray = NDArray[np.float64]

Progress = Callable[[str, int, int], None]
"""(what is being done, how many steps of it are over, how many there are)"""

YEAR_STEPS = 35_136
"""Quarter hours of the SimBench year, a leap year."""


def case_courses(
    name: str | Path,
    *,
    week: int | None = None,
    seed: int | None = None,
    year: bool = False,
    exchange: bool = True,
    mechanism: Mechanism | None = None,
    workers: int = 1,
    progress: Progress = lambda what, done, total: None,
) -> Courses:
    """Simulate the case `name` and give what its homes' connections carry.

    Parameters
    ----------
    year : bool
        The whole year from 1 January instead of the case's week.
    exchange : bool
        Also with loans; without, the simulation takes seconds even for a year.
    mechanism : Mechanism, optional
        How loans come about; the case's own if not given.

    Raises
    ------
    ScenarioError
        If the case is wrong.
    """
    case = build_case(name, week=week, seed=seed)
    rows: slice | None
    if year:
        case, rows = _whole_year(case, name), slice(0, YEAR_STEPS)
    else:
        rows = week_rows(case.week)
        rows = slice(rows.start, rows.start + case.plan.periods)
    if load_case(name).table.data.source != "simbench" or (rows.stop or 0) > YEAR_STEPS:
        rows = None
    courses = [
        Course(
            "s0", "no battery", _kw(case, no_flexibility(case.members, net_kwh=case.net_kwh, plan=case.plan))
        )
    ]
    told = "Own batteries"

    def on_period(done: int, total: int) -> None:
        progress(told, done, total)

    alone = simulate(case.members, net_kwh=case.net_kwh, plan=case.plan, seed=case.seed, on_period=on_period)
    courses.append(Course("s1", "own battery", _kw(case, alone)))
    if exchange:
        told = "Negotiating"
        lent = simulate(
            case.members,
            net_kwh=case.net_kwh,
            plan=case.plan,
            mechanism=case.mechanism if mechanism is None else mechanism,
            seed=case.seed,
            workers=workers,
            on_period=on_period,
        )
        courses.append(Course("s2", "loans, then own battery", _kw(case, lent)))
    return Courses(
        name=case.name,
        title=case.title + (", a year" if year else f", week {case.week}"),
        homes=_names([member.name for member in case.members]),
        courses=tuple(courses),
        interval_h=case.members[0].model.battery.interval_h,
        rows=rows,
        source=case.source,
    )


def _names(members: Sequence[str]) -> tuple[str, ...]:
    """Members of a case are numbered; a home on a grid has a name."""
    return tuple(f"home {name}" if name.isdecimal() else name for name in members)


def _kw(case: Case, record: WeekRecord) -> FloatArray:
    """net + P of Eq. 4 without the exchange, which is what crosses the connection [kW]."""
    return (record.net + record.flow) / case.members[0].model.battery.interval_h


def _whole_year(case: Case, name: str | Path) -> Case:
    """`case` over the whole year; what lies beyond its last row is taken from its first, as the homes' courses do."""
    file = load_case(name)
    plan = file.table.plan.model_copy(update={"periods": YEAR_STEPS})
    file = replace(file, table=file.table.model_copy(update={"plan": plan}))
    homes = build_homes(file, case.rows, 1)
    return replace(
        case,
        homes=homes.homes,
        net_kwh=np.stack([home.net_kwh for home in homes.homes]),
        plan=replace(case.plan, periods=YEAR_STEPS),
    )
