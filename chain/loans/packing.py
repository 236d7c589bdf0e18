"""Call data of the two batches of loans, packed word by word (as :mod:`chain.packing` does the others)."""

from collections.abc import Sequence

from eth_hash.auto import keccak

from chain.loans.signing import loan_words, move_words, terms_words
from chain.signing import Signature
from market.loans.terms import Loan, LoanMove, LoanTerms, SignedLoanOffer

TERMS_ABI = "(address,address,uint64,uint32,uint32,uint32,uint64,uint64,uint64,uint64)"
MOVE_ABI = "(int64,uint32,uint64)"
OFFER_ABI = f"({TERMS_ABI},{MOVE_ABI},uint16,bytes32)"
AGREEMENT_ABI = f"({OFFER_ABI},{MOVE_ABI}[],bytes32,bytes32,bytes32,bytes32)"
LOAN_ABI = "(address,address,uint64,uint32,uint32,uint32,uint32,uint64,uint64,uint64)"

RECORD_BATCH = f"recordLoanBatch({AGREEMENT_ABI}[])"
SETTLE_BATCH = f"settleLoanBatch({LOAN_ABI}[])"
_RECORD = keccak(RECORD_BATCH.encode())[:4]
_SETTLE = keccak(SETTLE_BATCH.encode())[:4]
_AGREEMENT_HEAD = 20 * 32
"""Bytes of an agreement before its earlier moves."""


def _word(value: int) -> bytes:
    return value.to_bytes(32)


def agreement(
    terms: LoanTerms,
    head: SignedLoanOffer,
    earlier: Sequence[LoanMove],
    proposer: Signature,
    acceptor: Signature,
) -> bytes:
    """One ``SignedLoan``."""
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
    """``recordLoanBatch`` of agreements from :func:`agreement`."""
    offsets: list[bytes] = []
    place = 32 * len(agreements)
    for each in agreements:
        offsets.append(_word(place))
        place += len(each)
    return b"".join((_RECORD, _word(32), _word(len(agreements)), *offsets, *agreements))


def settle_batch(loans: Sequence[Loan]) -> bytes:
    """``settleLoanBatch``."""
    return b"".join((_SETTLE, _word(32), _word(len(loans)), *map(loan_words, loans)))
