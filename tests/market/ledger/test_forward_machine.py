"""Random sequences of forward contracts and deals, good and bad, over the same meters: what must hold in every state.

After each step: tokens are conserved to the last unit; what the desk holds is what stands of members' and retailers'
deposits; nobody has paid more than its maximum deposit; the volumes billed up to the last register seen are what that
register says; no meter trades while it is supplied; what is closed never changes; refusals change nothing. At the end
nobody's silence has locked a token, and the order of bills does not matter.
"""

import itertools
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from market.forward.port import ForwardState, MemberBill, MemberExit
from market.forward.schedule import EVERY_HOUR, zone_word
from market.forward.terms import Bill, ForwardStatus, ForwardTerms, Joining, Membership, SignedForward
from market.forward.trees import Entry, Roster, schedule_of, terms_hash
from market.ledger.digest import conserved, digest
from market.ledger.errors import LedgerError
from market.ledger.memory import MemoryLedger
from market.ledger.port import Four, MarketRules, MeterSpec, Registers
from market.ledger.unsigned import UNSIGNED_FORWARDS as SEALS
from market.ledger.unsigned import plain_hash
from market.terms import NOBODY, Deal, DealStatus, Party

RETAILERS = tuple(Party("0x" + letter * 40) for letter in "ab")
COMMUNITY, MARKET, GUARDIAN = (Party("0x" + letter * 40) for letter in "cde")
OWNERS = tuple(Party("0x" + digit * 40) for digit in "123")
EVERYONE = (*RETAILERS, COMMUNITY, *OWNERS)
NAMES = {party: party for party in EVERYONE}
RULES = MarketRules(epoch=1000, interval=10, gate=2, horizon=3, window=15, pause_length=8, pause_cooldown=20)
BLOCKS = (EVERY_HOUR >> 84, EVERY_HOUR ^ EVERY_HOUR >> 84)
ZONE = zone_word("UTC")
PERIODS = 3
STAKE = 3_000

meters = st.integers(1, len(OWNERS))
picks = st.integers(0, 10**6)
nets = st.integers(-20, 60)
three = st.sampled_from((True, True, False))
happenings = st.tuples(
    st.tuples(three, three, three),
    st.tuples(*[st.tuples(nets, nets)] * len(OWNERS)),
    st.booleans(),
)
"""At a boundary: whose registers are posted, what they say, and whether the silence of the others is waited for."""
Happening = tuple[tuple[bool, ...], tuple[tuple[int, int], ...], bool]
Member = tuple[bytes, int]


