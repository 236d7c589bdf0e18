"""Checks ``pause``, ``loans.pause`` and ``forward.pause``: only the guardian, only so long and so often, no new business while it lasts."""

from chain.audit.report import Findings
from chain.audit.world import World
from chain.events import (
    DealRecorded,
    Event,
    ForwardSigned,
    LoanRecorded,
    MemberJoined,
    Paused,
    SessionClosed,
    SessionJoined,
    SessionOpened,
)
from market.terms import Party, SessionStatus

CHECK = "pause"
LOANS = "loans.pause"
FORWARD = "forward.pause"


def check(world: World, findings: Findings) -> None:
    """Every pause of each market, and every act that one would have stopped."""
    _pauses(world, CHECK, world.negotiator, findings)
    _pauses(world, LOANS, world.loans, findings)
    _pauses(world, FORWARD, world.forward, findings)


def _pauses(world: World, check: str, market: Party, findings: Findings) -> None:
    until = 0
    for event in world.events:
        if event.at.address != market:
            continue
        if isinstance(event, Paused):
            findings.count(check)
            where = event.at.transaction
            if event.until != event.at.time + world.rules.pause_length:
                expected = event.at.time + world.rules.pause_length
                findings.violate(check, where, f"paused until {event.until}, expected {expected}")
            earliest = until + world.rules.pause_cooldown if until else 0
            if event.at.time < earliest:
                findings.violate(check, where, f"paused at {event.at.time}, again only from {earliest}")
            caller = world.caller(event)
            if caller is not None and caller != world.guardian:
                findings.violate(check, where, f"paused by {caller}, the guardian is {world.guardian}")
            until = event.until
        elif _is_new(event):
            findings.count(check)
            if event.at.time < until:
                detail = f"{type(event).__name__} at {event.at.time}, paused until {until}"
                findings.violate(check, event.at.transaction, detail)


def _is_new(event: Event) -> bool:
    """Whether a pause would have stopped this."""
    if isinstance(event, SessionClosed):
        return event.status is SessionStatus.AGREED
    return isinstance(
        event, SessionOpened | SessionJoined | DealRecorded | LoanRecorded | ForwardSigned | MemberJoined
    )
