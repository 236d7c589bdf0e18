"""All that a loan desk holds, read from its chain: amounts and slots from the contract, terms and ends from its events."""

from collections.abc import Iterable

from chain import events as ev
from chain.loans.results import ended
from chain.market import Market
from market.loans.port import LoanDeskState, LoanSettlement, LoanState
from market.loans.terms import Loan, LoanStatus
from market.terms import DealKey, Party


def state_from(market: Market, events: Iterable[ev.Event], block: int) -> LoanDeskState:
    """The desk's state after ``block``; ``events`` are the market's up to it."""
    traders: dict[Party, None] = {}
    loans: dict[bytes, Loan] = {}
    ends: dict[bytes, LoanSettlement] = {}
    released: dict[bytes, int] = {}
    for event in events:
        match event:
            case ev.LoanRecorded(key=key, loan=loan):
                loans[key] = loan
                traders |= dict.fromkeys((loan.lender, loan.borrower))
            case ev.LoanSettled(key=key) | ev.LoanVoided(key=key):
                ends[key] = ended(loans[key].key, event)
            case ev.LoanReleased(key=key, refunded=refunded):
                released[key] = refunded
            case ev.Deposited(at=at, party=party) if at.address == market.loans.address:
                traders[party] = None
            case _:
                pass
    states: dict[DealKey, LoanState] = {}
    collateral = 0
    slots = market.loans.loan_slots(list(loans), block)
    for (key, loan), (status, given, returned) in zip(loans.items(), slots, strict=True):
        end = ends.get(key)
        states[loan.key] = LoanState(
            loan=loan,
            status=status,
            given_position=given,
            returned_position=returned,
            principal=end.principal if end else 0,
            returned=end.returned if end else 0,
            compensation=end.compensation if end else 0,
            refunded=end.refunded if end else released.get(key, 0),
        )
        if status is LoanStatus.RECORDED:
            collateral += loan.collateral
    free = zip(traders, market.loans.balances(list(traders), block), strict=True)
    return LoanDeskState(
        balances={party: amount for party, amount in free if amount}, collateral=collateral, loans=states
    )
