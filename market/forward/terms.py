"""A forward contract and a community's vote as values: what is signed, what a bill names, and what stands of a member.

Mirrors the structs of ``contracts/interfaces/IForwardContracts.sol`` and ``ICommunityBallots.sol`` field by field. All
quantities are exact integers: energy in base units (Wh), rates in token units per base unit, time in seconds since
1970, boundaries in intervals since the registry's epoch. Where a contract holds a ``bytes32``, a value here has 32
bytes; which hash they are is the ledger's business (:attr:`market.forward.port.ForwardDesk.hash`).
"""

from dataclasses import dataclass
from enum import IntEnum

from market.terms import DealKey, Party

BLOCKS = 4
"""Most rate blocks of a tariff, and the registers of a meter."""
MOST_BOUNDARIES = 64
MOST_VOTERS = 65_535

NOTHING = bytes(32)
"""A ``bytes32`` of zero: no vote, no result, no leaf."""


class ForwardStatus(IntEnum):
    """Life of a contract's slot; a slot once written is never used again."""

    NONE = 0
    CANCELLED = 1
    SIGNED = 2
    CLOSED = 3


class VoteStatus(IntEnum):
    """Life of a vote; it is void when its deadline passes unpublished."""

    NONE = 0
    OPEN = 1
    PUBLISHED = 2
    VOID = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardTerms:
    """What a retailer and a community agree on."""

    retailer: Party
    community: Party
    """Signs for those who may join; pays nothing itself."""
    nonce: int
    """Below 2**62, once per pair."""
    boundaries: tuple[int, ...]
    """First interval of each period, and the one after the last period; ascending, 2 to 64."""
    blocks: tuple[int, ...]
    """1 to 4 masks of 168 bits: the hours of the week of each rate (``market.forward.schedule``)."""
    zone: bytes
    """Whose clocks tell those hours: an IANA name, left-aligned in 32 bytes."""
    rates: tuple[int, ...]
    """Token units per base unit, one for each block, below 2**40."""
    expected: tuple[int, ...]
    """Base units expected of all in all periods, one for each block; negative: fed in."""
    roster: bytes
    """Root over who may join, with which meter and volumes (``market.forward.trees.Roster``)."""
    exit_fee: int
    """Token units, below 2**63."""
    retailer_deposit: int
    """Token units in escrow for what members feed in and for corrections, below 2**63."""
    decision: bytes = NOTHING
    """The vote that decided on this tariff; zero: none was held."""
    expiry: int
    """Last second at which it can be signed."""

    @property
    def periods(self) -> int:
        """How many periods are billed."""
        return len(self.boundaries) - 1

    @property
    def key(self) -> DealKey:
        """Its slot, named the same on every ledger."""
        low, high = sorted((self.retailer, self.community), key=str.lower)
        return DealKey(low, high, self.nonce)


@dataclass(frozen=True, slots=True)
class SignedForward:
    """Terms with the signatures of both."""

    terms: ForwardTerms
    retailer_signature: bytes
    community_signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """A member's consent: to which terms, with which meter, and up to what it can ever owe."""

    terms: bytes
    """Hash of the contract's terms (``market.forward.trees.terms_hash``)."""
    member: Party
    meter: int
    max_deposit: int
    """Token units; taken from its balance at the desk at once."""
    expiry: int
    """Last second at which it can be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining:
    """A member's consent with what shows that it is on the roster."""

    terms: ForwardTerms
    membership: Membership
    volumes: tuple[int, ...]
    """Contracted net base units, ``periods`` × ``blocks`` of them, period by period."""
    proof: tuple[bytes, ...]
    signature: bytes = b""
    """The member's over its consent; empty where it calls itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """Which period of which member is to be billed."""

    meter: int
    period: int
    volumes: tuple[int, ...] = ()
    """All contracted volumes of the member, as it joined with them; needed where it is billed by contract."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberState:
    """What stands of a member."""

    member: Party
    deposit: int
    """What is left of it, token units."""
    billed: int = 0
    """Periods billed."""
    last: int
    """Periods that are billed in all: fewer than the contract's after an exit."""
    based: bool = False
    """A register was seen, so that the next is billed by the difference to it."""
    exited: bool = False
    """It left before the last period's end; ``last`` is then final."""
    accounted: tuple[int, int, int, int] = (0, 0, 0, 0)
    """Base units of each block, net import, up to which is paid for, once ``based``."""
    volumes_hash: bytes

    @property
    def is_open(self) -> bool:
        """Whether a bill is still due."""
        return self.billed < self.last


@dataclass(frozen=True, slots=True, kw_only=True)
class Ballots:
    """What a member signs of a vote (EIP-712 type ``Ballots``)."""

    vote: bytes
    """The vote's key (``ForwardDesk.vote_key``)."""
    index: int
    """The member's place on the vote's roster."""
    votes: bytes
    """Hash of all that it proposed and voted, round by round."""
    salt: bytes


@dataclass(frozen=True, slots=True)
class SignedBallots:
    """A member's ballots as it gives them to the mediator; ``leaf`` is what is published of them."""

    ballots: Ballots
    signature: bytes
    leaf: bytes
