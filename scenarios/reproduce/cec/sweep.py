"""How often each statement holds among random communities, and what that depends on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any, Final

import numpy as np

from learning.execution.run import Backend, Progress, run_tasks
from learning.execution.task import Task
from scenarios.reproduce.cec.draw import KINDS, draw
from scenarios.reproduce.cec.play import play
from scenarios.reproduce.cec.statements import ANY_MEDIATOR, STATEMENTS

EACH: Final = 20
"""Communities of a task."""
NORMAL: Final = 1.959964
MOST_VALUES: Final = 9
"""Different whole values of a feature that are shown one by one."""

Row = Mapping[str, Any]
"""A community: ``kind``, ``features``, and ``verdicts`` by statement."""


@dataclass(frozen=True, slots=True)
class Share:
    """How often it is as the paper says, with a 95 % interval (Wilson), and how often there is no difference."""

    of: int
    holds: int
    even: int

    @property
    def share(self) -> float:
        """As the paper says; NaN where nothing was to be judged."""
        return self.holds / self.of if self.of else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's for a share of independent communities."""
        if not self.of:
            return float("nan"), float("nan")
        n, p, z = self.of, self.share, NORMAL
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        reach = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
        return max(0.0, middle - reach), min(1.0, middle + reach)

    def told(self) -> str:
        """In words."""
        if not self.of:
            return "in none of the drawn communities to be judged"
        low, high = self.interval
        even = f", no difference in {100 * self.even / self.of:.0f} %" if self.even else ""
        return f"{100 * self.share:.0f} % [{100 * low:.0f}, {100 * high:.0f}] of {self.of}{even}"


def sweep(
    communities: int, *, seed: int, backend: Backend, progress: Progress, keep: Path | None = None
) -> list[Row]:
    """Draw and play ``communities``; the same for a seed, however many tasks run at once."""
    tasks = [
        Task.of(f"communities {first}", min(EACH, communities - first), root=seed)
        for first in range(0, communities, EACH)
    ]
    found = run_tasks(
        play_some, tasks, backend=backend, progress=progress, keep=keep, what="Random communities"
    )
    return [row for rows in found for row in rows]


def play_some(seed: np.random.SeedSequence, count: int) -> list[dict[str, Any]]:
    """A task: some communities, each with a seed of its own."""
    rows = []
    for number, own in enumerate(seed.spawn(count)):
        kind = KINDS[number % len(KINDS)]
        drawn = draw(own, kind)
        played = play(drawn.case, "drawn")
        verdicts: dict[str, int | None] = {
            statement.id: verdict
            for statement in STATEMENTS
            if played.kind in statement.kinds and (verdict := statement.verdict(played)) is not None
        }
        if played.kind == "spoken-for":
            verdicts |= {name: rule(played) for name, rule in ANY_MEDIATOR.items()}
        rows.append(
            {
                "kind": played.kind,
                "features": {
                    **drawn.features,
                    "mediator_weight": played.mediator_weight,
                    "mediator_skill": played.mediator_skill,
                },
                "verdicts": verdicts,
            }
        )
    return rows


def shares(rows: Sequence[Row]) -> dict[str, Share]:
    """By statement."""
    return {statement.id: share(rows, statement.id) for statement in STATEMENTS}


def share(rows: Sequence[Row], statement: str) -> Share:
    """Of one statement among ``rows``."""
    verdicts = [row["verdicts"][statement] for row in rows if statement in row["verdicts"]]
    return Share(len(verdicts), verdicts.count(1), verdicts.count(0))


def by_feature(rows: Sequence[Row], statement: str, feature: str, bins: int = 5) -> list[tuple[float, Share]]:
    """(middle of the bin, share) for a statement: each value of a count, or bins with as many communities each."""
    judged = [row for row in rows if statement in row["verdicts"]]
    if not judged:
        return []
    values = np.array([float(row["features"][feature]) for row in judged])
    distinct = np.unique(values)
    if len(distinct) <= MOST_VALUES and not np.mod(distinct, 1).any():
        return [
            (float(v), share([judged[i] for i in np.flatnonzero(values == v)], statement)) for v in distinct
        ]
    edges = np.unique(np.quantile(values, np.linspace(0, 1, bins + 1)))
    places = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(edges) - 2)
    return [
        (
            float(np.median(values[places == b])),
            share([judged[i] for i in np.flatnonzero(places == b)], statement),
        )
        for b in range(len(edges) - 1)
    ]
