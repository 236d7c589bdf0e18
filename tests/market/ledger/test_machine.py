"""Random sequences of operations, good and bad: what must hold in every state a ledger can reach.

After each step: tokens are conserved to the last unit; escrow is what open deals hold; a queue is the gapless row of
its live deals and no longer than the rating; no meter-interval delivers more than it exported; what ended has paid and
refunded its escrow and never changes; refusals change nothing. At the end: the order of settlement does not matter.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from market.ledger.digest import conserved, digest
from market.ledger.errors import LedgerError
from market.ledger.memory import MemoryLedger
from market.ledger.port import (
    DealState,
    LedgerState,
    MarketRules,
    MeterInterval,
    MeterSpec,
    OpenRequest,
    ProviderOrder,
    Reading,
    TariffStep,
)
from market.ledger.unsigned import UNSIGNED
from market.terms import (
    NO_METER,
    NOBODY,
    Deal,
    DealKey,
    DealStatus,
    Lock,
    Move,
    Party,
    SessionStatus,
    SessionTerms,
    SignedOffer,
    Transcript,
)

PEOPLE = tuple(Party("0x" + letter * 40) for letter in "abc")
PROVIDER, MARKET, GUARDIAN = (Party("0x" + letter * 40) for letter in "def")
EVERYONE = (*PEOPLE, PROVIDER)
NAMES = {party: party for party in EVERYONE}
OWNERS = (PEOPLE[0], PEOPLE[1], PEOPLE[2], PEOPLE[0])
RATING = 20
RULES = MarketRules(
    epoch=1000,
    interval=10,
    gate=2,
    horizon=6,
    window=15,
    provider_cap=25,
    pause_length=8,
    pause_cooldown=20,
)

parties = st.sampled_from(EVERYONE)
meters = st.integers(0, 5)
energies = st.integers(0, 15)
prices = st.integers(0, 6)
ahead = st.integers(0, 30)
numbers = st.integers(0, 4)
picks = st.integers(0, 10**6)


class LedgerMachine(RuleBasedStateMachine):
    """One market of three parties with four meters, and its provider."""

    def __init__(self) -> None:
        super().__init__()
        self.ledger = MemoryLedger(
            rules=RULES,
            provider=PROVIDER,
            tariff=[TariffStep(from_interval=0, buy_price=2, sell_price=4)],
            address=MARKET,
            guardian=GUARDIAN,
            now=RULES.epoch,
        )
        self.opened = 0
        self.ended: dict[DealKey, DealState] = {}
        self.read: dict[tuple[int, int], MeterInterval] = {}

    @initialize()
    def begin(self) -> None:
        for party in EVERYONE:
            self.ledger.buy_tokens(party, 600)
            self.ledger.deposit(party, 500)
        for number, owner in enumerate(OWNERS, start=1):
            self.ledger.register_meter(MeterSpec(name=f"m{number}", owner=owner, rating=RATING))

    # Helpers ----------------------------------------------------------------------------------------------------------

    def whole(self) -> tuple[Any, ...]:
        """All that can be seen of the ledger."""
        ledger = self.ledger
        return (
            ledger.state(),
            [ledger.session(number) for number in range(1, self.opened + 1)],
            [ledger.meter(number) for number in range(1, len(OWNERS) + 1)],
            [ledger.provider_open(number) for number in range(1, len(OWNERS) + 1)],
            ledger.paused_until,
            ledger.minted,
            ledger.now(),
        )

    def attempt(self, operation: Callable[[], object]) -> bool:
        """Do it; a refusal must have changed nothing."""
        before = self.whole()
        try:
            operation()
        except LedgerError:
            assert self.whole() == before
            return False
        return True

    def interval(self, offset: int) -> int:
        """An interval around now."""
        present = (self.ledger.now() - RULES.epoch) // RULES.interval
        return max(0, present + offset)

    def pick(self, number: int, *statuses: DealStatus) -> DealState | None:
        """One of the deals so far, of those in ``statuses`` if any are named."""
        deals = [d for d in self.ledger.state().deals.values() if not statuses or d.status in statuses]
        return deals[number % len(deals)] if deals else None

    def promises(self, state: LedgerState) -> Iterator[tuple[tuple[int, int], int, int, int]]:
        """Of each place in a queue the meter and interval, the position, the quantity, and what it delivered."""
        for slot in state.deals.values():
            meter, interval = slot.deal.seller_meter, slot.deal.interval + slot.index
            if meter != NO_METER and slot.status in (DealStatus.RECORDED, DealStatus.SETTLED):
                yield (meter, interval), slot.position, slot.deal.energy, slot.delivered

    # Money and time ---------------------------------------------------------------------------------------------------

    @rule(seconds=st.integers(1, 12))
    def wait(self, seconds: int) -> None:
        self.ledger.advance_to(self.ledger.now() + seconds)

    @rule(
        party=parties,
        amount=st.integers(0, 700),
        kind=st.sampled_from(("deposit", "withdraw", "redeem", "buy")),
    )
    def money(self, party: Party, amount: int, kind: str) -> None:
        operation = {
            "deposit": self.ledger.deposit,
            "withdraw": self.ledger.withdraw,
            "redeem": self.ledger.redeem_tokens,
            "buy": self.ledger.buy_tokens,
        }[kind]
        self.attempt(lambda: operation(party, amount))

    @rule(caller=st.sampled_from((GUARDIAN, GUARDIAN, PEOPLE[0])), often=st.integers(0, 12))
    def pause(self, caller: Party, often: int) -> None:
        if often == 0:
            self.attempt(lambda: self.ledger.pause_by(caller))

    # Meters -----------------------------------------------------------------------------------------------------------

    @rule(
        meter=meters,
        offset=st.integers(-3, 1),
        exported=st.integers(0, RATING + 2),
        imported=st.integers(0, 9),
    )
    def post(self, meter: int, offset: int, exported: int, imported: int) -> None:
        reading = Reading(meter=meter, interval=self.interval(offset), exported=exported, imported=imported)
        self.attempt(lambda: self.ledger.post(reading))

    @rule(number=picks, exported=st.integers(0, RATING), imported=st.integers(0, 9), settled=st.booleans())
    def happen(self, number: int, exported: int, imported: int, settled: bool) -> None:
        """An interval of an open deal ends and its meter is read."""
        known = self.pick(number, DealStatus.RECORDED)
        if known is None:
            return
        deal, interval = known.deal, known.deal.interval + known.index
        self.ledger.advance_to(RULES.end(interval))
        reading = Reading(meter=deal.seller_meter, interval=interval, exported=exported, imported=imported)
        if deal.seller_meter != NO_METER:
            self.attempt(lambda: self.ledger.post(reading))
        if settled:
            self.attempt(lambda: self.ledger.settle_one(deal, known.index))

    @rule(meter=st.integers(1, 4), caller=parties, offset=st.integers(0, 5), kind=st.integers(0, 11))
    def trouble(self, meter: int, caller: Party, offset: int, kind: int) -> None:
        # Rare, since a market of retired and frozen meters has nothing left to show.
        if kind == 0:
            self.attempt(lambda: self.ledger.retire(caller, meter, self.interval(offset)))
        elif kind == 1:
            one = Reading(meter=meter, interval=1, exported=1, imported=0)
            self.attempt(lambda: self.ledger.prove_conflict(one, replace(one, exported=offset)))

    # Deals ------------------------------------------------------------------------------------------------------------

    @rule(
        seller_meter=st.integers(1, 4),
        shift=st.sampled_from((1, 2, 3, 0)),
        nonce=st.integers(0, 40),
        offset=st.sampled_from((1, 1, 1, 2, 3, 4, 0)),
        count=st.integers(1, 3),
        price=st.integers(1, 6),
        energy=st.integers(1, 9),
        max_ahead=ahead,
        rounds=st.integers(1, 3),
        seller_opens=st.booleans(),
        disclose=st.booleans(),
    )
    def record(
        self,
        *,
        shift: int,
        rounds: int,
        disclose: bool,
        price: int,
        energy: int,
        **terms: Any,
    ) -> None:
        buyer_meter = (terms["seller_meter"] - 1 + shift) % len(OWNERS) + 1
        session = SessionTerms(
            seller=OWNERS[terms["seller_meter"] - 1],
            buyer=OWNERS[buyer_meter - 1],
            buyer_meter=buyer_meter,
            interval=self.interval(terms.pop("offset")),
            **terms,
        )
        offers: list[SignedOffer] = []
        expiry = RULES.gate_of(session.interval)
        for number in range(rounds):
            previous = offers[-1].hash if offers else bytes(32)
            move = Move(price=price + number, energy=energy, expiry=expiry)
            offers.append(UNSIGNED.sign(session, move, number, previous))
        transcript = Transcript(session, tuple(offers), UNSIGNED.countersign(session, offers[-1]))
        self.attempt(lambda: self.ledger.record_agreement(transcript, disclose=disclose))

    @rule(
        seller=parties,
        buyer=parties,
        seller_meter=meters,
        buyer_meter=meters,
        nonce=numbers,
        offset=st.integers(-2, 8),
        count=st.integers(0, 3),
        price=prices,
        energy=energies,
        max_ahead=ahead,
    )
    def record_anything(self, *, offset: int, max_ahead: int, **terms: Any) -> None:
        deal = Deal(interval=self.interval(offset), **terms)
        self.attempt(lambda: self.ledger.record_deal(deal, max_ahead))

    @rule(
        party=parties,
        number=st.integers(0, 40),
        meter=meters,
        offset=st.integers(0, 5),
        energy=energies,
        limit=st.sampled_from((3, 3, 4, 2, 1, 5)),
        selling=st.booleans(),
        max_ahead=ahead,
    )
    def trade(self, *, offset: int, **order: Any) -> None:
        if order["meter"] in range(1, 4):
            order["party"] = OWNERS[order["meter"] - 1]
        if order["limit"] == 3:
            order["limit"] = 2 if order["selling"] else 4
        made = ProviderOrder(interval=self.interval(offset), **order)
        self.attempt(lambda: self.ledger.trade(made))

    @rule(party=parties, counterpart=parties, nonce=numbers)
    def cancel(self, party: Party, counterpart: Party, nonce: int) -> None:
        self.attempt(lambda: self.ledger.cancel(party, counterpart, nonce))

    @rule(number=picks)
    def release(self, number: int) -> None:
        known = self.pick(number)
        if known is not None and number % 3 == 0:
            self.attempt(lambda: self.ledger.release(known.deal))

    @rule(number=picks, index=st.integers(0, 2), wrong=st.booleans())
    def settle(self, number: int, index: int, wrong: bool) -> None:
        known = self.pick(number) if index == 1 else self.pick(number, DealStatus.RECORDED)
        if known is not None:
            index = known.index if index == 0 else index
            deal = replace(known.deal, price=known.deal.price + 1) if wrong else known.deal
            assert not (self.attempt(lambda: self.ledger.settle_one(deal, index)) and wrong)

    # Sessions ---------------------------------------------------------------------------------------------------------

    @rule(
        meter=st.integers(1, 4),
        counterpart=st.sampled_from((NOBODY, NOBODY, *PEOPLE)),
        selling=st.booleans(),
        offset=st.integers(1, 4),
        count=st.integers(1, 2),
        issue_by_issue=st.booleans(),
        max_rounds=st.sampled_from((4, 3, 2, 1, 0)),
        timeout=st.sampled_from((30, 20, 5, 0)),
        shift=st.sampled_from((1, 2, 0)),
    )
    def open(self, *, offset: int, meter: int, shift: int, **request: Any) -> None:
        wanted = OpenRequest(interval=self.interval(offset), meter=meter, **request)
        if self.attempt(lambda: self.ledger.open(OWNERS[meter - 1], wanted)):
            self.opened += 1
            joiner = (meter - 1 + shift) % len(OWNERS) + 1
            if shift and request["counterpart"] in (NOBODY, OWNERS[joiner - 1]):
                self.attempt(lambda: self.ledger.join(OWNERS[joiner - 1], self.opened, joiner, 30))

    @precondition(lambda self: self.opened > 0)
    @rule(
        number=st.integers(0, 2),
        meter=st.integers(1, 4),
        party=parties,
        price=st.integers(1, 4),
        energy=st.integers(1, 9),
        locked=st.sampled_from((0, 0, 0, 1, 2, 3)),
        action=st.sampled_from(("join", "offer", "offer", "offer", "accept", "accept", "leave", "expire")),
        proper=st.booleans(),
    )
    def play(
        self,
        *,
        number: int,
        meter: int,
        party: Party,
        price: int,
        energy: int,
        locked: int,
        action: str,
        proper: bool,
    ) -> None:
        session = max(self.opened - number, 1)
        view = self.ledger.session(session)
        if proper and view.status is SessionStatus.NEGOTIATING:
            # Whose turn it is, so that sessions also come to an end that counts.
            party = (view.initiator, view.responder)[view.rounds % 2]
        if proper and view.status is SessionStatus.OPEN:
            action = "join"
            meter = next((m for m, o in enumerate(OWNERS, 1) if o == view.responder), meter)
        if action == "join":
            self.attempt(lambda: self.ledger.join(OWNERS[meter - 1], session, meter, 30))
        elif action == "offer":
            self.attempt(lambda: self.ledger.offer(party, session, price, energy, Lock(locked)))
        elif action == "accept":
            named = (max(view.rounds - 1, 0), view.price, view.energy) if proper else (0, price, energy)
            self.attempt(lambda: self.ledger.accept(party, session, *named))
        elif action == "leave":
            self.attempt(lambda: self.ledger.withdraw_from(party, session))
        else:
            self.attempt(lambda: self.ledger.expire(session))

    @precondition(lambda self: self.opened > 0)
    @rule(
        number=st.integers(0, 1), prices=st.lists(st.integers(1, 4), min_size=1, max_size=3), energy=energies
    )
    def talk(self, number: int, prices: list[int], energy: int) -> None:
        """A session is talked to its end, as far as it lets itself."""
        session = max(self.opened - number, 1)
        for price in prices:
            view = self.ledger.session(session)
            party = (view.initiator, view.responder)[view.rounds % 2]
            self.attempt(lambda p=party, v=price: self.ledger.offer(p, session, v, energy, Lock.NONE))  # type: ignore[misc]
        view = self.ledger.session(session)
        party = (view.initiator, view.responder)[view.rounds % 2]
        self.attempt(
            lambda: self.ledger.accept(party, session, max(view.rounds - 1, 0), view.price, view.energy)
        )

    # What always holds ------------------------------------------------------------------------------------------------

    @invariant()
    def tokens_are_conserved(self) -> None:
        state = self.ledger.state()
        assert conserved(state, self.ledger.minted)
        assert all(amount > 0 for amount in (*state.balances.values(), *state.tokens.values()))
        held = (s.deal for s in state.deals.values() if s.status is DealStatus.RECORDED)
        assert state.escrowed == sum(deal.price * deal.energy for deal in held)

    @invariant()
    def queues_are_gapless_and_within_the_rating(self) -> None:
        state = self.ledger.state()
        queues: dict[tuple[int, int], list[list[int]]] = defaultdict(list)
        for place, *promise in self.promises(state):
            queues[place].append(promise)
        for place, interval in state.meters.items():
            end = 0
            for position, quantity, _ in sorted(queues[place]):
                assert position == end
                end += quantity
            assert interval.committed == end <= RATING
            assert sum(delivered for *_, delivered in queues[place]) <= interval.exported
        assert set(queues) <= set(state.meters)

    @invariant()
    def what_ended_is_whole_and_final(self) -> None:
        deals = self.ledger.state().deals
        for key, slot in self.ended.items():
            assert deals[key] == slot
        for key, slot in deals.items():
            escrow = slot.deal.price * slot.deal.energy
            if slot.status is DealStatus.RECORDED:
                assert (slot.delivered, slot.paid, slot.refunded) == (0, 0, 0)
            else:
                assert slot.paid + slot.refunded == escrow
                assert slot.paid == slot.deal.price * slot.delivered
                self.ended[key] = slot

    @invariant()
    def readings_are_final(self) -> None:
        slots = self.ledger.state().meters
        for place, reading in self.read.items():
            assert (slots[place].exported, slots[place].imported) == (reading.exported, reading.imported)
        self.read = {place: slot for place, slot in slots.items() if slot.recorded}

    @invariant()
    def the_providers_open_energy_is_what_is_recorded(self) -> None:
        sums: dict[int, int] = defaultdict(int)
        for slot in self.ledger.state().deals.values():
            if slot.deal.buyer_meter == NO_METER and slot.status is DealStatus.RECORDED:
                sums[slot.deal.seller_meter] += slot.deal.energy
        for meter in range(1, len(OWNERS) + 1):
            assert self.ledger.provider_open(meter) == sums[meter] <= RULES.provider_cap

    def teardown(self) -> None:
        """Nobody's silence locks tokens, and the order in which deals are settled does not matter."""
        slots = self.ledger.state().deals.values()
        open_deals = [(slot.deal, slot.index) for slot in slots if slot.status is DealStatus.RECORDED]
        outcomes = []
        for order in (open_deals, open_deals[::-1]):
            copy = self.ledger.copy()
            copy.advance_to(RULES.closed(self.interval(20)))
            results = copy.settle(order)
            assert not any(isinstance(result, LedgerError) for result in results)
            state = copy.state()
            assert state.escrowed == 0
            outcomes.append(digest(state, NAMES, copy.meter_names))
            for party, amount in state.balances.items():
                copy.withdraw(party, amount)
            assert sum(copy.state().tokens.values()) == copy.minted
        assert outcomes[0] == outcomes[1]


LedgerMachine.TestCase.settings = settings(max_examples=200, stateful_step_count=80, deadline=None)
TestLedger = LedgerMachine.TestCase
