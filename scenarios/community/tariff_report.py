"""Rows, tables and pictures of a contract's year."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from agents.community.members import Member
from scenarios.community.billing import TariffRecord
from scenarios.community.negotiated import Contract
from scenarios.community.tariff_load import TariffScenario
from scenarios.hosts import GasRow
from scenarios.report import style
from scenarios.report.folder import RunFolder
from scenarios.report.tables import frame, write_tables
from scenarios.units import ELECTRICITY, TOKEN

COLOURS = (
    "#0f8b8d",
    "#ec9a29",
    "#143642",
    "#c8553d",
    "#7a9e9f",
    "#f6cf95",
    "#5b5f97",
    "#a8201a",
    "#8a97a6",
    "#b8c4bb",
)
UNITS = """\
# What the columns count

| columns | unit |
| --- | --- |
| energy | Wh, net: negative where more was fed in than drawn |
| rate | token units per Wh (1,000,000 token units are 1 token) |
| amount, paid, short, at_old_rates, deposit, fee, refunded | token units; amounts below 0 are paid to the member |
| month | of the contract, from 1 |
| gas, fees_wei | gas, wei; of a resumed run only since it went on |

Rows are described in `scenarios/community/tariff_report.py`.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BillRow:
    """A month's bill."""

    community: str
    member: str
    month: int
    begins: str
    ends: str
    """On the clocks of the contract's zone."""
    metered: bool
    """By registers; otherwise by the contracted volumes."""
    energy: int
    amount: int
    paid: int
    """What moved, in the same direction."""
    short: int
    """What the deposit that pays no longer had."""
    at_old_rates: int
    """What the same energy would have cost before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeRow:
    """What was billed of a block in a month."""

    community: str
    member: str
    month: int
    block: str
    energy: int
    rate: int
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRow:
    """A member's year."""

    community: str
    member: str
    months: int
    """Billed."""
    energy: int
    at_old_rates: int
    amount: int
    paid: int
    short: int
    deposit: int
    fee: int
    """For leaving."""
    refunded: int
    """Of its deposit, after its last bill."""

    @property
    def saving(self) -> int:
        """What the same energy would have cost more at the old rates; less what leaving cost."""
        return self.at_old_rates - self.amount - self.fee


def bill_rows(scenario: TariffScenario, contracts: Iterable[Contract], record: TariffRecord) -> list[BillRow]:
    """Every bill, in the order of months, communities and names."""
    old = {member.name: member.old_rates for contract in contracts for member in contract.members}
    spans = [
        (begin.date().isoformat(), end.date().isoformat())
        for begin, end in pairwise(scenario.case.boundaries)
    ]
    rows = [
        BillRow(
            community=community,
            member=name,
            month=bill.period + 1,
            begins=spans[bill.period][0],
            ends=spans[bill.period][1],
            metered=bill.metered,
            energy=sum(bill.volumes),
            amount=bill.amount,
            paid=bill.paid if bill.amount > 0 else -bill.paid,
            short=abs(bill.amount) - bill.paid,
            at_old_rates=sum(rate * volume for rate, volume in zip(old[name], bill.volumes, strict=False)),
        )
        for community, name, bill in record.bills
    ]
    return sorted(rows, key=lambda row: (row.month, row.community, row.member))


def volume_rows(scenario: TariffScenario, record: TariffRecord) -> list[VolumeRow]:
    """Every bill's blocks."""
    rates = {running.contract.community.name: running.terms.rates for running in record.signed}
    return [
        VolumeRow(
            community=community,
            member=name,
            month=bill.period + 1,
            block=block,
            energy=volume,
            rate=rate,
            amount=rate * volume,
        )
        for community, name, bill in record.bills
        for block, rate, volume in zip(
            scenario.case.blocks.names, rates[community], bill.volumes, strict=False
        )
    ]


def member_rows(
    scenario: TariffScenario, contracts: Sequence[Contract], record: TariffRecord, bills: Sequence[BillRow]
) -> list[MemberRow]:
    """Every member who joined, in the order of communities and names."""
    fees = {name: done.fee for _, name, done in record.exits}
    refunded: dict[str, int] = defaultdict(int)
    ends = [(name, bill.refunded) for _, name, bill in record.bills]
    for name, left in [*ends, *((name, done.refunded) for _, name, done in record.exits)]:
        refunded[name] += left or 0
    deposits = {meter.member: int(meter.deposit * TOKEN) for meter in scenario.table.meters}
    signed = {running.contract.community.name for running in record.signed}
    members: list[tuple[str, Member]] = [
        (contract.community.name, member)
        for contract in contracts
        if contract.community.name in signed
        for member in contract.members
    ]
    rows = []
    for community, member in members:
        own = [row for row in bills if row.member == member.name]
        rows.append(
            MemberRow(
                community=community,
                member=member.name,
                months=len(own),
                energy=sum(row.energy for row in own),
                at_old_rates=sum(row.at_old_rates for row in own),
                amount=sum(row.amount for row in own),
                paid=sum(row.paid for row in own),
                short=sum(row.short for row in own),
                deposit=deposits[member.name],
                fee=fees.get(member.name, 0),
                refunded=refunded[member.name],
            )
        )
    return rows


