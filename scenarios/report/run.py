"""The tables and pictures of a finished run."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from market.day import DayRecord
from market.records import (
    DealRow,
    LoanOfferRow,
    LoanRow,
    LoanSessionRow,
    OfferRow,
    ProviderRow,
    ReadingRow,
    SessionRow,
)
from scenarios.community.shares import ShareRow, SubmeterRow
from scenarios.hosts import GasRow
from scenarios.load import Scenario
from scenarios.report import communities as draw_communities
from scenarios.report import loans as draw_loans
from scenarios.report import pictures as draw
from scenarios.report.charge import ChargeRow
from scenarios.report.folder import RunFolder
from scenarios.report.sheet import sheet_of
from scenarios.report.tables import frame, write_tables
from scenarios.report.welfare import WelfareRow
from scenarios.units import UTILITIES

UNITS = """\
# What the columns count

| columns | unit |
| --- | --- |
| energy, position, delivered, exported, imported, sold, bought | {base} ({many} {base} are 1 {unit}) |
| quantity, positions, principal, returned, shortfall of loans | {base} |
| price, provider_buys, provider_sells, limit | token units per {base} (1,000,000 token units are 1 token) |
| paid, refunded, gains, brought, free, outside, collateral, compensation, proceeds, costs | token units |
| step, interval, returned_in | intervals since the registry's epoch |
| return_after | intervals |
| gain, least of lending (a home's own, on no ledger) | kWh; tokens where it weighs costs |
| stored, capacity (a simulation's own, on no ledger) | kWh |
| gas, fees_wei | gas, wei; of a resumed run only since it went on |

Rows and columns are described in `market/records.py` and `scenarios/report/`.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceRow:
    """A party's tokens, in token units."""

    party: str
    brought: int
    free: int
    """In the market and at its loan desk at the end."""
    outside: int
    """In its own wallet at the end."""


def write_report(
    folder: RunFolder,
    *,
    scenario: Scenario,
    source: str,
    first: int,
    record: DayRecord,
    balances: Sequence[BalanceRow],
    welfare: Sequence[WelfareRow],
    gas: Sequence[GasRow],
    charge: Sequence[ChargeRow],
    shares: Sequence[ShareRow],
    submeters: Sequence[SubmeterRow],
    pictures: bool,
) -> None:
    """Write every table and, if asked, every picture of a run."""
    write_tables(
        folder.tables,
        {
            "sessions": frame(SessionRow, record.sessions),
            "offers": frame(OfferRow, record.offers),
            "deals": frame(DealRow, record.deals),
            "readings": frame(ReadingRow, record.readings),
            "refused_orders": frame(ProviderRow, record.refused_orders),
            "balances": frame(BalanceRow, balances),
            "welfare": frame(WelfareRow, welfare),
            "gas": frame(GasRow, gas),
            "charge": frame(ChargeRow, charge),
        }
        | (_loan_tables(record) if scenario.table.loans else {})
        | (_community_tables(shares, submeters) if shares else {}),
    )
    utility = UTILITIES[scenario.table.utility]
    (folder.tables / "README.md").write_text(
        UNITS.format(base=utility.base_unit, unit=utility.unit, many=utility.base_per_unit), encoding="utf-8"
    )
    if pictures:
        _draw(folder, scenario, source, first, record, charge, shares, submeters)


def _loan_tables(record: DayRecord) -> dict[str, pl.DataFrame]:
    return {
        "loans": frame(LoanRow, record.loans.loans),
        "loan_sessions": frame(LoanSessionRow, record.loans.sessions),
        "loan_offers": frame(LoanOfferRow, record.loans.offers),
    }


def _community_tables(
    shares: Sequence[ShareRow], submeters: Sequence[SubmeterRow]
) -> dict[str, pl.DataFrame]:
    return {"shares": frame(ShareRow, shares), "submeters": frame(SubmeterRow, submeters)}


def _draw(
    folder: RunFolder,
    scenario: Scenario,
    source: str,
    first: int,
    record: DayRecord,
    charge: Sequence[ChargeRow],
    shares: Sequence[ShareRow],
    submeters: Sequence[SubmeterRow],
) -> None:
    sheet = sheet_of(scenario, source, first)
    draw.draw_day(sheet, record.deals, record.readings, folder.pictures / "day.png", loans=record.loans.loans)
    if scenario.table.loans:
        draw_loans.draw_loans(sheet, record.loans.loans, folder.pictures / "loans.png")
        draw_loans.draw_charge(sheet, charge, record.loans.loans, folder.pictures / "charge.png")
    for party in scenario.table.party:
        if party.kind == "community":
            draw_communities.draw_community(
                sheet, party.name, shares, submeters, record.readings, folder.pictures / f"{party.name}.png"
            )
    strategies = {party.name: party.strategy for party in scenario.table.party}
    draw.draw_gains(sheet, record.deals, folder.pictures / "gains.png", strategies)
    draw.draw_deliveries(sheet, record.deals, folder.pictures / "deliveries.png")
    shown = telling_session(record)
    if shown is not None:
        session, offers = shown
        draw.draw_negotiation(sheet, session, offers, folder.pictures / "negotiation.png")


def telling_session(record: DayRecord) -> tuple[SessionRow, list[OfferRow]] | None:
    """The agreement about most energy, and its offers: the one worth a picture."""
    agreed = [row for row in record.sessions if row.outcome == "agreed"]
    if not agreed:
        return None
    session = max(agreed, key=lambda row: (row.energy, row.rounds))
    offers: dict[int, list[OfferRow]] = defaultdict(list)
    for offer in record.offers:
        offers[offer.session].append(offer)
    return session, offers[session.session]
