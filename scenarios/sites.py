"""The places behind the meters: what a home or a firm will have to trade, and what its meter reads in the end.

A site knows the truth (profiles, as they will happen) and shows its agent only forecasts with error. Intervals are
counted from the first of the run; the composition shifts them to the ledger's.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from energy.battery import Battery, step
from energy.forecast import ForecastError, predict_load, predict_pv
from energy.meter import firm_interval, home_interval
from energy.storage import GasHolder

FloatArray = NDArray[np.float64]


class Site(Protocol):
    """One meter and what is behind it."""

    @property
    def name(self) -> str: ...

    def plan(self, interval: int, amount: int) -> None:
        """``amount`` more base units are sold (negative: bought) for ``interval``."""
        ...

    def net(self, step: int, interval: int) -> int:
        """Base units left over (positive) or missing (negative) in ``interval`` as forecast at the start of ``step``,
        without what is traded for that interval itself."""
        ...

    def realise(self, interval: int) -> tuple[int, int]:
        """Let ``interval`` happen; returns what the meter exported and imported, base units."""
        ...


@dataclass(slots=True, kw_only=True)
class HomeSite:
    """A home: load, photovoltaics and a battery that serves the home first.

    ``load_kwh`` and ``pv_kwh`` hold the energy of each interval of the run, shape (intervals,); ``envelope_kwh`` the most
    that the sun can give. ``seeds`` makes the forecast of a step the same in every run.
    """

    name: str
    load_kwh: FloatArray
    pv_kwh: FloatArray
    envelope_kwh: FloatArray
    battery: Battery
    soc_kwh: float
    error: ForecastError
    rating_wh: int
    seeds: tuple[int, ...]
    planned_wh: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    _seen: tuple[int, int, FloatArray] | None = None

    def plan(self, interval: int, amount: int) -> None:
        self.planned_wh[interval] += amount

    def net(self, step: int, interval: int) -> int:
        first = max(step, 0)
        need = self._forecast(step, first, interval)
        soc = self.soc_kwh
        residual = 0.0
        for lag, kwh in enumerate(need):
            traded = self.planned_wh[first + lag] / 1000 if first + lag < interval else 0.0
            done = _dispatch(self.battery, soc, float(kwh) + traded)
            soc, residual = done
        return max(-self.rating_wh, min(self.rating_wh, round(-residual * 1000)))

    def _forecast(self, step: int, first: int, interval: int) -> FloatArray:
        """Net need of intervals first … interval as seen at ``step``, kWh."""
        if self._seen is None or self._seen[:2] != (step, interval):
            span = slice(first, interval + 1)
            rng = np.random.default_rng([*self.seeds, step + 2**20])
            mean = float(self.load_kwh.mean())
            load = predict_load(self.load_kwh[span], error=self.error, scale=mean, rng=rng)
            pv = predict_pv(self.pv_kwh[span], error=self.error, envelope=self.envelope_kwh[span], rng=rng)
            self._seen = (step, interval, load - pv)
        return self._seen[2]

    def realise(self, interval: int) -> tuple[int, int]:
        amount = self.planned_wh[interval]
        done = home_interval(
            load_kwh=float(self.load_kwh[interval]),
            pv_kwh=float(self.pv_kwh[interval]),
            battery=self.battery,
            soc_kwh=self.soc_kwh,
            sold_wh=max(amount, 0),
            bought_wh=max(-amount, 0),
        )
        self.soc_kwh = done.soc_kwh
        return min(done.exported_wh, self.rating_wh), min(done.imported_wh, self.rating_wh)


def _dispatch(battery: Battery, soc: float, need: float) -> tuple[float, float]:
    """State of charge and residual after one interval, kWh."""
    done = step(battery, soc, need)
    return done.soc, done.residual


@dataclass(slots=True, kw_only=True)
class FirmSite:
    """A firm with a holder: it makes gas, or needs an amount of it by a deadline; litres.

    Its stock can be sold once, whichever interval it is sold for, so everything traded and not yet delivered counts.
    """

    name: str
    holder: GasHolder
    level: int
    production: int
    """As forecast, an interval."""
    actual_production: int
    need: int
    deadline: int | None
    rating: int
    planned: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    def plan(self, interval: int, amount: int) -> None:
        self.planned[interval] += amount

    def net(self, step: int, interval: int) -> int:
        if self.need and (self.deadline is None or interval > self.deadline):
            return 0
        ahead = sum(amount for at, amount in self.planned.items() if at >= step and at != interval)
        made = self.production * (interval - max(step, 0) + 1)
        expected = min(self.level + made, self.holder.capacity_litres) - ahead - self.need
        return max(-self.rating, min(self.rating, expected))

    def realise(self, interval: int) -> tuple[int, int]:
        amount = self.planned[interval]
        consumed = self.need if interval == self.deadline else 0
        done = firm_interval(
            production_litres=self.actual_production,
            consumption_litres=consumed,
            holder=self.holder,
            level_litres=self.level,
            sold_litres=max(amount, 0),
            bought_litres=max(-amount, 0),
        )
        self.level = done.level_litres
        if consumed:
            self.need = 0
        return min(done.exported_litres, self.rating), min(done.imported_litres, self.rating)
