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
from learning.park.core import OneSeatPark, Parks
from learning.park.layout import CONCEDES, CR, DL, STYLE, Bank
from scenarios.load import Scenario
from scenarios.park import park_bank
from scenarios.policies.pictures import learning_curve
from scenarios.running import Progress

if TYPE_CHECKING:
    from learning.training.config import TrainConfig
    from learning.training.train import TrainResult

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
    self_play
        All parties are seats, played by the learner's past selves; otherwise the scenario's mixed pool of strategies.
    start
        A policy to go on from: a shipped one's name or a file.
    traded
        A run's folder: its parties' ways to concede, as observed there, are those of the training; and without ``start``
        it goes on from the policy that decided there.
    """

    changes: Mapping[str, Any]
    self_play: bool = False
    start: str | None = None
    traded: Path | None = None
    resume: bool = False


def train_park(
    scenario: Scenario, folder: Path, options: TrainOptions, progress: Progress
) -> "tuple[TrainResult, Path]":
    """Train, and draw the learning curve; what came of it and the picture's path.

    Raises
    ------
    ScenarioError, ConfigError, PolicyError, TrainingError
        Wrong input is refused before anything is written.
    """
    from learning.training.config import LeagueSettings, TrainConfig
    from learning.training.league import self_play

    table = {**PARK, **options.changes}
    if options.self_play and not table.get("league"):
        table["league"] = {}
    config: TrainConfig = TrainConfig.from_table(table)
    start = _start(scenario, options)
    bank = park_bank(scenario, range(DAYS), lambda done: progress("Days", done, DAYS))
    if options.traded is not None:
        bank = as_observed(bank, scenario, observed_in(options.traded, scenario))
    make: Callable[[int], Any]
    if config.league is not None:
        seats = tuple(range(bank.parties.shape[1]))
        settings: LeagueSettings = config.league
        make = self_play(lambda copies: Parks(bank, copies, seats=seats), settings, config.seed)
    else:
        make = lambda copies: OneSeatPark(bank, copies)  # noqa: E731
    return finish(make, config, folder, options, progress, start)


def finish(
    make: Callable[[int], Any],
    config: "TrainConfig",
    folder: Path,
    options: TrainOptions,
    progress: Progress,
    start: Policy | None,
) -> "tuple[TrainResult, Path]":
    """Train in the worlds that ``make`` makes, and draw the learning curve."""
    from learning.training.train import train

    folder.mkdir(parents=True, exist_ok=True)
    result = train(make, config, folder, progress, resume=options.resume, start=start)
    return result, learning_curve([result.curve], folder / "learning-curve.png")


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
