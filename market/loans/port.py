"""The loan desk of a ledger: what a market of energy loans settles through, whichever ledger keeps it.

It stands beside the deals of :class:`market.ledger.port.Ledger` (its attribute ``loans``), shares the ledger's clock,
meters, queues and tokens, and holds balances of its own, from which collateral is taken. The conventions are the
Ledger's: single operations raise a :class:`~market.ledger.errors.LedgerError` and have then changed nothing; batches
never raise for an item; an operation that an interrupted run has done already gives its recorded result.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from market.ledger.errors import LedgerError
from market.loans.terms import Loan, LoanMove, LoanStatus, LoanTerms, LoanTranscript, SignedLoanOffer
from market.terms import DealKey, Party


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedLoan:
    """A loan that is binding: its terms and the places of its two legs in the queues of their meters."""

    loan: Loan
    given_position: int
    returned_position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanSettlement:
    """How a loan ended: compensation + refunded = collateral."""

    key: DealKey
    status: LoanStatus
    """``SETTLED``, or ``VOIDED`` where nothing was lent."""
    principal: int
    """Base units that the lender's meter delivered."""
    returned: int
    """Base units that the borrower's meter delivered, at most the quantity; 0 where voided."""
    compensation: int
    refunded: int
    freed: bool = False
    """The place of a voided loan's return leg was given back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanState:
    """A loan as a ledger holds it."""

    loan: Loan
    status: LoanStatus
    given_position: int
    returned_position: int
    principal: int = 0
    returned: int = 0
    compensation: int = 0
    refunded: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanDeskState:
    """All that a loan desk holds; nothing, unless told."""

    balances: Mapping[Party, int] = field(default_factory=dict)
    """Free balances at the desk, token units."""
    collateral: int = 0
    """Token units held in open loans."""
    loans: Mapping[DealKey, LoanState] = field(default_factory=dict)


class LoanDesk(Protocol):
    """The loans of one market."""

    @property
    def address(self) -> Party:
        """The desk's own address, by which the meters' queues know it."""
        ...

    def deposit(self, party: Party, amount: int) -> None:
        """Move token units into the party's balance at the desk."""
        ...

    def withdraw(self, party: Party, amount: int) -> None: ...

    def balance(self, party: Party) -> int:
        """Free balance at the desk, token units."""
        ...

    def record(
        self, transcripts: Sequence[LoanTranscript], *, disclose: bool
    ) -> list[RecordedLoan | LedgerError]:
        """Record agreements in one batch; ``disclose`` puts the whole transcript on the ledger, not its head alone."""
        ...

    def cancel(self, party: Party, counterpart: Party, nonce: int) -> None: ...

    def release(self, loan: Loan) -> None:
        """Undo a recorded loan before its first gate with both parties' consent."""
        ...

    def void(self, loan: Loan) -> LoanSettlement:
        """Give the collateral back as soon as it is certain that nothing was lent."""
        ...

    def settle(self, loans: Sequence[Loan]) -> list[LoanSettlement | LedgerError]:
        """Settle or void in one batch; anyone may, once what decides it is final."""
        ...

    def pause(self) -> None:
        """The guardian stops new loans for a while."""
        ...

    def state(self) -> LoanDeskState: ...


class LoanSigner(Protocol):
    """How agents seal what they offer in a session about a loan."""

    def sign(self, terms: LoanTerms, move: LoanMove, round: int, previous: bytes) -> SignedLoanOffer: ...

    def countersign(self, terms: LoanTerms, offer: SignedLoanOffer) -> bytes:
        """The acceptor's signature over ``offer``."""
        ...
