"""How loans end: repaid, compensated, voided; and the queues that they share with deals.

Amounts are calculated by hand: 500 base units lent at a price of 30, with a collateral of 20,000.
"""

from dataclasses import replace

import pytest

from market.ledger.digest import conserved, digest
from market.ledger.errors import (
    FrozenMeter,
    GateClosed,
    LoanKeyUsed,
    NotFinal,
    NotPlaceHolder,
    NotQueueTail,
    PrincipalDelivered,
    QueueTooLong,
    RatingExceeded,
    RetiredMeter,
    TermsMismatch,
    WrongLoanStatus,
)
from market.ledger.port import Reading
from market.loans.port import LoanSettlement
from market.loans.terms import Loan, LoanStatus
from tests.ledger_suite.loans import terms_of
from tests.ledger_suite.world import DESK, Ledgers, World, ended, lent, recorded, refuses, settled


def loaned(world: World) -> Loan:
    """Ana lends Bo 500 in interval 10, to be returned in 14."""
    return world.lend(terms_of(world))


class TestLoanSettlement:
    @pytest.mark.parametrize(
        ("given", "returned", "principal", "counted", "compensation"),
        [
            (500, 500, 500, 500, 0),
            (800, 900, 500, 500, 0),  # what is exported beyond the quantity is not the loan's
            (500, 450, 500, 450, 1_500),
            (500, 0, 500, 0, 15_000),
            (300, 500, 300, 500, 0),  # what is returned beyond the principal is a present
            (300, 300, 300, 300, 0),
            (300, 200, 300, 200, 3_000),
            (1, 0, 1, 0, 30),
        ],
    )
    def test_what_is_not_returned_is_compensated(
        self, ledgers: Ledgers, given: int, returned: int, principal: int, counted: int, compensation: int
    ) -> None:
        world = ledgers()
        loan = loaned(world)
        world.deliver(loan.lender_meter, 10, given)
        world.deliver(loan.borrower_meter, 14, returned)
        assert ended(world.settle_loan(loan)) == LoanSettlement(
            key=loan.key,
            status=LoanStatus.SETTLED,
            principal=principal,
            returned=counted,
            compensation=compensation,
            refunded=20_000 - compensation,
        )
        state = world.ledger.state()
        assert state.loans.balances == {
            world["ana"]: DESK + compensation,
            world["bo"]: DESK - compensation,
        }
        assert state.loans.collateral == 0
        held = world.loan_state(loan)
        assert (held.status, held.given_position, held.returned_position) == (LoanStatus.SETTLED, 0, 0)
        assert (held.principal, held.returned) == (principal, counted)
        assert (held.compensation, held.refunded) == (compensation, 20_000 - compensation)
        assert conserved(state, world.minted)

    def test_both_legs_must_be_final(self, ledgers: Ledgers) -> None:
        world = ledgers()
        loan = loaned(world)
        ledger, rules = world.ledger, world.ledger.rules
        for _ in range(2):
            refuses(
                world,
                NotFinal(loan.lender_meter, 10, rules.closed(10), ledger.now()),
                lambda: world.settle_loan(loan),
            )
            refuses(
                world,
                NotFinal(loan.lender_meter, 10, rules.closed(10), ledger.now()),
                lambda: ledger.loans.void(loan),
            )
            ledger.advance_to(rules.end(10))
        world.deliver(loan.lender_meter, 10, 500)
        refuses(
            world,
            NotFinal(loan.borrower_meter, 14, rules.closed(14), ledger.now()),
            lambda: world.settle_loan(loan),
        )
        # A borrower's silence counts as nothing returned once the window is over.
        ledger.advance_to(rules.closed(14) - 1 - 2 * world.slack)
        refuses(
            world,
            NotFinal(loan.borrower_meter, 14, rules.closed(14), ledger.now()),
            lambda: world.settle_loan(loan),
        )
        ledger.advance_to(rules.closed(14))
        assert ended(world.settle_loan(loan)).compensation == 15_000

    def test_the_return_may_be_read_before_the_gift(self, ledgers: Ledgers) -> None:
        # Returned one interval later: its reading may come while that of the gift is still waited for.
        world = ledgers()
        loan = world.lend(terms_of(world), 500, 1)
        world.deliver(loan.borrower_meter, 11, 480)
        refuses(
            world,
            NotFinal(loan.lender_meter, 10, world.ledger.rules.closed(10), world.ledger.now()),
            lambda: world.settle_loan(loan),
        )
        world.read(loan.lender_meter, 10, 490)
        end = ended(world.settle_loan(loan))
        assert (end.principal, end.returned, end.compensation) == (490, 480, 300)

    def test_an_end_is_final(self, ledgers: Ledgers) -> None:
        world = ledgers()
        terms = terms_of(world)
        desk = world.ledger.loans
        repaid = world.lend(terms, 500, 1)
        empty = world.lend(replace(terms, nonce=2), 300, 1)
        world.deliver(repaid.lender_meter, 10, 500)
        world.deliver(repaid.borrower_meter, 11, 400)
        refuses(world, TermsMismatch(world.loan_slot(repaid)), lambda: desk.void(replace(repaid, price=31)))
        for other in (replace(repaid, quantity=501), replace(repaid, interval=9)):
            refuses(
                world,
                TermsMismatch(world.loan_slot(repaid)),
                lambda other=other: world.settle_loan(other),  # type: ignore[misc]
            )
        ended(world.settle_loan(repaid))
        assert desk.void(empty).status is LoanStatus.VOIDED
        for loan, status in ((repaid, LoanStatus.SETTLED), (empty, LoanStatus.VOIDED)):
            gone = WrongLoanStatus(world.loan_slot(loan), status, LoanStatus.RECORDED)
            refuses(world, gone, lambda loan=loan: world.settle_loan(loan))  # type: ignore[misc]
            refuses(world, gone, lambda loan=loan: desk.void(loan))  # type: ignore[misc]
        again = world.agree_loan(replace(terms, interval=20))
        refuses(
            world,
            LoanKeyUsed(world.loan_slot(repaid), LoanStatus.SETTLED),
            lambda: world.record_loan(again),
        )

    def test_each_of_a_batch_for_itself_and_in_any_order(self, ledgers: Ledgers) -> None:
        # 400 and 300 are promised, 500 arrive: principals of 400 and 100. 700 are owed, 350 come back: to the first.
        outcomes = []
        for order in (1, -1):
            world = ledgers()
            terms = terms_of(world)
            first = world.lend(terms, 400)
            second = world.lend(replace(terms, nonce=2), 300)
            third = world.lend(replace(terms, nonce=3, interval=11), 100)
            unknown = replace(first, nonce=9)
            world.deliver(first.lender_meter, 10, 500)
            world.deliver(first.lender_meter, 11, 0)
            world.deliver(first.borrower_meter, 14, 350)
            batch = [first, second, unknown, third][::order]
            results = world.ledger.loans.settle(batch)[::order]
            assert results[2] == WrongLoanStatus(
                world.loan_slot(unknown), LoanStatus.NONE, LoanStatus.RECORDED
            )
            ends = [ended(results[i]) for i in (0, 1, 3)]
            assert [(e.status, e.principal, e.returned, e.compensation) for e in ends] == [
                (LoanStatus.SETTLED, 400, 350, 1_500),
                (LoanStatus.SETTLED, 100, 0, 3_000),
                (LoanStatus.VOIDED, 0, 0, 0),
            ]
            outcomes.append(digest(world.ledger.state(), world.names(), world.meters))
        assert outcomes[0] == outcomes[1]


