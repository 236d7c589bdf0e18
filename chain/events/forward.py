"""Events of ``ForwardContracts`` alone: contracts from their signing to their end, and communities' votes."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, TypeAlias

from chain.events.base import (
    I256,
    U16,
    U64,
    U256,
    Addresses,
    Bool,
    Bytes,
    Event,
    I64s,
    I64s4,
    IndexedAddress,
    IndexedU16,
    IndexedU32,
    IndexedWord,
    Word,
    Words,
)
from market.forward.terms import ForwardTerms, Membership

TERMS_ABI = "(address,address,uint64,uint32[],uint168[],bytes32,uint64[],int64[],bytes32,uint64,uint64,bytes32,uint64)"
MEMBERSHIP_ABI = "(bytes32,address,uint32,uint64,uint64)"
ForwardTermsTuple: TypeAlias = Annotated[ForwardTerms, TERMS_ABI]
MembershipTuple: TypeAlias = Annotated[Membership, MEMBERSHIP_ABI]


@dataclass(frozen=True, slots=True)
class ForwardEvent(Event):
    """Of ``IForwardContracts`` or ``ICommunityBallots``."""

    contracts: ClassVar[tuple[str, ...]] = ("ForwardContracts",)


@dataclass(frozen=True, slots=True)
class ForwardSigned(ForwardEvent):
    """A contract stands, with both signatures."""

    key: IndexedWord
    retailer: IndexedAddress
    community: IndexedAddress
    terms: ForwardTermsTuple
    retailer_signature: Bytes
    community_signature: Bytes


@dataclass(frozen=True, slots=True)
class ForwardCancelled(ForwardEvent):
    """A contract's number was burnt by a party."""

    key: IndexedWord
    by: IndexedAddress


@dataclass(frozen=True, slots=True)
class MemberJoined(ForwardEvent):
    """A member takes part; the signature is empty where it called itself."""

    key: IndexedWord
    meter: IndexedU32
    membership: MembershipTuple
    volumes: I64s
    signature: Bytes


@dataclass(frozen=True, slots=True)
class MemberBilled(ForwardEvent):
    """A period of a member's was billed; base units, token units."""

    key: IndexedWord
    meter: IndexedU32
    period: IndexedU16
    metered: Bool
    volumes: I64s4
    amount: I256
    paid: U256


@dataclass(frozen=True, slots=True)
class MemberExited(ForwardEvent):
    """A member left; periods that are billed in all, token units."""

    key: IndexedWord
    meter: IndexedU32
    last_periods: U16
    fee: U256


@dataclass(frozen=True, slots=True)
class MemberClosed(ForwardEvent):
    """Nothing more is billed: what was left of the deposit went back; token units."""

    key: IndexedWord
    meter: IndexedU32
    refunded: U256


@dataclass(frozen=True, slots=True)
class ForwardClosed(ForwardEvent):
    """The retailer's deposit went back; token units."""

    key: IndexedWord
    refunded: U256


@dataclass(frozen=True, slots=True)
class VoteOpened(ForwardEvent):
    """Who votes is fixed; times in seconds since 1970."""

    key: IndexedWord
    community: IndexedAddress
    roster: Addresses
    close: U64
    deadline: U64


@dataclass(frozen=True, slots=True)
class LeafPosted(ForwardEvent):
    """A member posted the hash of its ballots itself."""

    key: IndexedWord
    index: IndexedU32
    member: IndexedAddress
    leaf: Word


@dataclass(frozen=True, slots=True)
class VotePublished(ForwardEvent):
    """All leaves, and what was decided."""

    key: IndexedWord
    result: IndexedWord
    root: Word
    leaves: Words
