"""The loan desk beside its loans: numbers that are burnt, a balance of its own, a pause of its own."""

from dataclasses import replace

from market.ledger.digest import conserved
from market.ledger.errors import (
    InsufficientBalance,
    LoanKeyUsed,
    NonceOutOfRange,
    PausedUntil,
    PauseTooSoon,
    SelfLoan,
)
from market.loans.terms import LoanStatus
from market.terms import DealKey, DealStatus
from tests.ledger_suite.loans import terms_of
from tests.ledger_suite.world import DESK, PURSE, STAKE, Ledgers, ended, recorded, refuses


class TestLoanNumbers:
    def test_either_party_burns_a_number(self, ledgers: Ledgers) -> None:
        world = ledgers()
        terms = terms_of(world)
        desk, (ana, bo) = world.ledger.loans, (world["ana"], world["bo"])
        desk.cancel(bo, ana, 1)
        used = LoanKeyUsed(world.loan_key(terms.key), LoanStatus.CANCELLED)
        refuses(world, used, lambda: desk.cancel(ana, bo, 1))
        refuses(world, used, lambda: world.record_loan(world.agree_loan(terms)))
        loan = world.lend(replace(terms, nonce=2))
        refuses(
            world,
            LoanKeyUsed(world.loan_slot(loan), LoanStatus.RECORDED),
            lambda: desk.cancel(ana, bo, 2),
        )
        refuses(world, SelfLoan(ana), lambda: desk.cancel(ana, ana, 3))
        refuses(world, NonceOutOfRange(2**62), lambda: desk.cancel(ana, bo, 2**62))

    def test_deals_and_loans_count_for_themselves(self, ledgers: Ledgers) -> None:
        world = ledgers()
        terms = terms_of(world)
        deal_terms = world.terms(seller_meter=terms.opener_meter, buyer_meter=terms.responder_meter)
        world.ledger.loans.cancel(world["ana"], world["bo"], 1)
        world.ledger.cancel(world["ana"], world["bo"], 2)
        deal = world.deal(deal_terms)
        loan = world.lend(replace(terms, nonce=2))
        assert world.ledger.state().deals[DealKey.of(deal)].status is DealStatus.RECORDED
        assert world.loan_state(loan).status is LoanStatus.RECORDED


class TestDesk:
    def test_a_balance_of_its_own(self, ledgers: Ledgers) -> None:
        world = ledgers()
        ledger, ana = world.ledger, world["ana"]
        outside = PURSE - STAKE
        refuses(
            world,
            InsufficientBalance(ana, outside, outside + 1),
            lambda: ledger.loans.deposit(ana, outside + 1),
        )
        ledger.loans.deposit(ana, 700)
        assert (ledger.balance(ana), ledger.loans.balance(ana)) == (STAKE, 700)
        refuses(world, InsufficientBalance(ana, 700, 701), lambda: ledger.loans.withdraw(ana, 701))
        ledger.loans.withdraw(ana, 300)
        state = ledger.state()
        assert (state.loans.balances, state.tokens[ana]) == ({ana: 400}, outside - 400)
        assert conserved(state, world.minted)

    def test_collateral_is_not_free(self, ledgers: Ledgers) -> None:
        world = ledgers()
        world.lend(terms_of(world))
        bo, free = world["bo"], DESK - 20_000
        refuses(
            world, InsufficientBalance(bo, free, free + 1), lambda: world.ledger.loans.withdraw(bo, free + 1)
        )
        world.ledger.loans.withdraw(bo, free)
        assert world.ledger.state().loans.collateral == 20_000


class TestLoanPause:
    def test_it_stops_new_loans_and_nothing_else(self, ledgers: Ledgers) -> None:
        world = ledgers(horizon=960)
        ledger, desk = world.ledger, world.ledger.loans
        terms = terms_of(world)
        ana, bo = terms.opener_meter, terms.responder_meter
        kept = world.lend(terms)
        empty = world.lend(replace(terms, nonce=2, interval=20))
        freed = world.lend(replace(terms, nonce=3, interval=30))
        desk.pause()
        stopped = PausedUntil(ledger.now() + ledger.rules.pause_length, ledger.now())
        refuses(world, stopped, lambda: world.record_loan(world.agree_loan(replace(terms, nonce=4))))
        # The market of deals has a pause of its own.
        deal = world.terms(seller_meter=ana, buyer_meter=bo, interval=40)
        assert recorded(world.record(world.agree(deal, world.move(40)))).positions == (0,)
        ledger.pause()
        desk.withdraw(world["ana"], 1)
        desk.deposit(world["ana"], 1)
        desk.cancel(world["ana"], world["bo"], 5)
        desk.release(freed)
        world.deliver(ana, 10, 500)
        world.deliver(bo, 14, 500)
        assert ended(world.settle_loan(kept)).refunded == 20_000
        world.deliver(ana, 20, 0)
        assert desk.void(empty).status is LoanStatus.VOIDED

    def test_it_ends_and_rests(self, ledgers: Ledgers) -> None:
        world = ledgers(horizon=960)
        ledger, desk = world.ledger, world.ledger.loans
        terms = terms_of(world, interval=110)
        desk.pause()
        until = ledger.now() + ledger.rules.pause_length
        earliest = until + ledger.rules.pause_cooldown
        refuses(world, PauseTooSoon(earliest, ledger.now()), desk.pause)
        ledger.advance_to(until + world.slack)
        assert world.loan_state(world.lend(terms)).given_position == 0
        ledger.advance_to(earliest + world.slack)
        desk.pause()
