"""Figure 15: how fairly every pair settles, as a matrix and (for few agents) as a graph."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from agents.cooperative.record import WeekRecord
from scenarios.report import style
from scenarios.reproduce.rec.pairs import success_matrix
from scenarios.reproduce.rec.pictures.palette import A

FloatArray = NDArray[np.float64]

FEW = 20


def draw_pairs(names: Sequence[str], week: WeekRecord, path: Path) -> Path:
    """Mean distance to Nash of every pair over the days, and how often the pair agreed; darker is better."""
    distances, success = week.distance_matrix(), 100 * success_matrix(week)
    few = len(names) <= FEW
    figure, axes = style.figure(1, height=5.4, width=17.0 if few else 12.5, columns=3 if few else 2)
    days = f"{week.periods / 96:g} days, every pair"
    _matrix(figure, axes[0], names, distances, "mean distance to the Nash solution", "cividis", "{:.3f}")
    style.title(axes[0], "Distance to Nash", days)
    _matrix(figure, axes[1], names, success, "sessions that ended in a loan [%]", "cividis_r", "{:.0f}")
    style.title(axes[1], "Success", f"{len(week.sessions):,} sessions")
    if few:
        _graph(axes[2], names, distances)
        style.title(axes[2], "Who should meet whom", "thicker: nearer to Nash")
    return style.save(figure, path)


def _matrix(
    figure: Figure, axis: Axes, names: Sequence[str], values: FloatArray, label: str, colours: str, text: str
) -> None:
    few, end = len(names) <= FEW, len(names) + 0.5
    # Many agents are counted, from 1 on; few are named.
    shown = axis.imshow(values, cmap=colours, extent=None if few else (0.5, end, end, 0.5))
    figure.colorbar(shown, ax=axis, label=label, shrink=0.85)
    axis.grid(visible=False)
    axis.set_xlabel("agent")
    axis.set_ylabel("agent")
    if not few:
        return
    axis.set_xticks(range(len(names)), names)
    axis.set_yticks(range(len(names)), names)
    known = values[np.isfinite(values)]
    middle = (known.min() + known.max()) / 2 if known.size else 0.0
    light_above = colours == "cividis"
    for i in range(len(names)):
        for j in range(len(names)):
            if np.isfinite(values[i, j]):
                ink = style.INK if (values[i, j] > middle) == light_above else "white"
                axis.text(j, i, text.format(values[i, j]), ha="center", va="center", fontsize=7.5, color=ink)


def _graph(axis: Axes, names: Sequence[str], distances: FloatArray) -> None:
    n = len(names)
    angle = np.pi / 2 - 2 * np.pi * np.arange(n) / n
    x, y = np.cos(angle), np.sin(angle)
    pairs = [(i, j) for i in range(n) for j in range(i) if np.isfinite(distances[i, j])]
    known = [distances[pair] for pair in pairs]
    least, most = (min(known), max(known)) if known else (0.0, 0.0)
    spread = most - least if most > least else 1.0
    for i, j in sorted(pairs, key=lambda pair: -float(distances[pair])):
        near = 1.0 - (distances[i, j] - least) / spread
        axis.plot(
            x[[i, j]],
            y[[i, j]],
            color=A,
            linewidth=0.4 + 5.0 * near**2,
            alpha=0.12 + 0.75 * near**2,
            zorder=1,
        )
    axis.scatter(x, y, s=420, color="white", edgecolors=style.INK, zorder=2)
    for i, name in enumerate(names):
        axis.text(x[i], y[i], name, ha="center", va="center", fontsize=10, color=style.INK, zorder=3)
    axis.set_axis_off()
    axis.set_aspect("equal")
    axis.margins(0.15)
