"""Pictures of a grid under each course: voltages over time and along the feeders, loading by duration and on a map."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from numpy.typing import NDArray

from energy.grid import Grid
from scenarios.grid.study import NARROW_PU, WIDE_PU, Outcome, Study
from scenarios.report import style

FloatArray = NDArray[np.float64]

COLOURS = {"s0": style.FAINT, "s1": style.PROVIDER, "s2": style.NEIGHBOUR} | {
    "alone": style.PROVIDER,
    "market": style.NEIGHBOUR,
}
"""By a course's key; exchange has the same colour wherever it comes from."""

MOST_POINTS = 800
"""More steps than this are shown by their extremes in as many spans."""


def draw_all(study: Study, folder: Path) -> list[Path]:
    """Every picture of `study`, written to `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    return [
        draw_voltages(study, folder / "voltages.png"),
        draw_durations(study, folder / "durations.png"),
        draw_feeders(study, folder / "feeders.png"),
        draw_map(study, folder / "map.png"),
    ]


def draw_voltages(study: Study, path: Path) -> Path:
    """The band of all connections' voltages and their mean, over time, a panel for each course."""
    figure, axes = style.figure(len(study.outcomes), height=1.2 + 2.1 * len(study.outcomes), share=True)
    courses = study.courses
    hours = courses.steps * courses.interval_h
    by_hour = hours <= 48
    end = hours if by_hour else hours / 24
    every = np.concatenate(
        [outcome.state.voltage_pu[:, study.connections].ravel() for outcome in study.outcomes]
    )
    low, high = float(every.min()), float(every.max())
    margin = max(0.15 * (high - low), 0.001)
    for axis, outcome, colour in zip(axes, study.outcomes, colours(study), strict=True):
        voltage = outcome.state.voltage_pu[:, study.connections]
        least, most = (
            spans(voltage.min(axis=1), np.minimum),
            spans(voltage.max(axis=1), np.maximum),
        )
        mean = spans(voltage.mean(axis=1), np.add) / spans(np.ones(len(voltage)), np.add)
        at = np.append(np.arange(len(least)) * end / len(least), end)
        axis.stairs(most, at, baseline=least, fill=True, color=colour, alpha=0.45, linewidth=0)
        axis.stairs(mean, at, baseline=None, color=colour, linewidth=0.8)
        _bands(axis, low - margin, high + margin)
        axis.set_ylim(low - margin, high + margin)
        axis.set_xlim(0, end)
        if by_hour and end > 12:
            axis.set_xticks(np.arange(0, end + 1, 4))
        axis.set_ylabel("voltage [p.u.]")
        found = outcome.figures
        style.title(
            axis, outcome.course.label, f"lowest {found.least_pu:.4f}, highest {found.most_pu:.4f} p.u."
        )
    axes[-1].set_xlabel("hour" if by_hour else "day")
    figure.suptitle(
        f"{courses.title}: voltages at the connections of {study.grid.name} (band: all; line: mean)",
        x=0.01,
        ha="left",
        fontsize=11,
        fontweight="bold",
        color=style.INK,
    )
    _source(axes[-1], study)
    return style.save(figure, path)


def draw_durations(study: Study, path: Path) -> Path:
    """Duration curves: for what share of the time the worst line and the transformer are loaded at least so far."""
    figure, (line, transformer) = style.figure(1, height=4.2, columns=2)
    worst = study.worst_line
    for outcome, colour in zip(study.outcomes, colours(study), strict=True):
        share = np.linspace(0, 100, study.courses.steps)
        for axis, values in (
            (line, outcome.state.line_percent[:, worst]),
            (transformer, outcome.state.transformer_percent),
        ):
            axis.plot(share, np.sort(values)[::-1], color=colour, linewidth=1.8, label=outcome.course.label)
    limit = study.grid.lines[worst].limit_a
    rated = study.grid.transformer.rated_kva
    for axis, what, note in (
        (line, "The most loaded line", f"{study.grid.lines[worst].name}, limit {limit:.0f} A"),
        (transformer, "The transformer", f"{rated:.0f} kVA"),
    ):
        axis.set_xlim(0, 100)
        axis.set_ylim(0, None)
        axis.set_xlabel("share of the time with at least this loading [%]")
        axis.set_ylabel("loading [%]")
        style.title(axis, what, note)
        style.legend(axis, columns=1, place="upper right")
    _source(transformer, study)
    return style.save(figure, path)


def draw_feeders(study: Study, path: Path) -> Path:
    """Voltages along the lines at the first course's lowest and at its highest moment, under every course."""
    first = study.outcomes[0].state.voltage_pu[:, study.connections]
    moments = (
        ("lowest", int(first.min(axis=1).argmin())),
        ("highest", int(first.max(axis=1).argmax())),
    )
    figure, axes = style.figure(1, height=4.8, columns=2)
    parents, km = study.grid.parents()
    metres = 1000 * np.array(km)
    homes = sorted(set(study.placement.buses))
    below = [bus for bus in range(len(parents)) if bus != study.grid.slack]
    for axis, (which, step) in zip(axes, moments, strict=True):
        for outcome, colour in zip(study.outcomes, colours(study), strict=True):
            voltage = outcome.state.voltage_pu[step]
            ways = [
                [(metres[bus], voltage[bus]), (metres[parents[bus]], voltage[parents[bus]])]
                for bus in below
                if parents[bus] != study.grid.slack
            ]
            axis.add_collection(LineCollection(ways, colors=colour, linewidths=1.4))
            axis.scatter(
                metres[homes], voltage[homes], s=22, color=colour, zorder=3, label=outcome.course.label
            )
        axis.axhline(study.grid.slack_pu, color=style.QUIET, linewidth=1, linestyle=":")
        axis.set_xlim(-0.03 * metres.max(), 1.05 * metres.max())
        axis.margins(y=0.12)
        axis.autoscale(axis="y")
        axis.set_xlabel("way from the transformer [m]")
        axis.set_ylabel("voltage [p.u.]")
        style.title(axis, f"At the {which} voltage", f"{when(study, step)}; dots: homes")
        style.legend(axis, columns=1, place="best")
    _source(axes[-1], study)
    return style.save(figure, path)


