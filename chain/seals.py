"""How an in-memory ledger checks offers that were really signed: EIP-712 hashes, and recovery of the signer."""

from chain.audit.recovery import recover
from chain.signing import Domain, digest, offer_hash, terms_hash
from market.terms import Move, Party, SessionTerms


class SignedSeals:
    """The ``Seals`` (``market.ledger.unsigned``) of transcripts that :class:`chain.signing.KeyringSigner` made."""

    __slots__ = ("_separator",)

    def __init__(self, market: Domain) -> None:
        self._separator = market.separator()

    def offer_hash(self, terms: SessionTerms, move: Move, round: int, previous: bytes) -> bytes:
        """EIP-712 struct hash of an offer."""
        return offer_hash(terms_hash(terms), move, round, previous)

    def is_valid(self, party: Party, offer_hash: bytes, signature: bytes) -> bool:
        """Whether ``signature`` is that of ``party`` over an offer's digest."""
        return len(signature) == 64 and recover(digest(self._separator, offer_hash), signature) == party
