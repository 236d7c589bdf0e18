"""The loans of the played market: every kind of event of the desk, in the first intervals of the day."""

from market.ledger.errors import LoanKeyUsed, WrongLoanStatus
from market.ledger.port import Reading
from market.loans.terms import LoanStatus, LoanTerms, LoanTranscript
from tests.ledger_suite.world import World, ended, lent


def lend_out(world: World, ana: int, bo: int, cy: int) -> tuple[LoanTranscript, ...]:
    """Loans between three meters; gives the transcripts of which only the head is on chain.

    Lent and returned in intervals 2 to 6: one returned short, one in full, two that nothing is lent of (one of them
    with another behind the place of its return), one that nobody settles, one released, one cancelled, one refused.
    """
    desk = world.ledger.loans
    for name in ("ana", "bo", "cy"):
        world.cover(name)
    desk.withdraw(world["cy"], 1_000)
    meters = {"ana": ana, "bo": bo, "cy": cy}

    def terms(nonce: int, opener: str, responder: str, interval: int) -> LoanTerms:
        sides = {"opener_meter": meters[opener], "responder_meter": meters[responder]}
        return world.loan_terms(opener, responder, nonce=nonce, interval=interval, **sides)

    # the answer to the first offer is that there is no further one; then one that is taken
    whole = world.agree_loan(terms(1, "ana", "bo", 2), (200, 4), (0, 1), (300, 2))
    short = lent(world.record_loan(whole, disclose=True)).loan
    head = world.agree_loan(terms(2, "ana", "bo", 3), (100, 1), (-200, 1))
    full = lent(world.record_loan(head)).loan
    stays = world.lend(terms(3, "cy", "ana", 2), 100, 4)
    freed = world.lend(terms(4, "cy", "bo", 2), 80, 3)
    behind = world.agree_loan(terms(5, "bo", "ana", 3), (50, 3))
    again = desk.record([whole, behind], disclose=False)
    assert isinstance(again[0], LoanKeyUsed)
    assert lent(again[1]).returned_position == 100  # behind `stays`, whose place is therefore not given back
    desk.release(world.lend(terms(6, "ana", "cy", 5), 60, 2))
    desk.cancel(world["bo"], world["cy"], 7)

    read(world, 2, {ana: 300, cy: 0})
    assert not desk.void(stays).freed
    (void,) = desk.settle([freed])
    assert (ended(void).status, ended(void).freed) == (LoanStatus.VOIDED, True)
    read(world, 3, {bo: 250})
    read(world, 4, {ana: 200, bo: 250})
    settled = desk.settle([short, full, freed])
    assert [ended(each).compensation for each in settled[:2]] == [50 * 30, 0]
    assert isinstance(settled[2], WrongLoanStatus)
    read(world, 6, {ana: 120})
    return (head,)


def lend_later(world: World, lender: int, borrower: int, interval: int) -> None:
    """Cy lends to Bo; when the play ends, neither leg is final."""
    terms = world.loan_terms(
        "cy", "bo", opener_meter=lender, responder_meter=borrower, nonce=8, interval=interval
    )
    world.lend(terms, 10, 1)


def read(world: World, interval: int, exports: dict[int, int]) -> None:
    """What meters export in an interval, right after it."""
    world.ledger.advance_to(world.ledger.rules.end(interval) + 1)
    readings = [Reading(meter=m, interval=interval, exported=e, imported=0) for m, e in exports.items()]
    assert world.ledger.post_readings(readings) == readings
