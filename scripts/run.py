"""Play a market day of a scenario on a ledger."""

from pathlib import Path
from typing import Annotated

import typer

from scripts._console import Json, command, emit_json, progress, stages


def main(
    scenario: Annotated[
        str, typer.Argument(help="A shipped scenario's name, or the path of your own TOML file.")
    ],
    chain: Annotated[
        str,
        typer.Option(
            help="memory (an EVM in this process), anvil (spawned), or a node's http, ws or ipc address."
        ),
    ] = "memory",
    ledger: Annotated[
        str, typer.Option(help="chain, or simulated: exact integers in memory, nothing signed.")
    ] = "chain",
    seed: Annotated[
        int | None, typer.Option(help="Of everything random; the scenario's if not given.")
    ] = None,
    realtime: Annotated[
        bool,
        typer.Option("--realtime", help="Wait for each interval; needed where a node's clock cannot be set."),
    ] = False,
    interval: Annotated[
        int | None,
        typer.Option(
            min=2, help="Seconds of an interval on the chain, for --realtime; the scenario's if not given."
        ),
    ] = None,
    keystore: Annotated[
        Path | None,
        typer.Option(help="Folder of the parties' encrypted keys; made if missing. Needed off test chains."),
    ] = None,
    funder: Annotated[
        Path | None, typer.Option(help="Keystore file of the account that pays for a run off test chains.")
    ] = None,
    password: Annotated[
        str, typer.Option(help="Where the keystore's password is: prompt, env:NAME or file:PATH.")
    ] = "prompt",
    out: Annotated[Path, typer.Option(help="Folder for the run's folder.")] = Path("runs"),
    pictures: Annotated[bool, typer.Option(help="Draw the day.")] = True,
    as_json: Json = False,
) -> None:
    """Play a market day: agents negotiate, a chain records, meters, pays and refunds, an audit has the last word.

    Or a community's contract from its vote to its last bill, where the file has communities in it. Writes a folder
    runs/NAME-NNN with tables, pictures and transcripts. Stopped with Ctrl-C, the same command goes on.

    Example: `wattpact run village-day`, `wattpact run community-tariff`, or `wattpact run my-day.toml --ledger simulated
    --seed 3`.
    """
    from scenarios.community.tariff_load import find_tariff, load_tariff
    from scenarios.community.tariff_run import TariffResult, run_tariff
    from scenarios.load import load
    from scenarios.running import RunOptions, RunResult, run_scenario
    from scripts._hosts import host_of
    from scripts._run_summary import print_summary
    from scripts._tariff_summary import print_tariff

    options = RunOptions(seed=seed, interval=interval, out=out, pictures=pictures)
    path = find_tariff(scenario)
    tariff = None if path is None else load_tariff(path)
    day = load(scenario) if tariff is None else None
    with (
        host_of(
            ledger, chain, realtime=realtime, keystore=keystore, funder=funder, password=password
        ) as host,
        progress("Starting", silent=as_json) as bar,
    ):
        steps = stages(bar)
        result: RunResult | TariffResult
        if tariff is not None:
            result = run_tariff(tariff, host, options, steps)
        else:
            assert day is not None
            result = run_scenario(day, host, options, steps)
    if as_json:
        emit_json(result.summary())
    elif isinstance(result, TariffResult):
        print_tariff(result)
    else:
        print_summary(result)
    if result.audit.verdict != "pass" or not result.conserved:
        raise SystemExit(1)


cli = command(main)

if __name__ == "__main__":
    cli()
