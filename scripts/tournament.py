"""Judge negotiation strategies against each other."""

import os
from pathlib import Path
from typing import Annotated

import typer

from scripts._console import Json, command, emit_json, progress, stages


def main(
    strategies: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="STRATEGY",
            help="Built-in names, or module:Class of your own beside you or on Python's path; "
            "twelve built-in ones if none is given.",
        ),
    ] = None,
    domains: Annotated[int, typer.Option(min=1, help="Sessions' domains that are drawn.")] = 40,
    seeds: Annotated[int, typer.Option(min=1, help="Sessions of each pair in each domain and seating.")] = 2,
    seed: Annotated[int, typer.Option(min=0, help="Of the domains and of everything random.")] = 0,
    jobs: Annotated[int, typer.Option(min=1, help="Processes on this machine.")] = os.cpu_count() or 1,
    backend: Annotated[str, typer.Option(help="joblib: processes here; ray: a cluster.")] = "joblib",
    address: Annotated[
        str, typer.Option(help="Of the Ray cluster: host:port, ray://host:port, auto; local starts one here.")
    ] = "local",
    out: Annotated[
        Path, typer.Option(help="Folder for tables and pictures; an interrupted tournament goes on there.")
    ] = Path("runs/tournament"),
    pictures: Annotated[bool, typer.Option(help="Draw it.")] = True,
    as_json: Json = False,
) -> None:
    """Let strategies negotiate with each other in many domains, and find the equilibria of the game between them.

    Example: `wattpact tournament`, or `wattpact tournament boulware micro mine:Patient --domains 100`.
    """
    from learning.execution.kept import forget
    from learning.execution.run import backend_of
    from learning.judging.tournament import STRATEGIES, Tournament, run_tournament
    from scenarios.judging.report import summary, write_tournament
    from scripts._tournament_summary import print_tournament

    tournament = Tournament(tuple(strategies or STRATEGIES), domains, seeds, seed, beside=Path.cwd())
    tournament.check()
    where = backend_of(backend, jobs=jobs, address=address, working_dir=tournament.needs)
    with progress("Playing", silent=as_json) as bar:
        result = run_tournament(tournament, backend=where, progress=stages(bar), keep=out / "tasks")
        bar.say("Drawing")
        write_tournament(out, result, pictures=pictures)
    forget(out / "tasks")
    if as_json:
        emit_json(summary(result, out))
    else:
        print_tournament(result, out)


cli = command(main)

if __name__ == "__main__":
    cli()
