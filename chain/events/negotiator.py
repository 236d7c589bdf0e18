"""Events of ``UtilityNegotiator`` alone: sessions on chain, agreements, deals."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, TypeAlias

from chain.events.base import (
    U16,
    U32,
    U64,
    U256,
    Address,
    Bool,
    Bytes,
    Event,
    IndexedAddress,
    IndexedU64,
    IndexedWord,
    Word,
)
from market.ledger.port import OpenRequest
from market.terms import Deal, Lock, Move, SessionStatus

Locks: TypeAlias = Annotated[Lock, "uint8"]
Status: TypeAlias = Annotated[SessionStatus, "uint8"]
OpenRequestTuple: TypeAlias = Annotated[
    OpenRequest, "(address,bool,uint32,uint32,uint16,uint32,bool,uint16,uint32)"
]
MoveTuple: TypeAlias = Annotated[Move, "(uint64,uint64,uint8,uint64)"]
DealTuple: TypeAlias = Annotated[Deal, "(address,address,uint64,uint32,uint32,uint32,uint16,uint64,uint64)"]


@dataclass(frozen=True, slots=True)
class NegotiatorEvent(Event):
    """Of ``IUtilityNegotiator``."""

    contracts: ClassVar[tuple[str, ...]] = ("UtilityNegotiator",)


@dataclass(frozen=True, slots=True)
class SessionOpened(NegotiatorEvent):
    """A session on chain waits for its counterpart."""

    session: IndexedU64
    initiator: IndexedAddress
    request: OpenRequestTuple
    deadline: U64


@dataclass(frozen=True, slots=True)
class SessionJoined(NegotiatorEvent):
    """The counterpart came; the initiator's turn begins."""

    session: IndexedU64
    responder: IndexedAddress
    meter: U32
    max_ahead: U32
    deadline: U64


@dataclass(frozen=True, slots=True)
class OfferMade(NegotiatorEvent):
    """An offer of a session on chain, now the standing one."""

    session: IndexedU64
    round: U16
    price: U64
    energy: U64
    locked: Locks


@dataclass(frozen=True, slots=True)
class SessionClosed(NegotiatorEvent):
    """A session on chain ended: agreed, withdrawn or expired."""

    session: IndexedU64
    status: Status
    by: Address


@dataclass(frozen=True, slots=True)
class OfferDisclosed(NegotiatorEvent):
    """An earlier offer of a signed session, recorded with its agreement."""

    key: IndexedWord
    round: U16
    price: U64
    energy: U64
    locked: Locks
    expiry: U64


@dataclass(frozen=True, slots=True)
class AgreementSigned(NegotiatorEvent):
    """The head of a signed session and both signatures."""

    key: IndexedWord
    seller_opens: Bool
    issue_by_issue: Bool
    max_ahead: U64
    move: MoveTuple
    round: U16
    previous: Word
    proposer_signature: Bytes
    acceptor_signature: Bytes


@dataclass(frozen=True, slots=True)
class DealRecorded(NegotiatorEvent):
    """One interval of a deal is binding and escrowed."""

    key: IndexedWord
    """The slot: deal key + index."""
    seller: IndexedAddress
    buyer: IndexedAddress
    deal: DealTuple
    index: U16
    position: U64


@dataclass(frozen=True, slots=True)
class DealCancelled(NegotiatorEvent):
    """A session number was burnt by a party."""

    key: IndexedWord
    by: IndexedAddress


@dataclass(frozen=True, slots=True)
class DealReleased(NegotiatorEvent):
    """A deal was undone by both parties; token units."""

    key: IndexedWord
    refunded: U256


@dataclass(frozen=True, slots=True)
class DealSettled(NegotiatorEvent):
    """One interval of a deal was paid and refunded; base units, token units."""

    key: IndexedWord
    delivered: U64
    paid: U256
    refunded: U256
