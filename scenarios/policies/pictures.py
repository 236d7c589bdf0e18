"""A policy's pictures: how it learned, and how it stands among the other ways to decide."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from learning.judging.measures import Estimate
from scenarios.report.style import INK, NEIGHBOUR, PROVIDER, QUIET, SHORT, figure, legend, save, title

FloatArray = NDArray[np.float64]


class Point(Protocol):
    """A point of a learning curve (``learning.training.curve``)."""

    @property
    def steps(self) -> int: ...

    @property
    def episode_return(self) -> float: ...

    @property
    def spread(self) -> float: ...

    @property
    def entropy(self) -> float: ...


def learning_curve(curves: Sequence[Sequence[Point]], path: Path) -> Path:
    """Return of an episode and entropy of the choices over the decisions learned from; several curves as median and band.

    One curve has the band of its episodes, ± 1 σ; several have that of their middle half, and each a thin line.
    """
    sheet, (left, right) = figure(1, columns=2, height=3.8, width=11)
    length = min(len(curve) for curve in curves)
    steps = np.array([point.steps for point in curves[0][:length]]) / 1e6
    returns = np.array([[point.episode_return for point in curve[:length]] for curve in curves])
    entropies = np.array([[point.entropy for point in curve[:length]] for curve in curves])
    if len(curves) == 1:
        spread = np.array([point.spread for point in curves[0]])
        left.fill_between(
            steps, returns[0] - spread, returns[0] + spread, color=QUIET, alpha=0.5, linewidth=0
        )
        left.plot(steps, returns[0], color=NEIGHBOUR, linewidth=1.6)
        right.plot(steps, entropies[0], color=PROVIDER)
        said = "band: episodes, 1 σ"
    else:
        _medians(left, steps, returns, NEIGHBOUR)
        _medians(right, steps, entropies, PROVIDER)
        said = f"median and middle half of {len(curves)} trainings"
    left.set_xlabel("decisions learned from, millions", color=INK)
    title(left, "Return of an episode", said)
    right.set_xlabel("decisions learned from, millions", color=INK)
    right.set_ylim(bottom=0)
    title(right, "Entropy of the choices", "nat")
    return save(sheet, path)


def _medians(axis: Axes, steps: FloatArray, curves: FloatArray, colour: str) -> None:
    """Median, middle half and single lines of ``curves``, shape (trainings, points)."""
    low, middle, high = np.quantile(curves, [0.25, 0.5, 0.75], axis=0)
    axis.fill_between(steps, low, high, color=colour, alpha=0.22, linewidth=0)
    for curve in curves:
        axis.plot(steps, curve, color=colour, linewidth=0.6, alpha=0.55)
    axis.plot(steps, middle, color=colour, linewidth=1.8)


def standings(rows: Sequence[tuple[str, Estimate, bool]], hindsight: Estimate, days: int, path: Path) -> Path:
    """Mean gain of every way to decide with its interval; ``True`` marks the judged policy."""
    ordered = sorted(rows, key=lambda row: row[1].mean or 0.0)
    sheet, (axis,) = figure(1, height=1.6 + 0.34 * len(rows), width=9)
    _bars(axis, ordered)
    if hindsight.mean is not None:
        axis.axvline(
            hindsight.mean, color=SHORT, linewidth=1.0, linestyle=":", label="best ψ of each day in hindsight"
        )
        legend(axis, columns=1, place="lower right")
    axis.set_xlabel("tokens a day over the provider, mean and 95 % interval", color=INK)
    title(axis, "What the seat earns", f"{days:,} days that no training saw")
    return save(sheet, path)


def shares(rows: Sequence[tuple[str, Estimate, bool]], note: str, path: Path) -> Path:
    """What every way to decide gets of the best that a session has for it, with its interval."""
    ordered = sorted(rows, key=lambda row: row[1].mean or 0.0)
    sheet, (axis,) = figure(1, height=1.6 + 0.34 * len(rows), width=9)
    _bars(axis, ordered)
    axis.set_xlabel("share of the seat's best loan, mean and 95 % interval", color=INK)
    title(axis, "What the seat gains by loans", note)
    return save(sheet, path)


def exploited(rows: Sequence[tuple[str, Estimate, bool]], note: str, path: Path) -> Path:
    """What a freshly trained responder earns against each holder of the seat."""
    ordered = sorted(rows, key=lambda row: row[1].mean or 0.0)
    sheet, (axis,) = figure(1, height=1.6 + 0.34 * len(rows), width=9)
    _bars(axis, ordered)
    axis.set_xlabel("tokens a day that the responder earns, mean and 95 % interval", color=INK)
    title(axis, "Best response to who holds the seat", note)
    return save(sheet, path)


def _bars(axis: Axes, rows: Sequence[tuple[str, Estimate, bool]]) -> None:
    places = np.arange(len(rows))
    means = [row[1].mean or 0.0 for row in rows]
    axis.barh(places, means, color=[NEIGHBOUR if row[2] else QUIET for row in rows], height=0.66)
    for place, (_, estimate, _) in zip(places, rows, strict=True):
        if estimate.low is not None and estimate.high is not None:
            axis.plot([estimate.low, estimate.high], [place, place], color=INK, linewidth=1.4)
    axis.set_yticks(places, [row[0] for row in rows])
    axis.grid(axis="y", visible=False)
    axis.grid(axis="x", color="#e4e9ef")
    axis.tick_params(axis="y", colors=INK)
