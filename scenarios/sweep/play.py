"""One day of a sweep, played on the exact ledger in memory, and the figures that are kept of it."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np

from learning.execution.run import Backend, Progress, run_tasks
from learning.execution.task import Task
from learning.judging.play import Contender
from market.ledger.digest import conserved, digest
from scenarios.load import Scenario
from scenarios.rehearsal import rehearse
from scenarios.sweep.axes import Point, SweepError
from scenarios.units import TOKEN, UTILITIES

Row = dict[str, Any]
"""A line of a sweep's table: the axes' values, the seed, and :func:`play_day`'s figures."""

FIGURES = (
    "gain",
    "sessions",
    "agreements",
    "agreement_rate",
    "deals",
    "traded",
    "delivered",
    "refunds",
    "loans",
)
"""What can be drawn, beside ``gain.PARTY``."""


def sweep(
    points: Sequence[Point],
    seeds: Sequence[int],
    *,
    backend: Backend,
    progress: Progress = lambda what, done, total: None,
    keep: Path | None = None,
) -> list[Row]:
    """Play every point with every seed; rows in that order. ``keep`` is the folder by which an interrupted one goes on."""
    cells = [(point, seed) for point in points for seed in seeds]
    tasks = [
        Task.of(
            f"{number} {point.name} seed {seed}", point.scenario, seed, _sources(point.scenario), root=seed
        )
        for number, (point, seed) in enumerate(cells)
    ]
    figures = run_tasks(play_day, tasks, backend=backend, progress=progress, keep=keep, what="Playing days")
    return [
        {**{path: _plain(value) for path, value in point.values.items()}, "seed": seed, **figure}
        for (point, seed), figure in zip(cells, figures, strict=True)
    ]


def play_day(
    task_seed: np.random.SeedSequence, scenario: Scenario, seed: int, sources: Sequence[str]
) -> dict[str, Any]:
    """A task: the figures of one day.

    ``gain`` and ``gain.PARTY`` are tokens over the provider, ``traded`` and ``delivered`` units between neighbours,
    ``refunds`` intervals of deals that were not delivered in full. A day's randomness is the scenario's, from its
    ``seed`` as in ``wattpact run``; ``sources`` name the strategies' code.
    """
    del task_seed, sources
    day = rehearse(scenario, seed)
    provider, unit = day.scenario.table.provider.name, UTILITIES[day.scenario.table.utility]
    sessions = day.record.sessions
    peers = [deal for deal in day.record.deals if provider not in (deal.seller, deal.buyer)]
    agreed = sum(row.outcome == "agreed" for row in sessions)
    state = day.ledger.state()
    return {
        "gain": sum(day.gains.values()) / TOKEN,
        **{f"gain.{party}": gain / TOKEN for party, gain in day.gains.items()},
        "sessions": len(sessions),
        "agreements": agreed,
        "agreement_rate": agreed / len(sessions) if sessions else None,
        "deals": len(peers),
        "traded": unit.amount(sum(deal.energy for deal in peers)),
        "delivered": unit.amount(sum(deal.delivered for deal in peers)),
        "refunds": sum(deal.refunded > 0 for deal in peers),
        "loans": len(day.record.loans.loans),
        "tokens_conserved": conserved(state, day.setup.minted),
        "digest": digest(state, day.composition.names, day.composition.meters),
    }


def check_measure(measure: str, points: Sequence[Point]) -> None:
    """Refuse a figure that no day has.

    Raises
    ------
    SweepError
    """
    parties = dict.fromkeys(party.name for point in points for party in point.scenario.table.party)
    known = [*FIGURES, *(f"gain.{name}" for name in parties)]
    if measure not in known:
        near = get_close_matches(measure, known, n=3) or known
        raise SweepError("--measure", repr(measure), f"one of {', '.join(near)}")


def _sources(scenario: Scenario) -> tuple[str, ...]:
    """The code of strategies of the user's own: no result is kept of what other code did."""
    own = sorted({party.strategy for party in scenario.table.party if ":" in party.strategy})
    return tuple(Contender(name, beside=scenario.path.parent).source for name in own)


def _plain(value: Any) -> Any:
    """A value of an axis as tables and JSON have it."""
    if isinstance(value, bool | int | str):
        return value
    try:
        return float(value)
    except (TypeError, ValueError):
        return str(value)


def means(
    rows: Sequence[Row], paths: Sequence[str], measure: str
) -> list[tuple[Mapping[str, Any], list[tuple[float, int]]]]:
    """For each combination of the axes' values, in order: the values, and (figure, seed) of each day that has one."""
    groups: dict[tuple[Any, ...], list[tuple[float, int]]] = {}
    for row in rows:
        group = groups.setdefault(tuple(row[path] for path in paths), [])
        if row.get(measure) is not None:
            group.append((float(row[measure]), int(row["seed"])))
    return [(dict(zip(paths, values, strict=True)), days) for values, days in groups.items()]
