"""Play a paper's case study again and hold its claims against what comes out."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from scripts._console import Json, command, emit_json, printer, progress, stages


class Paper(StrEnum):
    """The papers whose case studies are here."""

    EIP = "eip"


def main(
    paper: Annotated[Paper, typer.Argument(help="eip: smart contracts in eco-industrial parks.")],
    chain: Annotated[
        str, typer.Option(help="memory (an EVM in this process), anvil (spawned), or a node's address.")
    ] = "memory",
    ledger: Annotated[str, typer.Option(help="chain, or simulated.")] = "chain",
    out: Annotated[Path, typer.Option(help="Folder for the run's folder.")] = Path("runs"),
    as_json: Json = False,
) -> None:
    """Reproduce a paper: its case study on a real EVM, each claim beside ours, its figures drawn.

    Exit code 1 if a claim does not hold.

    Example: `wattpact reproduce eip`.
    """
    from rich.table import Table

    from scenarios.reproduce.eip import reproduce
    from scripts._hosts import host_of

    with host_of(ledger, chain) as host, progress("Starting", silent=as_json) as bar:
        found = reproduce(host, out, stages(bar))
    if as_json:
        emit_json({"claims": list(found.claims), "pictures": list(found.pictures)})
    else:
        table = Table(title=f"{paper.value}: paper and ours", title_justify="left")
        for heading in ("claim", "where", "paper", "ours", "holds"):
            table.add_column(heading, overflow="fold")
        for claim in found.claims:
            table.add_row(
                claim.id,
                claim.source,
                claim.paper,
                claim.ours,
                "[green]yes[/]" if claim.holds else "[red]no[/]",
            )
        console = printer()
        console.print(table)
        for path in found.pictures:
            console.print(f"picture: {path}")
        console.print(f"folder: {found.run.folder.path}")
    if not all(claim.holds for claim in found.claims):
        raise SystemExit(1)


cli = command(main)

if __name__ == "__main__":
    cli()
