"""Check ``pause``: only the guardian, only so long and so often, and no new business while it lasts."""

from chain.audit.report import Findings
from chain.audit.world import World
from chain.events import DealRecorded, Paused, SessionClosed, SessionJoined, SessionOpened
from market.terms import SessionStatus

CHECK = "pause"


def check(world: World, findings: Findings) -> None:
    """Every pause, and every act that one would have stopped."""
    until = 0
    for event in world.events:
        if isinstance(event, Paused):
            findings.count(CHECK)
            where = event.at.transaction
            if event.until != event.at.time + world.rules.pause_length:
                expected = event.at.time + world.rules.pause_length
                findings.violate(CHECK, where, f"paused until {event.until}, expected {expected}")
            earliest = until + world.rules.pause_cooldown if until else 0
            if event.at.time < earliest:
                findings.violate(CHECK, where, f"paused at {event.at.time}, again only from {earliest}")
            caller = world.caller(event)
            if caller is not None and caller != world.guardian:
                findings.violate(CHECK, where, f"paused by {caller}, the guardian is {world.guardian}")
            until = event.until
        elif isinstance(event, SessionOpened | SessionJoined | DealRecorded) or (
            isinstance(event, SessionClosed) and event.status is SessionStatus.AGREED
        ):
            findings.count(CHECK)
            if event.at.time < until:
                detail = f"{type(event).__name__} at {event.at.time}, paused until {until}"
                findings.violate(CHECK, event.at.transaction, detail)
