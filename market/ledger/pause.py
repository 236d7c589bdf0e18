"""The guardian's pause: it stops new business, ends by itself, and cannot be renewed before a cooldown has passed."""

from market.ledger.errors import NotGuardian, PausedUntil, PauseTooSoon
from market.ledger.port import MarketRules
from market.terms import NOBODY, Party


def check_running(until: int, now: int) -> None:
    """Refuse new business before ``until`` (``PausedUntil``)."""
    if now < until:
        raise PausedUntil(until, now)


def paused(rules: MarketRules, *, guardian: Party, caller: Party, until: int, now: int) -> int:
    """The second at which a pause begun now ends.

    Raises
    ------
    NotGuardian, PauseTooSoon
    """
    # The zero address is nobody's: a market without a guardian cannot be paused.
    if caller != guardian or guardian == NOBODY:
        raise NotGuardian(caller, guardian)
    earliest = until + rules.pause_cooldown if until else 0
    if now < earliest:
        raise PauseTooSoon(earliest, now)
    return now + rules.pause_length
