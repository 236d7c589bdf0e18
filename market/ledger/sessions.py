"""Sessions of alternating offers held on the ledger: whose turn, until when, how often, and which issues are locked.

Each function takes a session as it stands and gives it as it stands after a move, or refuses. Meters and money are
looked at elsewhere. The initiator makes the offers of even rounds. A deadline is the last second of a turn,
min(now + timeout, gate of the first interval).
"""

from dataclasses import replace

from market.ledger.deals import check_amounts
from market.ledger.errors import (
    InvalidParameter,
    InvalidRounds,
    InvalidTimeout,
    NoStandingOffer,
    NotCounterpart,
    NotParty,
    OutOfTurn,
    RoundLimit,
    SameMeter,
    SelfDeal,
    StandingOfferDiffers,
    TurnExpired,
    TurnNotExpired,
    WrongSessionStatus,
    ZeroCount,
)
from market.ledger.port import MarketRules, OpenRequest, SessionView
from market.ledger.procedure import check_locks
from market.ledger.ranges import UINT16, UINT32, bytes32, unsigned
from market.ledger.times import check_gate
from market.terms import NO_METER, NOBODY, ONCHAIN_NONCE, Deal, Lock, Party, SessionStatus


def opened(rules: MarketRules, party: Party, request: OpenRequest, now: int) -> SessionView:
    """A session that waits for a counterpart.

    Raises
    ------
    SelfDeal, InvalidParameter, ZeroCount, InvalidRounds, InvalidTimeout, GateClosed
    """
    for name, bound in _REQUEST_BOUNDS.items():
        unsigned(name, getattr(request, name), bound)
    if request.counterpart == party:
        raise SelfDeal(party)
    _check_meter(request.meter)
    if request.count == 0:
        raise ZeroCount()
    if request.max_rounds == 0:
        raise InvalidRounds(0)
    if request.timeout == 0:
        raise InvalidTimeout(0)
    return SessionView(
        status=SessionStatus.OPEN,
        initiator=party,
        responder=request.counterpart,
        initiator_meter=request.meter,
        responder_meter=NO_METER,
        interval=request.interval,
        count=request.count,
        max_ahead=0 if request.selling else request.max_ahead,
        initiator_sells=request.selling,
        issue_by_issue=request.issue_by_issue,
        rounds=0,
        max_rounds=request.max_rounds,
        timeout=request.timeout,
        deadline=_deadline(rules, request.interval, request.timeout, now),
        price=0,
        energy=0,
        locked=Lock.NONE,
    )


def joined(
    rules: MarketRules,
    number: int,
    session: SessionView,
    party: Party,
    *,
    meter: int,
    max_ahead: int,
    now: int,
) -> SessionView:
    """The session with its counterpart; the initiator's first turn begins.

    Raises
    ------
    WrongSessionStatus, TurnExpired, NotCounterpart, SelfDeal, InvalidParameter, SameMeter
    """
    unsigned("meter", meter, UINT32)
    unsigned("max_ahead", max_ahead, UINT32)
    if session.status is not SessionStatus.OPEN:
        raise WrongSessionStatus(number, session.status, SessionStatus.OPEN)
    _check_turn(number, session, now)
    if session.responder not in (NOBODY, party):
        raise NotCounterpart(number, party, session.responder)
    if party == session.initiator:
        raise SelfDeal(party)
    _check_meter(meter)
    if meter == session.initiator_meter:
        raise SameMeter(meter)
    return replace(
        session,
        status=SessionStatus.NEGOTIATING,
        responder=party,
        responder_meter=meter,
        max_ahead=max_ahead if session.initiator_sells else session.max_ahead,
        deadline=_deadline(rules, session.interval, session.timeout, now),
    )


