"""A year of per-unit profiles by name, and what scales and cuts them.

Scaling always sees the whole year, so that "4,000 kWh a year" means the same for a winter day and a summer week; cut
afterwards with `day_rows` or `week_rows`. Rows are counted, not dated: labels of local time jump at the clock changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from energy.errors import ScaleError

FloatArray = NDArray[np.float64]

STEPS_PER_DAY = 96
PV_YIELD_KWH_PER_KWP = 950.0
"""What a roof gives in a year in central Europe; the SimBench columns give 574 to 697 kWh per unit."""


@dataclass(frozen=True, slots=True)
class ProfileSet:
    """Per-unit profiles of one year.

    Attributes
    ----------
    columns : Mapping of str to ndarray, shape (rows,)
        Read-only arrays, in fractions of each profile's own rated power.
    interval_h : float
        Length of a row [h].
    year : int
        The calendar year; row 0 starts at its first midnight, and rows never jump (standard time throughout).
    source : str
        Whose data it is, as to be named wherever it is shown.
    sha256 : str
        Of the file that it was read from.
    """

    columns: Mapping[str, FloatArray]
    interval_h: float
    year: int
    source: str
    sha256: str

    def __post_init__(self) -> None:
        lengths = {len(values) for values in self.columns.values()}
        if len(lengths) != 1:
            raise ScaleError("columns", sorted(lengths), "one or more columns of one length")
        frozen = {}
        for name, values in self.columns.items():
            array = np.array(values, np.float64)
            array.flags.writeable = False
            frozen[name] = array
        object.__setattr__(self, "columns", MappingProxyType(frozen))

    def __getitem__(self, name: str) -> FloatArray:
        """The per-unit profile `name`, shape (rows,), read-only."""
        try:
            return self.columns[name]
        except KeyError:
            raise ScaleError("profile", name, f"one of {', '.join(self.columns)}") from None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all columns, loads first."""
        return tuple(self.columns)

    @property
    def load_names(self) -> tuple[str, ...]:
        """Names of the household loads."""
        return tuple(name for name in self.columns if not name.startswith("PV"))

    @property
    def pv_names(self) -> tuple[str, ...]:
        """Names of the PV generation profiles."""
        return tuple(name for name in self.columns if name.startswith("PV"))

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(next(iter(self.columns.values())))

    def load_kw(
        self, name: str, *, annual_kwh: float | None = None, peak_kw: float | None = None
    ) -> FloatArray:
        """The load `name` over the year [kW], scaled to a year's energy [kWh] or to its peak [kW]: give one."""
        if (annual_kwh is None) == (peak_kw is None):
            raise ScaleError("annual_kwh, peak_kw", (annual_kwh, peak_kw), "exactly one of the two")
        if name not in self.load_names:
            raise ScaleError("load", name, f"one of {', '.join(self.load_names)}")
        if annual_kwh is not None:
            return scale_to_annual_kwh(self[name], annual_kwh, interval_h=self.interval_h)
        assert peak_kw is not None
        return scale_to_peak_kw(self[name], peak_kw)

    def pv_kw(self, name: str, *, kwp: float, kwh_per_kwp: float = PV_YIELD_KWH_PER_KWP) -> FloatArray:
        """The generation `name` over the year [kW] of a roof of `kwp`, at a yearly yield of `kwh_per_kwp`."""
        if name not in self.pv_names:
            raise ScaleError("pv", name, f"one of {', '.join(self.pv_names)}")
        return scale_to_yield(self[name], kwp, kwh_per_kwp=kwh_per_kwp, interval_h=self.interval_h)


def _positive_sum(profile: FloatArray) -> float:
    total = float(profile.sum())
    if not (np.isfinite(total) and total > 0):
        raise ScaleError("profile", total, "a finite sum above 0")
    return total


def _target(key: str, value: float) -> float:
    if not (np.isfinite(value) and value >= 0):
        raise ScaleError(key, value, "finite and at least 0")
    return value


def scale_to_annual_kwh(profile: FloatArray, annual_kwh: float, *, interval_h: float = 0.25) -> FloatArray:
    """`profile` (a whole year, any unit) in kW, so that its rows give `annual_kwh` [kWh] together."""
    return profile * (_target("annual_kwh", annual_kwh) / (_positive_sum(profile) * interval_h))


def scale_to_peak_kw(profile: FloatArray, peak_kw: float) -> FloatArray:
    """`profile` (a whole year, any unit) in kW, so that its largest row is `peak_kw` [kW]."""
    _positive_sum(profile)
    return profile * (_target("peak_kw", peak_kw) / float(profile.max()))


def scale_to_yield(
    profile: FloatArray, kwp: float, *, kwh_per_kwp: float = PV_YIELD_KWH_PER_KWP, interval_h: float = 0.25
) -> FloatArray:
    """`profile` (a whole year) in kW of a roof of `kwp` [kW peak] that gives `kwh_per_kwp` [kWh/kWp] in the year."""
    annual_kwh = _target("kwp", kwp) * _target("kwh_per_kwp", kwh_per_kwp)
    return scale_to_annual_kwh(profile, annual_kwh, interval_h=interval_h)


def rows_from(first: int, count: int, *, rows: int) -> slice:
    """The slice of `count` rows from row `first`, refused where the year of `rows` rows has not that many."""
    if first < 0 or count < 1 or first + count > rows:
        raise ScaleError("rows", (first, first + count), f"inside [0, {rows}), at least one row")
    return slice(first, first + count)


def day_rows(day: int | date, *, days: int = 1, rows: int = 366 * STEPS_PER_DAY, year: int = 2016) -> slice:
    """Rows of `days` days from `day`: the day's number, 1 on 1 January, or a date in `year`."""
    if isinstance(day, date) and day.year != year:
        raise ScaleError("day", day.isoformat(), f"a date in {year}")
    number = day.timetuple().tm_yday if isinstance(day, date) else day
    return rows_from((number - 1) * STEPS_PER_DAY, days * STEPS_PER_DAY, rows=rows)


def week_rows(week: int, *, weeks: int = 1, rows: int = 366 * STEPS_PER_DAY) -> slice:
    """Rows of `weeks` weeks of seven days from `week`; week 1 starts on 1 January, whatever day of the week that is."""
    return day_rows((week - 1) * 7 + 1, days=weeks * 7, rows=rows)
