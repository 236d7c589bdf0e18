"""Who decides a day's loans how, and what each home expected to gain by them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from agents.lender import Lender
from scenarios.report import style
from scenarios.report.folder import RunFolder
from scenarios.report.tables import frame, write_tables
from scenarios.schema import PartyTable


@dataclass(frozen=True, slots=True, kw_only=True)
class LendingRow:
    """One home's day of loans."""

    home: str
    learned: bool
    """A policy decides in its sessions, not an aspiration."""
    decides: str
    """``policy`` and its name or file; ``aspiration 0.40`` with its quantile where the paper's agent decides."""
    sessions: int
    loans: int
    """Recorded, given or taken."""
    gain: float
    """Of those over no deal, as the home expected when it agreed, in the unit of its utility: kWh of losses and of trade
    outside, weighted (tokens for the cost)."""
    least: float
    """The least of them; 0 without any."""


def lending_rows(parties: Sequence[PartyTable], lenders: Sequence[Lender]) -> list[LendingRow]:
    """A row for each home that lends and borrows, in the order of the file."""
    tables = {party.name: party.loans for party in parties}
    rows = []
    for lender in lenders:
        table = tables[lender.name]
        assert table is not None
        record = lender.record
        rows.append(
            LendingRow(
                home=lender.name,
                learned=table.policy is not None,
                decides=f"policy {table.policy}" if table.policy else f"aspiration {table.aspiration:.2f}",
                sessions=record.sessions,
                loans=record.loans,
                gain=record.gain,
                least=record.least,
            )
        )
    return rows


def report_lending(folder: RunFolder, rows: Sequence[LendingRow], *, pictures: bool) -> None:
    """Write the table ``lending`` and, if asked, its picture."""
    write_tables(folder.tables, {"lending": frame(LendingRow, rows)})
    if pictures:
        draw_lending(rows, folder.pictures / "lending.png")


def draw_lending(rows: Sequence[LendingRow], path: Path) -> Path:
    """What each home expected to gain by its loans, and how it decides."""
    ordered = sorted(rows, key=lambda row: row.gain)
    figure, (axis,) = style.figure(1, height=1.4 + 0.42 * max(len(rows), 1), width=8.5)
    places = np.arange(len(ordered))
    colours = [style.NEIGHBOUR if row.learned else style.QUIET for row in ordered]
    axis.barh(places, [row.gain for row in ordered], color=colours, height=0.62)
    axis.set_yticks(places, [f"{row.home}, {row.decides}" for row in ordered])
    for place, (label, row) in enumerate(zip(axis.get_yticklabels(), ordered, strict=True)):
        label.set_fontweight("bold" if row.learned else "normal")
        axis.text(
            row.gain, place, f" {row.loans} of {row.sessions}", va="center", fontsize=8, color=style.INK
        )
    axis.margins(x=0.12)
    axis.grid(axis="y", visible=False)
    axis.grid(axis="x", color=style.GRID)
    axis.set_xlabel("gained over no loan, as expected when agreed, kWh", color=style.INK)
    style.title(axis, "Who decides loans how", "at each bar: loans of sessions")
    return style.save(figure, path)
