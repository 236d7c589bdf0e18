"""How a prosumer drives its battery within a plan: one compiled step function.

`Greedy` is the dispatch that the project's batteries have (``energy.battery.step``), compiled. Another control is one
class with a compiled step of its own; see `BatteryControl`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from energy.battery import Battery
from energy.compiled import compiled


class Limits(NamedTuple):
    """What a step function needs of a battery; kWh and kWh per interval."""

    lo: float
    hi: float
    eta: float
    """Efficiency of one direction (Eq. 2)."""
    charge: float
    discharge: float
    degradation: float
    """ε of Eq. 1."""


StepFunction = Callable[[float, float, int, Limits], tuple[float, float]]
"""(state of charge, need, lag, limits) → (state after, flow P), all kWh; P > 0: the battery takes."""


class BatteryControl(Protocol):
    """A control: its step is compiled (``energy.compiled``) and keeps the state within the limits.

    Examples
    --------
    A control that keeps half of what it could give for later::

        @compiled_here
        def half_step(soc, need, lag, limits):
            after, flow = greedy_step(soc, need, lag, limits)
            if flow >= 0.0:
                return after, flow
            kept = 0.5 * flow
            return max(limits.lo, max(limits.lo, soc - limits.degradation) + kept / limits.eta), kept

        @dataclass(frozen=True)
        class Half:
            @property
            def step(self):
                return half_step
    """

    @property
    def step(self) -> StepFunction:
        """One interval."""
        ...


def limits_of(battery: Battery) -> Limits:
    """The numbers of ``battery`` that step functions take; floats all, as they are compiled for one kind of number."""
    return Limits(
        float(battery.lo_kwh),
        float(battery.hi_kwh),
        float(battery.one_way_efficiency),
        float(battery.charge_limit_kwh),
        float(battery.discharge_limit_kwh),
        float(battery.degradation_kwh),
    )


@compiled
def greedy_step(soc: float, need: float, lag: int, limits: Limits) -> tuple[float, float]:
    """Serve a deficit and store a surplus as far as possible: Eqs. 1 to 4, as ``energy.battery.step``."""
    aged = min(max(limits.lo, soc - limits.degradation), limits.hi)
    if need > 0.0:
        given = min(need, limits.discharge, (aged - limits.lo) * limits.eta)
        return max(limits.lo, aged - given / limits.eta), -given
    taken = min(-need, limits.charge, (limits.hi - aged) / limits.eta)
    return min(limits.hi, aged + limits.eta * taken), taken


@compiled
def idle_step(soc: float, need: float, lag: int, limits: Limits) -> tuple[float, float]:
    """Leave the battery alone; it still ages."""
    return min(max(limits.lo, soc - limits.degradation), limits.hi), 0.0


@dataclass(frozen=True, slots=True)
class Greedy:
    """The dispatch of the paper's own control."""

    @property
    def step(self) -> StepFunction:
        return greedy_step


@dataclass(frozen=True, slots=True)
class Idle:
    """No battery activity: the control of strategy s0."""

    @property
    def step(self) -> StepFunction:
        return idle_step
