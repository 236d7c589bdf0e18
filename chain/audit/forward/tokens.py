"""Check ``forward.tokens``: what the desk holds is the parties' free balances and the open deposits, no less.

A small ledger of the desk's own from the events alone: no balance and no deposit goes below zero, and in the end the
desk's tokens cover all that it owes.
"""

from collections import defaultdict

from chain.audit.report import Findings
from chain.audit.world import World
from chain.events import (
    Deposited,
    Event,
    ForwardClosed,
    ForwardSigned,
    MemberBilled,
    MemberClosed,
    MemberExited,
    MemberJoined,
    Transfer,
    Withdrawn,
)
from market.terms import NOBODY, Party

CHECK = "forward.tokens"
Purse = tuple[bytes, int]
"""A deposit: of a contract's member by its meter, of its retailer by 0 (no meter has that number)."""


def check(world: World, findings: Findings) -> None:
    """Every movement of token units at the desk."""
    if world.forward == NOBODY:
        return
    desk = _Desk(world.forward, findings)
    for event in world.events:
        if event.at.address == world.forward or isinstance(event, Transfer):
            desk.take(event)
    findings.count(CHECK)
    owed = sum(desk.free.values()) + sum(desk.deposits.values())
    if desk.held < owed:
        findings.violate(CHECK, None, f"{desk.held} held, {owed} owed in balances and deposits")
    elif desk.held > owed:
        findings.note(CHECK, f"{desk.held - owed} units were sent to the desk without a deposit")


class _Desk:
    """Balances and deposits as the events make them."""

    def __init__(self, desk: Party, findings: Findings) -> None:
        self._desk = desk
        self._findings = findings
        self.free: dict[Party, int] = defaultdict(int)
        self.deposits: dict[Purse, int] = defaultdict(int)
        self.owners: dict[Purse, Party] = {}
        self.held = 0
        """Tokens that transfers brought, less those that they took."""

    def take(self, event: Event) -> None:
        match event:
            case Transfer(sender=sender, to=to, value=value):
                self.held += value * ((to == self._desk) - (sender == self._desk))
            case Deposited(party=party, amount=amount):
                self.free[party] += amount
            case Withdrawn(party=party, amount=amount):
                self._spend(event, party, amount)
            case ForwardSigned(key=key, terms=terms):
                self._put(event, (key, 0), terms.retailer, terms.retailer_deposit)
            case MemberJoined(key=key, meter=meter, membership=consent):
                self._put(event, (key, meter), consent.member, consent.max_deposit)
            case MemberBilled(key=key, meter=meter, amount=amount, paid=paid):
                purses = (key, meter), (key, 0)
                payer, payee = purses if amount > 0 else purses[::-1]
                self._pay(event, payer, self.owners.get(payee), paid)
            case MemberExited(key=key, meter=meter, fee=fee):
                self._pay(event, (key, meter), self.owners.get((key, 0)), fee)
            case MemberClosed(key=key, meter=meter, refunded=refunded):
                self._give_back(event, (key, meter), refunded)
            case ForwardClosed(key=key, refunded=refunded):
                self._give_back(event, (key, 0), refunded)
            case _:
                pass

    def _spend(self, event: Event, party: Party, amount: int) -> None:
        self._findings.count(CHECK)
        self.free[party] -= amount
        if self.free[party] < 0:
            short = f"{-self.free[party]} more than it has"
            self._say(event, f"takes {amount} from {party}, {short}")

    def _put(self, event: Event, purse: Purse, party: Party, amount: int) -> None:
        self._spend(event, party, amount)
        self.owners[purse] = party
        self.deposits[purse] += amount

    def _pay(self, event: Event, purse: Purse, party: Party | None, amount: int) -> None:
        self._findings.count(CHECK)
        self.deposits[purse] -= amount
        if self.deposits[purse] < 0:
            self._say(event, f"takes {amount} from a deposit, {-self.deposits[purse]} more than it holds")
        if party is None:
            self._say(event, "pays nobody that is known")
        else:
            self.free[party] += amount

    def _give_back(self, event: Event, purse: Purse, amount: int) -> None:
        self._pay(event, purse, self.owners.get(purse), amount)
        if self.deposits[purse]:
            self._say(event, f"gives {amount} back and leaves {self.deposits[purse]}")

    def _say(self, event: Event, what: str) -> None:
        self._findings.violate(CHECK, event.at.transaction, f"{type(event).__name__} {what}")
