"""When business may be done for an interval: the gate and the horizon. Pure functions of the rules and a time."""

from market.ledger.errors import BeyondHorizon, GateClosed, InvalidParameter
from market.ledger.port import MarketRules
from market.ledger.ranges import UINT32, UINT32_MAX, bytes32

LONGEST_PAUSE = 30 * 86_400
"""Seconds."""


def check_gate(rules: MarketRules, interval: int, now: int) -> None:
    """Refuse business for ``interval`` after its gate (``GateClosed``); the gate's own second is still open."""
    gate = rules.gate_of(interval)
    if now > gate:
        raise GateClosed(interval, gate, now)


def check_horizon(rules: MarketRules, first: int, count: int, now: int) -> None:
    """Refuse a run whose last interval starts later than now + horizon (``BeyondHorizon``)."""
    last, latest = first + count - 1, rules.latest_start(now)
    if rules.start(last) > latest or last > UINT32_MAX:
        raise BeyondHorizon(last % UINT32, latest, now)


def check_rules(rules: MarketRules) -> None:
    """Refuse constants that no market can work with (``InvalidParameter``), as the contracts' constructors do."""
    if rules.interval < 2:
        raise InvalidParameter(bytes32("interval"), rules.interval)
    if rules.window < 1:
        raise InvalidParameter(bytes32("window"), rules.window)
    if rules.epoch < 1 or rules.epoch < rules.gate:
        raise InvalidParameter(bytes32("epoch"), rules.epoch)
    if rules.horizon < 1 or rules.horizon * rules.interval < rules.gate:
        raise InvalidParameter(bytes32("horizon"), rules.horizon)
    if rules.pause_length > LONGEST_PAUSE:
        raise InvalidParameter(bytes32("pauseLength"), rules.pause_length)
    if rules.pause_cooldown < rules.pause_length:
        raise InvalidParameter(bytes32("pauseCooldown"), rules.pause_cooldown)
