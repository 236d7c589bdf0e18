"""Read a market from the chain alone, and prove or refute that every rule was kept."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scripts._console import Json, command, emit_json, fail, progress

if TYPE_CHECKING:
    from chain.audit import AuditReport
    from chain.port import Network


def main(
    registry: Annotated[
        str | None,
        typer.Option(
            help="Address of the market's MeterRegistry. Without: the one on record in a run's folder."
        ),
    ] = None,
    chain: Annotated[
        str,
        typer.Option(
            help="A node's URL (http, https, ws, wss), an IPC socket, or the folder of a run (runs/…)."
        ),
    ] = "http://127.0.0.1:8545",
    transcripts: Annotated[
        Path | None,
        typer.Option(
            help="Folder with transcript files, for agreements of which only the last offer is on chain."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Read a market from the chain alone, and prove or refute that every rule was kept.

    Exit code 0 only if no rule was broken. Example: `wattpact audit --chain runs/village-day-001`, or
    `wattpact audit --registry 0x… --chain https://node.example`. What is proved and what is not: docs/trust.md.
    """
    from chain.audit import audit

    network, recorded = _connect(chain)
    address = registry or recorded
    if address is None:
        fail(
            "--registry: missing; expected the address of a MeterRegistry (0x…), or the folder of a run as --chain"
        )
    _check_address(address)
    with network, progress("Auditing", silent=as_json) as bar:
        report = audit(
            network.w3, address, transcripts=transcripts, say=lambda step: bar.say(f"Auditing: {step}")
        )
    if as_json:
        emit_json(report.as_json())
    else:
        _show(report)
    if report.verdict != "pass":
        raise SystemExit(1)


def _connect(chain: str) -> "tuple[Network, str | None]":
    """The chain, and the registry that a run's folder has on record."""
    from chain.network import connect

    folder = Path(chain)
    if not folder.is_dir():
        return connect(chain), None
    from chain.record import read_record

    record = folder / "deployment.json"
    recorded = read_record(record).contracts["MeterRegistry"].address if record.is_file() else None
    for spec, file in (("memory", "chain.sqlite"), ("anvil", "anvil.json")):
        if (folder / file).is_file():
            return connect(spec, state=folder / file), recorded
    fail(
        f"--chain: {folder} holds no saved chain (chain.sqlite, anvil.json); expected one, or the address of a node"
    )


def _check_address(address: str) -> None:
    from eth_utils.address import is_address

    if not is_address(address):
        fail(f"--registry: found {address!r}, expected an address: 0x and 40 hexadecimal digits")


def _show(report: "AuditReport") -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    title = f"Market {report.registry} on chain {report.chain_id}, up to block {report.block}"
    table = Table(
        title=title, caption=f"block {report.block_hash}", title_justify="left", caption_justify="left"
    )
    table.add_column("check")
    table.add_column("looked at", justify="right")
    table.add_column("violations", justify="right")
    found: dict[str, int] = {}
    for violation in report.violations:
        found[violation.check] = found.get(violation.check, 0) + 1
    for name, count in report.checks.items():
        bad = found.get(name, 0)
        table.add_row(name, f"{count:,}", f"[red]{bad}[/]" if bad else "0")
    console.print(table)
    for note in report.notes:
        console.print(f"note ({note.check}): {note.detail}", markup=False)
    for each in report.violations:
        where = f" in {each.transaction}" if each.transaction else ""
        console.print(f"violation ({each.check}){where}: {each.detail}", markup=False, soft_wrap=True)
    verdict: dict[str, Any] = {"pass": "[green]pass[/]", "fail": "[red]fail[/]"}
    console.print(f"{verdict[report.verdict]}: {report.events:,} events in {report.seconds:.1f} s")


cli = command(main)

if __name__ == "__main__":
    cli()
