"""Check ``turns``: the sessions held on chain went offer by offer, in turn, in time, within their rounds and locks.

A second, plainer hand than the ledger's own (``market.ledger.sessions``): each rule is stated here once more, from the
events alone, and the caller of each move is taken from its transaction.
"""

from dataclasses import dataclass

from eth_hash.auto import keccak

from chain.audit.report import Findings
from chain.audit.world import World
from chain.events import Event, OfferMade, SessionClosed, SessionJoined, SessionOpened
from market.ledger.port import OpenRequest
from market.terms import NOBODY, Lock, Party, SessionStatus

CHECK = "turns"
_OFFER = "offer(uint64,uint64,uint64,uint8)"
_ACCEPT = "accept(uint64,uint16,uint64,uint64)"


@dataclass(slots=True)
class _Session:
    request: OpenRequest
    initiator: Party
    deadline: int
    responder: Party | None = None
    rounds: int = 0
    price: int = 0
    energy: int = 0
    locked: Lock = Lock.NONE
    closed: bool = False

    def turn(self) -> Party | None:
        return self.initiator if self.rounds % 2 == 0 else self.responder


def check(world: World, findings: Findings) -> None:
    """Every move of every session on chain."""
    sessions: dict[int, _Session] = {}
    kinds = (SessionOpened, SessionJoined, OfferMade, SessionClosed)
    for event in world.events:
        if not isinstance(event, kinds):
            continue
        findings.count(CHECK)
        if isinstance(event, SessionOpened):
            faults = _opened(world, sessions, event)
        elif (session := sessions.get(event.session)) is None:
            faults = ["was never opened"]
        elif session.closed:
            faults = [f"{type(event).__name__} after it was closed"]
        elif isinstance(event, SessionJoined):
            faults = _joined(world, session, event)
        elif isinstance(event, OfferMade):
            faults = _offered(world, session, event)
        else:
            faults = _ended(world, session, event)
        for fault in faults:
            findings.violate(CHECK, event.at.transaction, f"session {event.session}: {fault}")


def _opened(world: World, sessions: dict[int, _Session], event: SessionOpened) -> list[str]:
    faults = [] if event.session == len(sessions) + 1 else [f"opened as number {len(sessions) + 1}"]
    request = event.request
    faults += _caller(world, event, event.initiator)
    faults += _deadline(world, event, request, event.deadline)
    if request.counterpart == event.initiator:
        faults.append("its counterpart is its initiator")
    if 0 in (request.count, request.max_rounds, request.timeout):
        faults.append(f"opened with a zero in {request}")
    sessions.setdefault(event.session, _Session(request, event.initiator, event.deadline))
    return faults


def _joined(world: World, session: _Session, event: SessionJoined) -> list[str]:
    faults = _caller(world, event, event.responder)
    faults += _in_time(session, event)
    faults += _deadline(world, event, session.request, event.deadline)
    if session.responder is not None:
        faults.append(f"joined by {event.responder} after {session.responder}")
    if event.responder == session.initiator:
        faults.append("joined by its initiator")
    if session.request.counterpart not in (NOBODY, event.responder):
        faults.append(f"joined by {event.responder}, it was for {session.request.counterpart}")
    session.responder, session.deadline = event.responder, event.deadline
    return faults


def _offered(world: World, session: _Session, event: OfferMade) -> list[str]:
    if session.responder is None:
        return ["an offer before anyone joined"]
    faults = _caller(world, event, session.turn())
    faults += _in_time(session, event)
    if event.round != session.rounds:
        faults.append(f"offer of round {event.round}, expected round {session.rounds}")
    if session.rounds >= session.request.max_rounds:
        faults.append(f"offer beyond the limit of {session.request.max_rounds} rounds")
    if event.price == 0 or event.energy == 0:
        faults.append(f"offer of {event.energy} at {event.price}")
    faults += _locks(session, event)
    faults += _called(world, event, (event.session, event.price, event.energy, event.locked))
    session.rounds += 1
    session.price, session.energy, session.locked = event.price, event.energy, event.locked
    session.deadline = min(
        event.at.time + session.request.timeout, world.rules.gate_of(session.request.interval)
    )
    return faults


def _locks(session: _Session, event: OfferMade) -> list[str]:
    dropped = session.locked & ~event.locked
    if event.locked and not session.request.issue_by_issue:
        return [f"lock {event.locked!r} in the whole-package procedure"]
    moved = (event.locked & Lock.PRICE and event.price != session.price) or (
        event.locked & Lock.ENERGY and event.energy != session.energy
    )
    if dropped or moved or event.locked == Lock.ALL or (event.locked and session.rounds == 0):
        standing = f"{session.energy} at {session.price} with {session.locked!r}"
        return [f"offer of {event.energy} at {event.price} with {event.locked!r} over {standing}"]
    return []


def _ended(world: World, session: _Session, event: SessionClosed) -> list[str]:
    session.closed = True
    if event.status is SessionStatus.AGREED:
        faults = _caller(world, event, event.by)
        faults += _in_time(session, event)
        if session.responder is None or session.rounds == 0:
            faults.append("agreed without an offer")
        elif event.by != session.turn():
            faults.append(f"accepted by {event.by}, it was the turn of {session.turn()}")
        standing = (event.session, session.rounds - 1, session.price, session.energy)
        faults += _called(world, event, standing)
        return faults
    if event.status is SessionStatus.WITHDRAWN:
        faults = _caller(world, event, event.by)
        if event.by not in (session.initiator, session.responder):
            faults.append(f"withdrawn by {event.by}, who is no party")
        return faults
    if event.status is SessionStatus.EXPIRED:
        faults = _caller(world, event, event.by)
        if event.at.time > session.deadline:
            return faults
        return [*faults, f"expired at {event.at.time}, its turn ends at {session.deadline}"]
    return [f"closed as {event.status.name}"]


def _caller(world: World, event: Event, expected: Party | None) -> list[str]:
    caller = world.caller(event)  # None: through an account that is a contract, whose word the event has
    wrong = caller is not None and caller != expected
    return [f"{type(event).__name__} by {caller}, expected {expected}"] if wrong else []


def _called(world: World, event: OfferMade | SessionClosed, said: tuple[int, ...]) -> list[str]:
    """Whether an offer or an acceptance says what its call says, where the party called itself."""
    data = world.calldata(event)
    signature = _OFFER if isinstance(event, OfferMade) else _ACCEPT
    if not data or data[:4] != keccak(signature.encode())[:4]:
        return []
    words = tuple(int.from_bytes(data[at : at + 32]) for at in range(4, 4 + 32 * len(said), 32))
    return [] if words == said else [f"{type(event).__name__}: called with {words}, recorded {said}"]


def _in_time(session: _Session, event: Event) -> list[str]:
    late = event.at.time > session.deadline
    return (
        [f"{type(event).__name__} at {event.at.time}, the turn ended at {session.deadline}"] if late else []
    )


def _deadline(world: World, event: Event, request: OpenRequest, found: int) -> list[str]:
    expected = min(event.at.time + request.timeout, world.rules.gate_of(request.interval))
    return [] if found == expected else [f"{type(event).__name__}: deadline {found}, expected {expected}"]
