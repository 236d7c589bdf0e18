"""The pictures of a run's loans: who lent when and had it back when, and what the batteries held meanwhile.

Each function draws from a run's rows alone and names the data's source in the picture.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Curve

from market.records import LoanRow
from scenarios.report import style
from scenarios.report.charge import ChargeRow
from scenarios.report.sheet import Sheet
from scenarios.units import TOKEN

Line = Literal["-", ":"]

ENDS: dict[str, tuple[str, Line]] = {
    "returned": (style.NEIGHBOUR, "-"),
    "not all returned: compensated": (style.SHORT, "-"),
    "nothing lent: void": (style.INK, ":"),
}
"""Colour and line of a loan by how it ended."""


def ended(loan: LoanRow) -> str:
    """How a loan ended, as pictures call it."""
    kinds = list(ENDS)
    return kinds[2] if loan.status == "voided" else kinds[1] if loan.shortfall else kinds[0]


def draw_loans(sheet: Sheet, loans: Sequence[LoanRow], path: Path) -> Path:
    """Each loan as an arc from where it is given to where it is returned, and the energy of both legs over the day."""
    figure, (arcs, energy) = style.figure(2, height=7.2, ratios=[3, 2], share=True)
    most = max((loan.quantity for loan in loans), default=1)
    for loan in loans:
        begin, end = (sheet.x(i) + sheet.width / 2 for i in (loan.interval, loan.returned_in))
        colour, line = ENDS[ended(loan)]
        top = 2 * (end - begin)  # the control points of a cubic whose middle is at 3/4 of their height
        curve = Curve(
            [(begin, 0), (begin, top * 2 / 3), (end, top * 2 / 3), (end, 0)],
            [Curve.MOVETO, Curve.CURVE4, Curve.CURVE4, Curve.CURVE4],
        )
        width = 0.6 + 2.4 * loan.quantity / most
        arcs.add_patch(
            PathPatch(curve, facecolor="none", edgecolor=colour, linestyle=line, linewidth=width, alpha=0.75)
        )
    longest = max((loan.returned_in - loan.interval for loan in loans), default=1) * sheet.width
    arcs.set_ylim(0, longest * 1.35)
    arcs.set_ylabel("hours until it is back" if sheet.hours_per_interval else "steps until it is back")
    for kind, (colour, line) in ENDS.items():
        count = sum(ended(loan) == kind for loan in loans)
        arcs.plot([], [], color=colour, linestyle=line, linewidth=2, label=f"{kind} ({count})")
    style.legend(arcs, columns=3)
    style.title(arcs, f"{sheet.title}: loans from giving to returning", sheet.source)

    unit = sheet.utility.base_per_unit
    given, back, missing, void = (np.zeros(sheet.intervals) for _ in range(4))
    for loan in loans:
        first, last = loan.interval - sheet.first, loan.returned_in - sheet.first
        given[first] += loan.principal / unit
        void[first] += (loan.quantity - loan.principal) / unit
        back[last] += min(loan.returned, loan.principal) / unit
        missing[last] += loan.shortfall / unit
    x = np.array([sheet.x(sheet.first + i) for i in range(sheet.intervals)]) + sheet.width / 2
    energy.bar(x, given, sheet.width, color=style.SELLER, label="lent")
    energy.bar(x, void, sheet.width, bottom=given, color=style.QUIET, label="agreed, not lent")
    energy.bar(x, -back, sheet.width, color=style.NEIGHBOUR, label="returned")
    energy.bar(x, -missing, sheet.width, bottom=-back, color=style.SHORT, label="not returned: compensated")
    energy.axhline(0, color=style.INK, linewidth=0.8)
    energy.set_ylabel(f"{sheet.utility.unit} an interval")
    energy.set_xlabel(sheet.axis)
    paid = sum(loan.compensation for loan in loans) / TOKEN
    note = f"{given.sum():.1f} {sheet.utility.unit} lent, {back.sum():.1f} returned, {paid:.3f} tokens for the rest"
    style.title(energy, "Both legs at the meters", note)
    low, high = -float((back + missing).max(initial=0.1)), float((given + void).max(initial=0.1))
    energy.set_ylim(1.08 * low, high + 0.35 * (high - low))
    style.legend(energy, columns=4)
    style.time_axis(energy, sheet)
    return style.save(figure, path)


def draw_charge(sheet: Sheet, charge: Sequence[ChargeRow], loans: Sequence[LoanRow], path: Path) -> Path:
    """What each battery held, and the legs of its home's loans over it: received upwards, given downwards."""
    homes = list(dict.fromkeys(row.home for row in charge))
    figure, axes = style.figure(max(len(homes), 1), height=1.0 + 1.35 * max(len(homes), 1), share=True)
    unit = sheet.utility.base_per_unit
    x = np.array([sheet.x(sheet.first + i) for i in range(sheet.intervals)]) + sheet.width / 2
    peak = max((loan.quantity for loan in loans), default=1) / unit
    for axis, home in zip(axes, homes, strict=False):
        rows = [row for row in charge if row.home == home]
        capacity = rows[0].capacity
        times = [sheet.x(row.interval + 1) for row in rows]
        axis.fill_between(
            times, [100 * row.stored / capacity for row in rows], color=style.PROVIDER, alpha=0.3, linewidth=0
        )
        axis.plot(times, [100 * row.stored / capacity for row in rows], color=style.PROVIDER, linewidth=1.4)
        axis.set_ylim(0, 100)
        axis.set_yticks([0, 50, 100])
        axis.set_ylabel("% full")
        style.title(axis, home, f"{capacity:g} kWh")
        legs = axis.twinx()
        style.plain(legs)
        legs.grid(visible=False)
        out, into = _legs(sheet, loans, home)
        legs.bar(x, into / unit, sheet.width, color=style.BUYER, label="received")
        legs.bar(x, -out / unit, sheet.width, color=style.SELLER, label="given")
        legs.set_ylim(-2.2 * peak, 2.2 * peak)
        legs.set_ylabel(sheet.utility.unit, fontsize=9)
        if home == homes[-1]:
            handles, labels = legs.get_legend_handles_labels()
            figure.legend(handles, labels, loc="upper right", ncols=2, frameon=False, fontsize=9)
    figure.suptitle(
        f"{sheet.title}: batteries (left), and what loans moved (right)",
        x=0.01,
        ha="left",
        fontsize=11,
        fontweight="bold",
        color=style.INK,
    )
    axes[-1].set_xlabel(sheet.axis)
    style.time_axis(axes[-1], sheet)
    return style.save(figure, path)


def _legs(sheet: Sheet, loans: Sequence[LoanRow], home: str) -> tuple[style.FloatArray, style.FloatArray]:
    """What ``home`` gave and received in each interval, base units."""
    out, into = np.zeros(sheet.intervals), np.zeros(sheet.intervals)
    for loan in loans:
        for giver, taker, interval, amount in (
            (loan.lender, loan.borrower, loan.interval, loan.principal),
            (loan.borrower, loan.lender, loan.returned_in, min(loan.returned, loan.principal)),
        ):
            out[interval - sheet.first] += amount if giver == home else 0
            into[interval - sheet.first] += amount if taker == home else 0
    return out, into
