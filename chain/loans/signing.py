"""The signed messages of a session about a loan (EIP-712), packed by hand, and who seals them.

What is signed is fixed by ``EnergyLoans`` (``loanOfferDigest``, ``loanReleaseDigest``); a test compares each digest with
the contract's. The consent to undo a loan has the type of a deal's (:func:`chain.signing.release_hash`); the domain
keeps them apart.
"""

from collections.abc import Mapping

from coincurve import PrivateKey
from eth_hash.auto import keccak

from chain.signing import Domain, address_bytes, digest, sign
from market.loans.terms import Loan, LoanMove, LoanTerms, SignedLoanOffer
from market.terms import Party

TERMS = (
    b"LoanTerms(address opener,address responder,uint64 nonce,uint32 openerMeter,uint32 responderMeter,"
    b"uint32 interval,uint64 price,uint64 cover,uint64 maxAheadGiven,uint64 maxAheadReturned)"
)
MOVE = b"LoanMove(int64 quantity,uint32 returnAfter,uint64 expiry)"
OFFER = b"LoanOffer(LoanTerms terms,LoanMove move,uint16 round,bytes32 previous)"
TERMS_TYPE = keccak(TERMS)
MOVE_TYPE = keccak(MOVE)
OFFER_TYPE = keccak(OFFER + MOVE + TERMS)


def terms_words(terms: LoanTerms) -> bytes:
    """Ten words."""
    return b"".join(
        (
            bytes(12),
            address_bytes(terms.opener),
            bytes(12),
            address_bytes(terms.responder),
            terms.nonce.to_bytes(32),
            terms.opener_meter.to_bytes(32),
            terms.responder_meter.to_bytes(32),
            terms.interval.to_bytes(32),
            terms.price.to_bytes(32),
            terms.cover.to_bytes(32),
            terms.max_ahead_given.to_bytes(32),
            terms.max_ahead_returned.to_bytes(32),
        )
    )


def move_words(move: LoanMove) -> bytes:
    """Three words; the quantity has a sign."""
    return move.quantity.to_bytes(32, signed=True) + move.return_after.to_bytes(32) + move.expiry.to_bytes(32)


def loan_words(loan: Loan) -> bytes:
    """A loan as ``abi.encode`` packs it: ten words."""
    return b"".join(
        (
            bytes(12),
            address_bytes(loan.lender),
            bytes(12),
            address_bytes(loan.borrower),
            loan.nonce.to_bytes(32),
            loan.lender_meter.to_bytes(32),
            loan.borrower_meter.to_bytes(32),
            loan.interval.to_bytes(32),
            loan.return_after.to_bytes(32),
            loan.quantity.to_bytes(32),
            loan.price.to_bytes(32),
            loan.collateral.to_bytes(32),
        )
    )


def terms_hash(terms: LoanTerms) -> bytes:
    """Struct hash of the terms of a session."""
    return keccak(TERMS_TYPE + terms_words(terms))


def move_hash(move: LoanMove) -> bytes:
    """Struct hash of one offer's values."""
    return keccak(MOVE_TYPE + move_words(move))


def offer_hash(terms_hash: bytes, move: LoanMove, round: int, previous: bytes) -> bytes:
    """Struct hash of an offer: what the next offer names as its predecessor."""
    return keccak(OFFER_TYPE + terms_hash + move_hash(move) + round.to_bytes(32) + previous)


class LoanKeyringSigner:
    """Seals offers of loans with the parties' own keys, as :class:`market.loans.port.LoanSigner` asks.

    ``keys`` maps each party to its private key; ``desk`` is the domain of ``EnergyLoans``.
    """

    __slots__ = ("_keys", "_last_hash", "_last_terms", "_separator")

    def __init__(self, keys: Mapping[Party, PrivateKey], desk: Domain) -> None:
        self._keys = keys
        self._separator = desk.separator()
        self._last_terms: LoanTerms | None = None
        self._last_hash = b""

    def _terms_hash(self, terms: LoanTerms) -> bytes:
        if terms is not self._last_terms:  # the offers of a session come one after another
            self._last_terms, self._last_hash = terms, terms_hash(terms)
        return self._last_hash

    def sign(self, terms: LoanTerms, move: LoanMove, round: int, previous: bytes) -> SignedLoanOffer:
        """Seal an offer with the key of the party whose round it is."""
        struct = offer_hash(self._terms_hash(terms), move, round, previous)
        signature = sign(self._keys[terms.proposer(round)], digest(self._separator, struct))
        return SignedLoanOffer(round, move, previous, struct, bytes(signature))

    def countersign(self, terms: LoanTerms, offer: SignedLoanOffer) -> bytes:
        """The acceptor's signature over the same digest."""
        struct = offer_hash(self._terms_hash(terms), offer.move, offer.round, offer.previous)
        return bytes(sign(self._keys[terms.acceptor(offer.round)], digest(self._separator, struct)))
