"""The trading day: what happens at each step, in which order, between traders, world and ledger.

At the start of interval k: the meters of k − 1 are read, its deals and what loans are due are settled; where there are
loans, those of interval k + lead are negotiated and recorded (``market.loan_day``); then traders meet and negotiate deals
for it; what they agree is recorded; what is left they may trade with the provider. All intervals are the ledger's.
Everything random comes from the generators passed in, so that the same day through two ledgers is the same day.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from market.books import Books
from market.issues import Issue, trade_domain
from market.ledger.errors import LedgerError
from market.ledger.faults import Fault, deliveries, drains
from market.ledger.port import Ledger, OfferSigner, Reading, Recorded, Settlement
from market.loan_day import Lending, LoanRecord
from market.matching import Announcement, Matcher, Pair, matched
from market.meeting import Meeting, MeetingPlan
from market.records import DealRow, OfferRow, ProviderRow, ReadingRow, SessionRow
from market.terms import NO_METER, Deal, DealKey
from market.trader import Brief, Outlook, Trader, World
from market.utility import buyer_gain as gain_of_buyer
from market.utility import seller_gain as gain_of_seller


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPlan:
    """How a day runs. Times in seconds, prices in token units per base unit, energy in base units."""

    first: int
    """First delivery interval."""
    intervals: int
    opens: int
    """First step at which sessions are held; it may lie before ``first``."""
    lead: int
    one_offer_a_step: bool
    issue_by_issue: bool
    matcher: Matcher
    meetings: int
    max_rounds: int
    turn_timeout: int
    price_tick: int
    energy_tick: int
    onchain_every: int
    disclose: bool

    @property
    def steps(self) -> range:
        """The steps of the day: from the first sessions to the reading of the last interval."""
        return range(self.opens, self.first + self.intervals + 1)

    def trades(self, interval: int) -> bool:
        """Whether anything is delivered in ``interval``."""
        return self.first <= interval < self.first + self.intervals


@dataclass(slots=True)
class DayRecord:
    """All rows of a day, in the order in which they came about."""

    sessions: list[SessionRow] = field(default_factory=list)
    offers: list[OfferRow] = field(default_factory=list)
    deals: list[DealRow] = field(default_factory=list)
    readings: list[ReadingRow] = field(default_factory=list)
    refused_orders: list[ProviderRow] = field(default_factory=list)
    meetings: list[Meeting] = field(default_factory=list)
    """The finished negotiations themselves, with their transcripts."""
    loans: LoanRecord = field(default_factory=LoanRecord)


@dataclass(frozen=True, slots=True)
class _OpenDeal:
    session: int
    deal: Deal
    index: int
    position: int

    @property
    def interval(self) -> int:
        return self.deal.interval + self.index


class TradingDay:
    """One day of one market.

    Parameters
    ----------
    ratings
        Most base units per interval of each trader's meter, by the trader's name.
    provider
        The provider's name.
    faults
        What goes wrong with meters and peers; the same script gives the same faults on every ledger.
    books
        What is promised at each meter; shared with ``lending``.
    lending
        The loans of the same day, where there are any.
    """

    def __init__(
        self,
        *,
        plan: DayPlan,
        ledger: Ledger,
        signer: OfferSigner,
        traders: Sequence[Trader],
        ratings: dict[str, int],
        world: World,
        provider: str,
        faults: tuple[Fault, ...],
        rng: np.random.Generator,
        books: Books | None = None,
        lending: Lending | None = None,
    ) -> None:
        self.plan = plan
        self.record = DayRecord(loans=lending.record if lending else LoanRecord())
        self._ledger = ledger
        self._signer = signer
        self._traders = {trader.name: trader for trader in traders}
        self._ratings = ratings
        self._by_party = {trader.party: trader for trader in traders}
        self._names = {trader.meter: trader.name for trader in traders}
        self._world = world
        self._provider = provider
        self._faults = faults
        self._rng = rng
        self._active: list[Meeting] = []
        self._open: list[_OpenDeal] = []
        self._books = books or Books()
        self._lending = lending
        self._late: dict[int, tuple[Reading, ...]] = {}
        self._sessions = 0

    def run(self, on_step: Callable[[int], None] = lambda step: None) -> DayRecord:
        """Play the whole day; ``on_step`` is told each step when it is over."""
        for step in self.plan.steps:
            self.step(step)
            on_step(step)
        self._settle_the_rest()
        return self.record

    def step(self, step: int) -> None:
        """One step: meters and settlement of the interval that ended, then loans and trade for the one ``lead`` ahead."""
        self._ledger.advance_to(self._ledger.rules.start(step))
        if self.plan.trades(step - 1):
            self._read_meters(step - 1)
        self._post_late()
        self._settle(self._due())
        if self._lending is not None:
            self._lending.settle()
            self._lending.negotiate(step, step + self.plan.lead)
        self._go_on(self._active, step)
        if self.plan.trades(step + self.plan.lead):
            self._negotiate(step, step + self.plan.lead)
            self._trade_with_provider(step, step + self.plan.lead)

    # Negotiating ------------------------------------------------------------------------------------------------------
    def _negotiate(self, step: int, interval: int) -> None:
        met: frozenset[Pair] = frozenset()
        buy_price, sell_price = self._ledger.tariff_at(interval)
        for number in range(self.plan.meetings):
            busy = {trader.name for meeting in self._active for trader in (meeting.seller, meeting.buyer)}
            announced = [
                Announcement(name, trader.position(step, interval))
                for name, trader in self._traders.items()
                if name not in busy
            ]
            outlook = Outlook(
                step=step,
                interval=interval,
                meeting=number,
                announced=announced,
                buy_price=buy_price,
                sell_price=sell_price,
            )
            choices = {a.name: self._traders[a.name].choose(outlook) for a in announced}
            pairs = matched(announced, choices, self.plan.matcher, met, self._rng)
            if not pairs:
                return
            met |= frozenset(pairs)
            begun = [meeting for pair in pairs if (meeting := self._meet(pair, step, interval)) is not None]
            self._active += begun
            self._go_on(begun, step)

    def _meet(self, pair: Pair, step: int, interval: int) -> Meeting | None:
        seller, buyer = (self._traders[name] for name in pair)
        buy_price, sell_price = self._ledger.tariff_at(interval)
        most = min(self._ratings[seller.name], self._ratings[buyer.name]) // self.plan.energy_tick
        low = max(buy_price, 1)  # a ledger refuses a price of 0
        if most < 1 or sell_price < low:
            return None
        domain = trade_domain(
            price=Issue("price", low, sell_price, self.plan.price_tick),
            energy=Issue(
                "energy", self.plan.energy_tick, most * self.plan.energy_tick, self.plan.energy_tick
            ),
        )
        sides = [
            trader.negotiator(
                Brief(
                    selling=trader is seller,
                    counterpart=(buyer if trader is seller else seller).party,
                    step=step,
                    interval=interval,
                    buy_price=buy_price,
                    sell_price=sell_price,
                    domain=domain,
                    max_rounds=self.plan.max_rounds,
                )
            )
            for trader in (seller, buyer)
        ]
        if sides[0] is None or sides[1] is None:
            return None
        self._sessions += 1
        every = self.plan.onchain_every
        return Meeting(
            number=self._sessions,
            step=step,
            interval=interval,
            seller=seller,
            buyer=buyer,
            negotiators=(sides[0], sides[1]),
            domain=domain,
            queued=self._books.sold[seller.meter, interval],
            plan=MeetingPlan(
                on_chain=every > 0 and (self._sessions - 1) % every == 0,
                issue_by_issue=self.plan.issue_by_issue,
                max_rounds=self.plan.max_rounds,
                turn_timeout=self.plan.turn_timeout,
            ),
            ledger=self._ledger,
            signer=self._signer,
            faults=self._faults,
        )

    def _go_on(self, meetings: Sequence[Meeting], step: int) -> None:
        """Let each session make its next offer, or all of them; then record what was agreed."""
        done: list[Meeting] = []
        for meeting in meetings:
            finished = meeting.advance(step)
            while not (finished or self.plan.one_offer_a_step or meeting.waits):
                finished = meeting.advance(step)
            if finished:
                done.append(meeting)
        self._active = [meeting for meeting in self._active if meeting not in done]
        signed = [meeting for meeting in done if meeting.agreed is not None]
        for meeting in signed:
            for trader in (meeting.seller, meeting.buyer):
                free = self._ledger.balance(trader.party)
                if free and drains(self._faults, party=trader.name, interval=meeting.interval):
                    self._ledger.withdraw(trader.party, free)
        transcripts = [meeting.agreed for meeting in signed if meeting.agreed is not None]
        results = self._ledger.record(transcripts, disclose=self.plan.disclose) if transcripts else []
        for meeting, result in zip(signed, results, strict=True):
            meeting.conclude(result)
        for meeting in done:
            self.record.sessions.append(meeting.row())
            self.record.offers.extend(meeting.offers)
            self.record.meetings.append(meeting)
            if meeting.recorded is not None:
                self._binding(meeting.number, meeting.recorded)

    def _binding(self, session: int, recorded: Recorded) -> None:
        """A deal is recorded: tell the world and the two traders, and keep it until it is settled."""
        deal = recorded.deal
        for index, position in enumerate(recorded.positions):
            interval = deal.interval + index
            self._open.append(_OpenDeal(session, deal, index, position))
            for meter, amount, book in (
                (deal.seller_meter, deal.energy, self._books.sold),
                (deal.buyer_meter, -deal.energy, self._books.bought),
            ):
                if meter != NO_METER:
                    book[meter, interval] += deal.energy
                    self._world.plan(meter, interval, amount)
        for party in (deal.seller, deal.buyer):
            if party in self._by_party:
                self._by_party[party].recorded(recorded)

    def _trade_with_provider(self, step: int, interval: int) -> None:
        buy_price, sell_price = self._ledger.tariff_at(interval)
        busy = {trader.name for meeting in self._active for trader in (meeting.seller, meeting.buyer)}
        orders = []
        for name, trader in self._traders.items():
            order = None if name in busy else trader.provider_order(step, interval, buy_price, sell_price)
            if order is not None:
                orders.append(order)
        if not orders:
            return
        for order, result in zip(orders, self._ledger.trade_with_provider(orders), strict=True):
            if isinstance(result, LedgerError):
                self.record.refused_orders.append(
                    ProviderRow(
                        interval=interval,
                        party=self._by_party[order.party].name,
                        selling=order.selling,
                        energy=order.energy,
                        limit=order.limit,
                        reason=str(result),
                    )
                )
            else:
                self._binding(0, result)

    # Delivering -------------------------------------------------------------------------------------------------------
    def _read_meters(self, interval: int) -> None:
        truth = self._world.realise(interval)
        ratings = {trader.meter: self._ratings[name] for name, trader in self._traders.items()}
        posted = deliveries(truth, self._faults, meters=self._names, ratings=ratings)
        self._late[interval] = posted.late
        outcome = dict.fromkeys((reading.meter for reading in truth), "silent")
        stands = self._post(posted.on_time, outcome)
        for first, second in posted.conflicts:
            self._ledger.prove_conflict(first, second)
        for reading in truth:
            shown = stands.get(reading.meter, reading)
            self.record.readings.append(
                ReadingRow(
                    meter=self._names[reading.meter],
                    interval=interval,
                    exported=shown.exported,
                    imported=shown.imported,
                    sold=self._books.sold[reading.meter, interval],
                    bought=self._books.bought[reading.meter, interval],
                    posted=outcome[reading.meter],
                )
            )

    def _post(self, readings: Sequence[Reading], outcome: dict[int, str]) -> dict[int, Reading]:
        """Post readings and note what became of each; returns those that stand, by meter."""
        stands: dict[int, Reading] = {}
        for reading, result in zip(
            readings, self._ledger.post_readings(readings) if readings else [], strict=True
        ):
            if isinstance(result, LedgerError):
                outcome[reading.meter] = str(result)
            else:
                outcome[reading.meter] = ""
                stands[reading.meter] = reading
                self._books.readings[reading.meter, reading.interval] = reading
        return stands

    def _post_late(self) -> None:
        """Post what comes after its window: the ledger refuses it, whoever sends it."""
        for interval in [i for i in self._late if self._ledger.now() >= self._ledger.rules.closed(i)]:
            self._post(self._late.pop(interval), {})

    def _due(self) -> list[_OpenDeal]:
        now, rules = self._ledger.now(), self._ledger.rules
        return [
            entry
            for entry in self._open
            if (entry.deal.seller_meter == NO_METER and now >= rules.end(entry.interval))
            or self._books.final((entry.deal.seller_meter, entry.interval), now, rules)
        ]

    def _settle(self, due: Sequence[_OpenDeal]) -> None:
        if not due:
            return
        results = self._ledger.settle([(entry.deal, entry.index) for entry in due])
        settled: set[DealKey] = set()
        for entry, result in zip(due, results, strict=True):
            if isinstance(result, LedgerError):
                raise result
            settled.add(result.key)
            self._book(entry, result)
        self._open = [entry for entry in self._open if DealKey.of(entry.deal, entry.index) not in settled]

    def _book(self, entry: _OpenDeal, settlement: Settlement) -> None:
        deal = entry.deal
        seller, buyer = self._by_party.get(deal.seller), self._by_party.get(deal.buyer)
        buy_price, sell_price = self._ledger.tariff_at(entry.interval)
        self.record.deals.append(
            DealRow(
                session=entry.session,
                interval=entry.interval,
                seller=seller.name if seller else self._provider,
                buyer=buyer.name if buyer else self._provider,
                price=deal.price,
                energy=deal.energy,
                position=entry.position,
                delivered=settlement.delivered,
                paid=settlement.paid,
                refunded=settlement.refunded,
                provider_buys=buy_price,
                provider_sells=sell_price,
                seller_gain=gain_of_seller(deal.price, buy_price, settlement.delivered) if seller else 0,
                buyer_gain=gain_of_buyer(deal.price, sell_price, settlement.delivered) if buyer else 0,
            )
        )
        for trader in (seller, buyer):
            if trader is not None:
                trader.settled(settlement)

    def _settle_the_rest(self) -> None:
        """After the last interval, wait for the deals and loans whose meter stayed silent."""
        while (last := self._last_to_close()) is not None:
            self._ledger.advance_to(last)
            self._post_late()
            self._settle(self._due())
            if self._lending is not None:
                self._lending.settle()

    def _last_to_close(self) -> int | None:
        """When all that is open will be final at the latest, seconds since 1970; None if nothing is open."""
        closed = self._ledger.rules.closed
        times = [closed(entry.interval) for entry in self._open]
        if self._lending is not None and (last := self._lending.ends) is not None:
            times.append(last)
        return max(times, default=None)
