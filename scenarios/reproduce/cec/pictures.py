"""Pictures of the case: members' benefits, what they depend on, and how often each statement holds among random communities."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from scenarios.community.build import Case
from scenarios.report import style
from scenarios.reproduce.cec.statements import STATEMENTS, Played
from scenarios.reproduce.cec.sweep import Row, by_feature, shares

COLOURS = (style.NEIGHBOUR, style.PROVIDER, style.SELLER)

DEPENDS: Final = (
    (
        "consensus-cheaper",
        "CSV, USV cost less than SSV, MSV",
        "priority",
        "weight of the rate that a member minds",
    ),
    ("sdv-rm", "SDV = RM", "mediator_weight", "mediator's weight (half and more)"),
    ("borda-best", "SBV: the highest average utility", "priority", "weight of the rate that a member minds"),
    ("borda-longer", "SBV takes more turns", "members", "members"),
    ("all-gain", "All members gain (USV)", "members", "members"),
    ("small-gain-most", "The largest gains least", "members", "members"),
    (
        "harmed",
        "The mediator harms somebody (RM)",
        "mediator_skill",
        "mediator's concession rate: expert to poor",
    ),
    ("idm-better", "RM-IDM better than RM", "mediator_skill", "mediator's concession rate: expert to poor"),
    ("idm-better", "RM-IDM better than RM", "careful", "customers accept: up to limits, or what they have"),
)
"""(rule, title, feature, what it is)"""


def draw_benefits(case: Case, played: Sequence[Played], path: Path) -> Path:
    """As Table 6: what each member gains or loses by its community's own strategy."""
    figure, axes = style.figure(1, height=4.4, width=10.5, columns=len(played))
    every = [0.0, *(100 * member.share for one in played for member in one.own.members)]
    room = 0.15 * (max(every) - min(every))
    bottom, top = min(every) - room, max(every) + room
    for axis, one in zip(axes, played, strict=True):
        members = sorted(one.own.members, key=lambda member: -member.weight)
        shares = [100 * member.share for member in members]
        colours = [style.SHORT if share < 0 else style.NEIGHBOUR for share in shares]
        bars = axis.bar(range(len(members)), shares, 0.6, color=colours)
        axis.bar_label(bars, fmt="%+.1f %%", fontsize=9, color=style.INK, padding=3)
        names = [f"{member.name}\n{100 * member.weight:.0f} %" for member in members]
        axis.set_xticks(range(len(members)), names)
        axis.axhline(0, color=style.INK, linewidth=0.8)
        axis.set_ylim(bottom, top)
        axis.set_ylabel("benefit, % of the old cost")
        style.title(axis, one.own.contract.community.name, f"{one.own.strategy}; weights below")
    figure.supxlabel("illustrative inputs" if case.table.illustrative else "", fontsize=9, color=style.FAINT)
    return style.save(figure, path)


def draw_rise(case: Case, benefits: Mapping[float, Mapping[str, float]], path: Path) -> Path:
    """Members' benefits, if own tariffs were of a year in which electricity cost less by so much."""
    figure, axes = style.figure(1, height=4.4, width=11.0, columns=len(case.communities))
    rises = sorted(benefits)
    for axis, community in zip(axes, case.communities, strict=True):
        for i, member in enumerate(sorted(community.members, key=lambda member: -member.size)):
            values = [100 * benefits[rise][member.name] for rise in rises]
            axis.plot(
                [100 * rise for rise in rises],
                values,
                "-o",
                color=COLOURS[i],
                markersize=4,
                label=member.name,
            )
        axis.axhline(0, color=style.INK, linewidth=0.8)
        axis.margins(y=0.25)
        axis.set_xlabel("rise since the own tariff, %")
        axis.set_ylabel("benefit, % of the old cost")
        style.title(axis, community.name)
        style.legend(axis, columns=1, place="best")
    return style.save(figure, path)


def draw_statements(rows: Sequence[Row], held: Mapping[str, bool], path: Path) -> Path:
    """For each statement how many random communities are as it says, and whether the case is."""
    found = shares(rows)
    figure, (axis,) = style.figure(1, height=6.4, width=10.5)
    places = np.arange(len(STATEMENTS))[::-1]
    for place, statement in zip(places, STATEMENTS, strict=True):
        one = found[statement.id]
        if not one.of:
            continue
        holds, even = 100 * one.share, 100 * one.even / one.of
        axis.barh(place, holds, 0.62, color=style.NEIGHBOUR)
        axis.barh(place, even, 0.62, left=holds, color=style.QUIET)
        axis.barh(place, 100 - holds - even, 0.62, left=holds + even, color=style.BUYER)
        low, high = one.interval
        axis.plot([100 * low, 100 * high], [place, place], color=style.INK, linewidth=1.6)
        axis.text(102.5, place, f"{one.of}", va="center", fontsize=9, color=style.INK)
        told, colour = ("yes", style.NEIGHBOUR) if held[statement.id] else ("no", style.SHORT)
        axis.text(108, place, told, va="center", fontsize=9, fontweight="bold", color=colour)
    axis.text(102.5, len(STATEMENTS) - 0.35, "of", fontsize=9, color=style.FAINT)
    axis.text(108, len(STATEMENTS) - 0.35, "case", fontsize=9, color=style.FAINT)
    axis.set_yticks(places, [statement.paper for statement in STATEMENTS])
    axis.set_xlim(0, 115)
    axis.set_xticks(range(0, 101, 20))
    axis.set_xlabel("% of random communities")
    axis.grid(visible=False)
    keys = [
        Patch(color=colour, label=label)
        for label, colour in (
            ("as the paper says", style.NEIGHBOUR),
            ("no difference", style.QUIET),
            ("the other way round", style.BUYER),
        )
    ]
    interval = Line2D([], [], color=style.INK, linewidth=1.6, label="95 % interval")
    axis.legend(
        handles=[*keys, interval],
        loc="upper center",
        bbox_to_anchor=(0.42, -0.09),
        ncols=4,
        frameon=False,
        fontsize=9,
    )
    style.title(axis, "What the paper says, among random communities")
    return style.save(figure, path)


def draw_depends(rows: Sequence[Row], path: Path) -> Path:
    """Shares against what they depend on."""
    columns = 3
    figure, axes = style.figure(len(DEPENDS) // columns, height=10.0, width=11.5, columns=columns)
    for axis, (rule, name, feature, label) in zip(axes, DEPENDS, strict=True):
        points = by_feature(rows, rule, feature)
        xs = [x for x, _ in points]
        axis.plot(xs, [100 * one.share for _, one in points], "-o", color=style.NEIGHBOUR, markersize=5)
        for x, one in points:
            axis.plot([x, x], [100 * end for end in one.interval], color=style.NEIGHBOUR, linewidth=1.3)
        if feature == "mediator_skill":
            axis.set_xscale("log", base=2)
            axis.set_xticks([0.25, 0.5, 1, 2, 4], ["¼", "½", "1", "2", "4"])
        if feature == "careful":
            axis.set_xlim(-0.5, 1.5)
            axis.set_xticks([0, 1], ["up to limits", "not less than now"])
        axis.set_ylim(-3, 103)
        axis.set_xlabel(label, fontsize=9)
        axis.set_ylabel("% as the paper says", fontsize=9)
        axis.set_title(name, loc="left", fontsize=10, fontweight="bold", color=style.INK)
    return style.save(figure, path)
