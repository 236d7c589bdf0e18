"""A battery behind a home's meter: what it takes and gives in one interval.

The dispatch is greedy: a deficit is served and a surplus is stored as far as limits, efficiency and the window of the
state of charge allow. The equations are Eqs. 1 and 2 of Chakraborty et al., "Energy loans in residential
cooperatives", with the efficiency given as round trip and split evenly over both directions. Planning over several
intervals, prices and commitments are not here.
"""

import math
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

from energy.errors import BatteryError

FloatArray = NDArray[np.float64]

SOC_TOLERANCE_KWH = 1e-9
"""How far outside its window a state of charge may lie before it is refused rather than rounding (kWh)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery:
    """What a battery is. ``Battery(capacity_kwh=0.0)`` is no battery: it never takes and never gives.

    Attributes
    ----------
    capacity_kwh : float
        Nominal capacity [kWh], >= 0.
    lo, hi : float
        Window of the state of charge as fractions of the capacity, 0 <= lo <= hi <= 1.
    charge_limit_kw, discharge_limit_kw : float
        Largest power at the terminals [kW], >= 0.
    efficiency : float
        Round trip, in (0, 1]; each direction has its square root.
    degradation_per_step : float
        Share of the capacity that is lost from the state of charge in every interval, in [0, 1).
    interval_h : float
        Length of an interval [h], > 0.

    Raises
    ------
    BatteryError
        Where one of these rules is broken.
    """

    capacity_kwh: float
    lo: float = 0.2
    hi: float = 0.9
    charge_limit_kw: float = 1.3
    discharge_limit_kw: float = 3.3
    efficiency: float = 0.9
    degradation_per_step: float = 0.0
    interval_h: float = 0.25

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
                raise BatteryError(field.name, value, "a finite number")
        for key in ("capacity_kwh", "charge_limit_kw", "discharge_limit_kw"):
            if getattr(self, key) < 0:
                raise BatteryError(key, getattr(self, key), "at least 0")
        for key in ("lo", "hi"):
            if not 0 <= getattr(self, key) <= 1:
                raise BatteryError(key, getattr(self, key), "a fraction of the capacity in [0, 1]")
        if self.lo > self.hi:
            raise BatteryError("lo", self.lo, f"not above hi = {self.hi!r}")
        if not 0 < self.efficiency <= 1:
            raise BatteryError("efficiency", self.efficiency, "a round-trip efficiency in (0, 1]")
        if not 0 <= self.degradation_per_step < 1:
            raise BatteryError(
                "degradation_per_step", self.degradation_per_step, "a share of the capacity in [0, 1)"
            )
        if self.interval_h <= 0:
            raise BatteryError("interval_h", self.interval_h, "more than 0 hours")

    @property
    def lo_kwh(self) -> float:
        """Least state of charge [kWh]."""
        return self.lo * self.capacity_kwh

    @property
    def hi_kwh(self) -> float:
        """Greatest state of charge [kWh]."""
        return self.hi * self.capacity_kwh

    @property
    def one_way_efficiency(self) -> float:
        """Efficiency of charging, and of discharging: the square root of the round trip's (Eq. 2)."""
        return math.sqrt(self.efficiency)

    @property
    def charge_limit_kwh(self) -> float:
        """Most energy taken at the terminals in one interval [kWh]."""
        return self.charge_limit_kw * self.interval_h

    @property
    def discharge_limit_kwh(self) -> float:
        """Most energy given at the terminals in one interval [kWh]."""
        return self.discharge_limit_kw * self.interval_h

    @property
    def degradation_kwh(self) -> float:
        """What every interval takes from the state of charge [kWh] (the epsilon of Eq. 1)."""
        return self.degradation_per_step * self.capacity_kwh


@dataclass(frozen=True, slots=True)
class BatteryStep:
    """One interval of one battery; all in kWh.

    ``aged_soc`` is y, the state after degradation; ``discharged`` is d and ``charged`` is c, both at the terminals and
    never both positive; ``soc`` is x' at the end; ``flow`` is P, positive when the battery takes; ``residual`` is
    r = need + P, positive when something is still short.
    """

    aged_soc: float
    discharged: float
    charged: float
    soc: float
    flow: float
    residual: float


@dataclass(frozen=True, slots=True)
class BatterySteps:
    """The fields of `BatteryStep` as arrays of one shape [kWh]."""

    aged_soc: FloatArray
    discharged: FloatArray
    charged: FloatArray
    soc: FloatArray
    flow: FloatArray
    residual: FloatArray


