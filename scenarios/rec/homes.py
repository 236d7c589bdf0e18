"""The courses of a case's homes: load and roof of each, cut to the week and the horizon after it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from energy.profiles import (
    PV_YIELD_KWH_PER_KWP,
    OwnProfiles,
    ProfileSet,
    load_simbench,
    read_profiles,
    week_rows,
)
from scenarios.errors import ScenarioError
from scenarios.rec.load import CaseFile
from scenarios.rec.schema import AgentTable

FloatArray = NDArray[np.float64]
STEPS_PER_DAY = 96


@dataclass(frozen=True, slots=True)
class Home:
    """One home's courses.

    Attributes
    ----------
    load_kwh, pv_kwh : ndarray, shape (periods + horizon,)
        Energy of each interval [kWh].
    mean_load_kwh : float
        Over the whole year [kWh an interval], or over the whole CSV file.
    kwp : float
        Size of the roof [kW peak]; NaN where a CSV column gives its course.
    """

    load_kwh: FloatArray
    pv_kwh: FloatArray
    mean_load_kwh: float
    kwp: float

    @property
    def net_kwh(self) -> FloatArray:
        """Load less generation (Eq. 3) [kWh]."""
        return self.load_kwh - self.pv_kwh


@dataclass(frozen=True, slots=True)
class Homes:
    """All homes of a case, and whose data they are made of."""

    homes: tuple[Home, ...]
    source: str
    data_sha256: str


def build_homes(case: CaseFile, agents: tuple[AgentTable, ...], week: int) -> Homes:
    """The homes of `agents` in `week` (1 to 52, from 1 January) and the horizon after it.

    Raises
    ------
    ScenarioError
        Where a profile is not there, or ends before the horizon.
    """
    data, plan = case.table.data, case.table.plan
    if data.source == "csv":
        file = case.path.parent / str(data.file)
        own = read_profiles(file, interval_h=plan.interval_h)
        needed = plan.periods + plan.horizon
        if own.rows < needed:
            expected = (
                f"at least plan.periods + plan.horizon = {needed}: profiles must not end before the horizon"
            )
            raise ScenarioError(file, "rows", str(own.rows), expected)
        homes = tuple(_own(case, k, agent, own) for k, agent in enumerate(agents))
        return Homes(homes, own.file, own.sha256)
    year = load_simbench()
    if plan.interval_h != year.interval_h:
        raise ScenarioError(
            case.path, "plan.interval_h", str(plan.interval_h), f"{year.interval_h}, SimBench's interval"
        )
    homes = tuple(_simbench(case, k, agent, year, week) for k, agent in enumerate(agents))
    return Homes(homes, year.source, year.sha256)


def _own(case: CaseFile, number: int, agent: AgentTable, own: OwnProfiles) -> Home:
    plan = case.table.plan
    span = slice(plan.periods + plan.horizon)

    def course(place: str, column: str | None) -> FloatArray:
        if column is None or column not in own.power_kw:
            found = "none" if column is None else repr(column)
            expected = f"a column of {own.file}: one of {', '.join(own.power_kw)}"
            raise ScenarioError(case.path, f"agent[{number + 1}].{place}.column", found, expected)
        return np.asarray(own.power_kw[column]) * plan.interval_h

    load = course("load", agent.load.column)
    pv = np.zeros_like(load) if agent.pv is None else course("pv", agent.pv.column)
    return Home(load[span], pv[span], float(load.mean()), float("nan") if agent.pv else 0.0)


def _simbench(case: CaseFile, number: int, agent: AgentTable, year: ProfileSet, week: int) -> Home:
    plan, place = case.table.plan, f"agent[{number + 1}]"
    annual = agent.load.annual_kwh
    if agent.load.profile not in year.load_names:
        raise _unknown(case.path, f"{place}.load.profile", agent.load.profile, year.load_names)
    if annual is None:
        raise ScenarioError(case.path, f"{place}.load.annual_kwh", "none", "kWh a year")
    # The year is a ring: what lies beyond its last row is taken from its first ones.
    first = week_rows(week, rows=year.rows).start
    rows = np.arange(first, first + plan.periods + plan.horizon)
    load = year.load_kw(str(agent.load.profile), annual_kwh=annual) * plan.interval_h
    kwp, pv = 0.0, np.zeros(year.rows)
    if agent.pv is not None:
        if agent.pv.profile not in year.pv_names:
            raise _unknown(case.path, f"{place}.pv.profile", agent.pv.profile, year.pv_names)
        kwp = annual / PV_YIELD_KWH_PER_KWP if agent.pv.kwp is None else agent.pv.kwp
        pv = year.pv_kw(str(agent.pv.profile), kwp=kwp) * plan.interval_h
    return Home(
        load_kwh=load.take(rows + agent.load.shift_days * STEPS_PER_DAY, mode="wrap"),
        pv_kwh=pv.take(rows, mode="wrap"),
        mean_load_kwh=float(load.mean()),
        kwp=kwp,
    )


def _unknown(path: Path, place: str, found: object, names: tuple[str, ...]) -> ScenarioError:
    return ScenarioError(path, place, repr(found), f"one of {', '.join(names)}")
