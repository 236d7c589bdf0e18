"""What ``wattpact run`` prints for people of a contract's year: what was agreed, who saved what, and the audit's verdict."""

from rich.console import Console
from rich.table import Table

from scenarios.community.tariff_run import TariffResult
from scenarios.units import ELECTRICITY, TOKEN
from scripts._console import printer
from scripts._verdict import show_verdict


def print_tariff(result: TariffResult) -> None:
    """Print a finished year as tables."""
    console = printer()
    _contracts(result, console)
    table = Table(title="Members, tokens", title_justify="left")
    columns = ("months", "kWh", "old tariff", "new tariff", "saving", "not paid", "fee", "deposit back")
    for heading in ("member", *columns):
        table.add_column(heading, justify="left" if heading == "member" else "right")
    for row in result.members:
        tokens = (row.at_old_rates, row.amount, row.saving, row.short, row.fee, row.refunded)
        shown = [f"{amount / TOKEN:,.2f}" for amount in tokens]
        if row.saving < 0:
            shown[2] = f"[red]{shown[2]}[/]"
        table.add_row(row.member, str(row.months), f"{ELECTRICITY.amount(row.energy):,.0f}", *shown)
    table.add_section()
    sums = [
        sum(getattr(row, key) for row in result.members)
        for key in ("at_old_rates", "amount", "saving", "short", "fee", "refunded")
    ]
    energy = ELECTRICITY.amount(sum(row.energy for row in result.members))
    table.add_row("all", "", f"{energy:,.0f}", *(f"{amount / TOKEN:,.2f}" for amount in sums))
    console.print(table)
    if result.scenario.table.illustrative:
        console.print(f"illustrative: {result.scenario.table.note}")
    show_verdict(result, console, span="year")


def _contracts(result: TariffResult, console: Console) -> None:
    year = Table(title=result.scenario.table.title, title_justify="left", show_header=False, box=None)
    for contract in result.contracts:
        names = contract.case.blocks.names
        if contract.rates is None:
            rates = "no contract"
        else:
            shown = [ELECTRICITY.tokens_per_unit(rate) for rate in contract.rates]
            rates = ", ".join(f"{name} {rate:.3f}" for name, rate in zip(names, shown, strict=True))
        year.add_row(
            contract.community.name,
            f"{contract.strategy}, {contract.negotiated.turns} turns, mediator {contract.mediator}: {rates} token/kWh",
        )
        if contract.left:
            year.add_row("", f"left rather than sign: {', '.join(contract.left)}")
    bills = result.bills
    missing = [row for row in bills if not row.metered]
    short = [row for row in bills if row.short]
    year.add_row(
        "bills",
        f"{len(bills)}, {len(missing)} by contract for want of a register, {len(short)} not paid in full",
    )
    for community, name, done in result.record.exits:
        year.add_row("exit", f"{name} left {community} after {done.last_periods} months")
    gas = sum(row.gas for row in result.gas)
    if gas and not result.resumed:
        billing = sum(row.gas for row in result.gas if row.kind in ("forward.bill", "registers"))
        if billing and bills:
            year.add_row("gas", f"{billing / len(bills):,.0f} a bill, its registers included")
    console.print(year)
