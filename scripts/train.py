"""Train a policy."""

from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from scripts._console import Json, command, emit_json, printer, progress, stages


class What(StrEnum):
    """What a policy decides."""

    PARK = "park"
    LOANS = "loans"


class Against(StrEnum):
    """Whom the learner meets."""

    POOL = "pool"
    LEAGUE = "league"
    BOTH = "pool+league"


def main(
    scenario: Annotated[
        str,
        typer.Argument(
            help="A shipped scenario's name, or the path of your own TOML file: its days are played."
        ),
    ],
    what: Annotated[
        What,
        typer.Option(
            help="park: whom to negotiate with, and how; loans: what to offer and take in sessions about loans."
        ),
    ] = What.PARK,
    out: Annotated[
        Path | None, typer.Option(help="The training's folder; runs/train-NAME if not given.")
    ] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Decisions to learn from.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Of everything random.")] = None,
    seeds: Annotated[
        str | None,
        typer.Option(
            help="Several trainings, 0:4 for seeds 0 to 3 or numbers with commas: one picture with their median and band."
        ),
    ] = None,
    change: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="Any key of the configuration, as learning_rate=0.0003; repeat it for more."
        ),
    ] = None,
    against: Annotated[
        Against | None,
        typer.Option(
            help="pool: scripted strategies (the scenario's, in a park); league: past selves in all seats; "
            "pool+league: some copies each. If not given, pool in parks and both for loans."
        ),
    ] = None,
    start: Annotated[
        str | None, typer.Option(help="Begin with a policy: a shipped one's name, or a file NAME.npz.")
    ] = None,
    traded: Annotated[
        Path | None,
        typer.Option(
            "--continue",
            help="A run's folder: learn on from what its learned agents traded there, as the ledger has it.",
        ),
    ] = None,
    more: Annotated[
        list[str] | None,
        typer.Option(
            "--with",
            help="Another scenario whose sessions about loans are learned from too; repeat it for more.",
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on where a killed training in the folder was.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Train a policy for the seat that decides in a scenario, from scratch or from what a deployed agent traded.

    Writes policy.npz (plays without PyTorch), its configuration, checkpoints, learning curve and TensorBoard log.

    Example: `wattpact train park-day`, or `wattpact train park-day --seeds 0,1,2 --against pool+league --out runs/mine`,
    or `wattpact train village-loans --what loans --with village-day`.
    """
    for module in ("stable_baselines3", "sb3_contrib", "torch"):
        if find_spec(module) is None:
            raise NoTrainer(module)
    from scenarios.load import load
    from scenarios.policies.training import TrainOptions, train_park
    from scenarios.policies.training_loans import train_loans
    from scenarios.sweep.axes import seeds_of

    if seed is not None and seeds is not None:
        raise OneOrSeveral
    loaded = load(scenario)
    changes = changed(change or [])
    changes |= {key: value for key, value in (("steps", steps), ("seed", seed)) if value is not None}
    folder = out or Path("runs") / f"train-{loaded.table.name}"
    options = TrainOptions(
        changes=changes,
        against=against,
        seeds=() if seeds is None else seeds_of(seeds),
        start=start,
        traded=traded,
        resume=resume,
        more=tuple(load(each) for each in more or []),
    )
    with progress("Starting", silent=as_json) as bar:
        learn = train_park if what is What.PARK else train_loans
        trained = learn(loaded, folder, options, stages(bar))
    summaries = [
        {
            "policy": str(result.path),
            "steps": result.steps,
            "episode_return": result.curve[-1].episode_return,
            "seconds": round(result.seconds, 1),
            "resumed": None if result.resumed is None else str(result.resumed),
            "refused": list(result.refused),
        }
        for result in trained.results
    ]
    if as_json:
        each = summaries[0] if seeds is None else {"trainings": summaries}
        emit_json(
            {**each, "against": trained.against, "picture": str(trained.picture), "folder": str(folder)}
        )
        return
    console = printer()
    for result in trained.results:
        for told in result.refused:
            console.print(f"[yellow]warning:[/] {told}")
        console.print(
            f"{result.steps:,} decisions in {result.seconds:,.0f} s; "
            f"mean return {result.curve[-1].episode_return:.3f}; policy: {result.path}"
        )
    console.print(f"learned against: {trained.against}\nlearning curve: {trained.picture}")
    kind = "" if what is What.PARK else f" --what {what}"
    console.print(f"judge it: wattpact evaluate {scenario}{kind} --policy {trained.results[0].path}")


class OneOrSeveral(ValueError):
    """One seed and several."""

    exit_code = 2

    def __init__(self) -> None:
        super().__init__("--seed: found beside --seeds, expected one of them")


class NoTrainer(Exception):
    """What training takes is not installed."""

    exit_code = 2

    def __init__(self, module: str) -> None:
        super().__init__(f"{module} is not installed, expected what training takes: make learn")


class WrongChange(ValueError):
    """A ``--set`` that is no KEY=VALUE."""

    exit_code = 2

    def __init__(self, found: str) -> None:
        super().__init__(f"--set: found {found!r}, expected KEY=VALUE, as learning_rate=0.0003")


def changed(pairs: list[str]) -> dict[str, object]:
    """Keys and values of ``--set``; a value as TOML writes it, otherwise as a text."""
    import tomllib

    changes: dict[str, object] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise WrongChange(pair)
        try:
            changes[key] = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            changes[key] = value
    return changes


cli = command(main)

if __name__ == "__main__":
    cli()
