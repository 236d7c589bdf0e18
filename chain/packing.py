"""Call data of the three batches, packed word by word.

A market day sends some thousand agreements, deals and readings; the general ABI encoder would take longer over them than
the embedded chain over their execution. A test compares each packing with that encoder's.
"""

from collections.abc import Sequence

from eth_hash.auto import keccak

from chain.signing import NO_SIGNATURE, Signature, address_bytes, deal_words
from market.ledger.port import Reading
from market.terms import Deal, Move, SessionTerms, SignedOffer

TERMS_ABI = "(address,address,uint64,uint32,uint32,uint32,uint16,uint64,bool,bool)"
MOVE_ABI = "(uint64,uint64,uint8,uint64)"
OFFER_ABI = f"({TERMS_ABI},{MOVE_ABI},uint16,bytes32)"
AGREEMENT_ABI = f"({OFFER_ABI},{MOVE_ABI}[],bytes32,bytes32,bytes32,bytes32)"
DEAL_ABI = "(address,address,uint64,uint32,uint32,uint32,uint16,uint64,uint64)"
READING_ABI = "(uint32,uint32,uint64,uint64)"
SIGNED_READING_ABI = f"({READING_ABI},bytes32,bytes32,bytes32,bytes32)"

RECORD_BATCH = f"recordBatch({AGREEMENT_ABI}[])"
SETTLE_BATCH = f"settleBatch({DEAL_ABI}[],uint16[])"
POST_BATCH = f"postBatch({SIGNED_READING_ABI}[])"
_RECORD = keccak(RECORD_BATCH.encode())[:4]
_SETTLE = keccak(SETTLE_BATCH.encode())[:4]
_POST = keccak(POST_BATCH.encode())[:4]
_AGREEMENT_HEAD = 21 * 32
"""Bytes of an agreement before its earlier moves."""


def _word(value: int) -> bytes:
    return value.to_bytes(32)


def terms_words(terms: SessionTerms) -> bytes:
    """Ten words."""
    return b"".join(
        (
            bytes(12),
            address_bytes(terms.seller),
            bytes(12),
            address_bytes(terms.buyer),
            _word(terms.nonce),
            _word(terms.seller_meter),
            _word(terms.buyer_meter),
            _word(terms.interval),
            _word(terms.count),
            _word(terms.max_ahead),
            _word(terms.seller_opens),
            _word(terms.issue_by_issue),
        )
    )


def move_words(move: Move) -> bytes:
    """Four words."""
    return _word(move.price) + _word(move.energy) + _word(move.locked) + _word(move.expiry)


def agreement(
    terms: SessionTerms,
    head: SignedOffer,
    earlier: Sequence[Move],
    proposer: Signature,
    acceptor: Signature,
) -> bytes:
    """One ``SignedAgreement``."""
    return b"".join(
        (
            terms_words(terms),
            move_words(head.move),
            _word(head.round),
            head.previous,
            _word(_AGREEMENT_HEAD),
            bytes(proposer),
            bytes(acceptor),
            _word(len(earlier)),
            *(move_words(move) for move in earlier),
        )
    )


def record_batch(agreements: Sequence[bytes]) -> bytes:
    """``recordBatch`` of agreements from :func:`agreement`."""
    offsets: list[bytes] = []
    place = 32 * len(agreements)
    for each in agreements:
        offsets.append(_word(place))
        place += len(each)
    return b"".join((_RECORD, _word(32), _word(len(agreements)), *offsets, *agreements))


def settle_batch(deals: Sequence[tuple[Deal, int]]) -> bytes:
    """``settleBatch`` of deals and the indices of their intervals."""
    count = _word(len(deals))
    second = _word(64 + 32 + 9 * 32 * len(deals))
    words = (deal_words(deal) for deal, _ in deals)
    return b"".join((_SETTLE, _word(64), second, count, *words, count, *(_word(index) for _, index in deals)))


def reading_words(reading: Reading) -> bytes:
    """Four words."""
    return _word(reading.meter) + _word(reading.interval) + _word(reading.exported) + _word(reading.imported)


def post_batch(readings: Sequence[tuple[Reading, Signature, Signature | None]]) -> bytes:
    """``postBatch`` of readings with their meter's and their attester's signature."""
    parts = [_POST, _word(32), _word(len(readings))]
    for reading, signature, attester in readings:
        parts += (reading_words(reading), bytes(signature), bytes(attester or NO_SIGNATURE))
    return b"".join(parts)
