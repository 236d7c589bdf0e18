"""A home as the central planner sees it, and all homes as arrays."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from agents.cooperative.errors import PlanError
from agents.cooperative.linear_program import FloatArray
from agents.cooperative.members import Member
from energy.battery import Battery


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedHome:
    """A battery, its state at the start, the realised net demand, and what costs how much.

    Attributes
    ----------
    battery : Battery
    initial_soc_kwh : float
        State of charge at the start [kWh].
    net_kwh : ndarray, shape (periods,)
        Net demand of Eq. 3 [kWh per period]; positive: a deficit.
    imported, exported, taken, given, short, over : float
        Weighted cost per kWh, the same in every period, as `agents.loans.criteria.Rates` has them: under C1 and C2
        λ2, λ2, λ1, −λ1, λ1/η_c and −λ1·η_d.
    """

    battery: Battery
    initial_soc_kwh: float
    net_kwh: FloatArray
    imported: float
    exported: float
    taken: float
    given: float
    short: float
    over: float

    def cost(self, flow: FloatArray, residual: FloatArray, last_soc_kwh: float) -> float:
        """−ξ of Eq. 16 for flow P and residual r, each of shape (periods,) [kWh]."""
        missing = self.initial_soc_kwh - last_soc_kwh
        return float(
            self.imported * np.maximum(residual, 0.0).sum()
            + self.exported * np.maximum(-residual, 0.0).sum()
            + self.taken * np.maximum(flow, 0.0).sum()
            + self.given * np.maximum(-flow, 0.0).sum()
            + self.short * max(missing, 0.0)
            + self.over * max(-missing, 0.0)
        )


def planned_home(member: Member, net_kwh: FloatArray) -> PlannedHome:
    """What the planner knows of a member whose net demand will be ``net_kwh``, shape (periods,).

    Raises
    ------
    PlanError
        If a criterion is not linear, or its rates change over the week: the planner's program knows neither.
    """
    model, periods = member.model, net_kwh.size
    totals = np.zeros(6)
    for weight, criterion in zip(model.weights, model.criteria, strict=True):
        rates = criterion.rates(model.battery, periods)
        name = type(criterion).__name__
        if rates is None:
            raise PlanError("criterion", name, "a linear criterion, as a central planner's program needs")
        courses = (rates.imported, rates.exported, rates.taken, rates.given)
        if any(float(np.ptp(course)) > 0 for course in courses):
            raise PlanError(
                "criterion", name, "the same rates in every period, as the planner's program needs"
            )
        totals += weight * np.array([*(float(course[0]) for course in courses), rates.short, rates.over])
    imported, exported, taken, given, short, over = totals.tolist()
    return PlannedHome(
        battery=model.battery,
        initial_soc_kwh=member.initial_soc_kwh,
        net_kwh=net_kwh,
        imported=imported,
        exported=exported,
        taken=taken,
        given=given,
        short=short,
        over=over,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeArrays:
    """All homes; ``net`` has shape (homes, periods), everything else (homes, 1). Energies in kWh."""

    net: FloatArray
    lo: FloatArray
    hi: FloatArray
    first: FloatArray
    """State of charge at the start."""
    eta: FloatArray
    """Efficiency of one direction."""
    epsilon: FloatArray
    """What degradation takes in a period."""
    charge_limit: FloatArray
    discharge_limit: FloatArray
    imported: FloatArray
    exported: FloatArray
    taken: FloatArray
    given: FloatArray
    short: FloatArray
    over: FloatArray


def arrays_of(homes: Sequence[PlannedHome]) -> HomeArrays:
    """The homes' numbers, stacked."""

    def column(pick: Callable[[PlannedHome], float]) -> FloatArray:
        return np.array([[pick(home)] for home in homes], np.float64)

    return HomeArrays(
        net=np.stack([home.net_kwh for home in homes]),
        lo=column(lambda home: home.battery.lo_kwh),
        hi=column(lambda home: home.battery.hi_kwh),
        first=column(lambda home: home.initial_soc_kwh),
        eta=column(lambda home: home.battery.one_way_efficiency),
        epsilon=column(lambda home: home.battery.degradation_kwh),
        charge_limit=column(lambda home: home.battery.charge_limit_kwh),
        discharge_limit=column(lambda home: home.battery.discharge_limit_kwh),
        imported=column(lambda home: home.imported),
        exported=column(lambda home: home.exported),
        taken=column(lambda home: home.taken),
        given=column(lambda home: home.given),
        short=column(lambda home: home.short),
        over=column(lambda home: home.over),
    )
