"""``wattpact evaluate``: judge a policy, attack it, and write what was found."""

from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars

from agents.builtin import load_strategy
from agents.policy.find import load_policy
from agents.policy.park_view import park_spec
from learning.execution.run import Backend
from scenarios.load import Scenario
from scenarios.park import park_bank
from scenarios.policies.exploit import Response, responses
from scenarios.policies.judge import SCRIPTED, Judgement, as_rows, judge
from scenarios.policies.pictures import exploited, standings
from scenarios.policies.training import DAYS, unseen
from scenarios.running import Progress


@dataclass(frozen=True, kw_only=True)
class EvaluateOptions:
    """What a user may choose; ``strategies`` None: every one that ships."""

    policy: str
    days: int
    strategies: tuple[str, ...] | None
    exploit: bool
    exploit_steps: int
    exploit_seeds: int


@dataclass(frozen=True)
class Evaluation:
    """What was found, and where it stands."""

    policy: str
    judgement: Judgement
    responses: tuple[Response, ...]
    folder: Path
    pictures: tuple[Path, ...]

    def summary(self) -> dict[str, Any]:
        """What ``evaluate --json`` prints."""
        found = self.judgement
        return {
            "policy": self.policy,
            "days": found.days,
            "standings": as_rows(found),
            "best_single_psi": found.psi,
            "hindsight": asdict(found.hindsight),
            "violations": found.policy.violations,
            "park_equals_market": found.equal,
            "best_responses": [asdict(each) for each in self.responses],
            "pictures": [str(path) for path in self.pictures],
            "folder": str(self.folder),
        }


def evaluate(
    scenario: Scenario, options: EvaluateOptions, folder: Path, backend: Backend, progress: Progress
) -> Evaluation:
    """Judge and attack a policy; tables and pictures are in ``folder``.

    Raises
    ------
    PolicyError, StrategyError, ScenarioError
        Before anything is played.
    """
    policy = load_policy(options.policy)
    policy.spec.check(park_spec())
    strategies = SCRIPTED if options.strategies is None else options.strategies
    for name in strategies:
        load_strategy(name)
    folder.mkdir(parents=True, exist_ok=True)
    bank = park_bank(scenario, unseen(options.days), lambda done: progress("Days", done, options.days))
    # Market days find a policy by a name or a path; the path has to hold wherever they are played.
    named = options.policy if not options.policy.endswith(".npz") else str(Path(options.policy).resolve())
    found = judge(
        scenario, bank, policy, named=named, strategies=strategies, backend=backend, progress=progress
    )
    attacked: list[Response] = []
    if options.exploit:
        training = park_bank(scenario, range(DAYS), lambda done: progress("Days", done, DAYS))
        with TemporaryDirectory() as scratch:
            attacked = responses(
                training,
                bank,
                policy,
                Path(scratch),
                progress,
                steps=options.exploit_steps,
                seeds=range(options.exploit_seeds),
            )
    table = polars.DataFrame(as_rows(found))
    table.write_csv(folder / "standings.csv")
    table.write_parquet(folder / "standings.parquet")
    rows = [(each.name, each.gain, False) for each in (found.single, *found.scripted)]
    pictures = [
        standings(
            [("learned", found.policy.gain, True), *rows],
            found.hindsight,
            found.days,
            folder / "standings.png",
        )
    ]
    if attacked:
        polars.DataFrame([{**asdict(each), **asdict(each.gain)} for each in attacked]).drop("gain").write_csv(
            folder / "best-responses.csv"
        )
        note = f"{options.exploit_seeds} trainings of {options.exploit_steps:,} decisions each"
        pictures.append(
            exploited(
                [(each.holder, each.gain, each.holder == "learned") for each in attacked],
                note,
                folder / "best-responses.png",
            )
        )
    return Evaluation(options.policy, found, tuple(attacked), folder, tuple(pictures))
