"""Loans: agreed by signed messages, covered by collateral, placed in two queues, and undone only by both.

Amounts are calculated by hand: 500 base units at a cover of 40 make a collateral of 20,000, at a price of 30 a bond of
15,000.
"""

from dataclasses import replace

import pytest

from market.ledger.digest import conserved
from market.ledger.errors import (
    BadSignature,
    BeyondHorizon,
    BrokenTranscript,
    CollateralBelowBond,
    ExpiryBeyondGate,
    GateClosed,
    InsufficientBalance,
    InvalidParameter,
    LedgerError,
    LoanKeyUsed,
    LoanOverflow,
    NonceOutOfRange,
    NotMeterOwner,
    OfferExpired,
    QueueTooLong,
    RatingExceeded,
    SameMeter,
    SelfLoan,
    TermsMismatch,
    UnknownMeter,
    WrongLoanStatus,
    ZeroReturnTime,
    ZeroVolume,
)
from market.ledger.ranges import NotEncodable, bytes32
from market.loans.port import RecordedLoan
from market.loans.terms import Loan, LoanStatus, LoanTerms, LoanTranscript
from tests.ledger_suite.world import DESK, Ledgers, World, ended, lent, refuses


def homes(world: World, *, covered: bool = True) -> tuple[int, int]:
    """A meter of Ana and one of Bo, who both have :data:`DESK` at the desk."""
    if covered:
        world.cover("ana")
        world.cover("bo")
    return world.meter("ana"), world.meter("bo")


def terms_of(
    world: World, *, nonce: int = 1, interval: int = 10, price: int = 30, cover: int = 40
) -> LoanTerms:
    """Terms between Ana, who opens, and Bo, with a new meter each."""
    ana, bo = homes(world)
    return world.loan_terms(
        opener_meter=ana, responder_meter=bo, nonce=nonce, interval=interval, price=price, cover=cover
    )


def altered(transcript: LoanTranscript, number: int, **changes: object) -> LoanTranscript:
    """The transcript with one offer changed after it was sealed."""
    offers = list(transcript.offers)
    offers[number] = replace(offers[number], **changes)  # type: ignore[arg-type]
    return replace(transcript, offers=tuple(offers))


