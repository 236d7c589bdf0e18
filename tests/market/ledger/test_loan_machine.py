"""Random sequences of loans and deals, good and bad, over the same meters: what must hold in every state.

Beside what the machine of deals asserts: collateral is what open loans hold; both legs of a loan stand in the gapless
queues; compensation and refund are the collateral; every end is the one that the issue's formula gives; what ended
never changes. At the end nobody's silence has locked a token, and the order of settlement does not matter.
"""

from collections.abc import Iterator
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from market.ledger.digest import conserved, digest
from market.ledger.errors import LedgerError
from market.ledger.port import LedgerState, Reading
from market.ledger.unsigned import UNSIGNED_LOANS
from market.loans.port import LoanState
from market.loans.terms import (
    Loan,
    LoanMove,
    LoanStatus,
    LoanTerms,
    LoanTranscript,
    SignedLoanOffer,
)
from market.terms import DealKey, DealStatus, Party
from tests.market.ledger.test_machine import (
    EVERYONE,
    GUARDIAN,
    NAMES,
    OWNERS,
    PEOPLE,
    RATING,
    RULES,
    LedgerMachine,
    ahead,
    meters,
    parties,
    picks,
)

OPEN = LoanStatus.RECORDED


class LoanMachine(LedgerMachine):
    """The market of the deals' machine, and its loan desk; what it shows of sessions and tariff it shows there."""

    open = trade = None  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.desk = self.ledger.loans
        self.done: dict[DealKey, LoanState] = {}
        self.freed: set[DealKey] = set()

    @initialize()
    def begin(self) -> None:
        super().begin()
        for party in EVERYONE:
            self.ledger.buy_tokens(party, 500)
            self.desk.deposit(party, 500)

    def whole(self) -> tuple[Any, ...]:
        return *super().whole(), self.desk.paused_until

    def promises(self, state: LedgerState) -> Iterator[tuple[tuple[int, int], int, int, int]]:
        yield from super().promises(state)
        for key, slot in state.loans.loans.items():
            loan = slot.loan
            if slot.status is not LoanStatus.RELEASED:
                given = (loan.lender_meter, loan.interval)
                yield given, slot.given_position, loan.quantity, slot.principal
                if key not in self.freed:
                    returned = (loan.borrower_meter, loan.returned_in)
                    yield returned, slot.returned_position, loan.quantity, slot.returned

    def pick_loan(self, number: int, *statuses: LoanStatus) -> LoanState | None:
        """One of the loans so far, of those in ``statuses`` if any are named."""
        loans = [slot for slot in self.desk.state().loans.values() if not statuses or slot.status in statuses]
        return loans[number % len(loans)] if loans else None

    # Operations -------------------------------------------------------------------------------------------------------

    @rule(party=parties, amount=st.integers(0, 700), inwards=st.booleans())
    def desk_money(self, party: Party, amount: int, inwards: bool) -> None:
        operation = self.desk.deposit if inwards else self.desk.withdraw
        self.attempt(lambda: operation(party, amount))

    @rule(
        opener_meter=st.integers(1, 4),
        shift=st.sampled_from((1, 1, 2, 2, 3, 3, 0)),
        nonce=st.integers(0, 40),
        offset=st.sampled_from((1, 1, 1, 2, 3, 0)),
        price=st.integers(0, 6),
        more=st.sampled_from((0, 0, 1, 1, 3, 3, -1)),
        quantities=st.lists(st.integers(-9, 9), min_size=1, max_size=3),
        return_after=st.sampled_from((1, 1, 1, 2, 2, 2, 3, 4, 0, 9)),
        given=ahead,
        returned=ahead,
        disclose=st.booleans(),
    )
    def lend(
        self,
        *,
        opener_meter: int,
        shift: int,
        nonce: int,
        offset: int,
        price: int,
        more: int,
        quantities: list[int],
        return_after: int,
        given: int,
        returned: int,
        disclose: bool,
    ) -> None:
        responder_meter = (opener_meter - 1 + shift) % len(OWNERS) + 1
        terms = LoanTerms(
            opener=OWNERS[opener_meter - 1],
            responder=OWNERS[responder_meter - 1],
            nonce=nonce,
            opener_meter=opener_meter,
            responder_meter=responder_meter,
            interval=self.interval(offset),
            price=price,
            cover=max(price + more, 0),
            max_ahead_given=given,
            max_ahead_returned=returned,
        )
        offers: list[SignedLoanOffer] = []
        for number, quantity in enumerate(quantities):
            move = LoanMove(
                quantity=quantity, return_after=return_after, expiry=RULES.gate_of(terms.interval)
            )
            previous = offers[-1].hash if offers else bytes(32)
            offers.append(UNSIGNED_LOANS.sign(terms, move, number, previous))
        transcript = LoanTranscript(terms, tuple(offers), UNSIGNED_LOANS.countersign(terms, offers[-1]))
        self.attempt(lambda: self.desk.record_agreement(transcript, disclose=disclose))

    @rule(
        lender=parties,
        borrower=parties,
        lender_meter=meters,
        borrower_meter=meters,
        nonce=st.integers(0, 4),
        offset=st.integers(-2, 5),
        return_after=st.integers(0, 4),
        quantity=st.integers(0, 15),
        price=st.integers(0, 6),
        collateral=st.integers(0, 60),
    )
    def lend_anything(self, *, offset: int, **terms: Any) -> None:
        loan = Loan(interval=self.interval(offset), **terms)
        self.attempt(lambda: self.desk.record_loan(loan, RATING, RATING))

    @rule(number=picks, second=st.booleans(), exported=st.integers(0, RATING))
    def deliver(self, number: int, second: bool, exported: int) -> None:
        """A leg of an open loan comes to its end and its meter is read."""
        slot = self.pick_loan(number, OPEN)
        if slot is not None:
            self._read(slot.loan, second, exported)

    @rule(
        number=picks,
        given=st.integers(0, RATING) | st.just(0),
        returned=st.integers(0, RATING),
        silent=st.booleans(),
        voiding=st.booleans(),
    )
    def run_its_course(self, number: int, given: int, returned: int, silent: bool, voiding: bool) -> None:
        """An open loan is delivered, returned or not, and ended."""
        slot = self.pick_loan(number, OPEN)
        if slot is None:
            return
        self._read(slot.loan, False, given)
        if given > slot.given_position:
            if silent:
                self.ledger.advance_to(RULES.closed(slot.loan.returned_in))
            else:
                self._read(slot.loan, True, returned)
        self._end(slot, voiding)

    def _read(self, loan: Loan, second: bool, exported: int) -> None:
        meter, interval = (
            (loan.borrower_meter, loan.returned_in) if second else (loan.lender_meter, loan.interval)
        )
        self.ledger.advance_to(RULES.end(interval))
        reading = Reading(meter=meter, interval=interval, exported=exported, imported=0)
        self.attempt(lambda: self.ledger.post(reading))

    @rule(number=picks, voiding=st.booleans(), wrong=st.integers(0, 9))
    def end(self, number: int, voiding: bool, wrong: int) -> None:
        slot = self.pick_loan(number, *((OPEN,) if wrong else ()))
        if slot is not None:
            self._end(slot, voiding)

    def _end(self, slot: LoanState, voiding: bool) -> None:
        loan, before = slot.loan, self.ledger.state().meters
        operation = self.desk.void if voiding else self.desk.settle_one
        if not self.attempt(lambda: operation(loan)):
            return
        after = self.desk.loan(loan.key)
        assert after is not None
        assert slot.status is OPEN
        # The formula once more, from the readings: silence until the window's end is zero.
        given = before[loan.lender_meter, loan.interval]
        returned = before[loan.borrower_meter, loan.returned_in]
        assert given.recorded or self.ledger.now() >= RULES.closed(loan.interval)
        principal = min(max(given.exported - slot.given_position, 0), loan.quantity)
        if principal == 0:
            assert (after.status, after.refunded) == (LoanStatus.VOIDED, loan.collateral)
            if self.ledger.state().meters[loan.borrower_meter, loan.returned_in] != returned:
                self.freed.add(loan.key)
            return
        assert not voiding
        assert returned.recorded or self.ledger.now() >= RULES.closed(loan.returned_in)
        back = min(max(returned.exported - slot.returned_position, 0), loan.quantity)
        assert (after.status, after.principal, after.returned) == (LoanStatus.SETTLED, principal, back)
        assert after.compensation == loan.price * max(principal - back, 0)

    @rule(number=picks)
    def release_loan(self, number: int) -> None:
        slot = self.pick_loan(number)
        if slot is not None and number % 3 == 0:
            self.attempt(lambda: self.desk.release(slot.loan))

    @rule(party=parties, counterpart=parties, nonce=st.integers(0, 4))
    def cancel_loan(self, party: Party, counterpart: Party, nonce: int) -> None:
        self.attempt(lambda: self.desk.cancel(party, counterpart, nonce))

    @rule(caller=st.sampled_from((GUARDIAN, GUARDIAN, PEOPLE[0])), often=st.integers(0, 12))
    def pause_loans(self, caller: Party, often: int) -> None:
        if often == 0:
            self.attempt(lambda: self.desk.pause_by(caller))

    # What always holds ------------------------------------------------------------------------------------------------

    @invariant()
    def collateral_is_what_open_loans_hold(self) -> None:
        desk = self.desk.state()
        held = sum(s.loan.collateral for s in desk.loans.values() if s.status is OPEN)
        assert desk.collateral == held
        assert all(amount > 0 for amount in desk.balances.values())

    @invariant()
    def loans_that_ended_are_whole_and_final(self) -> None:
        loans = self.desk.state().loans
        for key, slot in self.done.items():
            assert loans[key] == slot
        for key, slot in loans.items():
            loan = slot.loan
            assert loan.price * loan.quantity <= loan.collateral
            if slot.status is OPEN:
                assert (slot.principal, slot.returned, slot.compensation, slot.refunded) == (0, 0, 0, 0)
            else:
                assert slot.compensation + slot.refunded == loan.collateral
                self.done[key] = slot

    def teardown(self) -> None:
        """Nobody's silence locks tokens, and the order in which loans and deals end does not matter."""
        state = self.ledger.state()
        deals = [(s.deal, s.index) for s in state.deals.values() if s.status is DealStatus.RECORDED]
        loans = [s.loan for s in state.loans.loans.values() if s.status is OPEN]
        outcomes = []
        for turn in (1, -1):
            copy = self.ledger.copy()
            copy.advance_to(RULES.closed(self.interval(20)))
            results = [*copy.settle(deals[::turn]), *copy.loans.settle(loans[::turn])]
            assert not any(isinstance(result, LedgerError) for result in results)
            after = copy.state()
            assert (after.escrowed, after.loans.collateral) == (0, 0)
            assert conserved(after, copy.minted)
            outcomes.append(digest(after, NAMES, copy.meter_names))
            for party, amount in after.loans.balances.items():
                copy.loans.withdraw(party, amount)
            for party, amount in after.balances.items():
                copy.withdraw(party, amount)
            assert sum(copy.state().tokens.values()) == copy.minted
        assert outcomes[0] == outcomes[1]
        # Whatever was done to the copies, it was not done here.
        assert self.ledger.state() == state


LoanMachine.TestCase.settings = settings(max_examples=150, stateful_step_count=60, deadline=None)
TestLoanDesk = LoanMachine.TestCase
