"""A session about a loan as signed messages: a chain of offers, each with its turn's end, that a ledger records."""

from itertools import pairwise

import pytest

from market.issues import Domain, Issue
from market.ledger.memory import MemoryLedger
from market.ledger.port import MarketRules, MeterSpec
from market.ledger.unsigned import LoanHashChain
from market.loans.port import RecordedLoan
from market.loans.session import LoanChannel, signed_session
from market.loans.terms import LoanTerms
from market.negotiation import Accept, Propose
from market.session import RESPONDER, Agreed, Deadline, SessionRules, SessionRun
from market.terms import NOBODY, Party
from tests.market.scripted import Script

ANA, BO, MARKET = (Party("0x" + digit * 40) for digit in "123")
EPOCH = 1_000
RULES = MarketRules(epoch=EPOCH)
INTERVAL = 4
GATE = RULES.gate_of(INTERVAL)  # 1,000 + 4 × 900 − 60 = 4,540
TIMEOUT = 300


def place() -> tuple[MemoryLedger, LoanTerms]:
    """A ledger at the epoch with two metered parties; Bo has 9,000 token units at the desk."""
    ledger = MemoryLedger(rules=RULES, provider=NOBODY, tariff=(), address=MARKET, now=EPOCH)
    meters = [ledger.register_meter(MeterSpec(name=p[-4:], owner=p, rating=900)) for p in (ANA, BO)]
    ledger.buy_tokens(BO, 9_000)
    ledger.loans.deposit(BO, 9_000)
    terms = LoanTerms(
        opener=ANA,
        responder=BO,
        nonce=7,
        opener_meter=meters[0],
        responder_meter=meters[1],
        interval=INTERVAL,
        price=30,
        cover=30,
    )
    return ledger, terms


def channel(ledger: MemoryLedger, terms: LoanTerms) -> LoanChannel:
    return LoanChannel(terms, signer=LoanHashChain(), timeout=TIMEOUT, gate=GATE, clock=ledger.now)


def test_a_long_trace_becomes_one_unbroken_chain_that_the_ledger_records() -> None:
    ledger, terms = place()
    # 401 offers: Ana asks for ever smaller loans from Bo (negative), Bo for ever smaller ones from her.
    trace = [((-700 + k) if k % 2 == 0 else (700 - k), 3 + k % 5) for k in range(401)]
    transcript = signed_session(channel(ledger, terms), trace, accepted=True)
    assert [(o.round, o.move.quantity, o.move.return_after) for o in transcript.offers] == [
        (k, *offer) for k, offer in enumerate(trace)
    ]
    assert transcript.offers[0].previous == bytes(32)
    assert all(later.previous == earlier.hash for earlier, later in pairwise(transcript.offers))
    # The last: Ana's offer −300 in round 400, so Bo lends 300 Wh for 3 intervals, and she owes 30 × 300 if she fails.
    assert (transcript.loan.lender, transcript.loan.quantity, transcript.loan.return_after) == (BO, 300, 3)
    ledger.buy_tokens(ANA, 9_000)
    ledger.loans.deposit(ANA, 9_000)
    for disclose in (True, False):
        (made,) = ledger.copy().loans.record([transcript], disclose=disclose)
        assert made == RecordedLoan(loan=transcript.loan, given_position=0, returned_position=0)


def test_an_offer_ends_with_its_turn_and_never_after_the_gate() -> None:
    ledger, terms = place()
    talk = channel(ledger, terms)
    talk.propose(100, 2)
    ledger.advance_to(EPOCH + 200)
    talk.propose(-100, 2)
    ledger.advance_to(GATE - 10)
    talk.propose(50, 2)
    assert [o.move.expiry for o in talk.transcript.offers] == [EPOCH + 300, EPOCH + 500, GATE]
    assert not talk.overdue()
    ledger.advance_to(GATE + 1)
    assert talk.overdue()


def test_without_an_acceptance_there_is_no_loan() -> None:
    ledger, terms = place()
    transcript = signed_session(channel(ledger, terms), [(100, 2), (-100, 2)], accepted=False)
    assert transcript.acceptance is None
    with pytest.raises(ValueError, match="no agreement"):
        _ = transcript.loan
    with pytest.raises(ValueError, match="found no offer"):
        signed_session(channel(ledger, terms), [], accepted=True)


def test_it_carries_the_moves_of_two_negotiators() -> None:
    ledger, terms = place()
    domain = Domain((Issue("quantity", -300, 300, 100), Issue("return", 1, 8)))
    rules = SessionRules(domain=domain, max_rounds=9, issue_by_issue=False)
    talk = channel(ledger, terms)
    run = SessionRun(
        rules,
        opener=Script([Propose((-300, 2)), Propose((200, 4))]),
        responder=Script([Propose((300, 8)), Accept()]),
        channel=talk,
    )
    assert run.finish() == Agreed((200, 4), RESPONDER)
    (made,) = ledger.loans.record([talk.transcript], disclose=True)
    assert isinstance(made, RecordedLoan)
    assert (made.loan.lender, made.loan.quantity, made.loan.returned_in) == (ANA, 200, INTERVAL + 4)
    assert ledger.loans.balance(BO) == 9_000 - 30 * 200


def test_a_turn_that_has_run_out_ends_the_session() -> None:
    ledger, terms = place()
    domain = Domain((Issue("quantity", -300, 300, 100), Issue("return", 1, 8)))
    run = SessionRun(
        SessionRules(domain=domain, max_rounds=9, issue_by_issue=False),
        opener=Script([Propose((-300, 2))]),
        responder=Script([Accept()]),
        channel=channel(ledger, terms),
    )
    run.advance()
    ledger.advance_to(EPOCH + TIMEOUT + 1)
    assert run.finish() == Deadline(clock=True)
