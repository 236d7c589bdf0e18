"""A week of a cooperative under each strategy of Table 1: negotiate, act, and look again (the paper's MPC).

Every period the agents forecast anew, negotiate loans that start in it, and put both legs into the exchange pool; then
each home's battery acts on what is really needed. Nothing of the truth beyond the present reaches an agent but through
its own forecast.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from agents.cooperative.errors import PlanError
from agents.cooperative.exchange import Exchange, Map, Past
from agents.cooperative.mechanism import Mechanism
from agents.cooperative.members import Member
from agents.cooperative.plan import WeekPlan
from agents.cooperative.pool import ExchangePool
from agents.cooperative.record import SessionRecord, WeekRecord
from agents.loans.control import limits_of

FloatArray = NDArray[np.float64]
OnPeriod = Callable[[int, int], None]
"""(periods done, periods in all)."""


def no_flexibility(members: Sequence[Member], *, net_kwh: FloatArray, plan: WeekPlan) -> WeekRecord:
    """Strategy s0: batteries rest at their state of charge, and all net demand is traded outside."""
    net = _checked(members, net_kwh, plan)[:, : plan.periods]
    soc = np.array([member.initial_soc_kwh for member in members])
    idle = np.zeros_like(net)
    return WeekRecord(
        net=net.copy(),
        exchange=idle.copy(),
        flow=idle,
        residual=net.copy(),
        soc=np.repeat(soc[:, np.newaxis], plan.periods + 1, axis=1),
        sessions=(),
    )


def simulate(
    members: Sequence[Member],
    *,
    net_kwh: FloatArray,
    plan: WeekPlan,
    mechanism: Mechanism | None = None,
    seed: int = 0,
    workers: int = 1,
    on_period: OnPeriod = lambda done, total: None,
) -> WeekRecord:
    """Strategy s1 (`mechanism` None: own battery alone) or s2 (negotiate by `mechanism`, then own battery).

    Parameters
    ----------
    net_kwh : ndarray, shape (n, >= periods + horizon)
        What every member's net demand will be [kWh an interval], positive when short; the horizon beyond the week is
        what forecasts in its last day are made of.
    seed : int
        Of forecasts and of chance in the mechanism; results do not depend on `workers`.
    workers : int
        Threads that compute contract spaces (compiled, so that they run side by side).
    on_period : callable
        Told after every period how many are over, of how many.

    Raises
    ------
    PlanError
        If `net_kwh` ends before the horizon, or the plan does not fit the members.
    """
    net = _checked(members, net_kwh, plan)
    n, periods = len(members), plan.periods
    pool = ExchangePool(n, periods)
    negotiations = None if mechanism is None else mechanism.begin(n)
    homes = [(member.model.control.step, limits_of(member.model.battery)) for member in members]
    soc = np.empty((n, periods + 1))
    soc[:, 0] = [member.initial_soc_kwh for member in members]
    flow, residual = np.empty((n, periods)), np.empty((n, periods))
    sessions: list[SessionRecord] = []
    with _threads(workers) as map_:
        for t in range(periods):
            if negotiations is not None and t + plan.domain.return_times[0] < periods:
                exchange = Exchange(
                    members=members,
                    plan=plan,
                    pool=pool,
                    period=t,
                    net_kwh=net,
                    past=Past(net[:, :t], flow[:, :t], residual[:, :t], soc[:, : t + 1]),
                    seed=seed,
                    map_=map_,
                )
                sessions += negotiations.negotiate(exchange)
            need = net[:, t] + pool.legs[:, t]
            for i, (step, limits) in enumerate(homes):
                soc[i, t + 1], flow[i, t] = step(soc[i, t], need[i], 0, limits)
            residual[:, t] = need + flow[:, t]
            on_period(t + 1, periods)
    return WeekRecord(
        net=net[:, :periods].copy(),
        exchange=pool.legs,
        flow=flow,
        residual=residual,
        soc=soc,
        sessions=tuple(sessions),
    )


@contextmanager
def _threads(workers: int) -> Iterator[Map]:
    """``map`` over that many threads; the plain one for a single worker."""
    if workers < 1:
        raise PlanError("workers", workers, "a whole number, at least 1")
    if workers == 1:
        yield map
        return
    with ThreadPoolExecutor(workers) as threads:
        yield threads.map


def _checked(members: Sequence[Member], net_kwh: FloatArray, plan: WeekPlan) -> FloatArray:
    if len(members) < 1:
        raise PlanError("members", len(members), "at least one")
    plan.check(len(members))
    net = np.asarray(net_kwh, np.float64)
    if net.ndim != 2 or len(net) != len(members):
        raise PlanError("net_kwh", net.shape, f"shape ({len(members)}, periods + horizon)")
    needed = plan.periods + plan.horizon
    if net.shape[1] < needed:
        rule = f"at least periods + horizon = {needed} intervals: profiles must not end before the horizon"
        raise PlanError("net_kwh", net.shape[1], rule)
    if not np.isfinite(net).all():
        raise PlanError("net_kwh", float(net[~np.isfinite(net)][0]), "finite kWh")
    return net
