"""Checks ``forward.bills`` and ``forward.exits``: every bill and every end once more, from terms, registers and order.

The rules of ``IForwardContracts`` stated a second time, from the events alone: volumes by the difference of registers or
by contract, amounts by the rates, paid as far as the deposit that pays reaches; fees, and what goes back at the end.
"""

from dataclasses import dataclass, field

from eth_hash.auto import keccak

from chain.audit.report import Findings
from chain.audit.world import World
from chain.events import (
    Event,
    ForwardClosed,
    ForwardSigned,
    MemberBilled,
    MemberClosed,
    MemberExited,
    MemberJoined,
    RegistersPosted,
)
from chain.forward.registers import registers_of
from market.forward.terms import BLOCKS, MOST_BOUNDARIES, ForwardTerms
from market.forward.trees import schedule_of
from market.ledger.port import Four
from market.terms import NOBODY

BILLS = "forward.bills"
EXITS = "forward.exits"
Outcome = tuple[bool, Four, int, int]
"""Metered, volumes, amount, paid."""


def are_billable(terms: ForwardTerms) -> bool:
    """Whether terms have periods and rates at all; whether they are sound is for ``forward.terms``."""
    return 2 <= len(terms.boundaries) <= MOST_BOUNDARIES and 1 <= len(terms.blocks) <= BLOCKS


def check(world: World, findings: Findings) -> None:
    """Every bill, exit and end; what anyone could bill and nobody has is noted."""
    if world.forward == NOBODY:
        return
    book = _Book(world, findings)
    for event in world.events:
        book.take(event)
    book.end()


@dataclass(slots=True)
class _Member:
    deposit: int
    volumes: tuple[int, ...]
    last: int
    billed: int = 0
    exited: bool = False
    base: Four | None = None
    """Registers up to which is paid for; None while none was seen."""
    due: int | None = None
    """What has to go back of the deposit at once."""
    closed: bool = False


@dataclass(slots=True)
class _Contract:
    terms: ForwardTerms
    schedule: bytes
    deposit: int
    members: dict[int, _Member] = field(default_factory=dict)
    closed: bool = False


