"""Judge a policy."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from scripts._console import Json, command, emit_json, progress, stages
from scripts._executor import ADDRESS, JOBS, PLACE, Address, Jobs, Place, executor


class What(StrEnum):
    """What a policy decides."""

    PARK = "park"
    LOANS = "loans"


def main(
    scenario: Annotated[
        str, typer.Argument(help="A shipped scenario's name, or the path of your own TOML file.")
    ] = "park-day",
    what: Annotated[
        What,
        typer.Option(
            help="park: what the deciding seat earns in a day; loans: what a home gains in sessions about loans."
        ),
    ] = What.PARK,
    policy: Annotated[
        str | None,
        typer.Option(help="A shipped policy's name, or a file NAME.npz; park or loans if not given."),
    ] = None,
    days: Annotated[
        int | None,
        typer.Option(min=2, help="Days that no training saw; 1,000 of a park, 8 of loans if not given."),
    ] = None,
    strategies: Annotated[
        list[str] | None,
        typer.Option("--against", help="Strategies in the same seat; every one if not given."),
    ] = None,
    exploit: Annotated[
        bool, typer.Option(help="Train best responses to a park's policy and to others; takes PyTorch.")
    ] = True,
    exploit_steps: Annotated[
        int, typer.Option(min=1, help="Decisions that each responder learns from.")
    ] = 400_000,
    exploit_seeds: Annotated[int, typer.Option(min=1, help="Responders trained against each.")] = 2,
    jobs: Jobs = JOBS,
    backend: Place = PLACE,
    address: Address = ADDRESS,
    out: Annotated[Path, typer.Option(help="Folder for tables and pictures.")] = Path("runs/evaluate"),
    as_json: Json = False,
) -> None:
    """Judge a policy on days that it never saw: what it earns, what others earn in its seat, what can be had from it.

    Example: `wattpact evaluate`, or `wattpact evaluate park-day --policy runs/mine/policy.npz --no-exploit`, or
    `wattpact evaluate village-loans --what loans`.
    """
    from scenarios.load import load
    from scenarios.policies.evaluate import EvaluateOptions, evaluate
    from scenarios.policies.evaluate_loans import evaluate_loans
    from scripts._evaluate_summary import print_evaluation, print_loans

    where = executor(backend, jobs, address)
    if what is What.LOANS:
        against = tuple(strategies) if strategies else None
        with progress("Starting", silent=as_json) as bar:
            loans = evaluate_loans(
                load(scenario), policy or "loans", days or 8, against, out, where, stages(bar)
            )
        if as_json:
            emit_json(loans.summary())
        else:
            print_loans(loans)
        return
    options = EvaluateOptions(
        policy=policy or "park",
        days=days or 1000,
        strategies=tuple(strategies) if strategies else None,
        exploit=exploit,
        exploit_steps=exploit_steps,
        exploit_seeds=exploit_seeds,
    )
    with progress("Starting", silent=as_json) as bar:
        result = evaluate(load(scenario), options, out, where, stages(bar))
    if as_json:
        emit_json(result.summary())
    else:
        print_evaluation(result)


cli = command(main)

if __name__ == "__main__":
    cli()
