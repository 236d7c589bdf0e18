"""The picture of a community that trades as one party: its members behind its meter, and what each has of its deals."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from market.records import ReadingRow
from scenarios.community.shares import ShareRow, SubmeterRow
from scenarios.report import style
from scenarios.report.sheet import Sheet
from scenarios.units import TOKEN

COLOURS = (style.NEIGHBOUR, style.PROVIDER, style.SELLER, style.BUYER, style.SHORT, style.FAINT)


def draw_community(
    sheet: Sheet,
    name: str,
    shares: Sequence[ShareRow],
    submeters: Sequence[SubmeterRow],
    readings: Sequence[ReadingRow],
    path: Path,
) -> Path:
    """What each submeter of the community ``name`` read over the day and its own meter beside them; who got and paid what."""
    unit = sheet.utility.base_per_unit
    shares = [row for row in shares if row.community == name]
    members = [row.member for row in shares]
    net = {meter: np.zeros(sheet.intervals) for meter in (name, *members)}
    for row in submeters:
        if row.community == name:
            net[row.member][row.interval - sheet.first] = (row.exported - row.imported) / unit
    for reading in readings:
        if reading.meter == name:
            net[name][reading.interval - sheet.first] = (reading.exported - reading.imported) / unit
    figure, (energy, tokens) = style.figure(1, height=4.6, width=12.0, columns=2)
    x = np.array([sheet.x(sheet.first + i) for i in range(sheet.intervals)]) + sheet.width / 2
    for sign in (1, -1):
        base = np.zeros(sheet.intervals)
        for i, member in enumerate(members):
            part = np.maximum(sign * net[member], 0) * sign
            colour = COLOURS[i % len(COLOURS)]
            energy.bar(x, part, sheet.width, bottom=base, color=colour, label=member if sign > 0 else None)
            base += part
    energy.step(x, net[name], where="mid", color=style.INK, linewidth=1.3, label=f"meter of {name}")
    energy.axhline(0, color=style.INK, linewidth=0.8)
    energy.set_ylabel(f"{sheet.utility.unit} an interval, fed in above 0")
    energy.set_xlabel(sheet.axis)
    low, high = energy.get_ylim()
    energy.set_ylim(low, high + 0.3 * (high - low))
    style.title(energy, f"{name}: one meter for {len(members)}", sheet.source)
    style.legend(energy, columns=2)
    style.time_axis(energy, sheet)

    y = np.arange(len(members))[::-1]
    tokens.barh(y + 0.2, [row.proceeds / TOKEN for row in shares], 0.36, color=style.SELLER, label="proceeds")
    tokens.barh(y - 0.2, [row.costs / TOKEN for row in shares], 0.36, color=style.BUYER, label="costs")
    tokens.set_yticks(y, members)
    tokens.grid(axis="y", visible=False)
    tokens.grid(axis="x", color=style.GRID)
    tokens.set_xlabel("tokens")
    style.title(tokens, "Shares", "proceeds by what was fed in, costs by what was drawn")
    style.legend(tokens, columns=1, place="best")
    return style.save(figure, path)
