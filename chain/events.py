"""Every event of the four contracts as a typed value, and where it stands on its chain.

The classes below *are* the declaration: a field's annotation holds its Solidity type, and class and fields give the
topic. What an event means stands in ``contracts/interfaces``. Decoding is in ``chain.decoding``, fetching in
``chain.logs``; whether a node tells the truth about events is for the audit (``chain.audit``).
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar, TypeAlias

from chain.codec import INDEXED
from market.ledger.port import OpenRequest
from market.terms import Deal, Lock, Move, Party, SessionStatus

U8: TypeAlias = Annotated[int, "uint8"]
U16: TypeAlias = Annotated[int, "uint16"]
U32: TypeAlias = Annotated[int, "uint32"]
U64: TypeAlias = Annotated[int, "uint64"]
U256: TypeAlias = Annotated[int, "uint256"]
Address: TypeAlias = Annotated[Party, "address"]
Word: TypeAlias = Annotated[bytes, "bytes32"]
Bytes: TypeAlias = Annotated[bytes, "bytes"]
Bool: TypeAlias = Annotated[bool, "bool"]
Locks: TypeAlias = Annotated[Lock, "uint8"]
Status: TypeAlias = Annotated[SessionStatus, "uint8"]
OpenRequestTuple: TypeAlias = Annotated[
    OpenRequest, "(address,bool,uint32,uint32,uint16,uint32,bool,uint16,uint32)"
]
MoveTuple: TypeAlias = Annotated[Move, "(uint64,uint64,uint8,uint64)"]
DealTuple: TypeAlias = Annotated[Deal, "(address,address,uint64,uint32,uint32,uint32,uint16,uint64,uint64)"]
IndexedU32: TypeAlias = Annotated[U32, INDEXED]
IndexedU64: TypeAlias = Annotated[U64, INDEXED]
IndexedU256: TypeAlias = Annotated[U256, INDEXED]
IndexedAddress: TypeAlias = Annotated[Address, INDEXED]
IndexedWord: TypeAlias = Annotated[Word, INDEXED]


@dataclass(frozen=True, slots=True, order=True)
class Origin:
    """Where an event stands on its chain; sorts in the order in which things happened."""

    block: int
    tx_index: int
    log_index: int
    """Within the block."""
    time: int
    """Of the block, seconds since 1970."""
    transaction: str
    """Its hash, 0x…"""
    address: Party
    """The contract that emitted it."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event and where it stands."""

    contract: ClassVar[str]
    at: Origin


# MeterRegistry --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RegistryEvent(Event):
    """Of ``IMeterRegistry``."""

    contract: ClassVar[str] = "MeterRegistry"


@dataclass(frozen=True, slots=True)
class MarketListed(RegistryEvent):
    """A market may commit energy, where owners opt in."""

    market: IndexedAddress


@dataclass(frozen=True, slots=True)
class MeterRegistered(RegistryEvent):
    """A meter exists from now on."""

    meter: IndexedU32
    owner: IndexedAddress
    key: Address
    attester: Address
    utility: U8
    rating: U32


@dataclass(frozen=True, slots=True)
class MarketAllowed(RegistryEvent):
    """An owner opted a meter in to a market, or out."""

    meter: IndexedU32
    market: IndexedAddress
    allowed: Bool


@dataclass(frozen=True, slots=True)
class MeterRetired(RegistryEvent):
    """A meter serves no more from an interval on."""

    meter: IndexedU32
    from_interval: U32


@dataclass(frozen=True, slots=True)
class MeterFrozen(RegistryEvent):
    """Two conflicting readings were shown: the meter commits no more."""

    meter: IndexedU32
    interval: IndexedU32


@dataclass(frozen=True, slots=True)
class ReadingPosted(RegistryEvent):
    """A reading, final; base units."""

    meter: IndexedU32
    interval: IndexedU32
    exported: U64
    imported: U64


@dataclass(frozen=True, slots=True)
class ReadingSkipped(RegistryEvent):
    """A reading of a batch that was not accepted, and its error."""

    meter: IndexedU32
    interval: IndexedU32
    reason: Bytes


@dataclass(frozen=True, slots=True)
class Committed(RegistryEvent):
    """A place in a meter's queue was taken; base units."""

    meter: IndexedU32
    interval: IndexedU32
    market: IndexedAddress
    position: U64
    quantity: U64


@dataclass(frozen=True, slots=True)
class Uncommitted(RegistryEvent):
    """The tail of a queue was given back; base units."""

    meter: IndexedU32
    interval: IndexedU32
    market: IndexedAddress
    quantity: U64


# UtilityNegotiator ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NegotiatorEvent(Event):
    """Of ``IUtilityNegotiator``."""

    contract: ClassVar[str] = "UtilityNegotiator"


@dataclass(frozen=True, slots=True)
class Deposited(NegotiatorEvent):
    """Tokens became a party's internal balance; token units."""

    party: IndexedAddress
    amount: U256


@dataclass(frozen=True, slots=True)
class Withdrawn(NegotiatorEvent):
    """Internal balance became tokens again; token units."""

    party: IndexedAddress
    amount: U256


@dataclass(frozen=True, slots=True)
class Paused(NegotiatorEvent):
    """New business stopped until a time (seconds since 1970)."""

    until: U256


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


@dataclass(frozen=True, slots=True)
class ItemSkipped(NegotiatorEvent):
    """An item of a batch that changed nothing, and its error."""

    item: IndexedU256
    key: IndexedWord
    reason: Bytes


# ProviderTariff -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TariffAppended(Event):
    """Of ``IProviderTariff``: prices from an interval on, token units per base unit."""

    contract: ClassVar[str] = "ProviderTariff"
    from_interval: IndexedU32
    buy_price: U64
    sell_price: U64


# UtilityToken ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TokenEvent(Event):
    """Of ``IUtilityToken``."""

    contract: ClassVar[str] = "UtilityToken"


@dataclass(frozen=True, slots=True)
class Transfer(TokenEvent):
    """Token units moved; from the zero address when minted, to it when burnt."""

    sender: IndexedAddress
    to: IndexedAddress
    value: U256


@dataclass(frozen=True, slots=True)
class Approval(TokenEvent):
    """An allowance; token units."""

    owner: IndexedAddress
    spender: IndexedAddress
    value: U256


@dataclass(frozen=True, slots=True)
class Bought(TokenEvent):
    """Token units minted for Ether."""

    buyer: IndexedAddress
    amount: U256


@dataclass(frozen=True, slots=True)
class Redeemed(TokenEvent):
    """Token units burnt for Ether."""

    holder: IndexedAddress
    amount: U256
