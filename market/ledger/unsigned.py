"""How offers are sealed where nothing is signed: a SHA-256 chain that anyone can make and check.

It finds mistakes (an offer altered, dropped or sealed for another party), not forgers: there are no keys. It takes the
place of EIP-712 signatures in training, simulation and in the tests that both ledgers share.
"""

from hashlib import sha256

from market.ledger.sealed import GENESIS as GENESIS
from market.ledger.sealed import SealsOf
from market.loans.terms import LoanMove, LoanTerms, SignedLoanOffer
from market.terms import Move, Party, SessionTerms, SignedOffer

Seals = SealsOf[SessionTerms, Move]
"""How a ledger checks what an :class:`~market.ledger.port.OfferSigner` made."""

LoanSeals = SealsOf[LoanTerms, LoanMove]
"""How a ledger checks what a :class:`~market.loans.port.LoanSigner` made."""


class HashChain:
    """An ``OfferSigner`` and its ``Seals``: a signature is the hash of the offer's hash and the signer's name."""

    __slots__ = ()

    def offer_hash(self, terms: SessionTerms, move: Move, round: int, previous: bytes) -> bytes:
        """SHA-256 over every field of the offer and the hash of the one before."""
        text = (
            f"{terms.seller}|{terms.buyer}|{terms.nonce}|{terms.seller_meter}|{terms.buyer_meter}|{terms.interval}"
            f"|{terms.count}|{terms.max_ahead}|{terms.seller_opens:d}|{terms.issue_by_issue:d}"
            f"|{move.price}|{move.energy}|{int(move.locked)}|{move.expiry}|{round}|"
        )
        return sha256(text.encode() + previous).digest()

    def sign(self, terms: SessionTerms, move: Move, round: int, previous: bytes) -> SignedOffer:
        """Seal an offer in the name of the party whose round it is."""
        digest = self.offer_hash(terms, move, round, previous)
        return SignedOffer(round, move, previous, digest, _seal(terms.proposer(round), digest))

    def countersign(self, terms: SessionTerms, offer: SignedOffer) -> bytes:
        """Seal an offer in the name of the party that may accept it."""
        digest = self.offer_hash(terms, offer.move, offer.round, offer.previous)
        return _seal(terms.acceptor(offer.round), digest)

    def is_valid(self, party: Party, offer_hash: bytes, signature: bytes) -> bool:
        """Whether ``signature`` seals the offer in the name of ``party``."""
        return signature == _seal(party, offer_hash)


class LoanHashChain:
    """A ``LoanSigner`` and its ``LoanSeals``, in the same way."""

    __slots__ = ()

    def offer_hash(self, terms: LoanTerms, move: LoanMove, round: int, previous: bytes) -> bytes:
        """SHA-256 over every field of the offer and the hash of the one before; no offer of a deal has the same text."""
        text = (
            f"loan|{terms.opener}|{terms.responder}|{terms.nonce}|{terms.opener_meter}|{terms.responder_meter}"
            f"|{terms.interval}|{terms.price}|{terms.cover}|{terms.max_ahead_given}|{terms.max_ahead_returned}"
            f"|{move.quantity}|{move.return_after}|{move.expiry}|{round}|"
        )
        return sha256(text.encode() + previous).digest()

    def sign(self, terms: LoanTerms, move: LoanMove, round: int, previous: bytes) -> SignedLoanOffer:
        """Seal an offer in the name of the party whose round it is."""
        digest = self.offer_hash(terms, move, round, previous)
        return SignedLoanOffer(round, move, previous, digest, _seal(terms.proposer(round), digest))

    def countersign(self, terms: LoanTerms, offer: SignedLoanOffer) -> bytes:
        """Seal an offer in the name of the party that may accept it."""
        digest = self.offer_hash(terms, offer.move, offer.round, offer.previous)
        return _seal(terms.acceptor(offer.round), digest)

    def is_valid(self, party: Party, offer_hash: bytes, signature: bytes) -> bool:
        """Whether ``signature`` seals the offer in the name of ``party``."""
        return signature == _seal(party, offer_hash)


UNSIGNED = HashChain()
"""The chain has no state: one serves all."""

UNSIGNED_LOANS = LoanHashChain()


def _seal(party: Party, digest: bytes) -> bytes:
    return sha256(digest + party.encode()).digest()
