"""The places behind the meters: what a home or a firm will have to trade, and what its meter reads in the end.

A site knows the truth (profiles, as they will happen) and shows its agent only forecasts with error. Intervals are
counted from the first of the run; the composition shifts them to the ledger's.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from agents.lender import Outlook
from energy.battery import Battery
from energy.battery import step as battery_step
from energy.forecast import ForecastError, predict_load, predict_pv, scenarios
from energy.meter import WH_PER_KWH, firm_interval, home_interval
from energy.storage import GasHolder

FloatArray = NDArray[np.float64]


class NoLoans(Exception):
    """A loan of a party that cannot lend: a fault of who composed the market."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name}: found a loan, expected none of a firm")


class Site(Protocol):
    """One meter and what is behind it."""

    @property
    def name(self) -> str: ...

    def plan(self, interval: int, amount: int) -> None:
        """``amount`` more base units are sold (negative: bought) for ``interval``."""
        ...

    def lend(self, interval: int, amount: int) -> None:
        """``amount`` more base units are lent or given back in ``interval`` (negative: received)."""
        ...

    def call_off(self, interval: int, amount: int, *, blocked: bool) -> None:
        """Of what was to be given back, ``amount`` need not; ``blocked``: it keeps its place in the meter's queue."""
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

    ``load_kwh`` and ``pv_kwh`` hold the energy of each interval of the run and of those that a forecast reaches to behind
    it, shape (intervals + beyond,); ``envelope_kwh`` the most that the sun can give. A forecast is made once a step,
    for at least ``reach`` intervals. ``seeds`` makes the forecast of a step the same in every run.

    What its deals and loans let it export comes before what they let it import: one meter does not do both, so an
    interval for which energy was promised is served as if nothing had been bought or borrowed for it.
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
    reach: int = 0
    planned_wh: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    """Deals of each interval: sold (positive) or bought."""
    lent_wh: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    """Legs of loans in each interval: to give (positive) or to receive."""
    blocked_wh: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    """Places in the meter's queue that nobody holds any more."""
    charge_kwh: list[float] = field(default_factory=list)
    """State of charge at the end of each interval that has happened."""
    _seen: tuple[int, int, FloatArray, FloatArray] | None = None

    def plan(self, interval: int, amount: int) -> None:
        self.planned_wh[interval] += amount

    def lend(self, interval: int, amount: int) -> None:
        self.lent_wh[interval] += amount

    def call_off(self, interval: int, amount: int, *, blocked: bool) -> None:
        self.lent_wh[interval] -= amount
        if blocked:
            self.blocked_wh[interval] += amount

    def net(self, step: int, interval: int) -> int:
        first = max(step, 0)
        load, pv = self._forecast(step, first, interval)
        soc = self._charge_before(first, interval, load - pv)
        lent = self.lent_wh.get(interval, 0)
        need = float(load[interval - first] - pv[interval - first]) + lent / WH_PER_KWH
        flow = battery_step(self.battery, soc, need).flow
        crossing = (
            round((need + flow) * WH_PER_KWH) - lent
        )  # at the meter, Wh: positive drawn, negative fed in
        spare = -crossing - max(lent, 0) - self.blocked_wh.get(interval, 0)
        short = crossing - max(-lent, 0)
        if spare > 0:
            return min(spare, self.rating_wh - max(lent, 0) - self.blocked_wh.get(interval, 0))
        return -min(max(short, 0), self.rating_wh)

    def outlook(self, step: int, interval: int, *, horizon: int, count: int) -> Outlook:
        """What the home expects from ``interval`` on, as forecast at the start of ``step``, in ``count`` scenarios.

        The legs of earlier loans are in its needs (Eq. 11); of deals only those of the intervals before, for none is
        made for a later one yet.
        """
        first = max(step, 0)
        load, pv = self._forecast(step, first, interval + horizon - 1)
        soc = self._charge_before(first, interval, load - pv)
        rng = np.random.default_rng([*self.seeds, step + 2**20, 1])
        top, mean = self.envelope_kwh[first : first + load.size], float(self.load_kwh.mean())
        loads = scenarios(load, error=self.error, scale=mean, count=count, rng=rng, low=0.0)
        pvs = scenarios(pv, error=self.error, scale=top, count=count, rng=rng, low=0.0, high=top)
        legs = np.array([self.lent_wh.get(interval + lag, 0) for lag in range(horizon)]) / WH_PER_KWH
        ahead = slice(interval - first, interval - first + horizon)
        return Outlook(soc_kwh=soc, needs_kwh=(loads - pvs)[:, ahead] + legs, legs_kwh=legs)

    def _charge_before(self, first: int, interval: int, net_kwh: FloatArray) -> float:
        """State of charge at the start of ``interval`` if ``net_kwh`` comes true from ``first`` on [kWh]."""
        soc = self.soc_kwh
        for lag in range(interval - first):
            need = float(net_kwh[lag]) + self._promised_wh(first + lag) / WH_PER_KWH
            soc = battery_step(self.battery, soc, need).soc
        return soc

    def _promised_wh(self, interval: int) -> int:
        """What the battery works for beside the home: exports promised, or else what is bought and borrowed."""
        amounts = (self.planned_wh.get(interval, 0), self.lent_wh.get(interval, 0))
        return sum(max(amount, 0) for amount in amounts) or sum(amounts)

    def _forecast(self, step: int, first: int, interval: int) -> tuple[FloatArray, FloatArray]:
        """Load and PV of intervals first … interval, or further, as seen at ``step``, kWh."""
        last = max(interval, min(first + self.reach, self.load_kwh.size) - 1)
        if self._seen is None or self._seen[:2] != (step, last):
            span = slice(first, last + 1)
            rng = np.random.default_rng([*self.seeds, step + 2**20])
            mean = float(self.load_kwh.mean())
            load = predict_load(self.load_kwh[span], error=self.error, scale=mean, rng=rng)
            pv = predict_pv(self.pv_kwh[span], error=self.error, envelope=self.envelope_kwh[span], rng=rng)
            self._seen = (step, last, load, pv)
        return self._seen[2], self._seen[3]

    def realise(self, interval: int) -> tuple[int, int]:
        amount = self._promised_wh(interval)
        done = home_interval(
            load_kwh=float(self.load_kwh[interval]),
            pv_kwh=float(self.pv_kwh[interval]),
            battery=self.battery,
            soc_kwh=self.soc_kwh,
            sold_wh=max(amount, 0),
            bought_wh=max(-amount, 0),
        )
        self.soc_kwh = done.soc_kwh
        self.charge_kwh.append(done.soc_kwh)
        return min(done.exported_wh, self.rating_wh), min(done.imported_wh, self.rating_wh)


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

    def lend(self, interval: int, amount: int) -> None:
        raise NoLoans(self.name)

    def call_off(self, interval: int, amount: int, *, blocked: bool) -> None:
        raise NoLoans(self.name)

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
