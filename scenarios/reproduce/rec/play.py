"""A week of a case under every strategy, every mechanism, the market baselines and the planner."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agents.cooperative.auction import double_auction, random_matching
from agents.cooperative.plan_repair import best_feasible
from agents.cooperative.planned_home import PlannedHome, planned_home
from agents.cooperative.planner import Exchange, plan
from agents.cooperative.record import WeekRecord
from agents.cooperative.week import no_flexibility, simulate
from agents.cooperative.welfare import performance
from scenarios.rec.build import Case
from scenarios.reproduce.rec.mechanisms import MECHANISMS
from scenarios.reproduce.rec.store import digest, path_of, read, save

FloatArray = NDArray[np.float64]
Progress = Callable[[str, int, int], None]
"""(what is being done, how much of it is over, of how much)."""

LARGE = 20
"""From so many agents on the planner proves its bound only: each of its programs takes minutes there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Optima:
    """sws that a central planner could reach; the true optimum lies between ``feasible`` and ``bound``.

    ``alone``: each home plans for itself. ``loans``: everything that is given comes back within the week. ``fair``: the
    same, and nobody is worse off than in s1. ``free``: nothing need come back. None: not computed.
    """

    loans_bound: float
    loans_feasible: float | None = None
    alone_bound: float | None = None
    alone_feasible: float | None = None
    fair_bound: float | None = None
    free_bound: float | None = None
    free_feasible: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayedWeek:
    """Everything that was played of one week.

    Attributes
    ----------
    case : Case
    s0, s1 : WeekRecord
        No flexibility, and individual control (Table 1).
    s2 : dict
        Negotiation and control, by the mechanism's name.
    markets : dict
        The baselines "random matching" and "double auction".
    optima : Optima or None
    """

    case: Case
    s0: WeekRecord
    s1: WeekRecord
    s2: dict[str, WeekRecord]
    markets: dict[str, WeekRecord]
    optima: Optima | None

    def xi(self, week: WeekRecord) -> FloatArray:
        """ξ of every agent (Eq. 16), shape (n,)."""
        return performance(self.case.members, week)


def play(
    case: Case,
    mechanisms: Sequence[str],
    folder: Path,
    *,
    workers: int,
    planner: bool,
    progress: Progress,
) -> PlayedWeek:
    """Play the week of ``case``; what was played before is taken from ``folder``."""
    members, net = case.members, case.net_kwh
    s0 = no_flexibility(members, net_kwh=net, plan=case.plan)
    s1 = simulate(members, net_kwh=net, plan=case.plan)
    s2 = {}
    for name in mechanisms:
        path = path_of(folder, case, name, MECHANISMS[name].mechanism)
        week = read(path)
        if week is None:
            what = f"week {case.week}, seed {case.seed}: {MECHANISMS[name].label}"
            week = simulate(
                members,
                net_kwh=net,
                plan=case.plan,
                mechanism=MECHANISMS[name].mechanism,
                seed=case.seed,
                workers=workers,
                on_period=lambda done, total, what=what: progress(what, done, total),  # type: ignore[misc]
            )
            save(path, week)
        s2[name] = week
    homes = planned(case)
    # The stream of what chance decides in the matching, apart from those of the agents and of the periods.
    rng = np.random.default_rng((case.seed, 3))
    markets = {"random matching": random_matching(s1, rng), "double auction": double_auction(homes, s1)}
    optima = _optima(case, homes, s1, folder, progress) if planner else None
    return PlayedWeek(case=case, s0=s0, s1=s1, s2=s2, markets=markets, optima=optima)


def planned(case: Case) -> list[PlannedHome]:
    """The members as a central planner sees them."""
    return [
        planned_home(member, case.net_kwh[i, : case.plan.periods]) for i, member in enumerate(case.members)
    ]


def _optima(
    case: Case, homes: Sequence[PlannedHome], s1: WeekRecord, folder: Path, progress: Progress
) -> Optima:
    # The planner draws nothing by chance: a week's answer serves every seed that leaves the homes as they are.
    path = folder / f"{case.name}-week{case.week}-planner-{digest_of_homes(case)}.json"
    if path.is_file():
        return Optima(**json.loads(path.read_text(encoding="utf-8")))
    progress(f"week {case.week}: central planner", 0, 4)
    if len(homes) > LARGE:
        found = Optima(loans_bound=-plan(homes, Exchange.LOANS).bound)
    else:
        loans = best_feasible(homes, Exchange.LOANS)
        progress(f"week {case.week}: central planner", 1, 4)
        alone = best_feasible(homes, Exchange.NONE)
        progress(f"week {case.week}: central planner", 2, 4)
        free = best_feasible(homes, Exchange.FREE)
        progress(f"week {case.week}: central planner", 3, 4)
        at_most = -performance(case.members, s1)
        found = Optima(
            loans_bound=-loans.bound,
            loans_feasible=-loans.cost,
            alone_bound=-alone.bound,
            alone_feasible=-alone.cost,
            fair_bound=-plan(homes, Exchange.LOANS, at_most=at_most).bound,
            free_bound=-free.bound,
            free_feasible=-free.cost,
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(found)), encoding="utf-8")
    return found


def digest_of_homes(case: Case) -> str:
    """Of what the planner sees of a case."""
    return digest(replace(case, seed=0), "planner")
