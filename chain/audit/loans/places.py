"""Check ``loans.places``: both legs of each loan have one place in a queue, no further back than was agreed.

And no place without a loan; and what was given back is what a void or a released loan gave back.
"""

from collections import Counter

from chain.audit.report import Findings
from chain.audit.world import World
from chain.events import Committed, LoanAgreed, LoanRecorded, LoanReleased, LoanVoided, Uncommitted

CHECK = "loans.places"
Place = tuple[str, int, int, int, int]
"""Transaction, meter, interval, position, quantity."""
Freed = tuple[str, int, int, int]
"""Transaction, meter, interval, quantity."""


def check(world: World, findings: Findings) -> None:
    """Every place that the desk took or gave back (that they follow one another is the check ``queue``)."""
    places: Counter[Place] = Counter(
        (e.at.transaction, e.meter, e.interval, e.position, e.quantity)
        for e in world.of(Committed)
        if e.market == world.loans
    )
    limits = {
        (e.at.transaction, e.key): (e.terms.max_ahead_given, e.terms.max_ahead_returned)
        for e in world.of(LoanAgreed)
    }
    for event in world.of(LoanRecorded):
        loan, where = event.loan, event.at.transaction
        most = limits.get((where, event.key), (None, None))
        legs = (
            ("given", loan.lender_meter, loan.interval, event.given_position, most[0]),
            ("returned", loan.borrower_meter, loan.returned_in, event.returned_position, most[1]),
        )
        for leg, meter, interval, position, ahead in legs:
            findings.count(CHECK)
            name = f"loan 0x{event.key.hex()}, {leg} leg"
            place = (where, meter, interval, position, loan.quantity)
            if places[place] == 0:
                detail = f"{name}: {loan.quantity} at position {position} was not committed"
                findings.violate(CHECK, where, detail)
            else:
                places[place] -= 1
            if ahead is not None and position > ahead:
                findings.violate(CHECK, where, f"{name}: position {position}, agreed {ahead} ahead at most")
    for (where, meter, interval, position, quantity), left in places.items():
        if left:
            detail = f"meter {meter}, interval {interval}: {quantity} at {position} committed for no loan"
            findings.violate(CHECK, where, detail)
    _given_back(world, findings)


def _given_back(world: World, findings: Findings) -> None:
    found: Counter[Freed] = Counter(
        (e.at.transaction, e.meter, e.interval, e.quantity)
        for e in world.of(Uncommitted)
        if e.market == world.loans
    )
    said: Counter[Freed] = Counter()
    recorded = world.lent()
    ends: list[LoanVoided | LoanReleased] = [*world.of(LoanVoided), *world.of(LoanReleased)]
    for event in ends:
        if (made := recorded.get(event.key)) is None:
            continue  # an unknown slot is the business of the checks of terms and settlement
        findings.count(CHECK)
        loan, where = made.loan, event.at.transaction
        if isinstance(event, LoanReleased) or event.freed:
            said[where, loan.borrower_meter, loan.returned_in, loan.quantity] += 1
        if isinstance(event, LoanReleased):
            said[where, loan.lender_meter, loan.interval, loan.quantity] += 1
    for where, meter, interval, quantity in said - found:
        detail = f"meter {meter}, interval {interval}: {quantity} said to be given back, and kept"
        findings.violate(CHECK, where, detail)
    for where, meter, interval, quantity in found - said:
        detail = f"meter {meter}, interval {interval}: {quantity} given back for no loan that ended"
        findings.violate(CHECK, where, detail)
