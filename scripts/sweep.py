"""Play a scenario with varied keys."""

from pathlib import Path
from typing import Annotated

import typer

from scripts._console import Json, command, emit_json, printer, progress, stages
from scripts._executor import ADDRESS, JOBS, PLACE, Address, Jobs, Pictures, Place, executor


def main(
    scenario: Annotated[
        str, typer.Argument(help="A shipped scenario's name, or the path of your own TOML file.")
    ],
    vary: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=VALUE,VALUE",
            help="A key of the scenario and its values; give it several times for every combination. Parties by "
            "name or number, or * for all: party.alder.strategy, party.*.margin.",
        ),
    ] = None,
    seeds: Annotated[str, typer.Option(help="0:4 for 0 to 3, or numbers with commas.")] = "0:4",
    measure: Annotated[
        str,
        typer.Option(
            help="What is printed and drawn: gain, gain.PARTY, agreement_rate, traded, delivered, …"
        ),
    ] = "gain",
    jobs: Jobs = JOBS,
    backend: Place = PLACE,
    address: Address = ADDRESS,
    out: Annotated[
        Path, typer.Option(help="Folder for table and picture; an interrupted sweep goes on there.")
    ] = Path("runs/sweep"),
    pictures: Pictures = True,
    as_json: Json = False,
) -> None:
    """Play a scenario's day on the simulated ledger with every combination of values and every seed.

    Example: `wattpact sweep village-day --vary party.alder.strategy=boulware,linear --measure gain.alder`.
    """
    from rich.table import Table

    from learning.execution.kept import forget
    from scenarios.sweep.axes import axis_of, points_of, seeds_of, shown
    from scenarios.sweep.play import check_measure, sweep
    from scenarios.sweep.report import estimates, write_sweep

    axes = [axis_of(text) for text in vary or []]
    chosen = seeds_of(seeds)
    points = points_of(scenario, axes)
    check_measure(measure, points)
    where = executor(backend, jobs, address, points[0].scenario.path.parent)
    with progress("Playing days", silent=as_json) as bar:
        rows = sweep(points, chosen, backend=where, progress=stages(bar), keep=out / "tasks")
        bar.say("Drawing")
        write_sweep(out, rows, axes, measure, pictures=pictures)
    forget(out / "tasks")
    found = estimates(rows, axes, measure)
    if as_json:
        emit_json(
            {
                "scenario": points[0].scenario.table.name,
                "axes": {axis.path: [shown(value) for value in axis.values] for axis in axes},
                "seeds": chosen,
                "measure": measure,
                "interval": "95 % percentile bootstrap over seeds",
                "points": [
                    {
                        "values": each.values,
                        "days": each.days,
                        measure: [each.estimate.mean, each.estimate.low, each.estimate.high],
                    }
                    for each in found
                ],
                "days": rows,
                "folder": str(out),
            }
        )
        return
    table = Table(title=f"{measure} over {len(chosen)} seeds", title_justify="left")
    for axis in axes:
        table.add_column(axis.path)
    for heading in ("days", "mean", "95 %"):
        table.add_column(heading, justify="right")
    for each in found:
        mean, low, high = each.estimate.mean, each.estimate.low, each.estimate.high
        table.add_row(
            *(shown(each.values[axis.path]) for axis in axes),
            str(each.days),
            "" if mean is None else f"{mean:.4f}",
            "" if low is None else f"{low:.4f}–{high:.4f}",
        )
    printer().print(table)
    printer().print(f"folder: {out}")


cli = command(main)

if __name__ == "__main__":
    cli()
