"""Read a market from the chain alone, and prove or refute that every rule was kept."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
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
            help="Folder with transcript files, for agreements of which only the last offer is on chain. Without: the run's."
        ),
    ] = None,
    community: Annotated[
        Path | None,
        typer.Option(help="A vote's opened ballots (JSON), to be held to the chain and counted again."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Read a market from the chain alone, and prove or refute that every rule was kept.

    Exit code 0 only if no rule was broken. Example: `wattpact audit --chain runs/village-day-001`, or
    `wattpact audit --registry 0x… --chain https://node.example`; with a community's ballots
    `wattpact audit --chain runs/community-tariff-001 --community runs/community-tariff-001/votes/NAME.json`. What is proved and what is not: docs/trust.md.
    """
    from chain.audit import audit
    from scenarios.community.recount import recount_of

    more = None if community is None else recount_of(community)
    with TemporaryDirectory() as scratch:
        network, folder = _connect(chain, Path(scratch))
        with network, progress("Auditing", silent=as_json) as bar:
            address = registry or _recorded(folder)
            if address is None:
                fail(
                    "--registry: missing; expected the address of a MeterRegistry (0x…), or a run's folder as --chain"
                )
            _check_address(address)
            if transcripts is None and folder is not None and (folder / "transcripts").is_dir():
                transcripts = folder / "transcripts"
            report = audit(
                network.w3,
                address,
                transcripts=transcripts,
                more=more,
                say=lambda step: bar.say(f"Auditing: {step}"),
            )
    if as_json:
        emit_json(report.as_json())
    else:
        _show(report)
    if report.verdict != "pass":
        raise SystemExit(1)


def _connect(chain: str, scratch: Path) -> "tuple[Network, Path | None]":
    """The chain, and the run's folder if it is one; anvil works on a copy, for it rewrites its state when it ends."""
    from chain.network import connect

    folder = Path(chain)
    if not folder.is_dir():
        return connect(chain), None
    if (folder / "chain.sqlite").is_file():
        return connect("memory", state=folder / "chain.sqlite"), folder
    if not (folder / "anvil.json").is_file():
        fail(
            f"--chain: {folder} holds no saved chain (chain.sqlite or anvil.json); expected one, or a node's address"
        )
    state = shutil.copy(folder / "anvil.json", scratch)
    return connect("anvil", state=Path(state)), folder


def _recorded(folder: Path | None) -> str | None:
    """The registry's address in a run's deployment record."""
    from chain.record import read_record

    record = None if folder is None else folder / "deployment.json"
    if record is None or not record.is_file():
        return None
    return read_record(record).contracts["MeterRegistry"].address


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
