"""The best that a central planner could do over a week that it knows in advance: what negotiation is measured against.

The planner sees the realised profiles of all homes and moves every battery as it likes; homes may give each other
energy without loss. It minimises the total weighted cost, which is −sws (Eq. 17 with ξ of Eq. 16). It is a yardstick and
nothing that could be operated: nobody has its knowledge, and it asks no home whether it agrees.

Two things in the battery's model are not convex and are relaxed, both in the planner's favour, so that ``bound`` is
below the cost of anything that homes and batteries can do:

- *Degradation* y = max(lo, x − ε) holds y on the graph of a convex function of x in [lo, hi]; the program lets y lie in
  the graph's convex hull (between the graph and the chord from lo to hi), which contains the graph.
- *Charging or discharging, never both* holds (c, d) on two edges of the triangle c/C + d/D <= 1; the program takes the
  triangle, that is, an interval may be shared between charging and discharging, each within what y leaves it.

What real batteries then make of the plan is `agents.cooperative.plan_repair`: the best plan costs at least ``bound``
and at most that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from agents.cooperative.linear_program import INFINITY, FloatArray, IntArray, Program
from agents.cooperative.planned_home import HomeArrays, PlannedHome, arrays_of

BoolArray = NDArray[np.bool_]


class Exchange(StrEnum):
    """What homes may give each other."""

    NONE = "none"
    """Nothing: each plans for itself."""
    LOANS = "loans"
    """Every home has given as much as it took by the end: all loans are returned within the plan."""
    FREE = "free"
    """Anything, for nothing in return."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """Sides of what is not convex, as masks of shape (homes, periods): with both the program is exact.

    ``charging``: the flow is not negative. ``floored``: degradation stops at lo, y = lo; else y = x − ε; None leaves it
    relaxed.
    """

    charging: BoolArray
    floored: BoolArray | None = None

    def of(self, i: int) -> "Pattern":
        """Home ``i``'s alone."""
        return Pattern(self.charging[i : i + 1], None if self.floored is None else self.floored[i : i + 1])


@dataclass(frozen=True, slots=True)
class Plan:
    """An answer of the planner's program.

    Attributes
    ----------
    charged, discharged : ndarray, shape (homes, periods)
        c and d, whose difference is P [kWh per period]; both positive where an interval is shared.
    bought, sold : ndarray, shape (homes,)
        What each home trades outside over all periods [kWh], >= 0.
    bought_at, sold_at : ndarray, shape (periods,)
        The same of all homes together, by period.
    bound : float
        What any plan costs at least (the objective of the dual solution).
    iterations : int
        Of the solver.
    """

    charged: FloatArray
    discharged: FloatArray
    bought: FloatArray
    sold: FloatArray
    bought_at: FloatArray
    sold_at: FloatArray
    bound: float
    iterations: int

    @property
    def flow(self) -> FloatArray:
        """P, positive into the battery [kWh per period]."""
        return self.charged - self.discharged


def plan(
    homes: Sequence[PlannedHome],
    exchange: Exchange,
    *,
    at_most: FloatArray | None = None,
    pattern: Pattern | None = None,
) -> Plan:
    """Solve the planner's program over all homes and periods.

    Who trades which part of a period's residual does not matter for the cost, as a home's prices are those of every
    period: the program holds only what each home trades in all (rows) and what all trade in each period (columns).
    A table with these row and column sums always exists (`agents.cooperative.plan_repair.spread`).

    Parameters
    ----------
    at_most : ndarray, shape (homes,), optional
        What each home may cost at most (its cost under s1: then nobody loses by the plan).
    pattern : Pattern, optional
        Take these sides of what is not convex instead of relaxing it; with both, batteries can do what comes out.
    """
    if exchange is Exchange.NONE:
        return _joined(
            [
                _solve([home], exchange, _part(at_most, i), None if pattern is None else pattern.of(i))
                for i, home in enumerate(homes)
            ]
        )
    return _solve(homes, exchange, at_most, pattern)


def _part(values: FloatArray | None, i: int) -> FloatArray | None:
    return None if values is None else values[i : i + 1]


