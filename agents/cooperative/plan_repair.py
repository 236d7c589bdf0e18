"""What real batteries make of a plan: the other end of the bracket around the planner's optimum.

The planner's program relaxes what is not convex in a battery, so its answer may be one that no battery can follow. Three
steps lead to one that can. Intervals that were shared between charging and discharging go to one of the two, in turns
that keep the shares (error diffusion, each home at another phase, as what one home takes another may give), and the
program is solved again with these sides. Batteries then follow its flows (`energy.battery`), which settles where
degradation stops at lo. With both sides fixed the program is exact, and its optimum costs no more than what was followed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agents.cooperative.linear_program import FloatArray
from agents.cooperative.planned_home import PlannedHome, arrays_of
from agents.cooperative.planner import BoolArray, Exchange, Pattern, Plan, plan
from energy.battery import BatterySteps, run

SHARED = 1e-4
"""Share of an interval below which it is rounding of the solver, and the interval is not shared."""


@dataclass(frozen=True, slots=True)
class FeasiblePlan:
    """A plan that batteries can follow.

    Attributes
    ----------
    flow, exchange, residual : ndarray, shape (homes, periods)
        P, Σ_j ex_ij and r of Eq. 4 [kWh per period]; they add up to the net demand's equation exactly.
    soc : ndarray, shape (homes, periods)
        State of charge at the end of every period [kWh].
    costs : ndarray, shape (homes,)
        −ξ of Eq. 16 for every home.
    bound : float
        What any plan costs at least.
    """

    flow: FloatArray
    exchange: FloatArray
    residual: FloatArray
    soc: FloatArray
    costs: FloatArray
    bound: float

    @property
    def cost(self) -> float:
        """Of all homes: −sws of this plan."""
        return float(self.costs.sum())


def best_feasible(homes: Sequence[PlannedHome], exchange: Exchange) -> FeasiblePlan:
    """Plan, let the batteries follow, and improve what they did. Three programs are solved."""
    relaxed = plan(homes, exchange)
    # Alone, what is given away while another interval's surplus is awaited is lost: the larger share decides.
    alone = exchange is Exchange.NONE
    charging = relaxed.charged >= relaxed.discharged if alone else _turns(homes, relaxed)
    steps = _followed(homes, plan(homes, exchange, pattern=Pattern(charging)).flow)
    before = np.stack(
        [np.concatenate(([h.initial_soc_kwh], s.soc[:-1])) for h, s in zip(homes, steps, strict=True)]
    )
    turn = np.array([[home.battery.lo_kwh + home.battery.degradation_kwh] for home in homes])
    exact = plan(homes, exchange, pattern=Pattern(charging, before <= turn))
    return _settled(homes, exact, exchange, relaxed.bound)


def _turns(homes: Sequence[PlannedHome], relaxed: Plan) -> BoolArray:
    """Which intervals are for charging, shape (homes, periods): shared ones in turns, in proportion to their shares."""
    data = arrays_of(homes)
    shares = [
        np.divide(amount, limit, out=np.zeros_like(amount), where=limit > 0)
        for amount, limit in (
            (relaxed.charged, data.charge_limit),
            (relaxed.discharged, data.discharge_limit),
        )
    ]
    busy = shares[0] + shares[1]
    # Where the program rests, a surplus may yet be stored and a deficit served.
    rest = np.where(data.net > 0, 0.0, 1.0)
    share = np.divide(shares[0], busy, out=rest, where=busy > SHARED)
    share = np.where(share < SHARED, 0.0, np.where(share > 1 - SHARED, 1.0, share))
    charging = np.empty(share.shape, bool)
    owed = np.linspace(-0.5, 0.5, len(homes), endpoint=False)
    for t in range(share.shape[1]):
        shared = (share[:, t] > 0) & (share[:, t] < 1)
        charging[:, t] = np.where(shared, owed + share[:, t] >= 0.5, share[:, t] == 1)
        owed = owed + np.where(shared, share[:, t] - charging[:, t], 0.0)
    return charging


def spread(need: FloatArray, exact: Plan, *, returned: bool) -> FloatArray:
    """A residual for every home and period, shape (homes, periods) [kWh], with the plan's totals of homes and periods.

    What all buy in a period is shared among homes in proportion to what they buy in all, and so are sales; rows and
    columns then add up whatever the numbers are. ``returned``: what homes give each other comes back, so that every
    home's residuals add up to its needs.
    """
    by_period = need.sum(axis=0)
    sold_at = np.maximum(np.maximum(exact.sold_at, 0.0), -by_period)
    bought_at = by_period + sold_at
    sold = _shared(exact.sold, float(sold_at.sum()))
    bought = need.sum(axis=1) + sold if returned else _shared(exact.bought, float(bought_at.sum()))
    return _table(bought, bought_at) - _table(sold, sold_at)


def _shared(parts: FloatArray, total: float) -> FloatArray:
    """``parts`` scaled to ``total``; in equal parts where they are nothing."""
    whole = float(parts.sum())
    return parts * (total / whole) if whole > 0 else np.full_like(parts, total / parts.size)


def _table(rows: FloatArray, columns: FloatArray) -> FloatArray:
    whole = float(columns.sum())
    return (
        np.outer(rows, columns / whole)
        if whole > 0
        else np.outer(rows, np.full_like(columns, 1 / columns.size))
    )


def _followed(homes: Sequence[PlannedHome], flow: FloatArray) -> list[BatterySteps]:
    """Every battery asked for ``flow``: a need of −P makes it take or give P as far as it can."""
    return [run(home.battery, home.initial_soc_kwh, -flow[i]) for i, home in enumerate(homes)]


def _settled(homes: Sequence[PlannedHome], exact: Plan, exchange: Exchange, bound: float) -> FeasiblePlan:
    """The plan as it happens, to the last bit of the batteries' arithmetic."""
    steps = _followed(homes, exact.flow)
    net = np.stack([home.net_kwh for home in homes])
    flow, soc = np.stack([s.flow for s in steps]), np.stack([s.soc for s in steps])
    need = net + flow
    if exchange is Exchange.NONE:
        residual = need
    else:
        residual = spread(need, exact, returned=exchange is Exchange.LOANS)
    costs = np.array([home.cost(flow[i], residual[i], soc[i, -1]) for i, home in enumerate(homes)])
    return FeasiblePlan(flow, residual - need, residual, soc, costs, bound)
