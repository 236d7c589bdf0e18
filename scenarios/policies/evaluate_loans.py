"""``wattpact evaluate SCENARIO --what loans``: judge a policy for loans, and write what was found."""

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import polars

from agents.policy.find import load_policy
from agents.policy.session_view import session_spec
from learning.execution.run import Backend
from scenarios.errors import ScenarioError
from scenarios.load import Scenario
from scenarios.policies.judge_loans import (
    AGAINST,
    LEARNED,
    SCRIPTED,
    LoanJudgement,
    LoanStanding,
    judge_loans,
    loan_rows,
)
from scenarios.policies.loan_sessions import loan_plan
from scenarios.policies.pictures import shares
from scenarios.policies.training import unseen
from scenarios.running import Progress


@dataclass(frozen=True)
class LoanEvaluation:
    """What was found, and where it stands."""

    policy: str
    judgement: LoanJudgement
    folder: Path
    pictures: tuple[Path, ...]

    def summary(self) -> dict[str, Any]:
        """What ``evaluate --what loans --json`` prints."""
        found = self.judgement
        return {
            "policy": self.policy,
            "days": found.days,
            "sessions": found.sessions,
            "standings": loan_rows(found),
            "violations": sum(row.violations for row in found.standings if row.name == LEARNED),
            "pictures": [str(path) for path in self.pictures],
            "folder": str(self.folder),
        }


def evaluate_loans(
    scenario: Scenario,
    policy: str,
    days: int,
    strategies: tuple[str, ...] | None,
    folder: Path,
    backend: Backend,
    progress: Progress,
) -> LoanEvaluation:
    """Judge a policy in the loan sessions of days that no training saw; ``strategies`` None: every scripted one.

    Raises
    ------
    PolicyError, ScenarioError
        Before anything is played.
    """
    learned = load_policy(policy)
    plan = loan_plan(scenario)
    learned.spec.check(session_spec(0, plan.offered.max_rounds, levels=True))
    names = tuple(SCRIPTED) if strategies is None else strategies
    for name in names:
        if name not in SCRIPTED:
            near = get_close_matches(name, SCRIPTED, n=3, cutoff=0.5) or list(SCRIPTED)
            raise ScenarioError(scenario.path, "--against", repr(name), ", ".join(near))
    found = judge_loans(scenario, learned, unseen(days), strategies=names, backend=backend, progress=progress)
    folder.mkdir(parents=True, exist_ok=True)
    table = polars.DataFrame(loan_rows(found))
    table.write_csv(folder / "loan-standings.csv")
    table.write_parquet(folder / "loan-standings.parquet")
    pictures = [
        shares(
            [(each.name, each.share, each.name == LEARNED) for each in against(found, kind)],
            f"against {said}; {found.sessions:,} unseen sessions, each from both sides",
            folder / f"loan-standings-{kind}.png",
        )
        for kind, said in zip(AGAINST, ("the homes of those days", "a strategy drawn for each"), strict=True)
    ]
    return LoanEvaluation(policy, found, folder, tuple(pictures))


def against(judgement: LoanJudgement, kind: str) -> list[LoanStanding]:
    """The standings against one kind of counterpart."""
    return [each for each in judgement.standings if each.against == kind]