def write_tariff_report(
    folder: RunFolder,
    scenario: TariffScenario,
    source: str,
    *,
    record: TariffRecord,
    bills: Sequence[BillRow],
    members: Sequence[MemberRow],
    gas: Sequence[GasRow],
    pictures: bool,
) -> None:
    """Write every table and, if asked, every picture."""
    write_tables(
        folder.tables,
        {
            "bills": frame(BillRow, bills),
            "volumes": frame(VolumeRow, volume_rows(scenario, record)),
            "members": frame(MemberRow, members),
            "gas": frame(GasRow, gas),
        },
    )
    (folder.tables / "README.md").write_text(UNITS, encoding="utf-8")
    if pictures and bills:
        draw_bills(scenario, source, bills, folder.pictures / "bills.png")
        draw_costs(scenario, source, members, folder.pictures / "costs.png")


def draw_bills(scenario: TariffScenario, source: str, bills: Sequence[BillRow], path: Path) -> Path:
    """Each month's bills, stacked by member: above 0 what members pay, below what they are paid; what was short hatched."""
    names = sorted({row.member for row in bills})
    months = scenario.table.contract.months
    x = np.arange(1, months + 1)
    figure, (axis,) = style.figure(1, height=5.0, width=11.0)
    tops, bottoms = np.zeros(months), np.zeros(months)
    for i, name in enumerate(names):
        amounts, short, estimated = np.zeros(months), np.zeros(months), np.zeros(months, bool)
        for row in bills:
            if row.member == name:
                at = row.month - 1
                amounts[at], short[at] = row.amount / TOKEN, row.short / TOKEN
                estimated[at] = not row.metered
        base = np.where(amounts >= 0, tops, bottoms)
        colour = COLOURS[i % len(COLOURS)]
        axis.bar(x, amounts, 0.72, bottom=base, color=colour, label=name)
        axis.bar(
            x,
            np.sign(amounts) * short,
            0.72,
            bottom=base + amounts - np.sign(amounts) * short,
            color="none",
            edgecolor="white",
            hatch="////",
            linewidth=0,
        )
        for at in np.flatnonzero(estimated).tolist():
            axis.annotate(
                "contract",
                (x[at], base[at] + amounts[at] / 2),
                ha="center",
                va="center",
                fontsize=7.5,
                color="white",
            )
        tops += np.maximum(amounts, 0)
        bottoms += np.minimum(amounts, 0)
    axis.axhline(0, color=style.INK, linewidth=0.8)
    axis.set_xticks(x, [begin.strftime("%b") for begin in scenario.case.boundaries[:-1]])
    axis.set_ylabel("tokens a month")
    low, high = axis.get_ylim()
    axis.set_ylim(low - 0.03 * (high - low), high + 0.25 * (high - low))
    style.title(
        axis, scenario.table.title or scenario.table.name, f"{source}; hatched: the deposit was used up"
    )
    style.legend(axis, columns=min(len(names), 8))
    return style.save(figure, path)


def draw_costs(scenario: TariffScenario, source: str, members: Sequence[MemberRow], path: Path) -> Path:
    """What each member's energy cost at the contract's rates, beside what it would have cost at its old ones."""
    names = [row.member for row in members]
    y = np.arange(len(names))[::-1]
    figure, (axis,) = style.figure(1, height=1.6 + 0.5 * len(names), width=9.0)
    old = [row.at_old_rates / TOKEN for row in members]
    new = [(row.amount + row.fee) / TOKEN for row in members]
    axis.barh(y + 0.19, old, 0.36, color=style.QUIET, label="at the old rates")
    axis.barh(y - 0.19, new, 0.36, color=style.NEIGHBOUR, label="by the contract, leaving included")
    for row, place, before, after in zip(members, y, old, new, strict=True):
        axis.annotate(
            f"{row.saving / TOKEN:+,.0f} tokens, {ELECTRICITY.amount(row.energy):,.0f} kWh",
            (max(before, after, 0.0), place),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            fontsize=8.5,
            color=style.INK,
        )
    axis.axvline(0, color=style.INK, linewidth=0.8)
    axis.set_yticks(y, names)
    axis.grid(axis="y", visible=False)
    axis.grid(axis="x", color=style.GRID)
    low, high = axis.get_xlim()
    axis.set_xlim(low, high + 0.3 * (high - low))
    axis.set_xlabel("tokens")
    style.title(axis, "What a year's energy cost, and what was saved", source)
    style.legend(axis, columns=1, place="lower right")
    return style.save(figure, path)
