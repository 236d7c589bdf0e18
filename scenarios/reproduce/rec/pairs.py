"""Section 5.3.1: every pair negotiates in every period of four days, to see who agrees with whom (Figure 15).

The paper does not say what becomes of the loans. Here nothing is committed and batteries act as in s1, so that every pair
is judged in the same situation, whatever the others agree on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agents.cooperative.exchange import Exchange
from agents.cooperative.mechanism import Negotiations
from agents.cooperative.record import SessionRecord, WeekRecord
from agents.cooperative.session import QuantileBidding, negotiate
from agents.cooperative.week import simulate
from scenarios.rec.build import Case
from scenarios.reproduce.rec.store import path_of, read, save

FloatArray = NDArray[np.float64]

PERIODS = 384
"""Four days."""


@dataclass(frozen=True, slots=True)
class AllPairs:
    """Sessions of every pair, with nothing committed, in every ``every``-th period."""

    every: int = 1

    def begin(self, n: int) -> Negotiations:
        """No memory is needed."""
        return _Trying(self.every)


class _Trying:
    def __init__(self, every: int) -> None:
        self._every = every

    def negotiate(self, exchange: Exchange) -> Sequence[SessionRecord]:
        if exchange.period % self._every:
            return []
        quantiles = tuple(exchange.member(i).aspiration_quantile for i in range(exchange.n))
        bidding = QuantileBidding(quantiles)
        exchange.spaces(range(exchange.n))
        # Who opens makes a difference; it alternates, so that no pair has the same one throughout.
        swap = exchange.period // self._every % 2
        return [
            negotiate(exchange, *((b, a) if swap else (a, b)), bidding, commit=False)
            for a, b in combinations(range(exchange.n), 2)
        ]


def all_pairs(
    case: Case, folder: Path, *, workers: int, on_period: Callable[[int, int], None], every: int = 1
) -> WeekRecord:
    """The four days, or what was kept of them; a week that is shorter is taken whole."""
    short = replace(case, plan=replace(case.plan, periods=min(PERIODS, case.plan.periods)))
    mechanism = AllPairs(every)
    path = path_of(folder, short, "all-pairs", mechanism)
    found = read(path)
    if found is None:
        found = simulate(
            short.members,
            net_kwh=short.net_kwh,
            plan=short.plan,
            mechanism=mechanism,
            seed=short.seed,
            workers=workers,
            on_period=on_period,
        )
        save(path, found)
    return found


def success_matrix(week: WeekRecord) -> FloatArray:
    """Share of each pair's sessions that ended in a loan, shape (n, n); NaN for pairs that never met."""
    agreed, met = np.zeros((2, week.agents, week.agents))
    for s in week.sessions:
        for i, j in ((s.a, s.b), (s.b, s.a)):
            met[i, j] += 1
            agreed[i, j] += s.agreed
    return np.divide(agreed, met, out=np.full_like(met, np.nan), where=met > 0)
