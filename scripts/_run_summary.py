"""What ``wattpact run`` prints for people: the day, its welfare, what it cost, and the audit's verdict."""

from collections import Counter

from rich.table import Table

from agents.builtin import LEARNED
from scenarios.running import RunResult
from scenarios.units import TOKEN, UTILITIES
from scripts._console import printer
from scripts._verdict import show_verdict


def print_summary(result: RunResult) -> None:
    """Print a finished run as tables."""
    console = printer()
    utility = UTILITIES[result.scenario.table.utility]
    provider = result.scenario.table.provider.name
    sessions, deals = result.record.sessions, result.record.deals
    peers = [deal for deal in deals if provider not in (deal.seller, deal.buyer)]
    promised, delivered = sum(d.energy for d in peers), sum(d.delivered for d in peers)

    day = Table(title=result.scenario.table.title, title_justify="left", show_header=False, box=None)
    on_chain = sum(row.channel == "chain" for row in sessions)
    agreed = sum(row.outcome == "agreed" for row in sessions)
    day.add_row("negotiations", f"{len(sessions)} ({on_chain} offer by offer on the ledger), {agreed} agreed")
    day.add_row(
        "between neighbours",
        f"{len(peers)} deals, {utility.amount(promised):.2f} {utility.unit} promised, "
        f"{utility.amount(delivered):.2f} {utility.unit} delivered",
    )
    day.add_row("with the provider", f"{len(deals) - len(peers)} deals")
    refunded = [deal for deal in deals if deal.refunded]
    between = sum(deal in peers for deal in refunded)
    day.add_row(
        "refunds",
        f"{len(refunded)} ({between} between neighbours, {len(refunded) - between} to the provider), "
        f"{sum(d.refunded for d in refunded) / TOKEN:.4f} tokens",
    )
    if result.scenario.table.loans is not None:
        day.add_row("loans", _loans(result))
    worth = result.worth
    day.add_row("gain over the provider", f"{worth.gain / TOKEN:.3f} tokens")
    if worth.gas and not result.resumed:
        day.add_row(
            "gas",
            f"{worth.gas_per_deal:,.0f} a deal; fees {worth.fees / TOKEN:.6f} tokens at the chain's gas price; "
            f"at {worth.break_even_gwei:.2f} gwei they would be all that was gained",
        )
    elif worth.gas:
        day.add_row("gas", "not shown: only what came after the interruption was counted")
    console.print(day)

    parties = Table(title="Gain over the provider, tokens", title_justify="left")
    for heading in ("party", "decides", "as seller", "as buyer", "together"):
        parties.add_column(heading, justify="left" if heading in ("party", "decides") else "right")
    strategies = {party.name: party.strategy for party in result.scenario.table.party}
    for row in sorted(result.welfare, key=lambda row: -(row.gain_selling + row.gain_buying)):
        amounts = (row.gain_selling, row.gain_buying, row.gain_selling + row.gain_buying)
        strategy = strategies[row.party]
        shown = f"[bold]{strategy}[/]" if strategy == LEARNED else strategy
        parties.add_row(row.party, shown, *(f"{amount / TOKEN:.3f}" for amount in amounts))
    console.print(parties)

    if result.shares:
        console.print(_shares(result))

    if result.lending:
        loans = Table(title="Loans: gain over none as the homes expected, kWh", title_justify="left")
        for heading in ("home", "decides", "sessions", "loans", "gain", "least"):
            loans.add_column(heading, justify="left" if heading in ("home", "decides") else "right")
        for home in sorted(result.lending, key=lambda row: -row.gain):
            decides = f"[bold]{home.decides}[/]" if home.learned else home.decides
            counts = (str(home.sessions), str(home.loans))
            loans.add_row(home.home, decides, *counts, f"{home.gain:.3f}", f"{home.least:.4f}")
        console.print(loans)

    faults = Counter(
        (row.seller, row.buyer, row.reason) for row in sessions if row.outcome == "withdrawn" and row.reason
    )
    for (seller, buyer, reason), count in faults.most_common(5):
        console.print(
            f"[yellow]warning:[/] {count} sessions of {seller} and {buyer} ended by a strategy's fault: {reason}"
        )

    show_verdict(result, console, span="day")


def _shares(result: RunResult) -> Table:
    """What each community's deals come to for its members."""
    utility = UTILITIES[result.scenario.table.utility]
    table = Table(
        title="Communities: proceeds shared by what members fed in, costs by what they drew",
        title_justify="left",
    )
    for heading in ("community", "member", f"fed in, {utility.unit}", f"drew, {utility.unit}"):
        table.add_column(heading, justify="left" if heading in ("community", "member") else "right")
    for heading in ("proceeds, tokens", "costs, tokens"):
        table.add_column(heading, justify="right")
    for row in result.shares:
        energy = (utility.amount(row.exported), utility.amount(row.imported))
        table.add_row(
            row.community,
            row.member,
            *(f"{amount:.2f}" for amount in energy),
            *(f"{tokens / TOKEN:.4f}" for tokens in (row.proceeds, row.costs)),
        )
    return table


def _loans(result: RunResult) -> str:
    """The day's loans in a sentence."""
    utility, loans, ended = (
        UTILITIES[result.scenario.table.utility],
        result.record.loans.loans,
        result.loans,
    )
    lent, missing = sum(row.principal for row in loans), sum(row.shortfall for row in loans)
    paid = sum(row.compensation for row in loans)
    return (
        f"{len(result.record.loans.sessions)} negotiations, {ended['opened']} loans: {ended['repaid']} repaid, "
        f"{ended['defaulted']} compensated, {ended['voided']} void; "
        f"{utility.amount(lent):.2f} {utility.unit} lent, {utility.amount(missing):.2f} not returned "
        f"({paid / TOKEN:.4f} tokens)"
    )