def draw_map(study: Study, path: Path) -> Path:
    """Where the homes are, and how far each line is loaded at most, under the last two courses."""
    shown = study.outcomes[-2:]
    figure, axes = style.figure(1, height=5.4, columns=len(shown))
    most = max(float(outcome.state.line_percent.max()) for outcome in shown)
    collection = None
    for axis, outcome in zip(axes, shown, strict=True):
        collection = _map(axis, study, outcome, most)
    if collection is not None:
        bar = figure.colorbar(collection, ax=axes, shrink=0.7, pad=0.02)
        bar.set_label("most loading [%]", color=style.INK, fontsize=9)
        bar.ax.tick_params(labelsize=8, colors=style.INK)
        bar.outline.set_visible(False)
    _source(axes[-1], study)
    return style.save(figure, path)


def _map(axis: Axes, study: Study, outcome: Outcome, most: float) -> LineCollection:
    grid = study.grid
    places = _places(grid)
    lines = LineCollection([[places[line.start], places[line.end]] for line in grid.lines], cmap="viridis_r")
    lines.set_array(outcome.state.line_percent.max(axis=0))
    lines.set_clim(0, most)
    lines.set_linewidth(3)
    axis.add_collection(lines)
    homes = sorted(set(study.placement.buses))
    others = sorted(set(study.connections) - set(homes))
    axis.scatter(
        places[others, 0], places[others, 1], s=14, color=style.QUIET, zorder=3, label="other customers"
    )
    axis.scatter(places[homes, 0], places[homes, 1], s=30, color=style.BUYER, zorder=4, label="homes")
    here = places[grid.transformer.lv]
    axis.scatter(here[0], here[1], s=90, marker="s", color=style.INK, zorder=5, label="transformer")
    axis.set_aspect("equal", adjustable="datalim")
    axis.margins(0.08)
    axis.autoscale()
    axis.grid(visible=False)
    axis.set_xticks([])
    axis.set_yticks([])
    axis.spines[["left", "bottom"]].set_visible(False)
    style.title(axis, outcome.course.label, f"{grid.name}, not to scale")
    axis.legend(loc="best", frameon=False, fontsize=8, labelcolor=style.INK)
    return lines


def _places(grid: Grid) -> FloatArray:
    """Where to draw each bus, shape (buses, 2): degrees, a degree east shortened as on the globe.

    SimBench's coordinates show who is next to whom; the lengths of its lines are not those of this drawing.
    """
    degrees = np.array([(bus.x, bus.y) for bus in grid.buses])
    shortened: FloatArray = degrees * [np.cos(np.deg2rad(degrees[grid.transformer.lv, 1])), 1.0]
    return shortened


def colours(study: Study) -> tuple[str, ...]:
    """A colour for each course."""
    return tuple(COLOURS.get(outcome.course.key, style.INK) for outcome in study.outcomes)


def spans(values: FloatArray, extreme: np.ufunc) -> FloatArray:
    """`values` over time, or their extremes in at most `MOST_POINTS` spans where there are more."""
    each = -(-len(values) // MOST_POINTS)
    starts = np.arange(0, len(values), each)
    return np.asarray(extreme.reduceat(values, starts), np.float64)


def when(study: Study, step: int) -> str:
    """A step in words: its day, counted from 1, and its time of day."""
    minutes = round(step * study.courses.interval_h * 60)
    return f"day {minutes // 1440 + 1}, {minutes // 60 % 24:02d}:{minutes % 60:02d}"


def _bands(axis: Axes, low: float, high: float) -> None:
    """The limits of the bands, where they are in sight."""
    for band in (NARROW_PU, WIDE_PU):
        for level in (1 - band, 1 + band):
            if low < level < high:
                axis.axhline(level, color=style.SHORT, linewidth=1, linestyle="--")
                axis.annotate(
                    f"{100 * (level - 1):+.0f} %",
                    (1.0, level),
                    xycoords=("axes fraction", "data"),
                    xytext=(-2, 2),
                    textcoords="offset points",
                    ha="right",
                    fontsize=8,
                    color=style.SHORT,
                )


def _source(axis: Axes, study: Study) -> None:
    axis.annotate(
        f"{study.courses.source}; grid {study.grid.name}: SimBench, ODbL 1.0",
        (1.0, 0.0),
        xycoords="axes fraction",
        xytext=(0, -38 if axis.get_xlabel() else -8),
        textcoords="offset points",
        ha="right",
        va="top",
        fontsize=8,
        color=style.FAINT,
        annotation_clip=False,
    )
