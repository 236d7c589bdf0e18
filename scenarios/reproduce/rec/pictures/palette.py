"""Colours of the figures: those of the house where they fit, and a set that eyes without red or green tell apart."""

from matplotlib.axes import Axes

from scenarios.report import style

A, B = "#0072b2", "#d55e00"
"""Agents A and B, s1 and s2."""
NASH, AGREED, NO_DEAL = "#000000", "#009e73", "#882255"
SERIES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#882255", "#555555")
"""For strategies in turn (Okabe and Ito)."""
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")


def quiet_legend(axis: Axes, *, place: style.Place | str = "best", columns: int = 1) -> None:
    """A legend on a white ground, for places where points lie below it."""
    axis.legend(
        loc=place,  # type: ignore[arg-type]
        ncols=columns,
        fontsize=8.5,
        labelcolor=style.INK,
        frameon=True,
        framealpha=0.9,
        edgecolor="none",
        handlelength=1.4,
    )
