"""``wattpact train``: from a scenario to a trained policy, its folder and its learning curve.

The training episodes are the days of seeds 0, 1, 2, … of the scenario, played by the compiled park; those from
:data:`UNSEEN` on are kept for judging.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from agents.policy.find import load_policy
from agents.policy.network import Policy
from learning.core import Core
from learning.park.core import OneSeatPark, Parks
from learning.park.layout import CONCEDES, CR, DL, STYLE, Bank
from scenarios.load import Scenario
from scenarios.park import park_bank
from scenarios.policies.pictures import learning_curve
from scenarios.running import Progress

if TYPE_CHECKING:
    from learning.training.config import TrainConfig
    from learning.training.train import TrainResult

BESIDE_POOL: Final = 0.25
"""Part of the copies that past selves play where there is a pool too."""
UNSEEN: Final = 1_000_000
"""The first seed that no training sees."""
DAYS: Final = 8192
"""Days that a training draws its episodes from."""

PARK: Final[Mapping[str, Any]] = {
    "steps": 4_000_000,
    "copies": 256,
    "horizon": 52,
    "batch": 3328,
    "epochs": 4,
    "learning_rate": 1e-3,
    "entropy": 0.01,
    "gamma": 1.0,
    "gae_lambda": 0.95,
    "hidden": [64, 64],
}
"""What a training in a park is unless told otherwise: a rollout holds two days of 256 parks."""


@dataclass(frozen=True, kw_only=True)
class TrainOptions:
    """What a user may choose.

    Attributes
    ----------
    changes
        Keys of ``learning.training.config.TrainConfig`` and their values.
    against
        ``pool``: the scenario's mixed pool of strategies; ``league``: the learner's past selves, in all seats;
        ``pool+league``: some copies of the world each. None: as what is learned is trained by itself.
    seeds
        Of several trainings, each in a folder of its own; empty: one, of the configuration's seed.
    start
        A policy to go on from: a shipped one's name or a file.
    traded
        A run's folder: its parties' ways to concede, as observed there, are those of the training; and without ``start``
        it goes on from the policy that decided there.
    """

    changes: Mapping[str, Any]
    against: str | None = None
    seeds: tuple[int, ...] = ()
    start: str | None = None
    traded: Path | None = None
    resume: bool = False
    more: tuple[Scenario, ...] = ()
    """Scenarios whose sessions about loans are learned from too."""


@dataclass(frozen=True)
class Trained:
    """One training, or one of each seed, and the picture of how they learned."""

    results: "tuple[TrainResult, ...]"
    picture: Path
    against: str


def train_park(scenario: Scenario, folder: Path, options: TrainOptions, progress: Progress) -> Trained:
    """Train, and draw the learning curve.

    Raises
    ------
    ScenarioError, ConfigError, PolicyError, TrainingError
        Wrong input is refused before anything is written.
    """
    from learning.training.errors import ConfigError

    if options.more:
        raise ConfigError("with", options.more[0].table.name, "nothing: a park is learned by itself")
    config = configured(PARK, options)
    start = _start(scenario, options)
    bank = park_bank(scenario, range(DAYS), lambda done: progress("Days", done, DAYS))
    if options.traded is not None:
        bank = as_observed(bank, scenario, observed_in(options.traded, scenario))
    return finish(lambda each: worlds(bank, each), config, folder, options, progress, start)


def worlds(bank: Bank, config: "TrainConfig") -> Callable[[int], Core]:
    """What makes so many copies of the park: against the scenario's pool, against past selves, or a part each."""
    from learning.training.league import beside_pool

    seats = tuple(range(bank.parties.shape[1]))
    return beside_pool(
        lambda copies: OneSeatPark(bank, copies),
        lambda copies: Parks(bank, copies, seats=seats),
        config.league,
        config.seed,
    )


def configured(defaults: Mapping[str, Any], options: TrainOptions) -> "TrainConfig":
    """The configuration of what is trained with these defaults.

    Raises
    ------
    ConfigError
    """
    from learning.training.config import AGAINST, BOTH, LEAGUE, POOL, TrainConfig
    from learning.training.errors import ConfigError

    table = {**defaults, **options.changes}
    league = table.get("league") or {}
    if options.against == POOL:
        table["league"] = None
    elif options.against == LEAGUE:
        table["league"] = {**league, "share": 1.0}
    elif options.against == BOTH:
        table["league"] = {"share": BESIDE_POOL, **league}
    elif options.against is not None:
        raise ConfigError("against", options.against, f"one of {', '.join(AGAINST)}")
    return TrainConfig.from_table(table)


def finish(
    make: "Callable[[TrainConfig], Callable[[int], Core]]",
    config: "TrainConfig",
    folder: Path,
    options: TrainOptions,
    progress: Progress,
    start: Policy | None,
) -> Trained:
    """Train in the worlds that are made for a configuration, and draw the learning curve; several seeds one by one."""
    from learning.training.checkpoint import checkpoints
    from learning.training.train import train

    folder.mkdir(parents=True, exist_ok=True)
    results = []
    for seed in options.seeds or (config.seed,):
        each, place, resume, told = replace(config, seed=seed), folder, options.resume, progress
        if options.seeds:
            place, told = folder / f"seed-{seed}", _named(progress, seed)
            # Of several trainings some may be over when they are stopped, and some not begun.
            resume = resume and bool(checkpoints(place / "checkpoints"))
            place.mkdir(exist_ok=True)
        results.append(train(make(each), each, place, told, resume=resume, start=start))
    picture = learning_curve([result.curve for result in results], folder / "learning-curve.png")
    return Trained(tuple(results), picture, config.against)


def _named(progress: Progress, seed: int) -> Progress:
    return lambda what, done, total: progress(f"{what}, seed {seed}", done, total)


def _start(scenario: Scenario, options: TrainOptions) -> Policy | None:
    if options.start is not None:
        return load_policy(options.start)
    if options.traded is None:
        return None
    first = next((p for p in scenario.table.party if p.strategy == "learned"), None)
    name = "park" if first is None else str(first.parameters.get("policy", "park"))
    return load_policy(name, scenario.path.parent)


def observed_in(folder: Path, scenario: Scenario) -> dict[str, float]:
    """How each party of a run was seen to concede by those who decide as learned: its name and cr of Eq. 1."""
    from learning.episodes import observed_rates, read_episodes

    found: dict[str, list[float]] = {}
    for party in scenario.table.party:
        if party.strategy == "learned":
            for name, rate in observed_rates(read_episodes(folder, party.name)).items():
                found.setdefault(name, []).append(rate)
    return {name: float(np.median(rates)) for name, rates in found.items()}


def as_observed(bank: Bank, scenario: Scenario, rates: Mapping[str, float]) -> Bank:
    """The bank in which the named parties concede as they were seen to."""
    parties, psi = bank.parties.copy(), bank.psi.copy()
    for number, party in enumerate(scenario.table.party):
        if party.name in rates:
            parties[:, number, STYLE] = CONCEDES
            psi[:, number, CR], psi[:, number, DL] = rates[party.name], 0.0
    return replace(bank, parties=parties, psi=psi)


def unseen(count: int) -> Sequence[int]:
    """Seeds for judging."""
    return range(UNSEEN, UNSEEN + count)
