"""Figures 6, 9, 10, 11 and 14: what a week of negotiation does to homes, fairness and welfare."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from agents.cooperative.record import WeekRecord
from scenarios.report import style
from scenarios.reproduce.rec.measures import STEPS_PER_DAY
from scenarios.reproduce.rec.pictures.palette import MARKERS, SERIES, A, B, quiet_legend
from scenarios.reproduce.rec.play import PlayedWeek

FloatArray = NDArray[np.float64]


def draw_execution(played: PlayedWeek, week: WeekRecord, path: Path) -> Path:
    """Figure 6: net demand and battery dispatch of the first two agents, before and after, on the day of most exchange."""
    hours = played.case.members[0].model.battery.interval_h
    by_day = np.abs(week.exchange).sum(axis=0)[: week.periods // STEPS_PER_DAY * STEPS_PER_DAY]
    if by_day.size:
        first = int(np.argmax(by_day.reshape(-1, STEPS_PER_DAY).sum(axis=1))) * STEPS_PER_DAY
    else:
        first = 0
    span = slice(first, min(first + STEPS_PER_DAY, week.periods))
    x = np.arange(span.stop - span.start) * hours
    agents = range(min(2, week.agents))
    figure, axes = style.figure(2, height=6.4, width=11.0, columns=len(agents), share=True)
    for column, i in enumerate(agents):
        demand, battery = axes[column], axes[len(agents) + column]
        lines = (
            (demand, played.s1.net[i, span], "before: net demand", A, "--"),
            (demand, (week.net + week.exchange)[i, span], "after: with the loans' legs", B, "-"),
            (battery, played.s1.flow[i, span], "before: own battery (s1)", A, "--"),
            (battery, week.flow[i, span], "after (s2)", B, "-"),
        )
        for axis, values, label, colour, dashes in lines:
            axis.step(
                x, values / hours, where="post", color=colour, linestyle=dashes, linewidth=1.3, label=label
            )
            axis.axhline(0, color=style.FAINT, linewidth=0.8)
        style.title(
            demand, f"Agent {played.case.members[i].name}", f"day {first // STEPS_PER_DAY + 1} of the week"
        )
        for axis in (demand, battery):
            axis.margins(y=0.25)
            style.legend(axis, columns=2)
        battery.set_xlabel("hour of the day")
        battery.set_xticks(range(0, 25, 4))
    axes[0].set_ylabel("net demand [kW]\npositive: short")
    axes[len(agents)].set_ylabel("battery [kW]\npositive: charging")
    return style.save(figure, path)


def draw_distances(weeks: Mapping[str, WeekRecord], path: Path) -> Path:
    """Figure 9: distances to Nash of agreements, and of no deal in the same sessions, with Gaussian kernel densities."""
    figure, axes = style.figure(1, height=3.9, width=max(6.2, 4.6 * len(weeks)), columns=len(weeks))
    for axis, (label, week) in zip(axes, weeks.items(), strict=True):
        known = [s for s in week.agreements if not math.isnan(s.distance_agreement)]
        style.title(axis, label, f"{len(known):,} agreements")
        axis.set_xlabel("distance to the Nash solution, utilities in [0, 1]")
        axis.set_ylabel("density")
        if len(known) < 2:
            continue
        ends = (
            ("agreement", np.array([s.distance_agreement for s in known]), A),
            ("no deal", np.array([s.distance_no_deal for s in known]), B),
        )
        # The last hundredth is left to the text: a long tail would hide where nearly all of them lie.
        most = float(np.quantile(np.concatenate([values for _, values, _ in ends]), 0.99))
        x, bins = np.linspace(0, most, 300), np.linspace(0, most, 41).tolist()
        for name, values, colour in ends:
            mean = values.mean()
            axis.hist(values, bins=bins, density=True, color=colour, alpha=0.35)
            axis.plot(x, _density(values, x), color=colour, label=f"{name}, mean {mean:.3f}")
            axis.axvline(mean, color=colour, linewidth=1.0, linestyle="--")
        axis.set_ylim(0, 1.15 * axis.get_ylim()[1])
        quiet_legend(axis, place="upper right")
    return style.save(figure, path)


def _density(values: FloatArray, x: FloatArray) -> FloatArray:
    """Gaussian kernel density with Scott's width, mirrored at 0, below which no distance lies."""
    width = max(float(values.std()), 1e-6) * len(values) ** -0.2
    both = np.concatenate((values, -values))
    density = np.exp(-0.5 * ((x[:, None] - both[None, :]) / width) ** 2).sum(axis=1)
    scaled: FloatArray = density / (len(values) * width * math.sqrt(2 * math.pi))
    return scaled


