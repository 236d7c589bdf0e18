"""Put a cooperative or a finished market day on a low-voltage grid and solve its power flow."""

from pathlib import Path
from typing import Annotated

import typer

from scripts._console import Json, command, emit_json, progress, stages


def main(
    what: Annotated[
        str,
        typer.Argument(
            help="A case of the cooperative (rec-case2, or a TOML file), a finished run's folder, or a scenario's "
            "name: its newest run."
        ),
    ] = "rec-case2",
    grid: Annotated[
        str | None,
        typer.Option(
            help="rural1, rural2, rural3, semiurb4, semiurb5 or urban6; if not given, the smallest with a "
            "connection for every home."
        ),
    ] = None,
    place: Annotated[
        str,
        typer.Option(help="Which households homes stand for: far (from the transformer), order, or random."),
    ] = "far",
    background: Annotated[
        str,
        typer.Option(
            help="customers: SimBench's other customers at their profiles; or none: the homes alone."
        ),
    ] = "customers",
    power_factor: Annotated[
        float, typer.Option(help="cos φ of a home that draws, inductive; feeding in has 1.")
    ] = 0.93,
    slack: Annotated[
        float | None, typer.Option(help="Voltage above the transformer, p.u.; SimBench's if not given.")
    ] = None,
    week: Annotated[int | None, typer.Option(help="Of a case, 1 to 52; the case's if not given.")] = None,
    seed: Annotated[
        int | None, typer.Option(help="Of a case's chance and of --place random; the case's, or 0.")
    ] = None,
    year: Annotated[
        bool,
        typer.Option("--year", help="A case over the whole year: without loans, unless --exchange is given."),
    ] = False,
    exchange: Annotated[
        bool | None,
        typer.Option(help="Negotiate loans in a case; if not given, for a week and not for a year."),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Threads for the negotiations.")] = 1,
    scenario: Annotated[
        str | None,
        typer.Option(help="A run's scenario file, where its data is not beside the copy in its folder."),
    ] = None,
    reference: Annotated[
        bool, typer.Option("--reference", help="Solve a sample of the steps by pandapower too, and compare.")
    ] = False,
    sample: Annotated[int, typer.Option(min=1, help="Steps of each course for --reference.")] = 24,
    runs: Annotated[Path, typer.Option(help="Where runs' folders are.")] = Path("runs"),
    out: Annotated[
        Path | None, typer.Option(help="Folder for pictures; RUNS/grid-NAME if not given.")
    ] = None,
    pictures: Annotated[bool, typer.Option(help="Draw the pictures.")] = True,
    as_json: Json = False,
) -> None:
    """Voltages and loading of a low-voltage grid with and without what homes exchange.

    Exit code 1 if the grid cannot carry a step, or the reference finds other voltages.

    Example: `wattpact grid rec-case2 --reference`, or `wattpact run village-day`, then `wattpact grid village-day`.
    """
    from dataclasses import asdict
    from time import perf_counter

    from energy.grid import PlacementRule
    from scenarios.grid.choose import choose, option_of
    from scenarios.grid.study import Background, Setting, study
    from scripts._grid_summary import print_study

    setting = Setting(
        grid=grid,
        rule=option_of(PlacementRule, "--place", place),
        background=option_of(Background, "--background", background),
        power_factor=power_factor,
        slack_pu=slack,
        seed=seed or 0,
    )
    with progress("Reading", silent=as_json) as bar:
        show = stages(bar)
        courses = choose(
            what,
            week=week,
            seed=seed,
            year=year,
            exchange=exchange,
            workers=workers,
            runs=runs,
            scenario=scenario,
            progress=show,
        )
        started = perf_counter()
        found = study(courses, setting, show)
        seconds = perf_counter() - started
        compared = None
        if reference:
            from scenarios.grid.check import check

            compared = check(found, sample=sample, progress=show)
        paths: list[Path] = []
        if pictures:
            from scenarios.grid.pictures import draw_all

            show("Drawing", 0, 1)
            paths = draw_all(found, runs / f"grid-{courses.name}" if out is None else out)
    if as_json:
        emit_json(
            {
                **found.as_json(),
                "reference": None if compared is None else {**asdict(compared), "equal": compared.equal},
                "power_flow_seconds": round(seconds, 3),
                "pictures": paths,
            }
        )
    else:
        print_study(found, compared, seconds, paths)
    if compared is not None and not compared.equal:
        raise SystemExit(1)


cli = command(main)

if __name__ == "__main__":
    cli()
