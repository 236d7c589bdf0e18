"""When business may be done for an interval: the gate and the horizon. Pure functions of the rules and a time."""

from market.ledger.errors import BeyondHorizon, GateClosed
from market.ledger.port import MarketRules


def check_gate(rules: MarketRules, interval: int, now: int) -> None:
    """Refuse business for ``interval`` after its gate (``GateClosed``); the gate's own second is still open."""
    gate = rules.gate_of(interval)
    if now > gate:
        raise GateClosed(interval, gate, now)


def check_horizon(rules: MarketRules, interval: int, now: int) -> None:
    """Refuse business for an ``interval`` that starts later than now + horizon (``BeyondHorizon``)."""
    latest = now + rules.horizon * rules.interval
    if rules.start(interval) > latest:
        raise BeyondHorizon(interval, latest, now)


def check_recordable(rules: MarketRules, first: int, count: int, now: int) -> None:
    """Refuse a run of intervals whose first gate has passed, or one of which lies beyond the horizon."""
    check_gate(rules, first, now)
    for interval in range(first, first + count):
        check_horizon(rules, interval, now)
