"""Measure a figure against its baseline."""

from enum import StrEnum
from typing import Annotated

import typer

from scripts._console import Json, command, emit_json, printer, progress, stages


class Bench(StrEnum):
    """What can be measured."""

    GAS = "gas"
    MARKET = "market"
    CASE3 = "case3"
    SPACE = "space"
    SESSIONS = "sessions"
    VOTE = "vote"
    COMMUNITY = "community"
    ENV = "env"
    TRAIN = "train"


def main(
    name: Annotated[
        Bench,
        typer.Argument(
            help="gas: what contracts cost; market: the flagship day on each ledger; "
            "case3: a week of the cooperative of 100; space: an agent's contract space; "
            "sessions: negotiations about loans; vote: ballots of a community; "
            "community: a year of a community's bills; "
            "env: steps of the environments that policies learn in; train: the trainer's speed, and games whose "
            "solution is known."
        ),
    ],
    runs: Annotated[int, typer.Option(min=1, help="Runs of each; medians are printed.")] = 3,
    anvil: Annotated[bool, typer.Option(help="Measure on a spawned anvil too.")] = True,
    as_json: Json = False,
) -> None:
    """Print each performance figure beside its baseline, both measured in this run; exit code 1 if a bound is broken.

    Example: `wattpact bench gas`, or `wattpact bench market --runs 5`.
    """
    from rich.table import Table

    with progress("Starting", silent=as_json) as bar:
        if name is Bench.GAS:
            from scenarios.bench.gas import bench_gas

            figures = bench_gas(stages(bar))
        elif name is Bench.CASE3:
            from scenarios.bench.case3 import bench_case3

            figures = bench_case3(stages(bar), slope_runs=runs)
        elif name is Bench.SPACE:
            from scenarios.bench.space import bench_space

            figures = bench_space(stages(bar))
        elif name is Bench.SESSIONS:
            from scenarios.bench.sessions import bench_sessions

            figures = bench_sessions(stages(bar))
        elif name is Bench.VOTE:
            from scenarios.bench.vote import bench_vote

            figures = bench_vote(stages(bar), runs=runs)
        elif name is Bench.COMMUNITY:
            from scenarios.bench.community import bench_community

            figures = bench_community(stages(bar), runs=runs, anvil=anvil)
        elif name is Bench.ENV:
            from scenarios.bench.env import bench_env

            figures = bench_env(stages(bar))
        elif name is Bench.TRAIN:
            from scenarios.bench.train import bench_train

            figures = bench_train(stages(bar))
        else:
            from scenarios.bench.market import bench_market

            figures = bench_market(stages(bar), runs=runs, anvil=anvil)
    if as_json:
        emit_json({"figures": figures})
    else:
        table = Table(title=f"bench {name.value}", title_justify="left")
        for heading in ("figure", "value", "unit", "baseline", "ratio", "bound", "ok"):
            table.add_column(
                heading, justify="left" if heading in ("figure", "unit", "ok") else "right", no_wrap=True
            )
        for each in figures:
            cells = (each.value, each.unit, each.baseline, each.ratio, each.bound)
            shown = ["" if c is None else c if isinstance(c, str) else f"{c:,.10g}" for c in cells]
            verdict = "" if each.bound is None else "[green]yes[/]" if each.ok else "[red]no[/]"
            table.add_row(each.name, *shown, verdict)
        printer().print(table)
    if not all(each.ok for each in figures):
        raise SystemExit(1)


cli = command(main)

if __name__ == "__main__":
    cli()