class ForwardMachine(RuleBasedStateMachine):
    """Three homes with a meter each, two retailers, and a community that signs for the homes."""

    def __init__(self) -> None:
        super().__init__()
        self.ledger = MemoryLedger(
            rules=RULES, provider=NOBODY, tariff=(), address=MARKET, guardian=GUARDIAN, now=RULES.epoch
        )
        self.desk = self.ledger.forward
        self.rosters: dict[bytes, Roster] = {}
        self.brought: dict[Member, int] = {}
        self.cost: dict[Member, int] = {}
        self.gained: dict[Member, int] = {}
        self.billed: dict[Member, list[MemberBill]] = {}
        self.closed: dict[bytes, ForwardState] = {}
        self.count = 0

    @initialize()
    def begin(self) -> None:
        for party in EVERYONE:
            self.ledger.buy_tokens(party, 2 * STAKE)
            self.ledger.deposit(party, STAKE // 2)
            self.desk.deposit(party, STAKE)
        for number, owner in enumerate(OWNERS, start=1):
            self.ledger.register_meter(MeterSpec(name=f"m{number}", owner=owner, rating=50))

    # Helpers ----------------------------------------------------------------------------------------------------------

    def attempt(self, operation: Callable[[], object]) -> Any:
        """Do it; a refusal must have changed nothing."""
        before = self.ledger.state(), self.desk.paused_until
        try:
            return operation()
        except LedgerError:
            assert (self.ledger.state(), self.desk.paused_until) == before
            return None

    def contracts(self, status: ForwardStatus = ForwardStatus.SIGNED) -> list[tuple[bytes, ForwardState]]:
        found = self.ledger.state().forward.contracts
        return [(key, state) for key, state in found.items() if state.status is status]

    def pick(self, number: int) -> tuple[bytes, ForwardState] | None:
        signed = self.contracts()
        return signed[number % len(signed)] if signed else None

    def present(self) -> int:
        return max(0, (self.ledger.now() - RULES.epoch) // RULES.interval)

    def registers(self, meter: int, at: int, by_day: int, otherwise: int) -> Registers:
        # Registers are counted from the market's start: 50 a step, more or less.
        total = 50 * at
        imported = (max(total + by_day, 0), max(total + otherwise, 0), 0, 0)
        return Registers(
            meter=meter,
            at=at,
            schedule=schedule_of(BLOCKS, ZONE, self.desk.hash),
            imported=imported,
            exported=(total, total, 0, 0),
        )

    # Time and money ---------------------------------------------------------------------------------------------------

    @rule(seconds=st.integers(1, 8))
    def wait(self, seconds: int) -> None:
        self.ledger.advance_to(self.ledger.now() + seconds)

    @rule(
        party=st.sampled_from(EVERYONE),
        amount=st.integers(0, 900),
        kind=st.sampled_from(("deposit", "withdraw")),
    )
    def money(self, party: Party, amount: int, kind: str) -> None:
        self.attempt(lambda: getattr(self.desk, kind)(party, amount))

    @rule(caller=st.sampled_from((GUARDIAN, OWNERS[0])), often=st.integers(0, 12))
    def pause(self, caller: Party, often: int) -> None:
        if often == 0:
            self.attempt(lambda: self.desk.pause_by(caller))

    # Contracts --------------------------------------------------------------------------------------------------------

    @rule(
        retailer=st.sampled_from(RETAILERS),
        ahead=st.integers(4, 9),
        length=st.integers(1, 3),
        rates=st.tuples(st.integers(0, 6), st.integers(0, 6)),
        deposit=st.integers(0, 300),
        fee=st.integers(0, 40),
        contracted=st.lists(st.integers(-10, 30), min_size=2 * PERIODS, max_size=2 * PERIODS),
        fault=st.sampled_from(("", "", "", "", "forged", "hours", "nonce")),
        most=st.tuples(*[st.sampled_from((0, 30, 200, 700))] * len(OWNERS)),
    )
    def sign(
        self,
        *,
        retailer: Party,
        ahead: int,
        length: int,
        rates: tuple[int, int],
        deposit: int,
        fee: int,
        contracted: list[int],
        fault: str,
        most: tuple[int, ...],
    ) -> None:
        """A contract is signed, and some join at once (with what they bring at most)."""
        if len(self.contracts()) > 2:
            return
        entries = tuple(Entry(owner, meter, tuple(contracted)) for meter, owner in enumerate(OWNERS, 1))
        roster = Roster(entries, self.desk.hash)
        start = self.present() + ahead
        self.count += fault != "nonce"
        terms = ForwardTerms(
            retailer=retailer,
            community=COMMUNITY,
            nonce=self.count,
            boundaries=tuple(start + period * length for period in range(PERIODS + 1)),
            blocks=BLOCKS if fault != "hours" else (BLOCKS[0], BLOCKS[1] - 2**100),
            zone=ZONE,
            rates=rates,
            expected=(1, 1),
            roster=roster.root,
            exit_fee=fee,
            retailer_deposit=deposit,
            expiry=RULES.gate_of(start),
        )
        seals = [SEALS.sign_forward(party, terms) for party in (retailer, COMMUNITY)]
        if fault == "forged":
            seals.reverse()
        key = self.attempt(lambda: self.desk.sign(SignedForward(terms, *seals)))
        if key is not None:
            assert not fault or fault == "nonce"
            self.rosters[key] = roster
            for meter, brought in enumerate(most, 1):
                self.take_part(key, terms, meter, brought)

    @precondition(lambda self: self.rosters)
    @rule(number=picks, meter=meters, most=st.integers(0, 700), own=st.booleans(), wrong=st.integers(0, 9))
    def join(self, number: int, meter: int, most: int, own: bool, wrong: int) -> None:
        found = self.pick(number)
        if found is None:
            return
        key, state = found
        self.take_part(key, state.terms, meter, most, own=own, wrong=wrong)

    def take_part(
        self, key: bytes, terms: ForwardTerms, meter: int, most: int, *, own: bool = True, wrong: int = 9
    ) -> None:
        roster, index = self.rosters[key], meter - 1
        entry = roster.entries[index]
        consent = Membership(
            terms=terms_hash(terms, plain_hash),
            member=entry.member,
            meter=meter,
            max_deposit=most,
            expiry=self.ledger.now(),
        )
        joining = Joining(
            terms=terms,
            membership=consent,
            volumes=entry.volumes,
            proof=roster.proof((index + 1) % 3 if wrong == 0 else index),
            signature=b""
            if own
            else SEALS.sign_membership(replace(consent, max_deposit=most + (wrong == 1))),
        )

        def operation() -> bool:
            self.desk.join(joining)
            return True

        if self.attempt(operation):
            assert wrong > 1 or (wrong == 1 and own)
            self.brought[key, meter] = most
            self.cost[key, meter] = self.gained[key, meter] = 0
            self.billed[key, meter] = []

    @precondition(lambda self: self.brought)
    @rule(number=picks, boundaries=st.lists(happenings, min_size=1, max_size=PERIODS + 1))
    def pass_by(self, number: int, boundaries: list[Happening]) -> None:
        """A contract's next boundaries come: some meters are read, and all that can be billed is billed."""
        found = self.pick(number)
        if found is None:
            return
        key, state = found
        coming = [at for at in state.terms.boundaries if RULES.start(at) > self.ledger.now()]
        for at, (posted, read, silence) in zip(coming, boundaries, strict=False):
            self.ledger.advance_to(RULES.start(at))
            for meter in range(1, 4):
                if posted[meter - 1]:
                    registers = self.registers(meter, at, *read[meter - 1])
                    self.attempt(partial(self.ledger.post_register, registers))
            if silence:
                self.ledger.advance_to(RULES.start(at) + RULES.window)
            for meter, member in self.ledger.state().forward.contracts[key].members.items():
                volumes = self.rosters[key].entries[meter - 1].volumes
                due = Bill(meter=meter, period=member.billed, volumes=volumes)
                self.note(self.attempt(partial(self.desk.bill, state.terms, due)))

    @precondition(lambda self: self.brought)
    @rule(number=picks, boundary=st.integers(0, PERIODS), by_day=nets, otherwise=nets, wait=st.booleans())
    def read(self, number: int, boundary: int, by_day: int, otherwise: int, wait: bool) -> None:
        """A member's meter is read at a boundary, if it is not too late."""
        key, meter = sorted(self.brought)[number % len(self.brought)]
        at = self.ledger.state().forward.contracts[key].terms.boundaries[boundary]
        if wait:
            self.ledger.advance_to(RULES.start(at))
        registers = self.registers(meter, at, by_day, otherwise)
        self.attempt(lambda: self.ledger.post_register(registers))

    @precondition(lambda self: self.brought)
    @rule(number=picks, shift=st.sampled_from((0, 0, 0, 0, 1, -1)), published=st.integers(0, 5))
    def bill(self, number: int, shift: int, published: int) -> None:
        key, meter = sorted(self.brought)[number % len(self.brought)]
        state = self.ledger.state().forward.contracts[key]
        period = max(0, state.members[meter].billed + shift)
        volumes = self.rosters[key].entries[meter - 1].volumes if published else ()
        bill = Bill(meter=meter, period=period, volumes=volumes)
        self.note(self.attempt(lambda: self.desk.bill(state.terms, bill)))

    def note(self, bill: MemberBill | None) -> None:
        if bill is None:
            return
        member = bill.key, bill.meter
        self.billed[member].append(bill)
        (self.cost if bill.amount > 0 else self.gained)[member] += bill.paid
        self.check_volumes(member)

    def check_volumes(self, member: Member) -> None:
        """Σ billed since the base = last register seen − base, block by block."""
        key, meter = member
        terms = self.ledger.state().forward.contracts[key].terms
        schedule = schedule_of(terms.blocks, terms.zone, self.desk.hash)
        posted = self.ledger.state().registers
        seen: list[tuple[int, Four]] = [
            (boundary, posted[meter, at, schedule].net)
            for boundary, at in enumerate(terms.boundaries[: len(self.billed[member]) + 1])
            if (meter, at, schedule) in posted
        ]
        if seen:
            (first, base), (last, net) = seen[0], seen[-1]
            since = [bill.volumes for bill in self.billed[member][first:last]]
            for block in range(2):
                assert sum(volumes[block] for volumes in since) == net[block] - base[block]

    @precondition(lambda self: self.brought)
    @rule(number=picks, caller=st.sampled_from((None, None, *OWNERS)), often=st.integers(0, 3))
    def leave(self, number: int, caller: Party | None, often: int) -> None:
        key, meter = sorted(self.brought)[number % len(self.brought)]
        if often:
            return
        who = OWNERS[meter - 1] if caller is None else caller
        terms = self.ledger.state().forward.contracts[key].terms
        left: MemberExit | None = self.attempt(lambda: self.desk.exit(who, terms, meter))
        if left is not None:
            assert who == OWNERS[meter - 1]
            self.cost[key, meter] += left.fee

    @rule(number=picks)
    def close(self, number: int) -> None:
        found = self.pick(number)
        if found is not None:
            key, state = found
            if self.attempt(lambda: self.desk.close(state.terms)) is not None:
                self.closed[key] = self.ledger.state().forward.contracts[key]

    @rule(retailer=st.sampled_from(RETAILERS), nonce=st.integers(0, 9), often=st.integers(0, 5))
    def cancel(self, retailer: Party, nonce: int, often: int) -> None:
        if often == 0:
            self.attempt(lambda: self.desk.cancel(COMMUNITY, retailer, nonce))

    # Trade ------------------------------------------------------------------------------------------------------------

    @rule(seller=meters, shift=st.integers(1, 2), offset=st.integers(1, 3), nonce=st.integers(0, 60))
    def deal(self, seller: int, shift: int, offset: int, nonce: int) -> None:
        buyer = (seller - 1 + shift) % 3 + 1
        deal = Deal(
            seller=OWNERS[seller - 1],
            buyer=OWNERS[buyer - 1],
            nonce=nonce,
            seller_meter=seller,
            buyer_meter=buyer,
            interval=self.present() + offset,
            count=1,
            price=1,
            energy=5,
        )
        self.attempt(lambda: self.ledger.record_deal(deal, 2**32 - 1))

    # What must hold ---------------------------------------------------------------------------------------------------

    @invariant()
    def tokens_are_conserved(self) -> None:
        state = self.ledger.state()
        assert conserved(state, self.ledger.minted)
        contracts = state.forward.contracts.values()
        members = sum(member.deposit for each in contracts for member in each.members.values())
        assert state.forward.deposits == members + sum(each.retailer_deposit for each in contracts)

    @invariant()
    def nobody_owes_more_than_its_deposit(self) -> None:
        contracts = self.ledger.state().forward.contracts
        for (key, meter), most in self.brought.items():
            member = contracts[key].members[meter]
            assert 0 <= self.cost[key, meter] <= most
            if member.is_open:
                assert member.deposit == most - self.cost[key, meter]
            else:
                assert member.deposit == 0
        for key, contract in contracts.items():
            gained = sum(amount for (each, _), amount in self.gained.items() if each == key)
            assert gained <= contract.terms.retailer_deposit

    @invariant()
    def no_meter_trades_while_it_is_supplied(self) -> None:
        state = self.ledger.state()
        for supplies in state.supplies.values():
            assert all(a.to_interval <= b.from_interval for a, b in itertools.pairwise(supplies))
        for slot in state.deals.values():
            if slot.status is DealStatus.RECORDED:
                for meter in (slot.deal.seller_meter, slot.deal.buyer_meter):
                    for each in state.supplies.get(meter, ()):
                        assert not each.from_interval <= slot.deal.interval < each.to_interval

    @invariant()
    def what_is_closed_never_changes(self) -> None:
        contracts = self.ledger.state().forward.contracts
        for key, state in self.closed.items():
            assert contracts[key] == state

    # The end ----------------------------------------------------------------------------------------------------------

    def teardown(self) -> None:
        contracts = self.ledger.state().forward.contracts.values()
        last = max((each.terms.boundaries[-1] for each in contracts), default=0)
        self.ledger.advance_to(RULES.start(last) + RULES.window)
        forward, backward = self.ledger, self.ledger.copy()
        bills = finish(forward, self.rosters, reverse=False)
        others = finish(backward, self.rosters, reverse=True)
        # What is owed does not depend on the order; nor does the outcome, where every deposit reaches.
        assert {(b.key, b.meter, b.period): (b.volumes, b.amount) for b in bills} == {
            (b.key, b.meter, b.period): (b.volumes, b.amount) for b in others
        }
        if all(abs(bill.amount) == bill.paid for bill in (*bills, *others)):
            names = {meter: f"m{meter}" for meter in range(1, 4)}
            assert digest(forward.state(), NAMES, names) == digest(backward.state(), NAMES, names)
        for bill in bills:
            self.note(bill)
        state = forward.state()
        assert state.forward.deposits == 0
        assert not any(each.open_members for each in state.forward.contracts.values())
        assert conserved(state, forward.minted)


def finish(ledger: MemoryLedger, rosters: dict[bytes, Roster], *, reverse: bool) -> list[MemberBill]:
    """Bill all that is due, member by member in one order or the other, and close all contracts."""
    bills = []
    for key, state in ledger.state().forward.contracts.items():
        if state.status is ForwardStatus.SIGNED:
            for meter in sorted(state.members, reverse=reverse):
                member = state.members[meter]
                for period in range(member.billed, member.last):
                    volumes = rosters[key].entries[meter - 1].volumes
                    bills.append(
                        ledger.forward.bill(state.terms, Bill(meter=meter, period=period, volumes=volumes))
                    )
            ledger.forward.close(state.terms)
    return bills


TestForwardMachine = ForwardMachine.TestCase
TestForwardMachine.settings = settings(max_examples=80, stateful_step_count=40)
