"""Figures 12 and 13: what flows inside the cooperative, and at its connection to the grid."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from agents.cooperative.record import WeekRecord
from scenarios.report import style
from scenarios.reproduce.rec.measures import STEPS_PER_DAY, exchanged_by_pairs
from scenarios.reproduce.rec.pictures.palette import SERIES, A, B, quiet_legend

FloatArray = NDArray[np.float64]

SAFE_KW = 5.0
"""What the paper calls a safe limit of a home's connection (section 5.2, footnote 4)."""


def draw_inside(week: WeekRecord, interval_h: float, path: Path) -> Path:
    """Figure 12: power exchanged in every quarter-hour of the day, over the week's days: largest pair, and all pairs."""
    figure, axes = style.figure(2, height=6.0, width=10.0, share=True)
    pair, total = exchanged_by_pairs(week) / interval_h
    for axis, values, name, colour in (
        (axes[0], pair, "Largest exchange between two agents", A),
        (axes[1], total, "All exchange together", B),
    ):
        _band(axis, values, colour)
        style.title(axis, name, f"peak {values.max():.2f} kW")
        axis.set_ylabel("kW")
    axes[0].axhline(
        SAFE_KW, color=style.SHORT, linewidth=1.0, linestyle="--", label="safe limit of the paper, 5.0 kW"
    )
    axes[0].set_ylim(0, max(SAFE_KW, pair.max()) * 1.4)
    axes[1].set_ylim(0, max(total.max(), 0.1) * 1.3)
    for axis in axes:
        quiet_legend(axis, place="upper left", columns=3)
    _hours(axes[1])
    return style.save(figure, path)


def draw_connection(weeks: Mapping[str, WeekRecord], interval_h: float, path: Path) -> Path:
    """Figure 13: power at the connection, of the cooperative as a whole and of its homes, by time of day and in all."""
    figure, axes = style.figure(2, height=6.8, width=12.0, columns=2)
    for k, (label, week) in enumerate(weeks.items()):
        net = np.abs(week.residual.sum(axis=0)) / interval_h
        homes = np.abs(week.residual) / interval_h
        for row, values, peaks in ((0, net, net), (1, homes.ravel(), homes.max(axis=0))):
            by_time, share = axes[2 * row], axes[2 * row + 1]
            days = peaks[: len(peaks) // STEPS_PER_DAY * STEPS_PER_DAY].reshape(-1, STEPS_PER_DAY)
            if len(days):
                x = np.arange(STEPS_PER_DAY) / 4
                by_time.plot(x, days.mean(axis=0), color=SERIES[k], linewidth=1.4, label=label)
                by_time.plot(
                    x,
                    days.max(axis=0),
                    color=SERIES[k],
                    linewidth=0.9,
                    linestyle=":",
                )
            ordered = np.sort(values)[::-1]
            share.plot(
                np.linspace(0, 100, len(ordered)), ordered, color=SERIES[k], linewidth=1.5,
                label=f"{label}: mean {values.mean():.2f}, peak {values.max():.2f} kW",
            )  # fmt: skip
    for row, what in ((0, "At the cooperative's connection"), (1, "At the largest home's connection")):
        by_time, share = axes[2 * row], axes[2 * row + 1]
        style.title(by_time, what, "solid: mean of the days; dotted: largest")
        by_time.set_ylabel("|r| [kW]" if row else "|Σr| [kW]")
        style.title(share, "Share of the time above", "all homes" if row else "")
        share.set_ylabel("|r| [kW]" if row else "|Σr| [kW]")
        _hours(by_time)
        share.set_xlabel("% of the quarter-hours")
        for axis in (by_time, share):
            axis.set_ylim(0, axis.get_ylim()[1] * (1.35 if axis is by_time else 1.05))
            quiet_legend(
                axis,
                place="upper left" if axis is by_time else "upper right",
                columns=1,
            )
    return style.save(figure, path)


def _band(axis: Axes, values: FloatArray, colour: str) -> None:
    days = values[: len(values) // STEPS_PER_DAY * STEPS_PER_DAY].reshape(-1, STEPS_PER_DAY)
    if not len(days):
        return
    x = np.arange(STEPS_PER_DAY) / 4
    least, low, middle, high, most = np.quantile(days, [0, 0.25, 0.5, 0.75, 1], axis=0)
    axis.fill_between(x, least, most, color=colour, alpha=0.15, linewidth=0, step="post", label="all days")
    axis.fill_between(
        x, low, high, color=colour, alpha=0.4, linewidth=0, step="post", label="middle half of the days"
    )
    axis.step(x, middle, where="post", color=colour, linewidth=1.3, label="median")


def _hours(axis: Axes) -> None:
    axis.set_xlabel("hour of the day")
    axis.set_xticks(range(0, 25, 2))
    axis.set_xlim(0, 24)
