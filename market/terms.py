"""What two parties agree on: the terms of a negotiation, its offers, and the deal that becomes binding.

Values only, mirroring the structs of ``contracts/interfaces/IUtilityNegotiator.sol`` field by field; what may be done
with them is the ledger's business. All quantities are exact integers: energy in base units (Wh, litres), prices in
token units per base unit, time in seconds since 1970, delivery in intervals since the registry's epoch.
"""

from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import NewType

Party = NewType("Party", str)
"""Who trades: an address in checksum form (also in the in-memory ledger, where nothing is signed)."""

NOBODY = Party("0x" + "00" * 20)
"""The zero address: "anyone" as a counterpart."""

NO_METER = 0
"""The meter id of a provider: its sales are firm, its purchases are not metered."""

SIGNED_NONCES = range(0, 2**62)
"""Session numbers that parties choose for signed sessions."""
PROVIDER_NONCE = 2**62
"""Added to the caller's number in a deal with the provider."""
ONCHAIN_NONCE = 2**63
"""Added to the session number of a session held on the ledger."""

ANY_QUEUE = 2**32 - 1
"""``maxAhead`` of a buyer who accepts any place in the queue."""


class Lock(IntFlag):
    """Issues that are agreed in the issue-by-issue procedure."""

    NONE = 0
    PRICE = 1
    ENERGY = 2
    ALL = 3


class DealStatus(IntEnum):
    """Life of a deal's slot; a slot once written is never used again."""

    NONE = 0
    CANCELLED = 1
    RECORDED = 2
    SETTLED = 3
    RELEASED = 4


class SessionStatus(IntEnum):
    """Life of a session held on the ledger."""

    NONE = 0
    OPEN = 1
    NEGOTIATING = 2
    AGREED = 3
    WITHDRAWN = 4
    EXPIRED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTerms:
    """What stays the same through one negotiation."""

    seller: Party
    buyer: Party
    nonce: int
    seller_meter: int
    buyer_meter: int
    interval: int
    """First delivery interval."""
    count: int = 1
    """Consecutive intervals, each on the same price and energy."""
    max_ahead: int = ANY_QUEUE
    """Most base units that may already be queued at the seller's meter."""
    seller_opens: bool = False
    issue_by_issue: bool = True

    def proposer(self, round: int) -> Party:
        """Who makes offer ``round`` (0 is the first)."""
        return self.seller if self.seller_opens == (round % 2 == 0) else self.buyer

    def acceptor(self, round: int) -> Party:
        """Who may take offer ``round``."""
        return self.buyer if self.proposer(round) == self.seller else self.seller


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One offer: price and energy of each interval, the issues locked, and the last second it can be recorded."""

    price: int
    energy: int
    locked: Lock = Lock.NONE
    expiry: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """The terms that are binding once recorded."""

    seller: Party
    buyer: Party
    nonce: int
    seller_meter: int
    buyer_meter: int
    interval: int
    count: int
    price: int
    energy: int

    @property
    def escrow(self) -> int:
        """Token units held for the whole run."""
        return self.price * self.energy * self.count


def deal_of(terms: SessionTerms, move: Move) -> Deal:
    """The deal that ``move`` makes when it is accepted under ``terms``."""
    return Deal(
        seller=terms.seller,
        buyer=terms.buyer,
        nonce=terms.nonce,
        seller_meter=terms.seller_meter,
        buyer_meter=terms.buyer_meter,
        interval=terms.interval,
        count=terms.count,
        price=move.price,
        energy=move.energy,
    )


@dataclass(frozen=True, slots=True)
class DealKey:
    """A deal slot, named the same on every ledger: the two parties in order of their addresses, nonce and index."""

    low: Party
    high: Party
    nonce: int
    index: int = 0

    @classmethod
    def of(cls, deal: "Deal | SessionTerms", index: int = 0) -> "DealKey":
        low, high = sorted((deal.seller, deal.buyer), key=str.lower)
        return cls(low, high, deal.nonce, index)


@dataclass(frozen=True, slots=True)
class SignedOffer:
    """An offer as it passes between two agents: the move, its hash, and the proposer's signature.

    ``hash`` is what the next offer names as its predecessor (the EIP-712 struct hash where offers are really signed).
    """

    round: int
    move: Move
    previous: bytes
    hash: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Transcript:
    """A signed session from its first offer to its last; ``acceptance`` is the acceptor's signature over the last one.

    ``acceptance`` is None where no agreement was reached.
    """

    terms: SessionTerms
    offers: tuple[SignedOffer, ...]
    acceptance: bytes | None

    @property
    def deal(self) -> Deal:
        """The agreement.

        Raises
        ------
        ValueError
            If the session ended without one.
        """
        if self.acceptance is None or not self.offers:
            raise ValueError(
                f"session {self.terms.nonce} of {self.terms.seller} and {self.terms.buyer}: no agreement"
            )
        return deal_of(self.terms, self.offers[-1].move)
