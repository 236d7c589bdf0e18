"""A tournament's pictures: who got how much, from whom, and how one session went through the space of utilities."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from learning.judging.domains import BUYER as BUYS
from learning.judging.domains import SELLER as SELLS
from learning.judging.measures import Estimate, Landmarks
from learning.judging.play import Played
from learning.judging.tournament import Result
from scenarios.report.style import (
    BUYER,
    FAINT,
    INK,
    NEIGHBOUR,
    PROVIDER,
    QUIET,
    SELLER,
    SHORT,
    figure,
    title,
)

WARM = LinearSegmentedColormap.from_list("wattpact", ["#f4f7f9", "#9fd0cf", NEIGHBOUR, SELLER])


def ranking(result: Result) -> Figure:
    """Mean utility and agreement rate of every strategy, with intervals, the best at the top."""
    rows = result.ranked[::-1]
    sheet, (left, right) = figure(1, columns=2, height=1.6 + 0.34 * len(rows), width=11)
    names = [row.strategy for row in rows]
    _bars(left, names, [row.utility for row in rows], NEIGHBOUR)
    title(left, "Utility over all sessions")
    _bars(right, names, [row.agreement for row in rows], PROVIDER)
    title(right, "Sessions with an agreement")
    right.set_xlim(0, 1)
    right.set_yticklabels([])
    interval = (
        "utility 0: no deal, 1: the best within the own limits; "
        "dark lines: 95 % percentile bootstrap intervals over domains"
    )
    sheet.supxlabel(interval, fontsize=9, color=FAINT)
    return sheet


def pairs(result: Result) -> Figure:
    """What every strategy got from every one, as a heat map, both in order of rank."""
    names = [row.strategy for row in result.ranked]
    order = [result.tournament.strategies.index(name) for name in names]
    table = np.array(result.payoffs)[np.ix_(order, order)]
    n = len(names)
    size = max(5.0, 2.6 + 0.56 * n)
    sheet, (axis,) = figure(1, height=size, width=size + 1.2)
    drawn = axis.imshow(table, cmap=WARM, vmin=0.0, vmax=max(1e-9, float(table.max())))
    axis.grid(visible=False)
    axis.set_xticks(range(n), names, rotation=45, ha="right", rotation_mode="anchor")
    axis.set_yticks(range(n), names)
    axis.set_ylabel("strategy", color=INK)
    axis.set_xlabel("against", color=INK)
    middle = 0.55 * float(table.max())
    for i in range(n):
        for j in range(n):
            colour = "white" if table[i, j] > middle else INK
            axis.text(j, i, f"{table[i, j]:.2f}", ha="center", va="center", fontsize=8, color=colour)
    bar = sheet.colorbar(drawn, ax=axis, shrink=0.8, pad=0.02)
    bar.ax.tick_params(labelsize=9, colors=INK)
    bar.outline.set_visible(False)
    title(axis, "Mean utility, over both seats")
    return sheet


def space(played: Played, marks: Landmarks, seller: str, buyer: str) -> Figure:
    """The utilities of all outcomes that both could sign, the solutions among them, and one session's way."""
    match = played.match
    sheet, (axis,) = figure(1, height=6.4, width=8.6)
    axis.grid(visible=False)
    first, second = match.space
    axis.scatter(first, second, s=9, color=QUIET, label="possible outcome", zorder=1)
    frontier = np.array(marks.frontier)
    axis.plot(frontier[:, 0], frontier[:, 1], color=FAINT, linewidth=1.3, label="Pareto frontier", zorder=2)
    for side, colour, name in ((SELLS, SELLER, seller), (BUYS, BUYER, buyer)):
        offers = [values for who, values in played.offers if who == side]
        if offers:
            table = np.array(offers, np.int64)
            xs, ys = match.utility_of(SELLS).of(table), match.utility_of(BUYS).of(table)
            role = match.roles[side]
            axis.plot(xs, ys, color=colour, linewidth=0.9, zorder=3)
            kept = np.array([match.signs(1 - side, values) for values in offers])
            look: dict[str, Any] = {"s": 22, "edgecolor": colour, "linewidth": 1.0, "zorder": 4}
            axis.scatter(xs[kept], ys[kept], color=colour, label=f"{role}: {name}", **look)
            axis.scatter(xs[~kept], ys[~kept], color="white", **look)
    solutions: Mapping[str, tuple[tuple[float, float] | None, str, str]] = {
        "Nash": (marks.nash, "s", NEIGHBOUR),
        "Kalai-Smorodinsky": (marks.kalai_smorodinsky, "D", PROVIDER),
        "Kalai (egalitarian)": (marks.kalai, "^", SHORT),
    }
    # One behind the other where they are the same outcome: the last one smallest.
    for size, (name, (point, marker, colour)) in zip((15, 10.5, 6.5), solutions.items(), strict=True):
        if point is not None:
            axis.plot(
                *point,
                marker,
                color="none",
                markerfacecolor="none",
                markeredgecolor=colour,
                markersize=size,
                markeredgewidth=1.8,
                label=name,
                zorder=5,
            )
    if played.values is not None:
        table = np.array([played.values], np.int64)
        point = float(match.utility_of(SELLS).of(table)[0]), float(match.utility_of(BUYS).of(table)[0])
        axis.plot(*point, "*", color=INK, markersize=13, markeredgecolor="white", label="agreement", zorder=6)
    axis.axhline(0, color=FAINT, linewidth=0.8, linestyle=":", zorder=0)
    axis.axvline(0, color=FAINT, linewidth=0.8, linestyle=":", zorder=0)
    axis.set_xlabel(f"{match.roles[SELLS]}'s utility", color=INK)
    axis.set_ylabel(f"{match.roles[BUYS]}'s utility", color=INK)
    end = "agreed" if played.values is not None else "no agreement"
    title(
        axis,
        f"{match.kind.capitalize()}, domain {match.number}",
        f"{played.rounds} offers, {end}; hollow: beyond the other's limits",
    )
    axis.legend(
        loc="center left",
        bbox_to_anchor=(1.01, 0.5),
        frameon=False,
        fontsize=9,
        labelcolor=INK,
        handlelength=1.4,
        markerscale=0.75,
    )
    return sheet


def _bars(axis: Axes, names: Sequence[str], estimates: Sequence[Estimate], colour: str) -> None:
    means = np.array([0.0 if each.mean is None else each.mean for each in estimates])
    axis.barh(range(len(names)), means, color=colour, height=0.62, alpha=0.85)
    for i, each in enumerate(estimates):
        if each.low is not None and each.high is not None:
            axis.plot([each.low, each.high], [i, i], color=INK, linewidth=1.6, solid_capstyle="butt")
    axis.set_yticks(range(len(names)), names)
    axis.grid(axis="y", visible=False)
    axis.grid(axis="x", color="#e4e9ef", linewidth=0.8)
    axis.set_xlim(left=0)