class TestVoid:
    def test_at_once_and_the_place_of_the_return_is_free_again(self, ledgers: Ledgers) -> None:
        world = ledgers()
        loan = loaned(world)
        world.deliver(loan.lender_meter, 10, 0)
        assert world.ledger.loans.void(loan) == LoanSettlement(
            key=loan.key,
            status=LoanStatus.VOIDED,
            principal=0,
            returned=0,
            compensation=0,
            refunded=20_000,
            freed=True,
        )
        state = world.ledger.state()
        assert state.loans.balances == {world["ana"]: DESK, world["bo"]: DESK}
        assert state.loans.collateral == 0
        held = world.loan_state(loan)
        assert (held.status, held.principal, held.refunded) == (LoanStatus.VOIDED, 0, 20_000)
        assert (world.committed(loan.lender_meter, 10), world.committed(loan.borrower_meter, 14)) == (500, 0)
        sold = world.terms(
            "bo", "ana", seller_meter=loan.borrower_meter, buyer_meter=loan.lender_meter, interval=14
        )
        made = recorded(world.record(world.agree(sold, world.move(14, energy=1000))))
        assert made.positions == (0,)

    def test_a_silent_lender_has_lent_nothing(self, ledgers: Ledgers) -> None:
        world = ledgers()
        loan = loaned(world)
        closed = world.ledger.rules.closed(10)
        world.ledger.advance_to(closed)
        end = ended(world.settle_loan(loan))
        assert (end.status, end.refunded, end.freed) == (LoanStatus.VOIDED, 20_000, True)

    def test_not_what_was_lent_in_part(self, ledgers: Ledgers) -> None:
        world = ledgers()
        loan = loaned(world)
        world.deliver(loan.lender_meter, 10, 1)
        refuses(
            world,
            PrincipalDelivered(world.loan_slot(loan), 1),
            lambda: world.ledger.loans.void(loan),
        )

    def test_a_place_behind_others_gets_nothing(self, ledgers: Ledgers) -> None:
        # 500 are sold before the loan; 500 are exported: all of them are the deal's.
        world = ledgers()
        terms = terms_of(world)
        deal = world.deal(world.terms(seller_meter=terms.opener_meter, buyer_meter=terms.responder_meter))
        loan = world.lend(replace(terms, nonce=2))
        assert world.loan_state(loan).given_position == 500
        world.deliver(loan.lender_meter, 10, 500)
        assert settled(world.settle(deal)).paid == 125_000
        assert ended(world.settle_loan(loan)).status is LoanStatus.VOIDED

    @pytest.mark.parametrize("behind", ["loan", "deal"])
    def test_the_place_stays_where_others_stand_behind_it(self, ledgers: Ledgers, behind: str) -> None:
        world = ledgers()
        terms = terms_of(world)
        loan = world.lend(terms)
        ana, bo = loan.lender_meter, loan.borrower_meter
        if behind == "loan":
            world.lend(replace(terms, nonce=2, interval=14), -200, 3)
        else:
            world.deal(world.terms("bo", "ana", seller_meter=bo, buyer_meter=ana, interval=14), energy=200)
        assert world.committed(bo, 14) == 700
        world.deliver(ana, 10, 0)
        end = ended(world.settle_loan(loan))
        assert (end.status, end.refunded, end.freed) == (LoanStatus.VOIDED, 20_000, False)
        assert world.committed(bo, 14) == 700

    def test_the_places_of_several_go_back_last_first(self, ledgers: Ledgers) -> None:
        # 500 and 200 are due in one interval and void. A place goes back as a tail or not at all.
        for order, stays, freed in ((-1, 0, [True, True]), (1, 500, [False, True])):
            world = ledgers()
            terms = terms_of(world)
            both = [world.lend(terms), world.lend(replace(terms, nonce=2), 200)]
            world.deliver(both[0].lender_meter, 10, 0)
            ends = [ended(result) for result in world.ledger.loans.settle(both[::order])]
            assert [end.freed for end in ends] == freed
            assert world.committed(both[0].borrower_meter, 14) == stays
            assert world.ledger.loans.balance(world["bo"]) == DESK

    def test_a_place_given_back_is_given_back_once(self, ledgers: Ledgers) -> None:
        # The second loan stands where the first stood, and is as large: nothing that ends the first moves it.
        world = ledgers()
        terms = terms_of(world)
        first, desk = world.lend(terms), world.ledger.loans
        world.deliver(first.lender_meter, 10, 0)
        assert desk.void(first).freed
        second = world.lend(replace(terms, nonce=2, interval=12), 500, 2)
        gone = WrongLoanStatus(world.loan_slot(first), LoanStatus.VOIDED, LoanStatus.RECORDED)
        refuses(world, gone, lambda: desk.void(first))
        refuses(world, gone, lambda: world.settle_loan(first))
        refuses(
            world,
            GateClosed(10, world.ledger.rules.gate_of(10), world.ledger.now()),
            lambda: desk.release(first),
        )
        assert world.committed(first.borrower_meter, 14) == world.loan_state(second).loan.quantity

    def test_meters_that_promise_no_more_keep_their_promises(self, ledgers: Ledgers) -> None:
        # Between the legs both meters are frozen and retire: what is void is void, what is owed is owed.
        world = ledgers()
        terms = terms_of(world)
        ledger = world.ledger
        empty, kept = world.lend(terms), world.lend(replace(terms, nonce=2, interval=11))
        ledger.advance_to(ledger.rules.end(0))
        for meter in (empty.lender_meter, empty.borrower_meter):
            ledger.prove_conflict(
                Reading(meter=meter, interval=0, exported=1, imported=0),
                Reading(meter=meter, interval=0, exported=2, imported=0),
            )
            ledger.retire_meter(meter, 10)
        world.deliver(empty.lender_meter, 10, 0)
        assert ledger.loans.void(empty).freed
        world.deliver(kept.lender_meter, 11, 500)
        world.deliver(kept.borrower_meter, 15, 100)
        end = ended(world.settle_loan(kept))
        assert (end.principal, end.returned, end.compensation) == (500, 100, 12_000)

    def test_the_place_stays_after_its_gate(self, ledgers: Ledgers) -> None:
        world = ledgers()
        loan = world.lend(terms_of(world), 500, 1)
        world.ledger.advance_to(world.ledger.rules.end(10))
        world.read(loan.lender_meter, 10, 0)
        end = world.ledger.loans.void(loan)
        assert (end.refunded, end.freed) == (20_000, False)
        assert world.committed(loan.borrower_meter, 11) == 500