def step(battery: Battery, soc: float, need: float) -> BatteryStep:
    """One interval of `battery`, from state of charge `soc` [kWh], with `need` [kWh] (positive: a deficit).

    Raises
    ------
    BatteryError
        If `soc` lies outside the window, or either is not finite.
    """
    lo, hi, eta = battery.lo_kwh, battery.hi_kwh, battery.one_way_efficiency
    # The negated form also refuses NaN, which is in no order with anything.
    if not lo - SOC_TOLERANCE_KWH <= soc <= hi + SOC_TOLERANCE_KWH:
        raise BatteryError("soc", soc, f"kWh in [{lo!r}, {hi!r}]")
    if not math.isfinite(need):
        raise BatteryError("need", need, "a finite number of kWh")
    aged = min(max(lo, soc - battery.degradation_kwh), hi)
    if need > 0:
        discharged = min(need, battery.discharge_limit_kwh, (aged - lo) * eta)
        # The clamp takes back the last bit that dividing what was multiplied can leave outside the window.
        after = max(lo, aged - discharged / eta)
        return BatteryStep(aged, discharged, 0.0, after, -discharged, need - discharged)
    charged = min(-need, battery.charge_limit_kwh, (hi - aged) / eta)
    after = min(hi, aged + eta * charged)
    return BatteryStep(aged, 0.0, charged, after, charged, need + charged)


def available_kwh(battery: Battery, soc: float) -> float:
    """Most that `battery` can give in one interval from `soc` [kWh], at its terminals [kWh]."""
    return step(battery, soc, battery.discharge_limit_kwh + 1.0).discharged


def room_kwh(battery: Battery, soc: float) -> float:
    """Most that `battery` can take in one interval from `soc` [kWh], at its terminals [kWh]."""
    return step(battery, soc, -(battery.charge_limit_kwh + 1.0)).charged


def step_many(battery: Battery, soc: ArrayLike, need: ArrayLike) -> BatterySteps:
    """`step` over arrays that broadcast against each other, element by element the same to the last bit.

    Raises
    ------
    BatteryError
        If any state lies outside the window, or any element is not finite; the first one is named.
    """
    soc_kwh, need_kwh = np.broadcast_arrays(np.asarray(soc, np.float64), np.asarray(need, np.float64))
    lo, hi, eta = battery.lo_kwh, battery.hi_kwh, battery.one_way_efficiency
    inside = (soc_kwh >= lo - SOC_TOLERANCE_KWH) & (soc_kwh <= hi + SOC_TOLERANCE_KWH)
    if not inside.all():
        raise BatteryError("soc", float(soc_kwh[~inside][0]), f"kWh in [{lo!r}, {hi!r}]")
    finite = np.isfinite(need_kwh)
    if not finite.all():
        raise BatteryError("need", float(need_kwh[~finite][0]), "a finite number of kWh")
    aged = np.minimum(np.maximum(lo, soc_kwh - battery.degradation_kwh), hi)
    short = need_kwh > 0
    discharged = np.where(
        short, np.minimum(np.minimum(need_kwh, battery.discharge_limit_kwh), (aged - lo) * eta), 0.0
    )
    charged = np.where(
        short, 0.0, np.minimum(np.minimum(-need_kwh, battery.charge_limit_kwh), (hi - aged) / eta)
    )
    after = np.where(short, np.maximum(lo, aged - discharged / eta), np.minimum(hi, aged + eta * charged))
    flow = charged - discharged
    return BatterySteps(aged, discharged, charged, after, flow, need_kwh + flow)


def run(battery: Battery, soc: float, needs: ArrayLike) -> BatterySteps:
    """Intervals one after another: `needs` has shape (steps,) or (scenarios, steps) [kWh]; the result has the same.

    Every scenario starts from `soc` [kWh]; within one, each interval starts where the one before ended.
    """
    need_kwh = np.asarray(needs, np.float64)
    if need_kwh.ndim not in (1, 2):
        raise BatteryError("needs", need_kwh.shape, "shape (steps,) or (scenarios, steps)")
    states = np.full(need_kwh.shape[:-1], soc, np.float64)
    out = BatterySteps(*(np.empty(need_kwh.shape, np.float64) for _ in fields(BatterySteps)))
    for t in range(need_kwh.shape[-1]):
        one = step_many(battery, states, need_kwh[..., t])
        for field in fields(BatterySteps):
            getattr(out, field.name)[..., t] = getattr(one, field.name)
        states = one.soc
    return out
