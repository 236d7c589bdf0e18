"""How offers are sealed where nothing is signed: a SHA-256 chain that anyone can make and check.

It finds mistakes (an offer altered, dropped or sealed for another party), not forgers: there are no keys. It takes the
place of EIP-712 signatures in training, simulation and in the tests that both ledgers share.
"""

from hashlib import sha256

from market.forward.terms import Ballots, ForwardTerms, Membership, SignedBallots
from market.forward.trees import ballot_leaf
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


class ForwardHashSeals:
    """A ``ForwardSigner`` and its ``ForwardSeals`` (``market.forward.port``), in the same way."""

    __slots__ = ()

    def forward_digest(self, terms: ForwardTerms) -> bytes:
        """SHA-256 over every field of the terms."""
        text = (
            f"forward|{terms.retailer}|{terms.community}|{terms.nonce}|{terms.boundaries}|{terms.blocks}"
            f"|{terms.zone.hex()}|{terms.rates}|{terms.expected}|{terms.roster.hex()}|{terms.exit_fee}"
            f"|{terms.retailer_deposit}|{terms.decision.hex()}|{terms.expiry}"
        )
        return sha256(text.encode()).digest()

    def membership_digest(self, membership: Membership) -> bytes:
        """SHA-256 over every field of the consent."""
        text = (
            f"membership|{membership.terms.hex()}|{membership.member}|{membership.meter}"
            f"|{membership.max_deposit}|{membership.expiry}"
        )
        return sha256(text.encode()).digest()

    def ballot_digest(self, ballots: Ballots) -> bytes:
        """SHA-256 over every field of the ballots."""
        text = f"ballots|{ballots.vote.hex()}|{ballots.index}|{ballots.votes.hex()}|{ballots.salt.hex()}"
        return sha256(text.encode()).digest()

    def sign_forward(self, party: Party, terms: ForwardTerms) -> bytes:
        """Seal terms in the name of ``party``."""
        return _seal(party, self.forward_digest(terms))

    def sign_membership(self, membership: Membership) -> bytes:
        """Seal a consent in the name of its member."""
        return _seal(membership.member, self.membership_digest(membership))

    def sign_ballots(self, member: Party, ballots: Ballots) -> SignedBallots:
        """Seal ballots in the name of ``member``."""
        digest = self.ballot_digest(ballots)
        signature = _seal(member, digest)
        return SignedBallots(ballots, signature, ballot_leaf(digest, signature, plain_hash))

    def is_valid(self, party: Party, digest: bytes, signature: bytes) -> bool:
        """Whether ``signature`` seals a digest in the name of ``party``."""
        return signature == _seal(party, digest)


def plain_hash(data: bytes) -> bytes:
    """SHA-256: what trees are hashed with where there is no chain (``market.forward.port.Hash``)."""
    return sha256(data).digest()


UNSIGNED = HashChain()
"""The chain has no state: one serves all."""

UNSIGNED_LOANS = LoanHashChain()

UNSIGNED_FORWARDS = ForwardHashSeals()


def _seal(party: Party, digest: bytes) -> bytes:
    return sha256(digest + party.encode()).digest()
