"""Judge a policy."""

import os
from pathlib import Path
from typing import Annotated

import typer

from scripts._console import Json, command, emit_json, progress, stages


def main(
    scenario: Annotated[
        str, typer.Argument(help="A shipped scenario's name, or the path of your own TOML file.")
    ] = "park-day",
    policy: Annotated[str, typer.Option(help="A shipped policy's name, or a file NAME.npz.")] = "park",
    days: Annotated[int, typer.Option(min=2, help="Days that no training saw.")] = 1000,
    strategies: Annotated[
        list[str] | None,
        typer.Option("--against", help="Strategies in the same seat; every one if not given."),
    ] = None,
    exploit: Annotated[
        bool, typer.Option(help="Train best responses to it and to others; takes PyTorch.")
    ] = True,
    exploit_steps: Annotated[
        int, typer.Option(min=1, help="Decisions that each responder learns from.")
    ] = 400_000,
    exploit_seeds: Annotated[int, typer.Option(min=1, help="Responders trained against each.")] = 2,
    jobs: Annotated[int, typer.Option(min=1, help="Processes on this machine.")] = os.cpu_count() or 1,
    backend: Annotated[str, typer.Option(help="joblib: processes here; ray: a cluster.")] = "joblib",
    address: Annotated[
        str, typer.Option(help="Of the Ray cluster: host:port, ray://host:port, auto; local starts one here.")
    ] = "local",
    out: Annotated[Path, typer.Option(help="Folder for tables and pictures.")] = Path("runs/evaluate"),
    as_json: Json = False,
) -> None:
    """Judge a policy on days that it never saw: what it earns, what others earn in its seat, what can be had from it.

    Example: `wattpact evaluate`, or `wattpact evaluate park-day --policy runs/mine/policy.npz --no-exploit`.
    """
    from learning.execution.run import backend_of
    from scenarios.load import load
    from scenarios.policies.evaluate import EvaluateOptions, evaluate
    from scripts._evaluate_summary import print_evaluation

    options = EvaluateOptions(
        policy=policy,
        days=days,
        strategies=tuple(strategies) if strategies else None,
        exploit=exploit,
        exploit_steps=exploit_steps,
        exploit_seeds=exploit_seeds,
    )
    where = backend_of(backend, jobs=jobs, address=address)
    with progress("Starting", silent=as_json) as bar:
        result = evaluate(load(scenario), options, out, where, stages(bar))
    if as_json:
        emit_json(result.summary())
    else:
        print_evaluation(result)


cli = command(main)

if __name__ == "__main__":
    cli()