class TestSharedQueues:
    def test_the_same_energy_is_not_lent_and_sold(self, ledgers: Ledgers) -> None:
        world = ledgers()
        terms = terms_of(world)
        ana, bo = terms.opener_meter, terms.responder_meter
        sale = world.terms(seller_meter=ana, buyer_meter=bo)
        deal = world.deal(sale, energy=600)
        refuses(
            world,
            RatingExceeded(ana, 10, 1001, 1000),
            lambda: world.record_loan(world.agree_loan(terms, (401, 4))),
        )
        loan = world.lend(terms, 400)
        refuses(
            world,
            RatingExceeded(ana, 10, 1001, 1000),
            lambda: world.record(world.agree(replace(sale, nonce=2), world.move(10, energy=1))),
        )
        world.deliver(ana, 10, 700)
        assert settled(world.settle(deal)).delivered == 600
        world.deliver(bo, 14, 60)
        end = ended(world.settle_loan(loan))
        assert (end.principal, end.returned, end.compensation) == (100, 60, 1_200)

    def test_the_return_stands_in_the_borrowers_queue(self, ledgers: Ledgers) -> None:
        world = ledgers()
        terms = terms_of(world)
        ana, bo = terms.opener_meter, terms.responder_meter
        deal = world.deal(world.terms("bo", "ana", seller_meter=bo, buyer_meter=ana, interval=14), energy=700)
        refuses(world, RatingExceeded(bo, 14, 1200, 1000), lambda: world.record_loan(world.agree_loan(terms)))
        bounded = replace(terms, max_ahead_returned=699)
        refuses(
            world,
            QueueTooLong(bo, 14, 700, 699),
            lambda: world.record_loan(world.agree_loan(bounded, (300, 4))),
        )
        made = lent(world.record_loan(world.agree_loan(replace(terms, max_ahead_returned=700), (300, 4))))
        assert (made.given_position, made.returned_position) == (0, 700)
        world.deliver(ana, 10, 300)
        world.deliver(bo, 14, 800)
        assert settled(world.settle(deal)).delivered == 700
        end = ended(world.settle_loan(made.loan))
        assert (end.principal, end.returned, end.compensation) == (300, 100, 6_000)

    def test_a_tail_is_its_own_markets(self, ledgers: Ledgers) -> None:
        world = ledgers()
        terms = terms_of(world)
        ana, bo = terms.opener_meter, terms.responder_meter
        desk, sale = world.ledger.loans, world.terms(seller_meter=ana, buyer_meter=bo)
        deal = world.deal(sale, energy=100)
        loan = world.lend(terms, 200)
        after = world.lend(replace(terms, nonce=2), 300, 5)
        # Ana's queue: deal 0..100, loan 100..300, loan 300..600; the run of loans begins at 100.
        refuses(world, NotPlaceHolder(ana, 10, world.ledger.address), lambda: world.ledger.release(deal))
        refuses(world, NotQueueTail(ana, 10, 300, 600), lambda: desk.release(loan))
        desk.release(after)
        last = world.deal(replace(sale, nonce=2), energy=50)
        refuses(world, NotPlaceHolder(ana, 10, desk.address), lambda: desk.release(loan))
        world.ledger.release(last)
        # Whose the place before an emptied run is, nobody knows any more: it stays where it is.
        refuses(world, NotPlaceHolder(ana, 10, desk.address), lambda: desk.release(loan))
        assert world.committed(ana, 10) == 300
        world.deliver(ana, 10, 300)
        world.deliver(bo, 14, 200)
        assert settled(world.settle(deal)).delivered == 100
        assert ended(world.settle_loan(loan)).principal == 200

    def test_a_run_broken_by_another_market_is_lost(self, ledgers: Ledgers) -> None:
        # Ana's queue: loan 0..200, deal 200..300, loan 300..600. The run at the tail begins at 300.
        world = ledgers()
        terms = terms_of(world)
        ana, bo = terms.opener_meter, terms.responder_meter
        desk = world.ledger.loans
        first = world.lend(terms, 200)
        world.deal(world.terms(seller_meter=ana, buyer_meter=bo), energy=100)
        last = world.lend(replace(terms, nonce=2), 300, 5)
        refuses(world, NotPlaceHolder(ana, 10, desk.address), lambda: desk.release(first))
        desk.release(last)
        refuses(world, NotPlaceHolder(ana, 10, desk.address), lambda: desk.release(first))
        assert world.committed(ana, 10) == 300

    def test_a_loan_behind_a_sale_at_the_return_is_not_released(self, ledgers: Ledgers) -> None:
        world = ledgers()
        terms = terms_of(world)
        ana, bo = terms.opener_meter, terms.responder_meter
        loan = world.lend(terms)
        world.deal(world.terms("bo", "ana", seller_meter=bo, buyer_meter=ana, interval=14), energy=100)
        refuses(
            world,
            NotPlaceHolder(bo, 14, world.ledger.loans.address),
            lambda: world.ledger.loans.release(loan),
        )
        assert (world.committed(ana, 10), world.committed(bo, 14)) == (500, 600)

    def test_a_meter_serves_in_both_intervals(self, ledgers: Ledgers) -> None:
        world = ledgers()
        terms = terms_of(world)
        ana, bo = terms.opener_meter, terms.responder_meter
        world.ledger.retire_meter(bo, 14)
        refuses(world, RetiredMeter(bo, 14, 14), lambda: world.record_loan(world.agree_loan(terms)))
        # Nor is energy returned to a meter that is gone by then.
        refuses(
            world, RetiredMeter(bo, 14, 14), lambda: world.record_loan(world.agree_loan(terms, (-500, 4)))
        )
        assert world.lend(terms, 500, 3).returned_in == 13
        world.ledger.advance_to(world.ledger.rules.end(0))
        world.ledger.prove_conflict(
            Reading(meter=ana, interval=0, exported=1, imported=0),
            Reading(meter=ana, interval=0, exported=2, imported=0),
        )
        again = replace(terms, nonce=2)
        refuses(world, FrozenMeter(ana), lambda: world.record_loan(world.agree_loan(again, (500, 3))))
        refuses(world, FrozenMeter(ana), lambda: world.record_loan(world.agree_loan(again, (-500, 3))))
