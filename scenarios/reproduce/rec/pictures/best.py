"""What the paper does not show: how far from the best possible, why sessions fail, and many weeks beside one."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from agents.cooperative.record import WeekRecord
from scenarios.report import style
from scenarios.reproduce.rec.many import Samples, gain_share
from scenarios.reproduce.rec.measures import STEPS_PER_DAY, Measures
from scenarios.reproduce.rec.pictures.palette import MARKERS, SERIES, quiet_legend
from scenarios.reproduce.rec.play import Optima


def draw_best(labels: Mapping[str, str], figures: Mapping[str, Measures], optima: Optima, path: Path) -> Path:
    """sws over s1 of every strategy and market, beside what a central planner could gain."""
    base = figures["s1"].sws
    bars: list[tuple[str, float, float | None, str]] = [
        (label, figures[name].sws - base, None, SERIES[0]) for name, label in labels.items()
    ]
    best = (
        ("planner, each home alone", optima.alone_feasible, optima.alone_bound),
        ("planner, loans", optima.loans_feasible, optima.loans_bound),
        ("planner, loans, nobody worse than s1", None, optima.fair_bound),
        ("planner, free exchange", optima.free_feasible, optima.free_bound),
    )
    for label, feasible, bound in best:
        if bound is not None:
            bars.append((label, 0.0 if feasible is None else feasible - base, bound - base, style.FAINT))
    figure, (axis,) = style.figure(1, height=1.6 + 0.44 * len(bars), width=10.0)
    y = np.arange(len(bars))[::-1]
    for at, (_, value, bound, colour) in zip(y, bars, strict=True):
        axis.barh(at, value, color=colour, height=0.62)
        text = f"{value:.1f}"
        if bound is None:
            text += f"  ({100 * gain_share(value, 0.0, optima.loans_bound - base):.0f} % of the planner's bound under loans)"
        elif bound > value + 1e-6:
            axis.barh(
                at, bound - value, left=value, color="white", edgecolor=style.FAINT, hatch="////", height=0.62
            )
            text = f"{value:.1f} to {bound:.1f}" if value > 0 else f"at most {bound:.1f}"
        axis.text(max(value, bound or 0.0, 0.0), at, f"  {text}", va="center", fontsize=8.5, color=style.INK)
    axis.set_yticks(y, [label for label, *_ in bars])
    axis.grid(axis="y", visible=False)
    axis.grid(axis="x", color=style.GRID)
    axis.axvline(0, color=style.INK, linewidth=0.8)
    axis.set_xlim(min(0.0, *(value for _, value, *_ in bars)) * 1.1, max(b or v for _, v, b, _ in bars) * 1.3)
    axis.set_xlabel(
        "sws over that of s1 [kWh]; hatched: between what batteries were shown to reach and the proven bound"
    )
    style.title(axis, "How much of the possible gain is captured")
    return style.save(figure, path)


def draw_success(weeks: Mapping[str, WeekRecord], quantiles: Sequence[float], path: Path) -> Path:
    """Why sessions fail: success by hour of the day, and by how much the two sides aspire to together."""
    figure, (hours, sums) = style.figure(1, height=4.4, width=11.5, columns=2)
    for k, (label, week) in enumerate(weeks.items()):
        period = np.array([s.period % STEPS_PER_DAY // 4 for s in week.sessions], np.int64)
        agreed = np.array([s.agreed for s in week.sessions], np.float64)
        together = np.array([quantiles[s.a] + quantiles[s.b] for s in week.sessions]) * 50
        rate = f"{label}: {100 * week.success_rate:.0f} %"
        shown = [hour for hour in range(24) if (period == hour).any()]
        by_hour = [100 * float(agreed[period == hour].mean()) for hour in shown]
        edges = np.arange(np.floor(together.min() / 2.5) * 2.5, together.max() + 2.5, 2.5)
        middles: list[float] = []
        rates: list[float] = []
        for low in edges:
            inside = (together >= low) & (together < low + 2.5)
            if inside.sum() >= 10:
                middles.append(float(low) + 1.25)
                rates.append(100 * float(agreed[inside].mean()))
        for axis, x, y in ((hours, shown, by_hour), (sums, middles, rates)):
            axis.plot(x, y, color=SERIES[k], marker=MARKERS[k], markersize=4, linewidth=1.3, label=rate)
    for axis in (hours, sums):
        axis.axhline(80, color=style.FAINT, linewidth=1.0, linestyle="--")
        axis.set_ylim(0, 105)
        axis.set_ylabel("sessions that ended in a loan [%]")
    hours.set_xlabel("hour of the day")
    hours.set_xticks(range(0, 24, 4))
    sums.set_xlabel("mean of the two sides' reservation [%]")
    style.title(hours, "When sessions succeed", "dashed: the paper's 80 %")
    style.title(sums, "Who agrees with whom")
    quiet_legend(sums, place="lower left")
    return style.save(figure, path)


def draw_many(labels: Mapping[str, str], samples: Samples, path: Path) -> Path:
    """Gain over s1, agents above the line, the least gain of one, and success rate in every week (points: seeds)."""
    figure, axes = style.figure(4, height=10.4, width=10.5, share=True)
    weeks = samples.weeks
    rows = (
        (axes[0], "gain", 1.0, "sws over s1 [kWh]"),
        (axes[1], "share_above", 100.0, "agents above the line [%]"),
        (axes[2], "least_gain", 1.0, "least gain of an agent [kWh]"),
        (axes[3], "success", 100.0, "success rate [%]"),
    )
    width = 0.8 / max(len(labels), 1)
    for axis, key, scale, unit in rows:
        for k, (name, label) in enumerate(labels.items()):
            values = scale * samples.values(name, key)
            if not np.isfinite(values).any():
                continue
            x = np.array([weeks.index(one.week) for one in samples.samples]) + (k + 0.5) * width - 0.4
            axis.plot(
                x,
                values,
                MARKERS[k % len(MARKERS)],
                color=SERIES[k % len(SERIES)],
                markersize=4,
                alpha=0.75,
                label=label,
            )
        axis.set_ylabel(unit)
    axes[1].axhline(80, color=style.FAINT, linewidth=1.0, linestyle="--")
    axes[0].set_ylim(min(0.0, axes[0].get_ylim()[0]), axes[0].get_ylim()[1] * 1.35)
    quiet_legend(axes[0], place="upper left", columns=3)
    axes[2].axhline(0, color=style.FAINT, linewidth=1.0, linestyle="--")
    axes[3].set_xticks(range(len(weeks)), [str(week) for week in weeks])
    axes[3].set_xlabel("week of the year")
    style.title(axes[0], "The same over the year", f"{len(weeks)} weeks, {len(samples.seeds)} seeds each")
    return style.save(figure, path)