class TestLoans:
    @pytest.mark.parametrize("disclose", [False, True])
    def test_the_last_offer_becomes_the_loan(self, ledgers: Ledgers, disclose: bool) -> None:
        # Ana offers to lend 500, Bo asks for 700, Ana would rather borrow 300 for 6 intervals; Bo lends them.
        world = ledgers()
        terms = terms_of(world)
        transcript = world.agree_loan(terms, (500, 4), (700, 4), (-300, 6))
        made = lent(world.record_loan(transcript, disclose=disclose))
        loan = Loan(
            lender=world["bo"],
            borrower=world["ana"],
            nonce=1,
            lender_meter=terms.responder_meter,
            borrower_meter=terms.opener_meter,
            interval=10,
            return_after=6,
            quantity=300,
            price=30,
            collateral=12_000,
        )
        assert made == RecordedLoan(loan=loan, given_position=0, returned_position=0)
        assert transcript.loan == loan
        state = world.ledger.state()
        assert state.loans.balances == {world["ana"]: DESK - 12_000, world["bo"]: DESK}
        assert state.loans.collateral == 12_000
        held = world.loan_state(loan)
        assert (held.status, held.principal, held.refunded) == (LoanStatus.RECORDED, 0, 0)
        assert world.committed(loan.lender_meter, 10) == world.committed(loan.borrower_meter, 16) == 300
        assert world.committed(loan.lender_meter, 16) == world.committed(loan.borrower_meter, 10) == 0
        assert conserved(state, world.minted)

    def test_what_is_wrong_is_named_in_order(self, ledgers: Ledgers) -> None:
        """One agreement with every fault, and one fault less each time: the first left is the one that is named."""
        world = ledgers()
        ledger, rules = world.ledger, world.ledger.rules
        ana, bo = homes(world, covered=False)
        ledger.advance_to(rules.gate_of(2) + 1)
        now = ledger.now()
        faulty = world.loan_terms(
            "bo", "bo", opener_meter=0, responder_meter=0, nonce=2**62, interval=2, price=30, cover=29
        )
        quantity, return_after, expiry = 0, 0, rules.gate_of(10) + 1

        def still(expected: LedgerError) -> None:
            made = world.agree_loan(faulty, (quantity, return_after), expiry=expiry)
            refuses(world, expected, lambda: world.record_loan(altered(made, 0, previous=b"\x01" * 32)))

        still(SelfLoan(world["bo"]))
        faulty = replace(faulty, opener=world["ana"])
        still(ZeroVolume())
        quantity = 2**32
        still(ZeroReturnTime())
        return_after = 500
        still(LoanOverflow(29, 2**32))
        quantity = 500
        still(CollateralBelowBond(14_500, 15_000))
        faulty = replace(faulty, cover=40)
        still(NonceOutOfRange(2**62))
        faulty = replace(faulty, nonce=1)
        still(InvalidParameter(bytes32("openerMeter"), 0))
        faulty = replace(faulty, opener_meter=77)
        still(InvalidParameter(bytes32("responderMeter"), 0))
        faulty = replace(faulty, responder_meter=77)
        still(SameMeter(77))
        faulty = replace(faulty, responder_meter=bo)
        still(GateClosed(2, rules.gate_of(2), now))
        faulty = replace(faulty, interval=10)
        key = world.loan_key(faulty.key)
        still(ExpiryBeyondGate(key, expiry, expiry - 1))
        expiry = rules.gate_of(2)
        still(OfferExpired(key, expiry, now))
        expiry = rules.gate_of(10)
        still(BeyondHorizon(510, now + rules.horizon * rules.interval, now))
        return_after = 4
        still(BrokenTranscript(key, 0))

        made = world.agree_loan(faulty, (500, 4))
        assert made.acceptance is not None
        refuses(
            world,
            BadSignature(key, world["ana"]),
            lambda: world.record_loan(altered(made, 0, signature=made.acceptance)),
        )
        by_the_wrong_one = replace(made, acceptance=made.offers[0].signature)
        refuses(world, BadSignature(key, world["bo"]), lambda: world.record_loan(by_the_wrong_one))
        ledger.loans.cancel(world["bo"], world["ana"], 1)
        refuses(world, InsufficientBalance(world["bo"], 0, 20_000), lambda: world.record_loan(made))
        world.cover("bo")
        refuses(world, LoanKeyUsed(key, LoanStatus.CANCELLED), lambda: world.record_loan(made))
        faulty = replace(faulty, nonce=2, max_ahead_given=0, max_ahead_returned=0)
        refuses(world, UnknownMeter(77), lambda: world.record_loan(world.agree_loan(faulty)))
        faulty = replace(faulty, opener_meter=ana)
        first = world.lend(world.loan_terms(opener_meter=ana, responder_meter=bo, nonce=3), 600)
        refuses(world, QueueTooLong(ana, 10, 600, 0), lambda: world.record_loan(world.agree_loan(faulty)))
        faulty = replace(faulty, max_ahead_given=600)
        refuses(
            world, RatingExceeded(ana, 10, 1100, 1000), lambda: world.record_loan(world.agree_loan(faulty))
        )
        refuses(
            world, QueueTooLong(bo, 14, 600, 0), lambda: world.record_loan(world.agree_loan(faulty, (400, 4)))
        )
        faulty = replace(faulty, max_ahead_returned=600)
        made_at_last = lent(world.record_loan(world.agree_loan(faulty, (400, 4))))
        assert (made_at_last.given_position, made_at_last.returned_position) == (600, 600)
        assert world.loan_state(first).status is LoanStatus.RECORDED

    @pytest.mark.parametrize(
        ("quantity", "price", "cover", "expected"),
        [
            (2**32, 0, 0, LoanOverflow(0, 2**32)),
            (-(2**32), 0, 1, LoanOverflow(1, 2**32)),
            (-(2**63), 0, 0, LoanOverflow(0, 2**63)),
            (2, 0, 2**62, LoanOverflow(2**62, 2)),
            (1, 0, 2**64 - 1, LoanOverflow(2**64 - 1, 1)),
            (2**32 - 1, 2**64 - 1, 1, CollateralBelowBond(2**32 - 1, (2**64 - 1) * (2**32 - 1))),
        ],
    )
    def test_amounts_that_do_not_fit(
        self, ledgers: Ledgers, quantity: int, price: int, cover: int, expected: LedgerError
    ) -> None:
        world = ledgers()
        terms = terms_of(world, price=price, cover=cover)
        refuses(world, expected, lambda: world.record_loan(world.agree_loan(terms, (quantity, 4))))

    @pytest.mark.parametrize(
        ("quantity", "cover"),
        [(7, (2**63 - 1) // 7), (2**32 - 1, 2**31)],  # 2**63 − 1 is divisible by 7
    )
    def test_the_largest_amounts_are_only_too_dear(self, ledgers: Ledgers, quantity: int, cover: int) -> None:
        world = ledgers()
        terms = terms_of(world, price=cover, cover=cover)
        refuses(
            world,
            InsufficientBalance(world["bo"], DESK, cover * quantity),
            lambda: world.record_loan(world.agree_loan(terms, (quantity, 4))),
        )

    def test_the_collateral_may_be_the_bond_and_all_that_the_borrower_has(self, ledgers: Ledgers) -> None:
        world = ledgers()
        ana, bo = homes(world, covered=False)
        terms = world.loan_terms(opener_meter=ana, responder_meter=bo, price=30, cover=30)
        transcript = world.agree_loan(terms)
        world.cover("bo", 14_999)
        refuses(
            world, InsufficientBalance(world["bo"], 14_999, 15_000), lambda: world.record_loan(transcript)
        )
        # It consumed nothing: funded, the same agreement is recorded.
        world.cover("bo", 1)
        assert lent(world.record_loan(transcript)).loan.collateral == 15_000
        assert world.ledger.loans.balance(world["bo"]) == 0

    def test_a_loan_among_friends_needs_no_tokens(self, ledgers: Ledgers) -> None:
        world = ledgers()
        ana, bo = homes(world, covered=False)
        loan = world.lend(world.loan_terms(opener_meter=ana, responder_meter=bo, price=0, cover=0))
        assert loan.collateral == 0
        world.deliver(ana, 10, 500)
        world.deliver(bo, 14, 0)
        end = ended(world.settle_loan(loan))
        assert (end.principal, end.returned, end.compensation, end.refunded) == (500, 0, 0, 0)
        assert world.ledger.state().loans.balances == {}

    def test_the_return_decides_on_the_horizon_and_the_gift_on_the_gate(self, ledgers: Ledgers) -> None:
        world = ledgers()
        ledger, rules = world.ledger, world.ledger.rules
        terms = terms_of(world, interval=5)
        ledger.advance_to(rules.gate_of(5) - 2 * world.slack)
        now, latest = ledger.now(), 5 + rules.horizon - 1
        # The gate is 60 s before the start of interval 5, so interval 5 + 96 starts 60 s behind the horizon.
        refuses(
            world,
            BeyondHorizon(latest + 1, now + rules.horizon * rules.interval, now),
            lambda: world.record_loan(world.agree_loan(terms, (500, rules.horizon))),
        )
        refuses(
            world,
            BeyondHorizon((5 + 2**32 - 1) % 2**32, now + rules.horizon * rules.interval, now),
            lambda: world.record_loan(world.agree_loan(terms, (500, 2**32 - 1))),
        )
        loan = world.lend(terms, 500, rules.horizon - 1)
        assert loan.returned_in == latest
        ledger.advance_to(rules.gate_of(5) + 1)
        late = replace(terms, nonce=2)
        refuses(
            world,
            GateClosed(5, rules.gate_of(5), rules.gate_of(5) + 1),
            lambda: world.record_loan(world.agree_loan(late)),
        )

    def test_both_must_have_signed_just_this(self, ledgers: Ledgers) -> None:
        world = ledgers()
        terms = terms_of(world)
        transcript = world.agree_loan(terms, (500, 4), (600, 4), (550, 5))
        slot, head = world.loan_slot(transcript.loan), transcript.offers[-1]
        ana, bo = world["ana"], world["bo"]
        first = world.loan_signer.countersign(terms, transcript.offers[0])
        forgeries: list[tuple[LoanTranscript, LedgerError]] = [
            (altered(transcript, 2, move=replace(head.move, quantity=551)), BadSignature(slot, ana)),
            (altered(transcript, 2, move=replace(head.move, quantity=-550)), BadSignature(slot, ana)),
            (altered(transcript, 2, move=replace(head.move, return_after=6)), BadSignature(slot, ana)),
            (replace(transcript, terms=replace(terms, price=29)), BadSignature(slot, ana)),
            (replace(transcript, terms=replace(terms, cover=41)), BadSignature(slot, ana)),
            (replace(transcript, terms=replace(terms, max_ahead_returned=0)), BadSignature(slot, ana)),
            (replace(transcript, acceptance=first), BadSignature(slot, bo)),
        ]
        for forged, expected in forgeries:
            refuses(world, expected, lambda forged=forged: world.record_loan(forged))  # type: ignore[misc]
        replayed = replace(transcript, terms=replace(terms, nonce=2))
        refuses(world, BadSignature(world.loan_slot(replayed.loan), ana), lambda: world.record_loan(replayed))

    def test_a_transcript_put_on_the_ledger_is_whole(self, ledgers: Ledgers) -> None:
        world = ledgers()
        transcript = world.agree_loan(terms_of(world), (500, 4), (700, 4), (-300, 6))
        first, second, head = transcript.offers
        for broken in (
            replace(transcript, offers=(second, head)),
            altered(transcript, 0, move=replace(first.move, quantity=501)),
            altered(transcript, 1, move=replace(second.move, quantity=-700)),
        ):
            refuses(
                world,
                BrokenTranscript(world.loan_slot(transcript.loan), 2),
                lambda broken=broken: world.record_loan(broken, disclose=True),  # type: ignore[misc]
            )
        assert lent(world.record_loan(transcript, disclose=True)).loan.quantity == 300

    def test_what_no_ledger_can_say_is_no_refusal(self, ledgers: Ledgers) -> None:
        # One that fits no bytes32 or uint64 would take the others of its batch with it.
        world = ledgers()
        terms = terms_of(world)
        good, other = world.agree_loan(terms), world.agree_loan(replace(terms, nonce=2), (500, 4), (400, 4))
        before = world.ledger.state()
        for length in (0, 31, 33):
            bad = altered(other, 1, previous=b"\x01" * length)
            with pytest.raises(NotEncodable, match="previous"):
                world.ledger.loans.record([good, bad], disclose=False)
        with pytest.raises(NotEncodable, match="nonce"):
            world.ledger.loans.cancel(world["ana"], world["ana"], 2**64)
        assert world.ledger.state() == before

    def test_a_session_without_an_offer_is_broken_before_all_else(self, ledgers: Ledgers) -> None:
        world = ledgers()
        silent = LoanTranscript(replace(terms_of(world), nonce=2**62), (), None)
        empty = BrokenTranscript(world.loan_key(silent.terms.key), 0)
        refuses(world, empty, lambda: world.record_loan(silent))
        world.ledger.loans.pause()
        refuses(world, empty, lambda: world.record_loan(silent))

    def test_each_of_a_batch_for_itself(self, ledgers: Ledgers) -> None:
        world = ledgers()
        terms = terms_of(world)
        ana = terms.opener_meter
        batch = [
            world.agree_loan(terms, (600, 4)),
            world.agree_loan(terms, (100, 4)),
            world.agree_loan(replace(terms, nonce=2), (401, 4)),
            world.agree_loan(replace(terms, nonce=3), (-1000, 4)),
            world.agree_loan(replace(terms, nonce=4), (400, 4)),
        ]
        results = world.ledger.loans.record(batch, disclose=False)
        assert [type(result) for result in results] == [
            RecordedLoan,
            LoanKeyUsed,
            RatingExceeded,
            RecordedLoan,
            RecordedLoan,
        ]
        assert results[1] == LoanKeyUsed(world.loan_key(terms.key), LoanStatus.RECORDED)
        assert results[2] == RatingExceeded(ana, 10, 1001, 1000)
        assert lent(results[4]).given_position == 600
        assert world.ledger.state().loans.collateral == 40 * (600 + 1000 + 400)

    def test_a_meter_is_its_owners(self, ledgers: Ledgers) -> None:
        world = ledgers()
        terms = terms_of(world)
        other = world.meter("cy")
        for changed in (replace(terms, opener_meter=other), replace(terms, responder_meter=other)):
            claimed = changed.opener if changed.opener_meter == other else changed.responder
            refuses(
                world,
                NotMeterOwner(other, claimed, world["cy"]),
                lambda changed=changed: world.record_loan(world.agree_loan(changed)),  # type: ignore[misc]
            )


class TestLoanRelease:
    def test_both_undo_a_loan_before_its_gate(self, ledgers: Ledgers) -> None:
        world = ledgers()
        terms = terms_of(world)
        kept = world.lend(terms, 100)
        loan = world.lend(replace(terms, nonce=2))
        desk = world.ledger.loans
        desk.release(loan)
        held = world.loan_state(loan)
        assert (held.status, held.compensation, held.refunded) == (LoanStatus.RELEASED, 0, 20_000)
        assert world.ledger.state().loans.collateral == 4_000
        assert world.committed(loan.lender_meter, 10) == world.committed(loan.borrower_meter, 14) == 100
        slot = world.loan_slot(loan)
        again = WrongLoanStatus(slot, LoanStatus.RELEASED, LoanStatus.RECORDED)
        refuses(world, again, lambda: desk.release(loan))
        refuses(world, again, lambda: desk.void(loan))
        refuses(
            world,
            LoanKeyUsed(slot, LoanStatus.RELEASED),
            lambda: world.record_loan(world.agree_loan(replace(terms, nonce=2))),
        )
        # Both places are free again.
        taken = lent(world.record_loan(world.agree_loan(replace(terms, nonce=3), (900, 4))))
        assert (taken.given_position, taken.returned_position) == (100, 100)
        assert world.loan_state(kept).status is LoanStatus.RECORDED

    def test_not_after_the_gate_and_only_what_was_recorded(self, ledgers: Ledgers) -> None:
        world = ledgers()
        loan = world.lend(terms_of(world))
        desk, gate = world.ledger.loans, world.ledger.rules.gate_of(10)
        for changes in ({"quantity": 499}, {"collateral": 20_001}, {"return_after": 5}, {"price": 29}):
            other = replace(loan, **changes)  # type: ignore[arg-type]
            refuses(
                world,
                TermsMismatch(world.loan_slot(loan)),
                lambda other=other: desk.release(other),  # type: ignore[misc]
            )
        unknown = replace(loan, nonce=9)
        refuses(
            world,
            WrongLoanStatus(world.loan_slot(unknown), LoanStatus.NONE, LoanStatus.RECORDED),
            lambda: desk.release(unknown),
        )
        world.ledger.advance_to(gate + 1)
        refuses(world, GateClosed(10, gate, gate + 1), lambda: desk.release(loan))
