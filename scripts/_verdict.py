"""How ``wattpact run`` ends for people, whatever was run: the audit's verdict, the tokens, and where everything lies."""

import json

from rich.console import Console

from scenarios.community.tariff_run import TariffResult
from scenarios.running import RunResult


def show_verdict(result: RunResult | TariffResult, console: Console, *, span: str) -> None:
    """Print the end of a finished run; ``span`` is what it took its time for ("day")."""
    checks = ", ".join(f"{name} {count}" for name, count in result.audit.checks.items())
    colour = "green" if result.audit.verdict == "pass" else "red"
    console.print(f"audit: [{colour} bold]{result.audit.verdict}[/] ({checks})")
    for violation in result.audit.violations:
        console.print(
            f"  {violation['check']}: {violation['detail']} ({violation['transaction']})", highlight=False
        )
    for note in result.audit.notes:
        console.print(f"  note: {note}")
    kept = "every token is where it should be" if result.conserved else "tokens were made or lost"
    console.print(
        f"tokens: {kept}; {result.seconds:.1f} s for the {span}, {result.audit_seconds:.1f} s for the audit"
    )
    deployment = result.folder.deployment
    if deployment.exists():
        registry = json.loads(deployment.read_text())["contracts"]["MeterRegistry"]["address"]
        console.print(f"registry: {registry} on {result.ledger}")
    console.print(f"digest: {result.digest}")
    console.print(f"folder: {result.folder.path}")
