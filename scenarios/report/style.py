"""How our pictures look: one palette, one frame, no global state of the plotting library."""

from pathlib import Path
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from scenarios.report.sheet import Sheet

FloatArray = NDArray[np.float64]
Place = Literal["upper left", "upper right", "lower right", "best"]

INK = "#1d2733"
FAINT = "#8a97a6"
GRID = "#e4e9ef"
NEIGHBOUR = "#0f8b8d"
PROVIDER = "#ec9a29"
SHORT = "#a8201a"
SELLER = "#143642"
BUYER = "#c8553d"
QUIET = "#c9d2dc"


def figure(
    rows: int,
    *,
    height: float,
    width: float = 10.0,
    columns: int = 1,
    ratios: list[float] | None = None,
    share: bool = False,
) -> tuple[Figure, list[Axes]]:
    """A figure of ``rows`` × ``columns`` plain axes, in inches, row by row."""
    sheet = Figure(figsize=(width, height), layout="constrained", facecolor="white")
    FigureCanvasAgg(sheet)
    grid = sheet.subplots(
        rows, columns, squeeze=False, sharex=share, gridspec_kw={"height_ratios": ratios} if ratios else None
    )
    axes: list[Axes] = list(grid.flat)
    for axis in axes:
        plain(axis)
    return sheet, axes


def plain(axis: Axes) -> None:
    """Take off what says nothing."""
    axis.spines[["top", "right"]].set_visible(False)
    axis.spines[["left", "bottom"]].set_color(FAINT)
    axis.tick_params(colors=INK, labelsize=9)
    axis.grid(axis="y", color=GRID, linewidth=0.8)
    axis.set_axisbelow(True)


def title(axis: Axes, text: str, note: str = "") -> None:
    """A title at the left, with a quieter note behind it."""
    axis.set_title(text, loc="left", fontsize=11, fontweight="bold", color=INK, pad=8)
    if note:
        axis.set_title(note, loc="right", fontsize=9, color=FAINT, pad=8)


def legend(axis: Axes, *, columns: int = 4, place: Place = "upper left") -> None:
    """A frameless legend."""
    axis.legend(loc=place, ncols=columns, frameon=False, fontsize=9, labelcolor=INK, handlelength=1.4)


def time_axis(axis: Axes, sheet: Sheet) -> None:
    """The run's whole time on the x axis; hours of a day in fours."""
    end = sheet.intervals * sheet.width
    axis.set_xlim(0, end)
    if sheet.hours_per_interval and end <= 48:
        each = 4.0 if end > 12 else 1.0 if end > 3 else 0.25
        axis.set_xticks([each * i for i in range(int(end / each) + 1)])


def save(picture: Figure, path: Path) -> Path:
    """Write a picture and return its path."""
    picture.savefig(path, dpi=130)
    return path