def offered(
    rules: MarketRules,
    number: int,
    session: SessionView,
    party: Party,
    *,
    price: int,
    energy: int,
    locked: int,
    now: int,
) -> SessionView:
    """The session with a new standing offer; the other's turn begins.

    Raises
    ------
    WrongSessionStatus, OutOfTurn, TurnExpired, RoundLimit, ZeroAmount, AmountOverflow, InvalidLock
    """
    _check_move(number, session, party, now)
    if session.rounds == session.max_rounds:
        raise RoundLimit(number, session.max_rounds)
    check_amounts(price, energy, session.count)
    check_locks(
        number,
        issue_by_issue=session.issue_by_issue,
        standing=(session.price, session.energy) if session.rounds else None,
        standing_locks=session.locked,
        values=(price, energy),
        locks=locked,
    )
    return replace(
        session,
        rounds=session.rounds + 1,
        price=price,
        energy=energy,
        locked=Lock(locked),
        deadline=_deadline(rules, session.interval, session.timeout, now),
    )


def accepted(
    number: int, session: SessionView, party: Party, *, round: int, price: int, energy: int, now: int
) -> SessionView:
    """The session agreed on its standing offer, which the acceptor names.

    Raises
    ------
    WrongSessionStatus, OutOfTurn, TurnExpired, NoStandingOffer, StandingOfferDiffers
    """
    _check_move(number, session, party, now)
    if session.rounds == 0:
        raise NoStandingOffer(number)
    if (round + 1, price, energy) != (session.rounds, session.price, session.energy):
        raise StandingOfferDiffers(number, session.rounds - 1, session.price, session.energy)
    return replace(session, status=SessionStatus.AGREED)


def withdrawn(number: int, session: SessionView, party: Party) -> SessionView:
    """The session left by one of its two; while it is open, by its initiator."""
    _check_live(number, session)
    present = (
        (session.initiator,)
        if session.status is SessionStatus.OPEN
        else (session.initiator, session.responder)
    )
    if party not in present:
        raise NotParty(party)
    return replace(session, status=SessionStatus.WITHDRAWN)


def expired(number: int, session: SessionView, now: int) -> SessionView:
    """The session whose turn has run out (``TurnNotExpired`` up to its deadline)."""
    _check_live(number, session)
    if now <= session.deadline:
        raise TurnNotExpired(number, session.deadline, now)
    return replace(session, status=SessionStatus.EXPIRED)


def deal_from(number: int, session: SessionView) -> Deal:
    """The deal that the standing offer makes."""
    seller, buyer = (session.initiator, session.responder), (session.responder, session.initiator)
    meters = (session.initiator_meter, session.responder_meter)
    sells = session.initiator_sells
    return Deal(
        seller=(seller if sells else buyer)[0],
        buyer=(seller if sells else buyer)[1],
        nonce=ONCHAIN_NONCE + number,
        seller_meter=meters[0] if sells else meters[1],
        buyer_meter=meters[1] if sells else meters[0],
        interval=session.interval,
        count=session.count,
        price=session.price,
        energy=session.energy,
    )


def turn_of(session: SessionView) -> Party:
    """Who makes the next offer, or accepts the standing one."""
    return session.initiator if session.rounds % 2 == 0 else session.responder


_REQUEST_BOUNDS = {
    "meter": UINT32,
    "interval": UINT32,
    "count": UINT16,
    "max_ahead": UINT32,
    "max_rounds": UINT16,
    "timeout": UINT32,
}


def _deadline(rules: MarketRules, interval: int, timeout: int, now: int) -> int:
    check_gate(rules, interval, now)
    return min(now + timeout, rules.gate_of(interval))


def _check_meter(meter: int) -> None:
    # A meter of zero stands for the provider; who owns a meter is asked when the deal is recorded.
    if meter == NO_METER:
        raise InvalidParameter(bytes32("meter"), NO_METER)


def _check_turn(number: int, session: SessionView, now: int) -> None:
    if now > session.deadline:
        raise TurnExpired(number, session.deadline, now)


def _check_live(number: int, session: SessionView) -> None:
    if session.status not in (SessionStatus.OPEN, SessionStatus.NEGOTIATING):
        raise WrongSessionStatus(number, session.status, SessionStatus.NEGOTIATING)


def _check_move(number: int, session: SessionView, party: Party, now: int) -> None:
    if session.status is not SessionStatus.NEGOTIATING:
        raise WrongSessionStatus(number, session.status, SessionStatus.NEGOTIATING)
    if party != turn_of(session):
        raise OutOfTurn(number, party, turn_of(session))
    _check_turn(number, session, now)
