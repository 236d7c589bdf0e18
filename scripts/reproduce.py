"""Play a paper's case study again and hold its claims against what comes out."""

import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scripts._console import Json, command, emit_json, fail, printer, progress, stages

if TYPE_CHECKING:
    from scenarios.reproduce.cec.reproduce import CecReproduction
    from scenarios.reproduce.rec.reproduce import RecReproduction


class Paper(StrEnum):
    """The papers whose case studies are here."""

    EIP = "eip"
    REC = "rec"
    CEC = "cec"


def main(
    paper: Annotated[
        Paper,
        typer.Argument(
            help="eip: smart contracts in eco-industrial parks; rec: energy loans in residential cooperatives; "
            "cec: tariffs of citizen energy communities."
        ),
    ],
    chain: Annotated[
        str, typer.Option(help="eip: memory (an EVM in this process), anvil (spawned), or a node's address.")
    ] = "memory",
    ledger: Annotated[str, typer.Option(help="eip: chain, or simulated.")] = "chain",
    case: Annotated[
        int, typer.Option(min=1, max=3, help="rec: the paper's case, of 2, 9 or 100 agents.")
    ] = 2,
    week: Annotated[int | None, typer.Option(help="rec: week of the year, 1 to 52.")] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            help="rec: of forecasts and of chance in the mechanism; cec: of the random communities."
        ),
    ] = None,
    weeks: Annotated[
        str, typer.Option(help="rec: play these weeks too, as 3,10,16 or 20-29, and show how results spread.")
    ] = "",
    seeds: Annotated[str, typer.Option(help="rec: each with these seeds, as 0-4.")] = "",
    mechanisms: Annotated[
        str, typer.Option(help="rec: which mechanisms, by name; the paper's two are always played.")
    ] = "",
    planner: Annotated[
        bool, typer.Option(help="rec: compute the central planner's optimum (minutes for 100 agents).")
    ] = True,
    communities: Annotated[
        int, typer.Option(min=0, help="cec: random communities beside the case; 0: the case alone.")
    ] = 1000,
    jobs: Annotated[int, typer.Option(min=1, help="cec: processes on this machine.")] = os.cpu_count() or 1,
    out: Annotated[Path, typer.Option(help="Folder for the run's folder.")] = Path("runs"),
    as_json: Json = False,
) -> None:
    """Reproduce a paper: its case study played, each claim beside ours, its figures drawn.

    eip plays on a real EVM; exit code 1 if a claim does not hold. rec simulates weeks, and goes on where it was
    stopped; exit code 1 if a claim does not hold that is marked as required. cec negotiates, and holds each claim
    among random communities too; exit code as rec.

    Examples: `wattpact reproduce eip`, `wattpact reproduce rec --case 2 --weeks 3,16,29,42 --seeds 0-4`,
    `wattpact reproduce cec --communities 2000`.
    """
    if paper is Paper.EIP:
        _eip(chain, ledger, out, as_json)
    elif paper is Paper.CEC:
        _cec(communities, seed, jobs, out, as_json)
    else:
        _rec(case, week, seed, weeks, seeds, mechanisms, planner, out, as_json)


def _eip(chain: str, ledger: str, out: Path, as_json: bool) -> None:
    from scenarios.reproduce.eip import reproduce
    from scripts._hosts import host_of

    with host_of(ledger, chain) as host, progress("Starting", silent=as_json) as bar:
        found = reproduce(host, out, stages(bar))
    if as_json:
        emit_json({"claims": list(found.claims), "pictures": list(found.pictures)})
    else:
        rows = [
            (claim.id, claim.source, claim.paper, claim.ours, _mark(claim.holds)) for claim in found.claims
        ]
        _show("eip: paper and ours", ("claim", "where", "paper", "ours", "holds"), rows)
        _show_files(found.pictures, found.run.folder.path)
    if not all(claim.holds for claim in found.claims):
        raise SystemExit(1)


def _rec(
    case: int,
    week: int | None,
    seed: int | None,
    weeks: str,
    seeds: str,
    mechanisms: str,
    planner: bool,
    out: Path,
    as_json: bool,
) -> None:
    from scenarios.reproduce.rec.many import whole_numbers
    from scenarios.reproduce.rec.reproduce import Options, reproduce_rec

    if seeds and not weeks:
        fail("--seeds without --weeks: say which weeks are played with them (one seed alone: --seed)")
    options = Options(
        case=case,
        out=out,
        week=week,
        seed=seed,
        weeks=whole_numbers("--weeks", weeks),
        seeds=whole_numbers("--seeds", seeds),
        mechanisms=tuple(name.strip() for name in mechanisms.split(",")) if mechanisms else None,
        planner=planner,
    )
    with progress("Starting", silent=as_json) as bar:
        found = reproduce_rec(options, stages(bar))
    _tell("rec", found, as_json)


def _cec(communities: int, seed: int | None, jobs: int, out: Path, as_json: bool) -> None:
    from learning.execution.run import backend_of
    from scenarios.reproduce.cec.reproduce import reproduce_cec

    with progress("Starting", silent=as_json) as bar:
        found = reproduce_cec(
            out,
            communities=communities,
            seed=0 if seed is None else seed,
            backend=backend_of("joblib", jobs=jobs),
            progress=stages(bar),
        )
    _tell("cec", found, as_json)


def _tell(paper: str, found: "RecReproduction | CecReproduction", as_json: bool) -> None:
    if as_json:
        emit_json(found.machine_form())
    else:
        for table in (*found.inputs, *found.results):
            _show(table.title, table.headings, table.rows)
        rows = [
            (
                f.claim.id,
                f.claim.source,
                f.claim.paper,
                f.claim.ours,
                _mark(f.claim.holds) + (" (required)" if f.required else ""),
            )
            for f in found.findings
        ]
        _show(f"{paper}: paper and ours", ("claim", "where", "paper", "ours", "holds"), rows)
        reasons = [(f.claim.id, f.why) for f in found.findings if f.why]
        if reasons:
            _show("Why not", ("claim", "reason"), reasons)
        _show_files(found.pictures, found.folder)
    if any(finding.failed for finding in found.findings):
        raise SystemExit(1)


def _mark(holds: bool) -> str:
    return "[green]yes[/]" if holds else "[red]no[/]"


def _show(title: str, headings: tuple[str, ...], rows: Any) -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=escape(title), title_justify="left")
    for heading in headings:
        table.add_column(escape(heading), overflow="fold")
    for row in rows:
        table.add_row(*row)
    printer().print(table)


def _show_files(pictures: tuple[Path, ...], folder: Path) -> None:
    console = printer()
    for path in pictures:
        console.print(f"picture: {path}")
    console.print(f"folder: {folder}")


cli = command(main)

if __name__ == "__main__":
    cli()
