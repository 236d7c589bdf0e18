"""Check ``loans.tokens``: what the desk holds is the parties' free balances and the collateral of open loans, no less.

A small ledger of the desk's own from the events alone: no balance goes below zero, no end of a loan pays out more or
less than its collateral, and in the end the desk's tokens cover all that it owes.
"""

from collections import defaultdict

from chain.audit.report import Findings
from chain.audit.world import World
from chain.events import (
    Deposited,
    Event,
    LoanRecorded,
    LoanReleased,
    LoanSettled,
    LoanVoided,
    Transfer,
    Withdrawn,
)
from market.terms import NOBODY, Party

CHECK = "loans.tokens"


def check(world: World, findings: Findings) -> None:
    """Every movement of token units at the desk."""
    if world.loans == NOBODY:
        return
    desk = _Desk(world, findings)
    for event in world.events:
        if event.at.address == world.loans or isinstance(event, Transfer):
            desk.take(event)
    findings.count(CHECK)
    owed = sum(desk.free.values()) + desk.collateral
    if desk.held < owed:
        findings.violate(CHECK, None, f"{desk.held} held, {owed} owed in balances and collateral")
    elif desk.held > owed:
        findings.note(CHECK, f"{desk.held - owed} units were sent to the desk without a deposit")


class _Desk:
    """Balances as the events make them."""

    def __init__(self, world: World, findings: Findings) -> None:
        self._findings = findings
        self._desk = world.loans
        self._recorded = world.lent()
        self.free: dict[Party, int] = defaultdict(int)
        self.collateral = 0
        self.held = 0
        """Tokens that transfers brought, less those that they took."""

    def take(self, event: Event) -> None:
        match event:
            case Transfer(sender=sender, to=to, value=value):
                self.held += value * ((to == self._desk) - (sender == self._desk))
            case Deposited(party=party, amount=amount):
                self.free[party] += amount
            case Withdrawn(party=party, amount=amount):
                self._less(event, party, amount)
            case LoanRecorded(loan=loan):
                self.collateral += loan.collateral
                self._less(event, loan.borrower, loan.collateral)
            case LoanSettled(key=key, compensation=compensation, refunded=refunded):
                self._end(event, key, compensation, refunded)
            case LoanVoided(key=key, refunded=refunded) | LoanReleased(key=key, refunded=refunded):
                self._end(event, key, 0, refunded)
            case _:
                pass

    def _less(self, event: Withdrawn | LoanRecorded, party: Party, amount: int) -> None:
        self._findings.count(CHECK)
        self.free[party] -= amount
        if self.free[party] < 0:
            detail = (
                f"{type(event).__name__} takes {amount} from {party}, {-self.free[party]} more than it has"
            )
            self._findings.violate(CHECK, event.at.transaction, detail)

    def _end(self, event: Event, key: bytes, compensation: int, refunded: int) -> None:
        self._findings.count(CHECK)
        made = self._recorded.get(key)
        if made is None:
            return  # the business of chain.audit.loans.settlement
        if compensation + refunded != made.loan.collateral:
            detail = (
                f"loan 0x{key.hex()}: {compensation} and {refunded} of a collateral of {made.loan.collateral}"
            )
            self._findings.violate(CHECK, event.at.transaction, detail)
        self.free[made.loan.lender] += compensation
        self.free[made.loan.borrower] += refunded
        self.collateral -= made.loan.collateral
