"""The loan desk in memory: the port of ``market.loans.port`` over the rules of loans, for one in-memory ledger.

Beyond the port, for the replay of a chain's events and for experiments: :meth:`MemoryLoans.record_agreement`,
:meth:`~MemoryLoans.record_loan`, :meth:`~MemoryLoans.settle_one`, :meth:`~MemoryLoans.pause_by` and the read-only views
at the end.
"""

from collections.abc import Callable, Sequence

from market.ledger import loan_agreements
from market.ledger.balances import MemoryBalances
from market.ledger.batches import each
from market.ledger.deals import KeyHash
from market.ledger.errors import LedgerError
from market.ledger.loans import Loans, check_loan, check_meters, check_return, encodable
from market.ledger.pause import check_running
from market.ledger.port import MarketRules
from market.ledger.ranges import UINT64, unsigned
from market.ledger.registry import Registry
from market.ledger.sealed import check_begun
from market.ledger.times import check_gate
from market.ledger.tokens import Purse, Tokens
from market.ledger.unsigned import LoanSeals
from market.loans.port import LoanDeskState, LoanSettlement, LoanState, RecordedLoan
from market.loans.terms import Loan, LoanStatus, LoanTranscript
from market.terms import DealKey, Party


class MemoryLoans(MemoryBalances):
    """The loan desk of a :class:`market.ledger.memory.MemoryLedger` (``market.loans.port.LoanDesk``).

    Parameters
    ----------
    rules, registry, tokens, clock
        What it shares with the market of deals.
    address
        The desk's own.
    guardian
        Who may pause.
    keys
        How a loan's slot is named in errors.
    seals
        How transcripts are checked; None to take their hashes and signatures as given.
    """

    def __init__(
        self,
        *,
        rules: MarketRules,
        registry: Registry,
        tokens: Tokens,
        clock: Callable[[], int],
        address: Party,
        guardian: Party,
        keys: KeyHash,
        seals: LoanSeals | None,
    ) -> None:
        self._rules = rules
        self._clock = clock
        self._address = address
        self._guardian = guardian
        self._keys = keys
        self._seals = seals
        self._paused_until = 0
        self._purse = Purse(tokens)
        self._loans = Loans(rules, registry, self._purse, market=address, keys=keys)

    def copy(self, *, registry: Registry, tokens: Tokens, clock: Callable[[], int]) -> "MemoryLoans":
        """An independent desk in the same state, over copies of what it shares."""
        other = MemoryLoans.__new__(MemoryLoans)
        other.__dict__.update(self.__dict__)
        other._clock = clock
        other._purse = self._purse.copy(tokens)
        other._loans = self._loans.copy(registry, other._purse)
        return other

    # Recording --------------------------------------------------------------------------------------------------------

    def record(
        self, transcripts: Sequence[LoanTranscript], *, disclose: bool
    ) -> list[RecordedLoan | LedgerError]:
        """Record agreements in one batch; each refusal stands at its place."""
        return each(
            map(loan_agreements.encodable, transcripts),
            lambda item: self.record_agreement(item, disclose=disclose),
        )

    def record_agreement(self, transcript: LoanTranscript, *, disclose: bool) -> RecordedLoan:
        """Record one agreement, or raise its refusal."""
        terms = loan_agreements.encodable(transcript).terms
        check_begun(transcript.offers, key=lambda: self._keys(terms.key))
        check_running(self._paused_until, self._clock())
        loan = loan_agreements.check_agreement(
            self._rules,
            transcript,
            name=self._keys,
            disclose=disclose,
            seals=self._seals,
            now=self._clock(),
        )
        return self._loans.record(loan, terms.max_ahead_given, terms.max_ahead_returned, self._clock())

    def record_loan(self, loan: Loan, max_ahead_given: int, max_ahead_returned: int) -> RecordedLoan:
        """Record a loan without asking how it was agreed: the step in which every negotiation ends."""
        check_running(self._paused_until, self._clock())
        # A loan that nobody negotiated may have any collateral: its cover is rounded up.
        cover = -(-encodable(loan).collateral // max(loan.quantity, 1))
        check_loan(loan, cover)
        check_meters(lenderMeter=loan.lender_meter, borrowerMeter=loan.borrower_meter)
        check_gate(self._rules, loan.interval, self._clock())
        check_return(self._rules, loan, self._clock())
        return self._loans.record(
            loan,
            unsigned("max_ahead_given", max_ahead_given, UINT64),
            unsigned("max_ahead_returned", max_ahead_returned, UINT64),
            self._clock(),
        )

    def cancel(self, party: Party, counterpart: Party, nonce: int) -> None:
        """Burn the number of a session before it is recorded."""
        self._loans.cancel(party, counterpart, nonce)

    def release(self, loan: Loan) -> None:
        """Undo a recorded loan before its first gate; both parties' consent is taken for given."""
        self._loans.release(encodable(loan), self._clock())

    # Settlement -------------------------------------------------------------------------------------------------------

    def void(self, loan: Loan) -> LoanSettlement:
        """Give the collateral back as soon as it is certain that nothing was lent."""
        return self._loans.void(encodable(loan), self._clock())

    def settle(self, loans: Sequence[Loan]) -> list[LoanSettlement | LedgerError]:
        """Settle or void in one batch; each refusal stands at its place."""
        return each(map(encodable, loans), self.settle_one)

    def settle_one(self, loan: Loan) -> LoanSettlement:
        """Settle or void one loan, or raise its refusal."""
        return self._loans.settle(encodable(loan), self._clock())

    # Views ------------------------------------------------------------------------------------------------------------

    def state(self) -> LoanDeskState:
        """All that the desk holds; zero balances and cancelled numbers hold nothing and are left out."""
        return LoanDeskState(
            balances={party: amount for party, amount in self._purse.free.items() if amount},
            collateral=self._purse.escrowed,
            loans=self._loans.slots.copy(),
        )

    def loan(self, key: DealKey) -> LoanState | None:
        """A loan's slot; None where none was recorded."""
        return self._loans.slots.get(key)

    def loan_status(self, key: DealKey) -> LoanStatus:
        """What stands in a loan's slot."""
        return self._loans.status(key)

    def key(self, key: DealKey) -> bytes:
        """The 32 bytes by which errors name a loan's slot."""
        return self._keys(key)

    def _time(self) -> int:
        return self._clock()
