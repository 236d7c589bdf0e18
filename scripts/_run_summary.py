"""What ``wattpact run`` prints for people: the day, its welfare, what it cost, and the audit's verdict."""

from collections import defaultdict

from rich.console import Console
from rich.table import Table

from scenarios.running import RunResult
from scenarios.units import TOKEN, UTILITIES


def print_summary(result: RunResult) -> None:
    """Print a finished run as tables."""
    console = Console()
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
    day.add_row("refunds", f"{len(refunded)}, {sum(d.refunded for d in refunded) / TOKEN:.4f} tokens")
    gain = sum(d.seller_gain + d.buyer_gain for d in peers) / TOKEN
    day.add_row("gain over the provider", f"{gain:.3f} tokens")
    for row in result.gas:
        each = row.gas / row.items if row.items else 0
        day.add_row(f"gas: {row.kind}", f"{row.items} in {row.transactions} transactions, {each:,.0f} each")
    console.print(day)

    gains: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for deal in peers:
        gains[deal.seller][0] += deal.seller_gain / TOKEN
        gains[deal.buyer][1] += deal.buyer_gain / TOKEN
    parties = Table(title="Gain over the provider, tokens", title_justify="left")
    for heading in ("party", "as seller", "as buyer", "together"):
        parties.add_column(heading, justify="left" if heading == "party" else "right")
    for name, (sold, bought) in sorted(gains.items(), key=lambda entry: -sum(entry[1])):
        parties.add_row(name, f"{sold:.3f}", f"{bought:.3f}", f"{sold + bought:.3f}")
    if gains:
        console.print(parties)

    checks = ", ".join(f"{name} {count}" for name, count in result.audit.checks.items())
    colour = "green" if result.audit.verdict == "pass" else "red"
    console.print(f"audit: [{colour} bold]{result.audit.verdict}[/] ({checks})", highlight=False)
    for violation in result.audit.violations:
        console.print(
            f"  {violation['check']}: {violation['detail']} ({violation['transaction']})", highlight=False
        )
    for note in result.audit.notes:
        console.print(f"  note: {note}", highlight=False)
    kept = "every token is where it should be" if result.conserved else "tokens were made or lost"
    console.print(
        f"tokens: {kept}; {result.seconds:.1f} s for the day, {result.audit_seconds:.1f} s for the audit"
    )
    console.print(f"digest: {result.digest}", highlight=False)
    console.print(f"folder: {result.folder.path}", highlight=False)
