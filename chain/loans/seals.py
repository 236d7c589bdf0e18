"""How an in-memory loan desk checks offers that were really signed: EIP-712 hashes, and recovery of the signer."""

from chain.audit.recovery import recover
from chain.loans.signing import offer_hash, terms_hash
from chain.signing import Domain, digest
from market.loans.terms import LoanMove, LoanTerms
from market.terms import Party


class SignedLoanSeals:
    """How an in-memory loan desk checks offers that :class:`LoanKeyringSigner` made."""

    __slots__ = ("_separator",)

    def __init__(self, desk: Domain) -> None:
        self._separator = desk.separator()

    def offer_hash(self, terms: LoanTerms, move: LoanMove, round: int, previous: bytes) -> bytes:
        """EIP-712 struct hash of an offer."""
        return offer_hash(terms_hash(terms), move, round, previous)

    def is_valid(self, party: Party, offer_hash: bytes, signature: bytes) -> bool:
        """Whether ``signature`` is that of ``party`` over an offer's digest."""
        return len(signature) == 64 and recover(digest(self._separator, offer_hash), signature) == party
