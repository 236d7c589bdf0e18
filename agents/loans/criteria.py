"""What a prosumer judges a plan by: criteria, each a cost (lower is better).

A criterion is one class. Most are linear: so much for every kWh imported, exported, taken and given by the battery, and
for every kWh that the last state of charge is short of the first or over it. They state these `Rates`, and any weighted
sum of them has one fast kernel. Any other criterion gives a compiled function of a scenario's course (`CurveCriterion`).
Which kernel is taken is decided in one place (``agents.loans.space``); a criterion does not know.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agents.loans.errors import ModelError
from energy.battery import Battery
from energy.compiled import compiled

FloatArray = NDArray[np.float64]

CostFunction = Callable[[FloatArray, FloatArray, FloatArray, FloatArray], float]
"""(flow P (w,), residual r (w,), state of charge (w + 1,) with the first state first, parameters) → cost."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Cost per kWh of a linear criterion; arrays of shape (w,), one entry a lag.

    ``imported`` and ``exported`` apply to r > 0 and to −r > 0, ``taken`` and ``given`` to what the battery charges and
    discharges; ``short`` and ``over`` to x₀ − x_w where that is positive, and to x_w − x₀ where that is.
    """

    imported: FloatArray
    exported: FloatArray
    taken: FloatArray
    given: FloatArray
    short: float
    over: float

    def check(self, criterion: str, horizon: int) -> None:
        """Refuse rates of another horizon: compiled code would read beyond them.

        Raises
        ------
        ModelError
            With the first of them.
        """
        for key in ("imported", "exported", "taken", "given"):
            shape = np.shape(getattr(self, key))
            if shape != (horizon,):
                raise ModelError(
                    f"{criterion}.rates.{key}", shape, f"shape ({horizon},), a rate for each lag"
                )

    def plus(self, other: "Rates", weight: float) -> "Rates":
        """These rates and ``weight`` times the others."""
        return Rates(
            self.imported + weight * other.imported,
            self.exported + weight * other.exported,
            self.taken + weight * other.taken,
            self.given + weight * other.given,
            self.short + weight * other.short,
            self.over + weight * other.over,
        )

    @staticmethod
    def constant(
        horizon: int,
        *,
        imported: float = 0.0,
        exported: float = 0.0,
        taken: float = 0.0,
        given: float = 0.0,
        short: float = 0.0,
        over: float = 0.0,
    ) -> "Rates":
        """The same rates at every lag."""
        return Rates(
            np.full(horizon, imported),
            np.full(horizon, exported),
            np.full(horizon, taken),
            np.full(horizon, given),
            short,
            over,
        )


class Criterion(ABC):
    """A cost of a scenario's course."""

    def rates(self, battery: Battery, horizon: int) -> Rates | None:
        """Rates of a linear criterion; None for any other."""
        return None

    @property
    @abstractmethod
    def cost(self) -> CostFunction:
        """The compiled function."""

    @abstractmethod
    def parameters(self, battery: Battery, horizon: int, first_soc_kwh: float) -> FloatArray:
        """What the function takes beside the course."""


@compiled
def linear_cost(flow: FloatArray, residual: FloatArray, soc: FloatArray, parameters: FloatArray) -> float:
    """Cost by rates: ``parameters`` are the four arrays one after another, then short, over and x₀."""
    w = flow.size
    total = parameters[4 * w] * max(parameters[4 * w + 2] - soc[w], 0.0)
    total += parameters[4 * w + 1] * max(soc[w] - parameters[4 * w + 2], 0.0)
    for k in range(w):
        total += parameters[k] * max(residual[k], 0.0) + parameters[w + k] * max(-residual[k], 0.0)
        total += parameters[2 * w + k] * max(flow[k], 0.0) + parameters[3 * w + k] * max(-flow[k], 0.0)
    return float(total)


class LinearCriterion(Criterion):
    """A criterion that is stated by its rates alone."""

    @abstractmethod
    def rates(self, battery: Battery, horizon: int) -> Rates: ...

    @property
    def cost(self) -> CostFunction:
        return linear_cost

    def parameters(self, battery: Battery, horizon: int, first_soc_kwh: float) -> FloatArray:
        r = self.rates(battery, horizon)
        r.check(type(self).__name__, horizon)
        return np.concatenate((r.imported, r.exported, r.taken, r.given, [r.short, r.over, first_soc_kwh]))


