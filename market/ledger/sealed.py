"""Whether a signed session is unbroken and signed by both, whatever it is about: a deal or a loan.

The offers of a session form a chain: each names the hash of the one before, the first names none. Both parties sign
the last one's hash.
"""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from market.ledger.errors import BadSignature, BrokenTranscript
from market.terms import Party

GENESIS = bytes(32)
"""What the first offer names as its predecessor."""

MoveT_co = TypeVar("MoveT_co", covariant=True)
MoveT_contra = TypeVar("MoveT_contra", contravariant=True)
MoveT = TypeVar("MoveT")


class Roles(Protocol):
    """Terms of a session, as far as they say whose turn a round is."""

    def proposer(self, round: int) -> Party: ...

    def acceptor(self, round: int) -> Party: ...


RolesT = TypeVar("RolesT", bound=Roles)
RolesT_contra = TypeVar("RolesT_contra", bound=Roles, contravariant=True)


class Sealed(Protocol[MoveT_co]):
    """A signed offer (``market.terms.SignedOffer``, ``market.loans.terms.SignedLoanOffer``)."""

    @property
    def round(self) -> int: ...

    @property
    def move(self) -> MoveT_co: ...

    @property
    def previous(self) -> bytes: ...

    @property
    def hash(self) -> bytes: ...

    @property
    def signature(self) -> bytes: ...


class SealsOf(Protocol[RolesT_contra, MoveT_contra]):
    """How a ledger checks what a signer made."""

    def offer_hash(self, terms: RolesT_contra, move: MoveT_contra, round: int, previous: bytes) -> bytes:
        """What the next offer names as its predecessor."""
        ...

    def is_valid(self, party: Party, offer_hash: bytes, signature: bytes) -> bool:
        """Whether ``signature`` is that of ``party`` over an offer's hash."""
        ...


def check_begun(offers: Sequence[Sealed[MoveT]], *, key: Callable[[], bytes]) -> None:
    """Refuse a session without any offer, before all else: there is nothing to show to a market."""
    if not offers:
        raise BrokenTranscript(key(), 0)


def is_unbroken(
    terms: RolesT,
    offers: Sequence[Sealed[MoveT]],
    *,
    disclose: bool,
    seals: SealsOf[RolesT, MoveT] | None,
) -> bool:
    """Whether the last offer names the hash of the one before it, and so on down to round 0, which names none.

    Without ``disclose`` only the last one is looked at; without ``seals`` hashes are taken as given.
    """
    head = offers[-1]
    earlier = offers[:-1] if disclose else ()
    if not earlier and head.round != 0:
        return True
    if len(earlier) != head.round:
        return False
    previous = GENESIS
    for number, offer in enumerate(earlier):
        if seals is not None:
            previous = seals.offer_hash(terms, offer.move, number, previous)
        elif offer.previous == previous:
            previous = offer.hash
        else:
            return False
    return head.previous == previous


def check_signatures(
    terms: RolesT,
    head: Sealed[MoveT],
    acceptance: bytes | None,
    *,
    seals: SealsOf[RolesT, MoveT] | None,
    key: Callable[[], bytes],
) -> None:
    """Refuse unless the proposer of ``head`` and its acceptor signed it (``BadSignature``, which carries the key)."""
    digest = b"" if seals is None else seals.offer_hash(terms, head.move, head.round, head.previous)
    for party, signature in (
        (terms.proposer(head.round), head.signature),
        (terms.acceptor(head.round), acceptance),
    ):
        if signature is None or (seals is not None and not seals.is_valid(party, digest, signature)):
            raise BadSignature(key(), party)
