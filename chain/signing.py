"""The signed messages of a market (EIP-712), packed by hand: domain, struct hashes, compact signatures.

What is signed is fixed by the contracts (``readingDigest``, ``offerDigest``, ``releaseDigest``); a test compares each
digest with the contracts' and with eth-account's plain encoder. Struct hashes are written out because a market day
signs and hashes some ten thousand offers, and the general encoder takes a hundred times as long.
"""

from collections.abc import Callable
from dataclasses import dataclass

from coincurve import PrivateKey
from eth_hash.auto import keccak

from market.ledger.port import Reading
from market.terms import Deal, DealKey, Move, Party, SessionTerms, SignedOffer

TERMS = (
    b"SessionTerms(address seller,address buyer,uint64 nonce,uint32 sellerMeter,uint32 buyerMeter,uint32 interval,"
    b"uint16 count,uint64 maxAhead,bool sellerOpens,bool issueByIssue)"
)
MOVE = b"Move(uint64 price,uint64 energy,uint8 locked,uint64 expiry)"
OFFER = b"Offer(SessionTerms terms,Move move,uint16 round,bytes32 previous)"
TERMS_TYPE = keccak(TERMS)
MOVE_TYPE = keccak(MOVE)
OFFER_TYPE = keccak(OFFER + MOVE + TERMS)
READING_TYPE = keccak(b"Reading(uint32 meter,uint32 interval,uint64 exported,uint64 imported)")
REGISTRATION_TYPE = keccak(b"Registration(address owner,address attester,uint8 utility,uint32 rating)")
RELEASE_TYPE = keccak(b"Release(bytes32 key)")
DOMAIN_TYPE = keccak(b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
GENESIS = bytes(32)
"""What the first offer names as its predecessor."""
LATER = 1 << 255
"""In a compact signature: y is odd."""


def address_bytes(party: str) -> bytes:
    """The 20 bytes of an address in hexadecimal."""
    return bytes.fromhex(party[2:])


@dataclass(frozen=True, slots=True)
class Domain:
    """Where a signature counts: nowhere else than in this contract on this chain."""

    name: str
    version: str
    chain_id: int
    contract: str

    def separator(self) -> bytes:
        """EIP-712 domain separator."""
        return keccak(
            DOMAIN_TYPE
            + keccak(self.name.encode())
            + keccak(self.version.encode())
            + self.chain_id.to_bytes(32)
            + bytes(12)
            + address_bytes(self.contract)
        )


def digest(separator: bytes, struct_hash: bytes) -> bytes:
    """What is signed."""
    return keccak(b"\x19\x01" + separator + struct_hash)


def terms_hash(terms: SessionTerms) -> bytes:
    """Struct hash of the terms of a session."""
    return keccak(
        TERMS_TYPE
        + bytes(12)
        + address_bytes(terms.seller)
        + bytes(12)
        + address_bytes(terms.buyer)
        + terms.nonce.to_bytes(32)
        + terms.seller_meter.to_bytes(32)
        + terms.buyer_meter.to_bytes(32)
        + terms.interval.to_bytes(32)
        + terms.count.to_bytes(32)
        + terms.max_ahead.to_bytes(32)
        + int(terms.seller_opens).to_bytes(32)
        + int(terms.issue_by_issue).to_bytes(32)
    )


def move_hash(move: Move) -> bytes:
    """Struct hash of one offer's values."""
    return keccak(
        MOVE_TYPE
        + move.price.to_bytes(32)
        + move.energy.to_bytes(32)
        + int(move.locked).to_bytes(32)
        + move.expiry.to_bytes(32)
    )


def offer_hash(terms_hash: bytes, move: Move, round: int, previous: bytes) -> bytes:
    """Struct hash of an offer: what the next offer names as its predecessor."""
    return keccak(OFFER_TYPE + terms_hash + move_hash(move) + round.to_bytes(32) + previous)


def reading_hash(reading: Reading) -> bytes:
    """Struct hash of a meter's reading."""
    return keccak(
        READING_TYPE
        + reading.meter.to_bytes(32)
        + reading.interval.to_bytes(32)
        + reading.exported.to_bytes(32)
        + reading.imported.to_bytes(32)
    )


def registration_hash(owner: str, attester: str, utility: int, rating: int) -> bytes:
    """Struct hash by which a meter's key agrees to its registration."""
    return keccak(
        REGISTRATION_TYPE
        + bytes(12)
        + address_bytes(owner)
        + bytes(12)
        + address_bytes(attester)
        + utility.to_bytes(32)
        + rating.to_bytes(32)
    )


def release_hash(key: bytes) -> bytes:
    """Struct hash of the consent to undo a deal."""
    return keccak(RELEASE_TYPE + key)


@dataclass(frozen=True, slots=True)
class Signature:
    """A compact signature (EIP-2098)."""

    r: bytes
    vs: bytes

    def __bytes__(self) -> bytes:
        return self.r + self.vs

    @classmethod
    def of(cls, raw: bytes) -> "Signature":
        """From its 64 bytes."""
        if len(raw) != 64:
            raise ValueError(f"a compact signature has 64 bytes, found {len(raw)}")
        return cls(raw[:32], raw[32:])


NO_SIGNATURE = Signature(bytes(32), bytes(32))


def signature_of(raw: bytes | None) -> Signature:
    """What does not even have a signature's length is none, and is refused as such."""
    return Signature.of(raw) if raw is not None and len(raw) == 64 else NO_SIGNATURE


def sign(key: PrivateKey, message: bytes) -> Signature:
    """Sign a digest; ``s`` is in the lower half (libsecp256k1 makes no other)."""
    raw = key.sign_recoverable(message, hasher=None)
    vs = int.from_bytes(raw[32:64]) | (LATER if raw[64] else 0)
    return Signature(raw[:32], vs.to_bytes(32))


def deal_key(chain_id: int, market: str, low: str, high: str, nonce: int) -> bytes:
    """Slot of a run's first interval: keccak256(abi.encode(chain id, market, lower party, higher party, nonce))."""
    return keccak(
        chain_id.to_bytes(32)
        + bytes(12)
        + address_bytes(market)
        + bytes(12)
        + address_bytes(low)
        + bytes(12)
        + address_bytes(high)
        + nonce.to_bytes(32)
    )


def slot_key(base: bytes, index: int) -> bytes:
    """Slot of interval ``index`` of a run."""
    return ((int.from_bytes(base) + index) % 2**256).to_bytes(32)


def key_function(chain_id: int, market: str) -> Callable[[DealKey], bytes]:
    """How this market names a deal's slot; given to an in-memory ledger, both ledgers' refusals carry equal keys."""

    def key(of: DealKey) -> bytes:
        return slot_key(deal_key(chain_id, market, of.low, of.high, of.nonce), of.index)

    return key


def deal_words(deal: Deal) -> bytes:
    """A deal as ``abi.encode`` packs it: nine words."""
    return b"".join(
        (
            bytes(12),
            address_bytes(deal.seller),
            bytes(12),
            address_bytes(deal.buyer),
            deal.nonce.to_bytes(32),
            deal.seller_meter.to_bytes(32),
            deal.buyer_meter.to_bytes(32),
            deal.interval.to_bytes(32),
            deal.count.to_bytes(32),
            deal.price.to_bytes(32),
            deal.energy.to_bytes(32),
        )
    )


class KeyringSigner:
    """Seals offers with the parties' own keys, as :class:`market.ledger.port.OfferSigner` asks.

    ``keys`` maps each party to its private key (32 bytes); ``market`` is the negotiator's domain.
    """

    __slots__ = ("_keys", "_last_hash", "_last_terms", "_separator")

    def __init__(self, keys: dict[Party, PrivateKey], market: Domain) -> None:
        self._keys = keys
        self._separator = market.separator()
        self._last_terms: SessionTerms | None = None
        self._last_hash = b""

    def _terms_hash(self, terms: SessionTerms) -> bytes:
        if terms is not self._last_terms:  # the offers of a session come one after another
            self._last_terms, self._last_hash = terms, terms_hash(terms)
        return self._last_hash

    def sign(self, terms: SessionTerms, move: Move, round: int, previous: bytes) -> SignedOffer:
        """Seal an offer with the key of the party whose round it is."""
        struct = offer_hash(self._terms_hash(terms), move, round, previous)
        signature = sign(self._keys[terms.proposer(round)], digest(self._separator, struct))
        return SignedOffer(round, move, previous, struct, bytes(signature))

    def countersign(self, terms: SessionTerms, offer: SignedOffer) -> bytes:
        """The acceptor's signature over the same digest."""
        struct = offer_hash(self._terms_hash(terms), offer.move, offer.round, offer.previous)
        return bytes(sign(self._keys[terms.acceptor(offer.round)], digest(self._separator, struct)))


__all__ = [
    "GENESIS",
    "NO_SIGNATURE",
    "Domain",
    "KeyringSigner",
    "Signature",
    "address_bytes",
    "deal_key",
    "deal_words",
    "digest",
    "key_function",
    "move_hash",
    "offer_hash",
    "reading_hash",
    "registration_hash",
    "release_hash",
    "sign",
    "signature_of",
    "slot_key",
    "terms_hash",
]