@dataclass(frozen=True, slots=True)
class LossInFlexibility(LinearCriterion):
    """C1 = ΣP + Θ (Eq. 7): what the battery's round trip loses [kWh].

    Θ is the energy at the terminals that brings the last state of charge back to the first: (x₀ − x_w)/η_c where it is
    short, −(x_w − x₀)·η_d where it is over.
    """

    def rates(self, battery: Battery, horizon: int) -> Rates:
        eta = battery.one_way_efficiency
        return Rates.constant(horizon, taken=1.0, given=-1.0, short=1.0 / eta, over=-eta)


@dataclass(frozen=True, slots=True)
class Autarky(LinearCriterion):
    """C2 = Σ|r| (Eq. 8): what is traded on the external market, both ways [kWh]."""

    def rates(self, battery: Battery, horizon: int) -> Rates:
        return Rates.constant(horizon, imported=1.0, exported=1.0)


@dataclass(frozen=True, slots=True)
class EnergyCost(LinearCriterion):
    """The bill: Σ price·r⁺ − feed-in·r⁻ [money].

    ``import_price`` and ``feed_in`` [money/kWh] are one number, or one for every lag of the horizon.
    """

    import_price: float | tuple[float, ...]
    feed_in: float | tuple[float, ...] = 0.0

    def rates(self, battery: Battery, horizon: int) -> Rates:
        still = Rates.constant(horizon)
        return Rates(
            _by_lag("import_price", self.import_price, horizon),
            -_by_lag("feed_in", self.feed_in, horizon),
            still.taken,
            still.given,
            0.0,
            0.0,
        )


def _by_lag(key: str, value: float | tuple[float, ...], horizon: int) -> FloatArray:
    array = np.asarray(value, np.float64)
    if not np.isfinite(array).all():
        raise ModelError(key, value, "finite money per kWh")
    if array.ndim and array.size != horizon:
        raise ModelError(key, array.size, f"one price, or one for each of {horizon} lags")
    return np.broadcast_to(array, (horizon,)).copy()


class CurveCriterion(Criterion):
    """A criterion that is stated by a compiled function of the course.

    Examples
    --------
    A user's own: the number of intervals in which energy is drawn from the grid beyond a threshold::

        @compiled_here
        def intervals_above(flow, residual, soc, parameters):
            count = 0.0
            for k in range(residual.size):
                if residual[k] > parameters[0]:
                    count += 1.0
            return count

        @dataclass(frozen=True)
        class IntervalsAbove(CurveCriterion):
            threshold_kwh: float

            @property
            def cost(self):
                return intervals_above

            def parameters(self, battery, horizon, first_soc_kwh):
                return np.array([self.threshold_kwh])
    """

    def parameters(self, battery: Battery, horizon: int, first_soc_kwh: float) -> FloatArray:
        """None unless a criterion says otherwise."""
        return np.empty(0)


@compiled
def fluctuation_cost(
    flow: FloatArray, residual: FloatArray, soc: FloatArray, parameters: FloatArray
) -> float:
    """Σ|r(k) − r(k−1)|."""
    total = 0.0
    for k in range(1, residual.size):
        total += abs(residual[k] - residual[k - 1])
    return total


@compiled
def peak_cost(flow: FloatArray, residual: FloatArray, soc: FloatArray, parameters: FloatArray) -> float:
    """max|r|."""
    peak = 0.0
    for k in range(residual.size):
        peak = max(peak, abs(residual[k]))
    return peak


@dataclass(frozen=True, slots=True)
class Fluctuation(CurveCriterion):
    """Penalty on change at the connection: Σ|r(k) − r(k−1)| [kWh]."""

    @property
    def cost(self) -> CostFunction:
        return fluctuation_cost


@dataclass(frozen=True, slots=True)
class PeakAtConnection(CurveCriterion):
    """Penalty on the largest exchange with the grid, either way: max|r| [kWh per interval]."""

    @property
    def cost(self) -> CostFunction:
        return peak_cost
