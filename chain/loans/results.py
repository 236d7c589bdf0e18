"""What became of each item of a batch of loans, and of a loan that was voided alone, from a transaction's logs."""

from collections.abc import Iterator, Sequence

from chain import events as ev
from chain.batches import of_type, refusal
from chain.errors import ChainError
from chain.port import Receipt
from market.ledger.errors import LedgerError
from market.loans.port import LoanSettlement, RecordedLoan
from market.loans.terms import LoanStatus
from market.terms import DealKey


def recorded_loan(event: ev.LoanRecorded) -> RecordedLoan:
    """The loan that an event makes binding."""
    return RecordedLoan(
        loan=event.loan, given_position=event.given_position, returned_position=event.returned_position
    )


def ended(key: DealKey, event: ev.LoanSettled | ev.LoanVoided) -> LoanSettlement:
    """How the loan at ``key`` ended."""
    if isinstance(event, ev.LoanVoided):
        return LoanSettlement(
            key=key,
            status=LoanStatus.VOIDED,
            principal=0,
            returned=0,
            compensation=0,
            refunded=event.refunded,
            freed=event.freed,
        )
    return LoanSettlement(
        key=key,
        status=LoanStatus.SETTLED,
        principal=event.principal,
        returned=event.returned,
        compensation=event.compensation,
        refunded=event.refunded,
    )


def recordings(receipt: Receipt, desk: bytes, count: int) -> list[RecordedLoan | LedgerError]:
    """What became of each of the ``count`` items of a ``recordLoanBatch``."""
    skipped = _skipped(receipt, desk)
    made = of_type(receipt.logs, desk, ev.LoanRecorded)
    return [skipped[item] if item in skipped else recorded_loan(next(made)) for item in range(count)]


def settlements(receipt: Receipt, desk: bytes, keys: Sequence[DealKey]) -> list[LoanSettlement | LedgerError]:
    """What became of each item of a ``settleLoanBatch``."""
    skipped = _skipped(receipt, desk)
    made = _ends(receipt, desk)
    return [skipped[item] if item in skipped else ended(key, next(made)) for item, key in enumerate(keys)]


def voided(receipt: Receipt, desk: bytes, key: DealKey) -> LoanSettlement:
    """What a ``voidLoan`` gave back."""
    for event in of_type(receipt.logs, desk, ev.LoanVoided):
        return ended(key, event)
    raise ChainError("loan.void", b"", "a transaction that succeeded without voiding")


def _skipped(receipt: Receipt, desk: bytes) -> dict[int, LedgerError]:
    """Refusals by their items."""
    return {event.item: refusal(event.reason) for event in of_type(receipt.logs, desk, ev.ItemSkipped)}


def _ends(receipt: Receipt, desk: bytes) -> Iterator[ev.LoanSettled | ev.LoanVoided]:
    for event in of_type(receipt.logs, desk, ev.LoanSettled, ev.LoanVoided):
        if isinstance(event, ev.LoanSettled | ev.LoanVoided):
            yield event