def _joined(plans: Sequence[Plan]) -> Plan:
    return Plan(
        np.concatenate([p.charged for p in plans]),
        np.concatenate([p.discharged for p in plans]),
        np.concatenate([p.bought for p in plans]),
        np.concatenate([p.sold for p in plans]),
        np.sum([p.bought_at for p in plans], axis=0),
        np.sum([p.sold_at for p in plans], axis=0),
        sum(p.bound for p in plans),
        sum(p.iterations for p in plans),
    )


@dataclass(frozen=True, slots=True)
class _Batteries:
    """Indices of the variables of all batteries: (homes, periods), and (homes,) for Θ's."""

    charge: IntArray
    discharge: IntArray
    short: IntArray
    over: IntArray


def _solve(
    homes: Sequence[PlannedHome], exchange: Exchange, at_most: FloatArray | None, pattern: Pattern | None
) -> Plan:
    data = arrays_of(homes)
    n, periods = data.net.shape
    p = Program()
    batteries = _batteries(p, data, pattern)
    bought = p.variables((n,), cost=data.imported[:, 0])
    sold = p.variables((n,), cost=data.exported[:, 0])
    bought_at, sold_at = p.variables((periods,)), p.variables((periods,))
    # Eq. 4 summed over homes: what they give each other cancels.
    by_period = data.net.sum(axis=0)
    rows = p.constraints((periods,), low=by_period, high=by_period)
    _trade(p, rows, bought_at, sold_at, batteries, axis=0)
    # Eq. 4 summed over periods: so does what comes back.
    if exchange is not Exchange.FREE:
        by_home = data.net.sum(axis=1)
        rows = p.constraints((n,), low=by_home, high=by_home)
        _trade(p, rows, bought, sold, batteries, axis=1)
    for of_homes, of_periods in ((bought, bought_at), (sold, sold_at)):
        same = p.constraints((1,), low=0.0, high=0.0)
        p.put(same, of_homes, 1.0)
        p.put(same, of_periods, -1.0)
    if at_most is not None:
        limit = p.constraints((n,), high=at_most)
        p.put(limit[:, None], batteries.charge, data.taken)
        p.put(limit[:, None], batteries.discharge, data.given)
        p.put(limit, batteries.short, data.short[:, 0])
        p.put(limit, batteries.over, data.over[:, 0])
        p.put(limit, bought, data.imported[:, 0])
        p.put(limit, sold, data.exported[:, 0])
    # One home is a chain in time, on which the simplex takes milliseconds; interior points suit what links many.
    best = p.minimise(solver="simplex" if n == 1 else "ipm")
    x = best.values
    return Plan(
        x[batteries.charge],
        x[batteries.discharge],
        x[bought],
        x[sold],
        x[bought_at],
        x[sold_at],
        best.bound,
        best.iterations,
    )


def _trade(
    p: Program, rows: IntArray, bought: IntArray, sold: IntArray, batteries: _Batteries, axis: int
) -> None:
    """bought − sold − Σ(c − d) = Σ net, summed over homes (axis 0) or periods (axis 1)."""
    p.put(rows, bought, 1.0)
    p.put(rows, sold, -1.0)
    spread = rows[None, :] if axis == 0 else rows[:, None]
    p.put(spread, batteries.charge, -1.0)
    p.put(spread, batteries.discharge, 1.0)


