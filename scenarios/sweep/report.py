"""A sweep's folder: one table, and a picture of one figure over the axes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from matplotlib.figure import Figure

from learning.judging.measures import Estimate, bootstrap
from scenarios.report.style import BUYER, FAINT, INK, NEIGHBOUR, PROVIDER, SELLER, SHORT, figure, save, title
from scenarios.report.tables import write_tables
from scenarios.sweep.axes import Axis, shown
from scenarios.sweep.play import Row, means

COLOURS = (NEIGHBOUR, PROVIDER, SELLER, BUYER, SHORT, FAINT)
STYLES = ("-", "--", ":", "-.")

UNITS = {"gain": "tokens", "traded": "units", "delivered": "units"}


@dataclass(frozen=True)
class PointEstimate:
    """The mean of a figure at one combination of values, over the seeds."""

    values: Mapping[str, Any]
    days: int
    estimate: Estimate


def estimates(rows: Sequence[Row], axes: Sequence[Axis], measure: str) -> list[PointEstimate]:
    """Means with 95 % percentile bootstrap intervals over the seeds; equal seeds are drawn together at every point."""
    found = means(rows, [axis.path for axis in axes], measure)
    return [
        PointEstimate(
            values, len(days), bootstrap([value for value, _ in days], [seed for _, seed in days], seed=0)
        )
        for values, days in found
    ]


def sweep_frame(rows: Sequence[Row], axes: Sequence[Axis]) -> pl.DataFrame:
    """One line a day. A key whose values are of several kinds becomes a column of texts."""
    texts = {
        axis.path: [str(row[axis.path]) for row in rows]
        for axis in axes
        if len({type(row[axis.path]) for row in rows}) > 1
    }
    names = dict.fromkeys(name for row in rows for name in row)
    return pl.DataFrame(
        {name: texts.get(name, [row.get(name) for row in rows]) for name in names}, strict=False
    )


def write_sweep(
    folder: Path, rows: Sequence[Row], axes: Sequence[Axis], measure: str, *, pictures: bool = True
) -> None:
    """Write ``tables/days.csv`` and ``.parquet``, and ``pictures/MEASURE.png`` where something is varied."""
    (folder / "tables").mkdir(parents=True, exist_ok=True)
    write_tables(folder / "tables", {"days": sweep_frame(rows, axes)})
    if pictures and axes:
        (folder / "pictures").mkdir(parents=True, exist_ok=True)
        save(sweep_picture(rows, axes, measure), folder / "pictures" / f"{measure}.png")


def sweep_picture(rows: Sequence[Row], axes: Sequence[Axis], measure: str) -> Figure:
    """A figure over the first axis, one line for each combination of the others, with intervals over the seeds."""
    first, *others = axes
    points = estimates(rows, axes, measure)
    lines: dict[str, list[PointEstimate]] = {}
    for point in points:
        name = ", ".join(f"{_short(a.path)} {shown(point.values[a.path])}" for a in others)
        lines.setdefault(name, []).append(point)
    keys = list(dict.fromkeys(point.values[first.path] for point in points))
    numeric = all(isinstance(key, int | float) and not isinstance(key, bool) for key in keys)
    spots = {key: float(key) if numeric else float(i) for i, key in enumerate(keys)}
    sheet, (axis,) = figure(1, height=4.8, width=9.0 if others else 7.2)
    span = (max(spots.values()) - min(spots.values())) or 1.0
    for number, (name, line) in enumerate(lines.items()):
        # Beside each other, so that no interval hides another.
        shift = 0.012 * span * (number - (len(lines) - 1) / 2)
        known = [point for point in line if point.estimate.mean is not None]
        colour = COLOURS[number % len(COLOURS)]
        # Names have nothing between them.
        style = STYLES[number // len(COLOURS) % len(STYLES)] if numeric else ""
        xs = [spots[point.values[first.path]] + shift for point in known]
        axis.plot(xs, [point.estimate.mean or 0.0 for point in known], "o" + style, color=colour, label=name)
        for x, point in zip(xs, known, strict=True):
            if point.estimate.low is not None and point.estimate.high is not None:
                axis.plot([x, x], [point.estimate.low, point.estimate.high], color=colour, linewidth=1.4)
    axis.set_xticks(list(spots.values()), [shown(key) for key in spots])
    if not numeric:
        axis.set_xlim(-0.4, len(keys) - 0.6)
    axis.set_xlabel(first.path, color=INK)
    unit = UNITS.get(measure.partition(".")[0], "")
    axis.set_ylabel(f"{measure}, {unit}" if unit else measure, color=INK)
    days = max(point.days for point in points)
    note = "one day each" if days == 1 else f"mean of {days} days, 95 % bootstrap intervals"
    title(axis, measure, note)
    if others:
        axis.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False, fontsize=9, labelcolor=INK)
    return sheet


def _short(path: str) -> str:
    """The end of a path that tells it apart: ``alder.strategy`` of ``party.alder.strategy``."""
    return ".".join(path.split(".")[-2:])
