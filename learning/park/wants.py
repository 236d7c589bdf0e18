"""What a party has to trade and between which amounts it negotiates, compiled: twins of sites, kinds and preferences."""

import math

from agents.preferences import DeadlineBuyer, ForecastFollower, StoreSeller
from energy.compiled import compiled_together
from learning.park.layout import (
    CAPACITY,
    DEADLINE,
    HOME,
    HORIZON,
    KIND,
    LEVEL,
    NEED,
    PATIENCE,
    PRODUCTION,
    RATING,
    IntArray,
)

_STORE, _BUYER, _HOME = (
    StoreSeller(surplus=1),
    DeadlineBuyer(need=1, deadline=1),
    ForecastFollower(amounts=()),
)
_STORE_BELOW, _STORE_ABOVE, _UNREST = _STORE.below, _STORE.above, _STORE.unrest
_BUYER_BELOW, _BUYER_ABOVE = _BUYER.below, _BUYER.above
_HOME_BELOW, _HOME_ABOVE = _HOME.below, _HOME.above


@compiled_together
def firm_net(party: IntArray, ahead: int, step: int, interval: int) -> int:
    """``scenarios.sites.FirmSite.net``: ``ahead`` is what is planned from ``step`` on but for ``interval``."""
    if party[NEED] > 0 and (party[DEADLINE] < 0 or interval > party[DEADLINE]):
        return 0
    made = party[PRODUCTION] * (interval - max(step, 0) + 1)
    expected = min(party[LEVEL] + made, party[CAPACITY]) - ahead - party[NEED]
    return int(max(-party[RATING], min(party[RATING], expected)))


@compiled_together
def at_provider(party: IntArray, position: int, interval: int) -> int:
    """``agents.prosumer`` ``FirmKind.at_provider`` and ``HomeKind.at_provider``."""
    if party[KIND] == HOME:
        return position
    if position > 0:
        return position if party[DEADLINE] < 0 and position >= party[CAPACITY] else 0
    due = party[DEADLINE] >= 0 and party[DEADLINE] - party[PATIENCE] <= interval <= party[DEADLINE]
    return position if due else 0


@compiled_together
def _preference(amount: int, height: float, best: float, below: float, above: float) -> float:
    if amount <= 0:
        return 0.0
    width = below if amount < best else above
    return height * math.exp(-0.5 * ((amount - best) / width) ** 2)


@compiled_together
def bounds(
    market: IntArray, party: IntArray, amount: int, selling: bool, step: int, interval: int, threshold: float
) -> tuple[int, int]:
    """(least, most) that its preference allows, (1, 0) if nothing: ``agents.preferences.Preference.bounds``."""
    height, best = 1.0, float(amount)
    if party[KIND] == HOME:
        below, above = _HOME_BELOW * amount, _HOME_ABOVE * amount
    elif selling or party[DEADLINE] < 0:
        below, above = _STORE_BELOW * amount, _STORE_ABOVE * amount
        height = 1.0 - _UNREST * min(max((interval - step) / market[HORIZON], 0.0), 1.0)
    else:
        below, above = _BUYER_BELOW * amount, _BUYER_ABOVE * amount
        height = min(max((party[DEADLINE] - interval) / max(1, party[PATIENCE]), 0.0), 1.0)
    if height < threshold:
        return 1, 0
    reach = math.sqrt(max(0.0, 2.0 * math.log(height / threshold)))
    low = max(1, math.floor(best - reach * below))
    high = math.ceil(best + reach * above)
    while low <= high and _preference(low, height, best, below, above) < threshold:
        low += 1
    while high >= low and _preference(high, height, best, below, above) < threshold:
        high -= 1
    return low, high


@compiled_together
def inside(low: int, high: int, tick: int, least: int, most: int) -> tuple[int, int]:
    """First and last value of the grid ``low, low + tick, … ≤ high`` in ``least..most``; (1, 0) if there is none."""
    first = low + max(0, -(-(least - low) // tick)) * tick
    last = low + (min(most, high) - low) // tick * tick
    if first > last:
        return 1, 0
    return first, last
