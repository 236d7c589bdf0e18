"""The loan desk on Ethereum: the calls of ``market.loans.port`` as transactions of the parties' own accounts.

Like the ledger that it stands beside (:mod:`chain.ledger`) it keeps no rules of its own, sends all that a call needs at
once, and takes from the past what an interrupted run has done already.
"""

from collections.abc import Sequence

from chain import batches
from chain.balances import ChainBalances
from chain.clients.loans import MOVE_GAS, RECORD_GAS, SETTLE_GAS, LoansClient
from chain.clock import Clock
from chain.dispatch import Dispatch
from chain.journal import VOIDED
from chain.keyring import Keyring
from chain.loans import packing, results
from chain.loans.snapshot import state_from
from chain.market import Market
from chain.signing import digest, release_hash, sign, signature_of
from chain.snapshot import events_of
from market.ledger import loan_agreements
from market.ledger import loans as book
from market.ledger.errors import BrokenTranscript, LedgerError, PausedUntil
from market.ledger.ranges import UINT64, unsigned
from market.loans.port import LoanDeskState, LoanSettlement, RecordedLoan
from market.loans.terms import Loan, LoanTranscript
from market.terms import DealKey, Party

LOAN_BYTES = 320
"""Call data of one loan in a settlement."""


class ChainLoans(ChainBalances):
    """A market's loan desk on a chain (``market.loans.port.LoanDesk``).

    Parameters
    ----------
    market
        The deployed contracts.
    keyring
        Whose transactions it signs.
    dispatch, clock
        The ledger's own.
    """

    def __init__(self, market: Market, keyring: Keyring, dispatch: Dispatch, clock: Clock) -> None:
        self._market = market
        self._client: LoansClient = market.loans
        self._keyring = keyring
        self._dispatch = dispatch
        self._clock = clock
        self._releases = market.loans_domain.separator()
        self._approved: set[Party] = set()

    # Signed sessions --------------------------------------------------------------------------------------------------

    def record(
        self, transcripts: Sequence[LoanTranscript], *, disclose: bool
    ) -> list[RecordedLoan | LedgerError]:
        """Record agreements in one batch, sent by the relayer; each refusal stands at its place."""
        for transcript in transcripts:
            loan_agreements.encodable(transcript)

        def known(transcript: LoanTranscript) -> "RecordedLoan | LedgerError | None":
            key = self._market.loan_key(transcript.terms.key)
            if not transcript.offers:
                return BrokenTranscript(key, 0)
            entry = self._dispatch.take("loan.record", key)
            return None if entry is None else entry.result

        def send(rest: Sequence[LoanTranscript]) -> list[RecordedLoan | LedgerError]:
            sized = (_sized(transcript, disclose) for transcript in rest)
            made = list(batches.chunks(sized, self._clock.block_gas, batches.BATCH_GAS))
            actions = [self._client.record_batch(chunk, gas) for chunk, gas in made]
            try:
                receipts = self._dispatch.do(self._keyring.relayer, *actions)
            except PausedUntil as refusal:  # of the batch as a whole
                return [refusal] * len(rest)
            found: list[RecordedLoan | LedgerError] = []
            for receipt, (chunk, _) in zip(receipts, made, strict=True):
                found += results.recordings(receipt, self._client.to, len(chunk))
            return found

        return batches.each(transcripts, known, send)

    def cancel(self, party: Party, counterpart: Party, nonce: int) -> None:
        """Burn the number of a session before it is recorded."""
        unsigned("nonce", nonce, UINT64)
        low, high = sorted((party, counterpart), key=str.lower)
        key = self._market.loan_key(DealKey(low, high, nonce))
        if not self._dispatch.take("loan.cancel", key, party):
            self._dispatch.do(self._keyring.of(party), self._client.cancel(counterpart, nonce))

    def release(self, loan: Loan) -> None:
        """Undo a recorded loan before its first gate; both parties' keys sign."""
        book.encodable(loan)
        key = self._market.loan_key(loan.key)
        if not self._dispatch.take("loan.release", key):
            consent = digest(self._releases, release_hash(key))
            lender, borrower = (
                sign(self._keyring.of(party).key, consent) for party in (loan.lender, loan.borrower)
            )
            self._dispatch.do(self._keyring.relayer, self._client.release(loan, lender, borrower))

    # Settlement -------------------------------------------------------------------------------------------------------

    def void(self, loan: Loan) -> LoanSettlement:
        """Give the collateral back, as the relayer asks, once it is certain that nothing was lent."""
        book.encodable(loan)
        known = self._dispatch.take("loan.end", self._market.loan_key(loan.key), values=(VOIDED,))
        if known is not None:
            settlement: LoanSettlement = known.result
            return settlement
        (receipt,) = self._dispatch.do(self._keyring.relayer, self._client.void(loan))
        return results.voided(receipt, self._client.to, loan.key)

    def settle(self, loans: Sequence[Loan]) -> list[LoanSettlement | LedgerError]:
        """Settle or void in one batch, sent by the relayer; each refusal stands at its place."""
        for loan in loans:
            book.encodable(loan)

        def known(loan: Loan) -> "LoanSettlement | LedgerError | None":
            entry = self._dispatch.take("loan.end", self._market.loan_key(loan.key))
            return None if entry is None else entry.result

        def send(rest: Sequence[Loan]) -> list[LoanSettlement | LedgerError]:
            sized = ((loan, SETTLE_GAS, LOAN_BYTES) for loan in rest)
            made = list(batches.chunks(sized, self._clock.block_gas, batches.BATCH_GAS))
            actions = [self._client.settle_batch(chunk, gas) for chunk, gas in made]
            receipts = self._dispatch.do(self._keyring.relayer, *actions)
            found: list[LoanSettlement | LedgerError] = []
            for receipt, (chunk, _) in zip(receipts, made, strict=True):
                found += results.settlements(receipt, self._client.to, [loan.key for loan in chunk])
            return found

        return batches.each(loans, known, send)

    def state(self) -> LoanDeskState:
        """All that the chain holds of this desk."""
        at = self._dispatch.at()
        block = self._market.network.block_number() if at is None else at
        return state_from(self._market, events_of(self._market, block), block)


def _sized(transcript: LoanTranscript, disclose: bool) -> tuple[bytes, int, int]:
    """A transcript packed, with the most gas that recording it uses and its size in bytes."""
    head = transcript.offers[-1]
    earlier = [offer.move for offer in transcript.offers[:-1]] if disclose else []
    signatures = signature_of(head.signature), signature_of(transcript.acceptance)
    packed = packing.agreement(transcript.terms, head, earlier, *signatures)
    return packed, RECORD_GAS + MOVE_GAS * len(earlier), len(packed) + 32