def draw_improvement(played: PlayedWeek, weeks: Mapping[str, WeekRecord], path: Path) -> Path:
    """Figures 10 and 14: what each agent gains over s0 by s1 and by s2, and the line of equal improvement."""
    figure, (axis, gains) = style.figure(1, height=5.0, width=11.5, columns=2)
    xi0, xi1 = played.xi(played.s0), played.xi(played.s1)
    own = xi1 - xi0
    numbered = len(own) <= 12
    for k, (label, week) in enumerate(weeks.items()):
        reached = played.xi(week) - xi0
        above = int((reached > own).sum())
        for axis_of, y, text in (
            (axis, reached, f"{label}: {above} of {len(own)} above"),
            (gains, reached - own, None),
        ):
            axis_of.scatter(
                own,
                y,
                s=60 if numbered else 18,
                color=SERIES[k],
                marker=MARKERS[k],
                alpha=0.8,
                linewidths=0,
                label=text,
            )
    if numbered and weeks:
        top = np.max([played.xi(week) for week in weeks.values()], axis=0) - xi0
        for i, member in enumerate(played.case.members):
            axis.annotate(
                member.name,
                (own[i], top[i]),
                xytext=(0, 8),
                ha="center",
                textcoords="offset points",
                fontsize=8,
                color=style.INK,
            )
    ends = [min(own.min(), 0.0), own.max() * 1.05]
    axis.plot(ends, ends, color=style.INK, linestyle="--", linewidth=1.1, label="equal improvement")
    gains.axhline(0, color=style.INK, linestyle="--", linewidth=1.1)
    axis.set_ylabel("ξ(s2) − ξ(s0) [kWh]")
    gains.set_ylabel("ξ(s2) − ξ(s1) [kWh]")
    for one in (axis, gains):
        one.set_xlabel("ξ(s1) − ξ(s0) [kWh]")
    style.title(
        axis,
        "Improvement over no flexibility",
        f"{played.case.source.split(',')[0]}, week {played.case.week}",
    )
    style.title(gains, "The same, less the line")
    quiet_legend(axis, place="upper left")
    return style.save(figure, path)


def draw_volumes(week: WeekRecord, path: Path) -> Path:
    """Figure 11: the agreed quantities |q*| by hour of the day, over the whole week."""
    figure, (axis, count) = style.figure(2, height=5.4, width=10.0, ratios=[3, 1], share=True)
    by_hour = _by_hour([(s.period, abs(s.q)) for s in week.agreements])
    _boxes(axis, by_hour)
    axis.set_ylabel("agreed quantity |q*| [kWh]")
    axis.set_ylim(0, None)
    style.title(
        axis, "Quantities agreed by hour of the day", "box: quartiles; whiskers: 5 to 95 %; dot: mean"
    )
    count.bar(range(24), [len(values) for values in by_hour], color=style.QUIET)
    count.set_ylabel("agreements")
    _hours(count)
    return style.save(figure, path)


def _by_hour(values: Sequence[tuple[int, float]]) -> list[list[float]]:
    hours: list[list[float]] = [[] for _ in range(24)]
    for period, value in values:
        hours[period % STEPS_PER_DAY // 4].append(value)
    return hours


def _boxes(axis: Axes, by_hour: Sequence[Sequence[float]]) -> None:
    shown = [hour for hour, values in enumerate(by_hour) if len(values)]
    if not shown:
        return
    axis.boxplot(
        [by_hour[hour] for hour in shown],
        positions=shown,
        widths=0.6,
        whis=(5, 95),
        showfliers=False,
        patch_artist=True,
        boxprops={"facecolor": SERIES[5], "edgecolor": style.INK, "alpha": 0.6},
        medianprops={"color": style.INK},
        manage_ticks=False,
    )
    axis.plot(shown, [np.mean(by_hour[hour]) for hour in shown], "o", color=B, markersize=4)


def _hours(axis: Axes) -> None:
    axis.set_xlabel("hour of the day")
    axis.set_xticks(range(0, 24, 2))
    axis.set_xlim(-0.7, 23.7)
