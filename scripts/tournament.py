"""Judge negotiation strategies against each other."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from scripts._console import Json, command, emit_json, progress, stages
from scripts._executor import ADDRESS, JOBS, PLACE, Address, Jobs, Pictures, Place, executor


class What(StrEnum):
    """What sessions are about."""

    TRADES = "trades"
    LOANS = "loans"
    BOTH = "both"


def main(
    strategies: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="STRATEGY",
            help="Built-in names, module:Class of your own beside you or on Python's path (in trades), a policy's name "
            "or file NAME.npz, and for loans `aspiration`, the cooperative's agent; twelve built-in ones if none is given.",
        ),
    ] = None,
    what: Annotated[
        What, typer.Option(help="What the sessions are about; both: trades and loans in turn.")
    ] = What.TRADES,
    domains: Annotated[int, typer.Option(min=1, help="Sessions' domains that are drawn.")] = 40,
    seeds: Annotated[int, typer.Option(min=1, help="Sessions of each pair in each domain and seating.")] = 2,
    seed: Annotated[int, typer.Option(min=0, help="Of the domains and of everything random.")] = 0,
    jobs: Jobs = JOBS,
    backend: Place = PLACE,
    address: Address = ADDRESS,
    out: Annotated[
        Path, typer.Option(help="Folder for tables and pictures; an interrupted tournament goes on there.")
    ] = Path("runs/tournament"),
    pictures: Pictures = True,
    as_json: Json = False,
) -> None:
    """Let strategies negotiate with each other in many domains, and find the equilibria of the game between them.

    Where policies take part, every session has as many offers as they learned in.

    Example: `wattpact tournament`, or `wattpact tournament boulware micro mine:Patient --domains 100`, or
    `wattpact tournament --what loans aspiration boulware runs/mine/policy.npz`.
    """
    from learning.execution.kept import forget
    from learning.judging.tournament import STRATEGIES, Tournament, run_tournament
    from scenarios.judging.report import summary, write_tournament
    from scripts._tournament_summary import print_tournament

    kinds = (What.TRADES.value, What.LOANS.value) if what is What.BOTH else (what.value,)
    tournament = Tournament(tuple(strategies or STRATEGIES), domains, seeds, seed, Path.cwd(), kinds)
    tournament.check()
    where = executor(backend, jobs, address, tournament.needs)
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
