"""A policy's pictures: how it learned, and how it stands among the other ways to decide."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from matplotlib.axes import Axes

from learning.judging.measures import Estimate
from scenarios.report.style import INK, NEIGHBOUR, PROVIDER, QUIET, SHORT, figure, legend, save, title


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
    """Return of an episode and entropy of the choices over the decisions learned from; several curves as a mean and band."""
    sheet, (left, right) = figure(1, columns=2, height=3.8, width=11)
    length = min(len(curve) for curve in curves)
    steps = np.array([point.steps for point in curves[0][:length]]) / 1e6
    returns = np.array([[point.episode_return for point in curve[:length]] for curve in curves])
    spread = np.array([[point.spread for point in curve[:length]] for curve in curves])
    mean = returns.mean(axis=0)
    if len(curves) > 1:
        band, said = returns.std(axis=0), f"band: {len(curves)} trainings, 1 σ"
    else:
        band, said = spread[0], "band: episodes, 1 σ"
    left.fill_between(steps, mean - band, mean + band, color=QUIET, alpha=0.5, linewidth=0)
    left.plot(steps, mean, color=NEIGHBOUR, linewidth=1.6)
    left.set_xlabel("decisions learned from, millions", color=INK)
    title(left, "Return of an episode", said)
    right.plot(
        steps, np.mean([[p.entropy for p in curve[:length]] for curve in curves], axis=0), color=PROVIDER
    )
    right.set_xlabel("decisions learned from, millions", color=INK)
    right.set_ylim(bottom=0)
    title(right, "Entropy of the choices", "nat")
    return save(sheet, path)


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
    title(axis, "What the seat gains in negotiations about loans", note)
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
