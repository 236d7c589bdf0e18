"""Market baselines beside negotiation: homes trade what their own batteries leave over, interval by interval.

Both start from a week of strategy s1. In every interval homes with a surplus give to homes with a deficit, which brings
both residuals nearer to 0; batteries do what they did. So C1 of every home stays, C2 falls by what it trades, and welfare
is that of Eqs. 16 to 18, comparable with s1 and s2. What these markets lack: nothing comes back later, so homes that are
short at the same time cannot help each other; batteries do not take part; and nobody looks ahead.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from agents.cooperative.planned_home import PlannedHome
from agents.cooperative.record import WeekRecord

FloatArray = NDArray[np.float64]

RETAIL, FEED_IN = 0.30, 0.08
"""What the grid asks and pays [money/kWh]: between them every trade helps both sides. Only prices depend on them."""


@dataclass(frozen=True, slots=True)
class Cleared:
    """One interval of the double auction.

    Attributes
    ----------
    traded : ndarray, shape (homes,)
        What each home gives (positive) or takes (negative) [kWh].
    price : float
        The one price of all trades [money/kWh]; NaN where nothing is traded.
    """

    traded: FloatArray
    price: float


def clear(residual: FloatArray, eagerness: FloatArray) -> Cleared:
    """Clear one interval at one price.

    A home with a deficit bids for it, the grid's price and what it cares for autarky on top; a home with a surplus asks
    the feed-in price less that. Bids are served from the highest down, asks from the lowest up, as far as bids reach
    asks; the price is the middle between the last bid and the last ask that trade. Equal bids share in proportion.

    Parameters
    ----------
    residual : ndarray, shape (homes,)
        r of Eq. 4 [kWh]; positive: a deficit.
    eagerness : ndarray, shape (homes,)
        What a kWh less of trade outside is worth to each home, beyond the grid's price [money/kWh], >= 0.
    """
    wanted, offered = np.maximum(residual, 0.0), np.maximum(-residual, 0.0)
    volume = min(float(wanted.sum()), float(offered.sum()))
    if volume <= 0:
        return Cleared(np.zeros_like(residual), float("nan"))
    # Every bid is above the grid's price and every ask below the feed-in's, so the short side trades all.
    bids, asks = RETAIL + eagerness, FEED_IN - eagerness
    taken, last_bid = _served(wanted, bids, volume)
    given, last_ask = _served(offered, -asks, volume)
    return Cleared(given - taken, (last_bid - last_ask) / 2)


def _served(amounts: FloatArray, merit: FloatArray, volume: float) -> tuple[FloatArray, float]:
    """``volume`` handed to ``amounts`` from the highest merit down, and the last merit that got some."""
    served = np.zeros_like(amounts)
    last = float("nan")
    left = volume
    for level in np.unique(merit[amounts > 0])[::-1]:
        here = (merit == level) & (amounts > 0)
        whole = float(amounts[here].sum())
        share = min(1.0, left / whole)
        served[here] = amounts[here] * share
        last = float(level)
        left -= whole
        if left <= 0:
            break
    return served, last


def double_auction(homes: Sequence[PlannedHome], week: WeekRecord) -> WeekRecord:
    """The week ``week`` (strategy s1) with a uniform-price double auction of the residuals in every interval."""
    eagerness = np.array([(home.imported + home.exported) / 2 for home in homes])
    traded = np.stack([clear(week.residual[:, t], eagerness).traded for t in range(week.periods)], axis=1)
    return _with(week, traded)


def random_matching(week: WeekRecord, rng: Generator) -> WeekRecord:
    """The week ``week`` (strategy s1) with homes paired at random in every interval, each with at most one other.

    A pair trades the smaller of its two residuals where one has a surplus and the other a deficit.
    """
    traded = np.zeros_like(week.residual)
    half = week.agents // 2
    for t in range(week.periods):
        order = rng.permutation(week.agents)
        first, second = order[:half], order[half : 2 * half]
        a, b = week.residual[first, t], week.residual[second, t]
        given = np.where(a * b < 0, np.minimum(np.abs(a), np.abs(b)), 0.0) * np.sign(-a)
        traded[first, t], traded[second, t] = given, -given
    return _with(week, traded)


def _with(week: WeekRecord, traded: FloatArray) -> WeekRecord:
    return replace(week, exchange=week.exchange + traded, residual=week.residual + traded)
