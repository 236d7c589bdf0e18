"""An energy loan (q, τ) as two parties agree on it: terms of a negotiation, its offers, and the loan that is binding.

Values only, mirroring the structs of ``contracts/interfaces/IEnergyLoans.sol`` field by field. All quantities are exact
integers: energy in base units (Wh), prices in token units per base unit, time in seconds since 1970, delivery in
intervals since the registry's epoch.
"""

from dataclasses import dataclass
from enum import IntEnum

from market.terms import ANY_QUEUE, DealKey, Party


class LoanStatus(IntEnum):
    """Life of a loan's slot; a slot once written is never used again."""

    NONE = 0
    CANCELLED = 1
    RECORDED = 2
    SETTLED = 3
    VOIDED = 4
    RELEASED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanTerms:
    """What stays the same through one negotiation of a loan."""

    opener: Party
    """Makes offer 0; the first-named party of (q, τ)."""
    responder: Party
    nonce: int
    opener_meter: int
    responder_meter: int
    interval: int
    """In which the lender gives."""
    price: int
    """Compensation, token units per base unit that is not returned."""
    cover: int
    """Collateral, token units per base unit lent; at least ``price``."""
    max_ahead_given: int = ANY_QUEUE
    """Most base units that may already be queued at the lender's meter in ``interval``."""
    max_ahead_returned: int = ANY_QUEUE
    """And at the borrower's meter in the interval of the return."""

    @property
    def key(self) -> DealKey:
        """The slot of the loan that this negotiation can make."""
        low, high = sorted((self.opener, self.responder), key=str.lower)
        return DealKey(low, high, self.nonce)

    def proposer(self, round: int) -> Party:
        """Who makes offer ``round`` (0 is the first)."""
        return self.opener if round % 2 == 0 else self.responder

    def acceptor(self, round: int) -> Party:
        """Who may take offer ``round``."""
        return self.responder if round % 2 == 0 else self.opener


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanMove:
    """One offer (q, τ) and the last second at which it can be recorded."""

    quantity: int
    """q in base units: positive, the opener gives first; negative, the responder does; 0: no further offer, and no loan
    if it is accepted."""
    return_after: int
    """τ in intervals."""
    expiry: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Loan:
    """The terms that are binding once recorded."""

    lender: Party
    borrower: Party
    nonce: int
    lender_meter: int
    borrower_meter: int
    interval: int
    return_after: int
    quantity: int
    """Base units, each way; positive."""
    price: int
    collateral: int
    """Token units that the borrower has in escrow."""

    @property
    def returned_in(self) -> int:
        """Interval in which the borrower gives back."""
        return self.interval + self.return_after

    @property
    def key(self) -> DealKey:
        """Its slot, named the same on every ledger."""
        low, high = sorted((self.lender, self.borrower), key=str.lower)
        return DealKey(low, high, self.nonce)


def loan_of(terms: LoanTerms, move: LoanMove) -> Loan:
    """The loan that ``move`` makes when it is accepted under ``terms``."""
    lends = move.quantity > 0
    quantity = abs(move.quantity)
    return Loan(
        lender=terms.opener if lends else terms.responder,
        borrower=terms.responder if lends else terms.opener,
        nonce=terms.nonce,
        lender_meter=terms.opener_meter if lends else terms.responder_meter,
        borrower_meter=terms.responder_meter if lends else terms.opener_meter,
        interval=terms.interval,
        return_after=move.return_after,
        quantity=quantity,
        price=terms.price,
        collateral=terms.cover * quantity,
    )


@dataclass(frozen=True, slots=True)
class SignedLoanOffer:
    """An offer as it passes between two agents: the move, its hash, and the proposer's signature.

    ``hash`` is what the next offer names as its predecessor (the EIP-712 struct hash where offers are really signed).
    """

    round: int
    move: LoanMove
    previous: bytes
    hash: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class LoanTranscript:
    """A signed session from its first offer to its last; ``acceptance`` is the acceptor's signature over the last one.

    ``acceptance`` is None where no agreement was reached.
    """

    terms: LoanTerms
    offers: tuple[SignedLoanOffer, ...]
    acceptance: bytes | None

    @property
    def loan(self) -> Loan:
        """The agreement.

        Raises
        ------
        ValueError
            If the session ended without one.
        """
        if self.acceptance is None or not self.offers:
            raise ValueError(
                f"session {self.terms.nonce} of {self.terms.opener} and {self.terms.responder}: no agreement"
            )
        return loan_of(self.terms, self.offers[-1].move)
