"""``EnergyLoans`` as Python sees it."""

from collections.abc import Sequence
from typing import Any, ClassVar

from chain.calls import Action, Function
from chain.clients.market import MarketClient
from chain.loans import packing
from chain.signing import Signature
from market.loans.terms import Loan, LoanStatus
from market.terms import Party

RECORD_GAS = 260_000
"""Most gas that recording one loan uses."""
SETTLE_GAS = 160_000
"""Most gas that settling or voiding one loan uses."""
MOVE_GAS = 12_000
"""Most gas that disclosing one earlier offer uses."""


class LoansClient(MarketClient):
    """``EnergyLoans``."""

    KIND: ClassVar[str] = "loan."
    LOAN_SLOT = Function("loanSlot(bytes32)", "uint8,uint32,uint32,bytes23")
    LOAN_KEY = Function("loanKey(address,address,uint64)", "bytes32")
    OFFER_DIGEST = Function(f"loanOfferDigest({packing.OFFER_ABI})", "bytes32")
    RELEASE_DIGEST = Function("loanReleaseDigest(bytes32)", "bytes32")
    CANCEL = Function("cancelLoan(address,uint64)")
    RELEASE = Function(f"releaseLoan({packing.LOAN_ABI},bytes,bytes)")
    VOID = Function(f"voidLoan({packing.LOAN_ABI})")

    def loan_slots(
        self, keys: Sequence[bytes], block: int | None = None
    ) -> list[tuple[LoanStatus, int, int]]:
        """Status of each slot, and the places of the two legs in their queues."""
        answers = self._read_many(self.LOAN_SLOT, [(key,) for key in keys], block)
        return [(LoanStatus(status), int(given), int(returned)) for status, given, returned, _ in answers]

    def loan_key(self, one: Party, other: Party, nonce: int) -> bytes:
        """A loan's slot."""
        return bytes(self._read(self.LOAN_KEY, one, other, nonce))

    def release_digest(self, key: bytes) -> bytes:
        """What both parties sign to undo a loan."""
        return bytes(self._read(self.RELEASE_DIGEST, key))

    def cancel(self, counterpart: Party, nonce: int) -> Action:
        """Burn a session number."""
        return self._action("loan.cancel", self.CANCEL.encode(counterpart, nonce), 100_000)

    def release(self, loan: Loan, lender: Signature, borrower: Signature) -> Action:
        """Undo a loan."""
        data = self.RELEASE.encode(_values(loan), bytes(lender), bytes(borrower))
        return self._action("loan.release", data, 320_000)

    def void(self, loan: Loan) -> Action:
        """Give the collateral of a loan back of which nothing was lent."""
        return self._action("loan.void", self.VOID.encode(_values(loan)), 250_000)

    def record_batch(self, agreements: Sequence[bytes], gas: int) -> Action:
        """Record agreements (see :mod:`chain.loans.packing`); those refused are skipped."""
        return self._action("loan.record", packing.record_batch(agreements), gas, items=len(agreements))

    def settle_batch(self, loans: Sequence[Loan], gas: int) -> Action:
        """Settle or void; those refused are skipped."""
        return self._action("loan.settle", packing.settle_batch(loans), gas, items=len(loans))


def _values(loan: Loan) -> tuple[Any, ...]:
    return (
        loan.lender,
        loan.borrower,
        loan.nonce,
        loan.lender_meter,
        loan.borrower_meter,
        loan.interval,
        loan.return_after,
        loan.quantity,
        loan.price,
        loan.collateral,
    )
