"""A user's own profiles: a CSV file with units in its header.

    time,home1.load [kW],home1.pv [kW],firm.gas [m3]
    2024-06-03T00:00+02:00,0.31,0.0,12.5

The first column is ``time``: the start of each interval, ISO 8601, with an offset (or Z), or all without one. The others
are ``owner.kind [unit]``. Power kinds (``load``, ``pv``, ``net``) come in kW, W, or energy an interval (kWh, Wh) and
are read as kW; gas kinds (``gas``, ``gas_production``, ``gas_consumption``, ``gas_net``) come in volumes an interval
(m3, l) or rates (m3/h, l/h) and are read as litres an interval. Only the ``net`` kinds may be negative. Nothing is
repaired: a gap, a doubled hour or an empty cell is refused, because a filled one would be settled as if it were real.
"""

import csv
import io
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from energy.profiles.errors import (
    ProfileColumnError,
    ProfileFileError,
    ProfileTimeError,
    ProfileUnitError,
    ProfileValueError,
)
from energy.profiles.packing import digest

FloatArray = NDArray[np.float64]

POWER_KINDS = ("load", "pv", "net")
GAS_KINDS = ("gas", "gas_production", "gas_consumption", "gas_net")
SIGNED_KINDS = ("net", "gas_net")
_HEADER = re.compile(r"^(?P<name>[^\[\]]*?)\s*(?:\[(?P<unit>[^\[\]]*)\])?$")


@dataclass(frozen=True, slots=True)
class OwnProfiles:
    """What a user's file holds, in one set of units.

    Attributes
    ----------
    power_kw : Mapping of str to ndarray, shape (rows,)
        Mean power of each interval [kW], by the column's name without its unit (``home1.load``).
    gas_litres : Mapping of str to ndarray, shape (rows,)
        Volume in each interval [l].
    start : datetime
        Start of the first interval; with an offset exactly where the file has one.
    interval_h : float
        Length of an interval [h].
    rows : int
        Number of intervals.
    file, sha256 : str
        Where it came from, and the hash of its bytes.
    """

    power_kw: Mapping[str, FloatArray]
    gas_litres: Mapping[str, FloatArray]
    start: datetime
    interval_h: float
    rows: int
    file: str
    sha256: str


@dataclass(frozen=True, slots=True)
class _Column:
    header: str
    name: str
    kind: str
    factor: float


def _factors(interval_h: float) -> tuple[dict[str, float], dict[str, float]]:
    """Unit to factor: into kW, and into litres an interval."""
    energy = {"kWh": 1 / interval_h, "Wh": 1e-3 / interval_h}
    power = {"kW": 1.0, "W": 1e-3} | energy | {f"{unit}/interval": by for unit, by in energy.items()}
    gas = {"m3": 1e3, "m³": 1e3, "l": 1.0, "L": 1.0}
    gas |= {f"{unit}/h": by * interval_h for unit, by in gas.items()}
    return power, gas


def _parse_header(file: Path, cell: str, interval_h: float) -> _Column:
    place = f"header, column {cell.strip()!r}"
    match = _HEADER.match(cell.strip())
    name = match["name"] if match else ""
    if match is None or not name:
        raise ProfileColumnError(file, place, repr(cell), "'owner.kind [unit]'")
    owner, _, kind = name.rpartition(".")
    if not owner or kind not in POWER_KINDS + GAS_KINDS:
        raise ProfileColumnError(
            file, place, repr(name), f"'owner.kind', kind one of {', '.join(POWER_KINDS + GAS_KINDS)}"
        )
    power, gas = _factors(interval_h)
    units = power if kind in POWER_KINDS else gas
    unit = match["unit"]
    if unit is None or unit.strip() not in units:
        found = "no unit" if unit is None else f"unit {unit.strip()!r}"
        raise ProfileUnitError(
            file, place, found, f"a unit of {kind!r} in brackets: one of {', '.join(units)}"
        )
    return _Column(cell.strip(), name, kind, units[unit.strip()])


def _parse_stamp(file: Path, row: int, cell: str) -> datetime:
    try:
        return datetime.fromisoformat(cell.strip())
    except ValueError:
        expected = "a time such as 2024-06-03T00:15+02:00"
        raise ProfileTimeError(file, f"row {row}, column 'time'", repr(cell), expected) from None