class _Book:
    """Contracts and members as the events make them."""

    def __init__(self, world: World, findings: Findings) -> None:
        self._rules = world.rules
        self._now = world.time
        self._findings = findings
        self._contracts: dict[bytes, _Contract] = {}
        self._net: dict[tuple[int, int, bytes], Four] = {}

    def take(self, event: Event) -> None:
        match event:
            case RegistersPosted():
                registers = registers_of(event)
                self._net.setdefault(registers.place, registers.net)
            case ForwardSigned(key=key, terms=terms) if are_billable(terms):
                schedule = schedule_of(terms.blocks, terms.zone, keccak)
                self._contracts.setdefault(key, _Contract(terms, schedule, terms.retailer_deposit))
            case MemberJoined(key=key, meter=meter) if key in self._contracts:
                deposit, periods = event.membership.max_deposit, self._contracts[key].terms.periods
                joined = _Member(deposit, event.volumes, periods)
                self._contracts[key].members.setdefault(meter, joined)
            case MemberBilled():
                self._bill(event)
            case MemberExited():
                self._exit(event)
            case MemberClosed():
                self._close(event)
            case ForwardClosed():
                self._end(event)
            case _:
                pass

    def _bill(self, event: MemberBilled) -> None:
        self._findings.count(BILLS)
        found = self._member(event, BILLS)
        if found is None:
            return
        contract, member = found
        name = f"meter {event.meter}, period {event.period}"
        if event.period != member.billed or event.period >= member.last:
            detail = f"{name}: {member.billed} of {member.last} periods were billed before"
            self._findings.violate(BILLS, event.at.transaction, detail)
            return
        if not self._is_final(contract, event.meter, event.period, event.at.time):
            detail = f"{name}: billed at {event.at.time}, before its registers were final"
            self._findings.violate(BILLS, event.at.transaction, detail)
        rule = self._rule(contract, member, event.meter, event.period)
        told = event.metered, event.volumes, event.amount, event.paid
        if told != rule:
            detail = f"{name}: metered, volumes, amount and paid {told}, by the rule {rule}"
            self._findings.violate(BILLS, event.at.transaction, detail)
        _, _, amount, paid = rule
        member.deposit -= paid if amount > 0 else 0
        contract.deposit -= paid if amount < 0 else 0
        member.billed += 1
        _settle(member)

    def _rule(self, contract: _Contract, member: _Member, meter: int, period: int) -> Outcome:
        terms, schedule = contract.terms, contract.schedule
        blocks = len(terms.blocks)
        if period == 0:
            member.base = self._net.get((meter, terms.boundaries[0], schedule))
        end = self._net.get((meter, terms.boundaries[period + 1], schedule))
        agreed = _four(member.volumes[period * blocks : (period + 1) * blocks])
        metered = end is not None and member.base is not None
        volumes = agreed
        if end is not None and member.base is not None:
            volumes = _four(tuple(new - old for new, old in zip(end, member.base, strict=True))[:blocks])
        if end is not None:
            member.base = end
        elif member.base is not None:
            member.base = _four(tuple(old + new for old, new in zip(member.base, agreed, strict=True)))
        amount = sum(rate * volume for rate, volume in zip(terms.rates, volumes, strict=False))
        return metered, volumes, amount, min(abs(amount), member.deposit if amount > 0 else contract.deposit)

    def _is_final(self, contract: _Contract, meter: int, period: int, time: int) -> bool:
        boundaries = contract.terms.boundaries
        ends = (boundaries[0], boundaries[1]) if period == 0 else (boundaries[period + 1],)
        return all(
            (meter, at, contract.schedule) in self._net or time >= self._rules.start(at) + self._rules.window
            for at in ends
        )

    def _exit(self, event: MemberExited) -> None:
        self._findings.count(EXITS)
        found = self._member(event, EXITS)
        if found is None:
            return
        contract, member = found
        starts = [self._rules.start(each) for each in contract.terms.boundaries]
        if member.exited or event.at.time >= starts[-1]:
            detail = f"meter {event.meter}: left twice, or after the end"
            self._findings.violate(EXITS, event.at.transaction, detail)
            return
        last = sum(start <= event.at.time for start in starts[:-1])
        fee = min(contract.terms.exit_fee, member.deposit)
        if (event.last_periods, event.fee) != (last, fee):
            told = f"periods and fee {event.last_periods, event.fee}, by the rule {last, fee}"
            self._findings.violate(EXITS, event.at.transaction, f"meter {event.meter}: {told}")
        member.last, member.exited = last, True
        member.deposit -= fee
        _settle(member)

    def _close(self, event: MemberClosed) -> None:
        self._findings.count(EXITS)
        found = self._member(event, EXITS)
        if found is None:
            return
        _, member = found
        if member.due is None or event.refunded != member.due:
            detail = f"meter {event.meter}: {event.refunded} went back, by the rule {member.due}"
            self._findings.violate(EXITS, event.at.transaction, detail)
        member.due, member.closed = None, True

    def _end(self, event: ForwardClosed) -> None:
        self._findings.count(EXITS)
        contract, where = self._contracts.get(event.key), event.at.transaction
        name = f"contract 0x{event.key.hex()}"
        if contract is None or contract.closed:
            self._findings.violate(EXITS, where, f"{name}: closed, but not open")
            return
        contract.closed = True
        end = self._rules.start(contract.terms.boundaries[-1])
        still = sum(not member.closed for member in contract.members.values())
        if event.at.time < end or still:
            detail = f"{name}: closed at {event.at.time} with {still} members open; it ends at {end}"
            self._findings.violate(EXITS, where, detail)
        if event.refunded != contract.deposit:
            detail = f"{name}: {event.refunded} went back to the retailer, by the rule {contract.deposit}"
            self._findings.violate(EXITS, where, detail)

    def end(self) -> None:
        """What is missing, and what is left to do."""
        ripe = 0
        for contract in self._contracts.values():
            for meter, member in contract.members.items():
                if member.due is not None:
                    self._findings.violate(EXITS, None, f"meter {meter}: {member.due} never went back")
                elif not member.closed and self._is_final(contract, meter, member.billed, self._now):
                    ripe += 1
        if ripe:
            self._findings.note(BILLS, f"{ripe} members' next periods could be billed by anyone and are not")

    def _member(
        self, event: MemberBilled | MemberExited | MemberClosed, check: str
    ) -> tuple[_Contract, _Member] | None:
        contract = self._contracts.get(event.key)
        member = None if contract is None else contract.members.get(event.meter)
        if contract is None or member is None or member.closed:
            detail = f"meter {event.meter}: {type(event).__name__} of no open member"
            self._findings.violate(check, event.at.transaction, detail)
            return None
        return contract, member


def _settle(member: _Member) -> None:
    if member.billed >= member.last:
        member.due = member.deposit


def _four(values: tuple[int, ...]) -> Four:
    a, b, c, d = (*values, 0, 0, 0, 0)[:4]
    return a, b, c, d
