"""Pictures of a community's strategies, of one negotiation, and of bids."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from agents.community.session import COMMUNITY
from scenarios.community.bidding import BidDays
from scenarios.community.build import Case
from scenarios.community.compare import StrategyOutcome
from scenarios.report import style
from scenarios.units import ELECTRICITY, TOKEN

COLOURS = (style.NEIGHBOUR, style.PROVIDER, style.SELLER, style.BUYER, style.SHORT, style.FAINT)
MOST_MEMBERS = 10
"""Bars side by side that can be told apart."""


def draw_strategies(case: Case, found: Sequence[StrategyOutcome], path: Path) -> Path:
    """What each strategy brings: members' benefits, utilities, turns."""
    figure, axes = style.figure(3, height=8.6, width=9.6, ratios=[1.5, 1.1, 0.8])
    names = [one.strategy for one in found]
    spots = np.arange(len(found))
    shown = [member.name for member in found[0].members][:MOST_MEMBERS]
    width = 0.8 / len(shown)
    for i, name in enumerate(shown):
        values = [100 * one.member(name).share for one in found]
        axes[0].bar(
            spots + (i - (len(shown) - 1) / 2) * width,
            values,
            width * 0.92,
            color=COLOURS[i % len(COLOURS)],
            label=name,
        )
    axes[0].axhline(0, color=style.INK, linewidth=0.8)
    axes[0].set_ylabel("% of the old cost")
    style.title(axes[0], "Benefit of each member against its old tariff", _note(case))
    axes[0].margins(y=0.25)
    style.legend(axes[0], columns=min(len(shown), 5))
    for label, marker, colour, values in (
        ("average (Def. 10)", "o", style.NEIGHBOUR, [one.average_utility for one in found]),
        ("weighted by size (Def. 11)", "D", style.BUYER, [one.weighted_utility for one in found]),
    ):
        axes[1].plot(spots, values, marker, color=colour, label=label, markersize=7)
    axes[1].margins(y=0.35)
    axes[1].set_ylabel("utility")
    style.title(axes[1], "Utility of the community", "of the old tariffs where there is no contract")
    style.legend(axes[1], columns=2)
    heights = [one.turns for one in found]
    colours = [style.QUIET if one.rates is None else style.SELLER for one in found]
    bars = axes[2].bar(spots, heights, 0.55, color=colours)
    axes[2].bar_label(bars, fontsize=9, color=style.INK, padding=2)
    axes[2].margins(y=0.25)
    axes[2].set_ylabel("turns")
    style.title(axes[2], "Turns until it ended", "pale: no contract")
    for axis in axes:
        axis.set_xticks(spots, names)
    return style.save(figure, path)


def same_courses(found: Sequence[StrategyOutcome]) -> list[list[StrategyOutcome]]:
    """Strategies with which the same was offered at the same turns and came of it, together; in their order."""
    courses: dict[object, list[StrategyOutcome]] = {}
    for one in found:
        negotiated = one.contract.negotiated
        course = (negotiated.offers, negotiated.passes, negotiated.turns, one.told(), one.rates)
        courses.setdefault(course, []).append(one)
    return list(courses.values())


def draw_negotiation(case: Case, course: Sequence[StrategyOutcome], path: Path) -> Path:
    """Rates offered turn by turn, one panel a block, by strategies that took the same course."""
    found, names = course[0], ", ".join(one.strategy for one in course)
    blocks = case.blocks.names
    negotiated = found.contract.negotiated
    figure, axes = style.figure(1, height=4.4, width=4.9 * len(blocks), columns=len(blocks))
    for k, (axis, name) in enumerate(zip(axes, blocks, strict=True)):
        for who, label, marker, colour in (
            (1 - COMMUNITY, case.table.retailer.name, "s", style.PROVIDER),
            (COMMUNITY, found.contract.community.name, "o", style.NEIGHBOUR),
        ):
            made = [offer for offer in negotiated.offers if offer.who == who]
            axis.plot(
                [offer.round for offer in made],
                [ELECTRICITY.tokens_per_unit(offer.values[k]) for offer in made],
                "-" + marker,
                color=colour,
                label=label,
                markersize=5,
                linewidth=1.2,
            )
        for turn in negotiated.passes:
            axis.axvline(turn, color=style.QUIET, linewidth=5, zorder=0)
        if found.rates is not None:
            axis.axhline(
                ELECTRICITY.tokens_per_unit(found.rates[k]), color=style.INK, linestyle=":", linewidth=1.2
            )
        axis.margins(y=0.22)
        axis.set_xlabel("turn" + (" (grey: the community sent none)" if negotiated.passes else ""))
        axis.set_ylabel("tokens per kWh")
        style.title(axis, name, f"{found.told()}, {found.turns} turns")
        style.legend(axis, columns=1, place="best")
    figure.suptitle(names, fontsize=11, color=style.INK, x=0.01, ha="left")
    return style.save(figure, path)


def draw_bids(case: Case, found: Sequence[BidDays], path: Path) -> Path:
    """The first strategy's bids beside the market's prices, and what each strategy saved hour by hour."""
    first = found[0]
    figure, axes = style.figure(2, height=7.2, width=10.5, ratios=[1.5, 1])
    hours = np.arange(len(first.hours))
    prices = np.array([ELECTRICITY.tokens_per_unit(price) for price in first.prices])
    axes[0].step(hours, prices, where="mid", color=style.INK, linewidth=1.3, label="market")
    for label, colour, marker, taken in (
        ("bid, taken", style.NEIGHBOUR, "o", True),
        ("bid, not taken", style.BUYER, "x", False),
    ):
        some = [
            i
            for i, (bid, paid) in enumerate(zip(first.bids, first.paid, strict=True))
            if bid is not None and paid.accepted is taken
        ]
        bids = [bid.price for bid in (first.bids[i] for i in some) if bid is not None]
        axes[0].plot(
            some,
            [ELECTRICITY.tokens_per_unit(bid) for bid in bids],
            marker,
            color=colour,
            markersize=4.5,
            label=label,
        )
    axes[0].margins(y=0.2)
    axes[0].set_ylabel("tokens per kWh")
    style.title(axes[0], f"Bids by {first.strategy}", "no mark: no bid, the old rates are paid")
    style.legend(axes[0], columns=3)
    lines: dict[tuple[float, ...], list[str]] = {}
    for one in found:
        saved = [
            float(sum(paid.at_old_rates.values()) - sum(paid.paid.values()))
            / TOKEN
            / float(case.table.currency.tokens)
            for paid in one.paid
        ]
        lines.setdefault(tuple(np.cumsum(saved).tolist()), []).append(one.strategy)
    for i, (line, names) in enumerate(lines.items()):
        axes[1].plot(hours, line, color=COLOURS[i % len(COLOURS)], linewidth=1.6, label=", ".join(names))
    axes[1].axhline(0, color=style.FAINT, linewidth=0.8)
    axes[1].margins(y=0.2)
    axes[1].set_ylabel(case.table.currency.name)
    style.title(axes[1], "Saved against the old tariff, summed up", _note(case))
    style.legend(axes[1], columns=3)
    days = [i for i, hour in enumerate(first.hours) if hour.hour == 0]
    for axis in axes:
        axis.set_xticks(days, [f"{first.hours[i]:%d %b}" for i in days])
        axis.set_xlim(-1, len(hours))
    return style.save(figure, path)


def _note(case: Case) -> str:
    return "illustrative inputs" if case.table.illustrative else ""