def _check_times(file: Path, stamps: list[datetime], interval: timedelta) -> None:
    """Refuse everything but even steps of `interval`. Row 1 is the header, so the first stamp stands in row 2."""
    local = stamps[0].tzinfo is None
    for i, stamp in enumerate(stamps):
        if (stamp.tzinfo is None) != local:
            found = f"{stamp.isoformat()} {'without' if stamp.tzinfo is None else 'with'} an offset"
            expected = "all stamps with an offset, or all without"
            raise ProfileTimeError(file, f"row {i + 2}, column 'time'", found, expected)
    # Steps in UTC: Python compares stamps with one and the same tzinfo by their wall clock.
    moments = stamps if local else [stamp.astimezone(UTC) for stamp in stamps]
    steps = [after - before for before, after in pairwise(moments)]
    if not steps:
        return
    usual = Counter(steps).most_common(1)[0][0]
    if usual != interval and steps.count(usual) > len(steps) / 2 and usual > timedelta(0):
        raise ProfileTimeError(
            file, "row 3, column 'time'", f"an interval of {usual}", f"an interval of {interval}"
        )
    seen = {moments[0]}
    for i, step in enumerate(steps):
        place, now = f"row {i + 3}, column 'time'", stamps[i + 1].isoformat()
        following = (stamps[i] + interval).isoformat()
        if step == interval:
            seen.add(moments[i + 1])
            continue
        if step <= timedelta(0) and moments[i + 1] in seen:
            what = (
                "a doubled hour at the clock change"
                if local and step > timedelta(hours=-2)
                else "a time again"
            )
            advice = " (give every stamp its offset, as +02:00)" if local else ""
            raise ProfileTimeError(file, place, f"{now}, {what}", f"{following}, every interval once{advice}")
        if step <= timedelta(0):
            raise ProfileTimeError(file, place, f"{now}, which is earlier than the row before", following)
        if step > interval:
            advice = (
                " (at a clock change: give every stamp its offset)"
                if local and step <= timedelta(hours=2)
                else ""
            )
            raise ProfileTimeError(file, place, f"{now}, a gap of {step - interval}", f"{following}{advice}")
        raise ProfileTimeError(file, place, f"{now}, {step} after the row before", following)


def _parse_value(file: Path, row: int, column: _Column, cell: str) -> float:
    place = f"row {row}, column {column.header!r}"
    expected = "a finite number" if column.kind in SIGNED_KINDS else "a finite number, at least 0"
    try:
        # Python also reads 1_000; a data file that means it is more likely to be broken.
        value = float(cell) if "_" not in cell else math.nan
    except ValueError:
        raise ProfileValueError(
            file, place, repr(cell) if cell.strip() else "an empty cell", expected
        ) from None
    if not math.isfinite(value) or (value < 0 and column.kind not in SIGNED_KINDS):
        raise ProfileValueError(file, place, cell.strip(), expected)
    return value


def read_profiles(path: str | Path, *, interval_h: float = 0.25, required: Iterable[str] = ()) -> OwnProfiles:
    """Read and check a CSV file of own profiles.

    Parameters
    ----------
    path : str or Path
        UTF-8, comma separated, decimal points.
    interval_h : float
        Length of an interval that the reader expects [h].
    required : iterable of str
        Columns, without units, that must be there (``home1.load``).

    Raises
    ------
    ProfileError
        One of its subclasses, at the first thing that is wrong, with file, place, found and expected.
    """
    file = Path(path)
    try:
        content = file.read_bytes()
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise ProfileFileError(file, "file", str(error.strerror), "a readable CSV file") from error
    except UnicodeDecodeError as error:
        raise ProfileFileError(file, f"byte {error.start}", "no UTF-8", "a CSV file in UTF-8") from error
    lines = list(csv.reader(io.StringIO(text)))
    # Empty lines at the end are what editors leave; one in the middle is a row without cells, refused below.
    while lines and not any(cell.strip() for cell in lines[-1]):
        lines.pop()
    if len(lines) < 2:
        found = "an empty file" if not lines else "a header without rows"
        raise ProfileFileError(file, "file", found, "a header and at least one row")
    head = lines[0]
    if head[0].strip() != "time":
        raise ProfileColumnError(file, "header, column 1", repr(head[0]), "'time'")
    columns = [_parse_header(file, cell, interval_h) for cell in head[1:]]
    if not columns:
        raise ProfileColumnError(file, "header", "no column but 'time'", "at least one 'owner.kind [unit]'")
    for name, times in Counter(column.name for column in columns).items():
        if times > 1:
            raise ProfileColumnError(file, "header", f"{name!r} {times} times", "every column once")
    names = {column.name for column in columns}
    for name in required:
        if name not in names:
            raise ProfileColumnError(
                file, "header", f"no column {name!r}", f"{name!r} beside {', '.join(sorted(names))}"
            )
    stamps, table = [], np.empty((len(columns), len(lines) - 1))
    for i, line in enumerate(lines[1:]):
        if len(line) != len(head):
            raise ProfileColumnError(
                file, f"row {i + 2}", f"{len(line)} cells", f"{len(head)} as in the header"
            )
        stamps.append(_parse_stamp(file, i + 2, line[0]))
        for j, (column, cell) in enumerate(zip(columns, line[1:], strict=True)):
            table[j, i] = _parse_value(file, i + 2, column, cell) * column.factor
    _check_times(file, stamps, timedelta(hours=interval_h))
    table.flags.writeable = False
    by_kind = {
        kinds: MappingProxyType({c.name: table[j] for j, c in enumerate(columns) if c.kind in kinds})
        for kinds in (POWER_KINDS, GAS_KINDS)
    }
    return OwnProfiles(
        power_kw=by_kind[POWER_KINDS],
        gas_litres=by_kind[GAS_KINDS],
        start=stamps[0],
        interval_h=interval_h,
        rows=len(stamps),
        file=str(file),
        sha256=digest(content),
    )


def write_template(path: str | Path, *, start: datetime, rows: int = 96, interval_h: float = 0.25) -> None:
    """Write a file that `read_profiles` accepts: one home and one firm, all zero, for the user to fill in."""
    stamps = (start + timedelta(hours=interval_h) * i for i in range(rows))
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["time", "home1.load [kW]", "home1.pv [kW]", "firm.gas_production [m3]"])
        out.writerows([stamp.isoformat(), 0, 0, 0] for stamp in stamps)