def _batteries(p: Program, data: HomeArrays, pattern: Pattern | None) -> _Batteries:
    """Eqs. 1 and 2 for all homes, with Θ: variables and rows."""
    shape, n = data.net.shape, len(data.net)
    charging = np.ones(shape, bool) if pattern is None else pattern.charging
    discharging = np.ones(shape, bool) if pattern is None else ~pattern.charging
    c = p.variables(shape, cost=data.taken, upper=np.where(charging, data.charge_limit, 0.0))
    d = p.variables(shape, cost=data.given, upper=np.where(discharging, data.discharge_limit, 0.0))
    # The states are those of the ends of periods; the one before the first is data.
    floor, ceiling = np.broadcast_to(data.lo, shape).copy(), np.broadcast_to(data.hi, shape).copy()
    lost_least, lost_most = np.zeros(shape), np.broadcast_to(data.epsilon, shape).copy()
    lost_least[:, :1] = lost_most[:, :1] = np.minimum(data.epsilon, np.maximum(data.first - data.lo, 0.0))
    if pattern is not None and pattern.floored is not None:
        floored, turn = pattern.floored[:, 1:], np.minimum(data.hi, data.lo + data.epsilon)
        ceiling[:, :-1] = np.where(floored, turn, data.hi)
        floor[:, :-1] = np.where(floored, data.lo, turn)
        lost_least[:, 1:] = np.where(floored, 0.0, data.epsilon)
    x = p.variables(shape, lower=floor, upper=ceiling)
    # What degradation takes, a(t) = x(t−1) − y(t).
    a = p.variables(shape, lower=lost_least, upper=lost_most)
    # x(t) − x(t−1) + a(t) − η c(t) + d(t)/η = 0.
    start = np.zeros(shape)
    start[:, :1] = data.first
    balance = p.constraints(shape, low=start, high=start)
    p.put(balance, x, 1.0)
    p.put(balance[:, 1:], x[:, :-1], -1.0)
    p.put(balance, a, 1.0)
    p.put(balance, c, -data.eta)
    p.put(balance, d, 1.0 / data.eta)
    _degradation(p, x, a, data, None if pattern is None else pattern.floored)
    if pattern is None:
        _one_or_the_other(p, c, d, x, a, data)
    # Θ: x0 − x(T) = short − over.
    short = p.variables((n,), cost=data.short[:, 0], upper=(data.hi - data.lo)[:, 0])
    over = p.variables((n,), cost=data.over[:, 0], upper=(data.hi - data.lo)[:, 0])
    offset = p.constraints((n,), low=data.first[:, 0], high=data.first[:, 0])
    p.put(offset, x[:, -1], 1.0)
    p.put(offset, short, 1.0)
    p.put(offset, over, -1.0)
    return _Batteries(c, d, short, over)


def _degradation(p: Program, x: IntArray, a: IntArray, data: HomeArrays, known: BoolArray | None) -> None:
    """a(t) <= x(t−1) − lo, and at least the chord's ε (x(t−1) − lo)/(hi − lo); equal to the former where floored."""
    shape = x[:, 1:].shape
    if known is None:
        floored = np.zeros(shape, bool)
        width = data.hi - data.lo
        slope = np.minimum(1.0, np.divide(data.epsilon, width, out=np.ones_like(width), where=width > 0))
        chord = p.constraints(shape, low=-slope * data.lo)
        p.put(chord, a[:, 1:], 1.0)
        p.put(chord, x[:, :-1], -slope)
    else:
        floored = known[:, 1:]
    above = p.constraints(shape, low=np.where(floored, -data.lo, -INFINITY), high=-data.lo)
    p.put(above, a[:, 1:], 1.0)
    p.put(above, x[:, :-1], -1.0)


def _one_or_the_other(
    p: Program, c: IntArray, d: IntArray, x: IntArray, a: IntArray, data: HomeArrays
) -> None:
    """c/C + d/D <= 1 where a battery can do both, and each within what the aged state leaves it."""
    both = np.flatnonzero((data.charge_limit > 0) & (data.discharge_limit > 0))
    rows = p.constraints((both.size, c.shape[1]), high=1.0)
    p.put(rows, c[both], 1.0 / data.charge_limit[both])
    p.put(rows, d[both], 1.0 / data.discharge_limit[both])
    # η c(t) <= hi − y(t) and d(t)/η <= y(t) − lo with y(t) = x(t−1) − a(t): also where an interval is shared.
    start = np.zeros(c.shape)
    start[:, :1] = data.first
    room = p.constraints(c.shape, high=data.hi - start)
    p.put(room, c, data.eta)
    store = p.constraints(c.shape, high=start - data.lo)
    p.put(store, d, 1.0 / data.eta)
    for row, sign in ((room, 1.0), (store, -1.0)):
        p.put(row[:, 1:], x[:, :-1], sign)
        p.put(row, a, -sign)
