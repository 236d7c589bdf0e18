"""The exact in-memory ledger: the market's rules in whole numbers, with nothing signed, mined or read from a clock.

It does what the contracts do, in the same order of checks, with the same refusals and the same final state; training,
large simulations and the audit's replay run on it. Each rule lives in the module named after its concept; this one only
joins them into the Ledger port. It is no model of a chain: there are no fees, no allowances and no reorganisations,
and whoever calls is believed to be who he says.

Beyond the port, for the replay of a chain's events and for experiments: :meth:`MemoryLedger.register`,
:meth:`~MemoryLedger.allow_market`, :meth:`~MemoryLedger.retire`, :meth:`~MemoryLedger.freeze`,
:meth:`~MemoryLedger.post`, :meth:`~MemoryLedger.transfer_tokens`, :meth:`~MemoryLedger.record_agreement`,
:meth:`~MemoryLedger.record_deal`, :meth:`~MemoryLedger.trade`, :meth:`~MemoryLedger.settle_one`,
:meth:`~MemoryLedger.pause_by`, :meth:`~MemoryLedger.copy` and the read-only views at the end.
"""

from collections.abc import Sequence
from hashlib import sha256

from market.ledger import agreements, deals, desk, registry, sessions
from market.ledger.batches import each
from market.ledger.deals import Book, KeyHash, plain_key
from market.ledger.desk import Desk
from market.ledger.errors import EmptyTariff, InvalidParameter, LedgerError, UnknownSession
from market.ledger.pause import check_running, paused
from market.ledger.port import (
    DealState,
    LedgerState,
    MarketRules,
    MeterInterval,
    MeterSpec,
    OpenRequest,
    ProviderOrder,
    Reading,
    Recorded,
    SessionView,
    Settlement,
    TariffStep,
)
from market.ledger.ranges import bytes32
from market.ledger.registry import Meter, Registry
from market.ledger.tariff import Tariff
from market.ledger.times import check_rules
from market.ledger.tokens import Purse
from market.ledger.unsigned import UNSIGNED, Seals
from market.terms import (
    NO_METER,
    NOBODY,
    Deal,
    DealKey,
    DealStatus,
    Lock,
    Party,
    Transcript,
    deal_of,
)


class MemoryLedger:
    """A market's ledger in memory (``market.ledger.port.Ledger``).

    Parameters
    ----------
    rules
        Constants of the deployment.
    provider
        Who trades at the tariff; ``NOBODY`` for a market without a provider.
    tariff
        The provider's first steps; they need no notice.
    address
        The market's own address: it holds what is inside the market, and no one trades under it.
    now
        The clock at the start, seconds since 1970; only :meth:`advance_to` moves it.
    guardian
        Who may pause.
    keys
        How a deal's slot is named in errors (on a chain: keccak256 of chain id, contract, parties and nonce, plus the
        index).
    seals
        How transcripts are checked; None to take their hashes and signatures as given.

    Raises
    ------
    InvalidParameter
        A constant is one with which no market works.
    EmptyTariff, BuyAboveSell, StepOutOfOrder
        The tariff of a provider has no step, or a wrong one.
    """

    def __init__(
        self,
        *,
        rules: MarketRules,
        provider: Party,
        tariff: Sequence[TariffStep],
        address: Party,
        now: int,
        guardian: Party = NOBODY,
        keys: KeyHash = plain_key,
        seals: Seals | None = UNSIGNED,
    ) -> None:
        check_rules(rules)
        if provider != NOBODY and not tariff:
            raise EmptyTariff()
        self._rules = rules
        self._address = address
        self._now = now
        self._guardian = guardian
        self._keys = keys
        self._seals = seals
        self._paused_until = 0
        self._purse = Purse()
        self._registry = Registry(rules, address)
        self._tariff = Tariff(tariff)
        self._desk = Desk(provider, rules.provider_cap)
        self._book = Book(rules, self._registry, self._purse, keys)
        self._sessions: list[SessionView] = []
        self._names: dict[int, str] = {}

    def copy(self) -> "MemoryLedger":
        """An independent ledger in the same state; its cost grows with the number of slots, all values are shared."""
        other = MemoryLedger.__new__(MemoryLedger)
        other.__dict__.update(self.__dict__)
        other._purse = self._purse.copy()
        other._registry = self._registry.copy()
        other._tariff = self._tariff.copy()
        other._desk = self._desk.copy()
        other._book = self._book.copy(other._registry, other._purse)
        other._sessions = self._sessions.copy()
        other._names = self._names.copy()
        return other

    @property
    def rules(self) -> MarketRules:
        """Constants of the deployment."""
        return self._rules

    @property
    def provider(self) -> Party:
        """The provider of the tariff; ``NOBODY`` if there is none."""
        return self._desk.provider

    @property
    def address(self) -> Party:
        """The market's own address."""
        return self._address

    def now(self) -> int:
        """Seconds since 1970 on the ledger's clock."""
        return self._now

    def advance_to(self, time: int) -> None:
        """Move the clock to ``time``; a time already past is left alone."""
        self._now = max(self._now, time)

    # Money ------------------------------------------------------------------------------------------------------------

    def buy_tokens(self, party: Party, amount: int) -> None:
        """Mint ``amount`` token units to ``party``, who has the Ether (``ZeroTokens``)."""
        self._purse.buy(party, amount)

    def redeem_tokens(self, party: Party, amount: int) -> None:
        """Burn token units of ``party`` (``ZeroTokens``, ``InsufficientBalance``)."""
        self._purse.redeem(party, amount)

    def transfer_tokens(self, sender: Party, receiver: Party, amount: int) -> None:
        """Move token units between holders outside the market (``InsufficientBalance``)."""
        self._purse.transfer(sender, receiver, amount)

    def deposit(self, party: Party, amount: int) -> None:
        """Move token units into the party's internal balance (``InsufficientBalance``)."""
        self._purse.deposit(party, amount)

    def withdraw(self, party: Party, amount: int) -> None:
        """Move free balance out of the market (``InsufficientBalance``); cannot be stopped."""
        self._purse.withdraw(party, amount)

    def balance(self, party: Party) -> int:
        """Internal (free) balance, token units."""
        return self._purse.free.get(party, 0)

    # Meters -----------------------------------------------------------------------------------------------------------

    def register_meter(self, spec: MeterSpec) -> int:
        """Register a meter of this market's utility under a key of its own, opted in by its owner; returns its id."""
        meter = self.register(owner=spec.owner, rating=spec.rating)
        self.allow_market(spec.owner, meter, True)
        self._names[meter] = spec.name
        return meter

    def register(
        self,
        *,
        owner: Party,
        rating: int,
        utility: int | None = None,
        key: Party | None = None,
        attester: Party = NOBODY,
    ) -> int:
        """Register a meter as the registrar does; its owner has yet to opt in (:meth:`allow_market`)."""
        number = len(self._registry.meters) + 1
        return self._registry.register(
            owner=owner,
            key=_device_key(self._address, number) if key is None else key,
            attester=attester,
            utility=self._rules.utility if utility is None else utility,
            rating=rating,
        )

    def allow_market(self, caller: Party, meter: int, allowed: bool) -> None:
        """The owner opts a meter in to this market, or out of new commitments."""
        self._registry.allow(caller, meter, allowed)

    def retire_meter(self, meter: int, from_interval: int) -> None:
        """The owner retires a meter from an interval whose gate has not passed."""
        self.retire(self._registry.meter(meter).owner, meter, from_interval)

    def retire(self, caller: Party, meter: int, from_interval: int) -> None:
        """``caller`` retires a meter, which must be his."""
        self._registry.retire(caller, meter, from_interval, self._now)

    def post_readings(self, readings: Sequence[Reading]) -> list[Reading | LedgerError]:
        """Post readings in one batch; each refusal stands at its place."""
        return each(map(registry.encodable, readings), self.post)

    def post(self, reading: Reading) -> Reading:
        """Post one reading, or raise its refusal."""
        self._registry.post(registry.encodable(reading), self._now)
        return reading

    def prove_conflict(self, first: Reading, second: Reading) -> None:
        """Freeze a meter whose key signed two readings of one interval that differ (``NoConflict``)."""
        self._registry.prove_conflict(registry.encodable(first), registry.encodable(second))

    def freeze(self, meter: int) -> None:
        """Freeze a meter whose conflict was proved elsewhere."""
        self._registry.freeze(meter)

    # Tariff -----------------------------------------------------------------------------------------------------------

    def append_tariff(self, steps: Sequence[TariffStep]) -> None:
        """The provider appends steps, each starting later than now + horizon."""
        self._tariff.append(self._rules, steps, self._now)

    def tariff_at(self, interval: int) -> tuple[int, int]:
        """(buy, sell) price of the provider for ``interval`` (``NoPrice``)."""
        return self._tariff.price_at(interval)

    def trade_with_provider(self, orders: Sequence[ProviderOrder]) -> list[Recorded | LedgerError]:
        """Trade at the tariff, one order after the other; each refusal stands at its place."""
        return each(map(desk.encodable, orders), self.trade)

    def trade(self, order: ProviderOrder) -> Recorded:
        """One trade with the provider, or its refusal."""
        check_running(self._paused_until, self._now)
        deal = self._desk.deal(desk.encodable(order), self._tariff, self._book, self._now)
        return self._record(deal, order.max_ahead)

    # Sessions held on the ledger --------------------------------------------------------------------------------------

    def open(self, party: Party, request: OpenRequest) -> int:
        """Open a session; returns its number (from 1)."""
        check_running(self._paused_until, self._now)
        self._sessions.append(sessions.opened(self._rules, party, request, self._now))
        return len(self._sessions)

    def join(self, party: Party, session: int, meter: int, max_ahead: int) -> None:
        """Join an open session; ``max_ahead`` counts if the joiner buys."""
        check_running(self._paused_until, self._now)
        self._sessions[session - 1] = sessions.joined(
            self._rules,
            session,
            self.session(session),
            party,
            meter=meter,
            max_ahead=max_ahead,
            now=self._now,
        )

    def offer(self, party: Party, session: int, price: int, energy: int, locked: Lock) -> None:
        """Make the next offer."""
        self._sessions[session - 1] = sessions.offered(
            self._rules,
            session,
            self.session(session),
            party,
            price=price,
            energy=energy,
            locked=locked,
            now=self._now,
        )

    def accept(self, party: Party, session: int, round: int, price: int, energy: int) -> Recorded:
        """Take the standing offer, named by round, price and energy, and record the deal."""
        check_running(self._paused_until, self._now)
        after = sessions.accepted(
            session, self.session(session), party, round=round, price=price, energy=energy, now=self._now
        )
        recorded = self._record(sessions.deal_from(session, after), after.max_ahead)
        self._sessions[session - 1] = after
        return recorded

    def withdraw_from(self, party: Party, session: int) -> None:
        """Leave a session."""
        self._sessions[session - 1] = sessions.withdrawn(session, self.session(session), party)

    def expire(self, session: int) -> None:
        """Close a session whose turn has run out."""
        self._sessions[session - 1] = sessions.expired(session, self.session(session), self._now)

    def session(self, session: int) -> SessionView:
        """A session as it stands (``UnknownSession``)."""
        if 1 <= session <= len(self._sessions):
            return self._sessions[session - 1]
        raise UnknownSession(session)

    # Signed sessions --------------------------------------------------------------------------------------------------

    def record(self, transcripts: Sequence[Transcript], *, disclose: bool) -> list[Recorded | LedgerError]:
        """Record agreements in one batch; each refusal stands at its place."""
        return each(
            map(agreements.encodable, transcripts),
            lambda item: self.record_agreement(item, disclose=disclose),
        )

    def record_agreement(self, transcript: Transcript, *, disclose: bool) -> Recorded:
        """Record one agreement, or raise its refusal."""
        check_running(self._paused_until, self._now)
        agreements.encodable(transcript)
        head = agreements.check_agreement(
            self._rules,
            transcript,
            name=self._keys,
            disclose=disclose,
            seals=self._seals,
            now=self._now,
        )
        return self._record(deal_of(transcript.terms, head.move), transcript.terms.max_ahead)

    def record_deal(self, deal: Deal, max_ahead: int) -> Recorded:
        """Record a deal without asking how it was agreed: the step in which every negotiation ends.

        Meter 0 stands for the provider and for nobody else (``InvalidParameter``); the tariff is not asked.
        """
        check_running(self._paused_until, self._now)
        deals.encodable(deal)
        for name, meter, party in (
            ("sellerMeter", deal.seller_meter, deal.seller),
            ("buyerMeter", deal.buyer_meter, deal.buyer),
        ):
            if meter == NO_METER and (party != self.provider or party == NOBODY):
                raise InvalidParameter(bytes32(name), NO_METER)
        if deal.seller_meter == NO_METER:
            self._book.check_firm(deal.buyer_meter, deal.buyer, deal.interval, self._now)
        elif deal.buyer_meter == NO_METER:
            self._desk.check_cap(deal.seller_meter, deal.energy * deal.count)
        return self._record(deal, max_ahead)

    def cancel(self, party: Party, counterpart: Party, nonce: int) -> None:
        """Burn the number of a signed session before it is recorded."""
        self._book.cancel(party, counterpart, nonce)

    def release(self, deal: Deal) -> None:
        """Undo a recorded deal before its gate; both parties' consent is taken for given."""
        self._book.release(deals.encodable(deal), self._now)
        self._desk.ended(deal, deal.count)

    # Settlement -------------------------------------------------------------------------------------------------------

    def settle(self, deals: Sequence[tuple[Deal, int]]) -> list[Settlement | LedgerError]:
        """Settle intervals in one batch; each refusal stands at its place."""
        return each(deals, lambda item: self.settle_one(*item))

    def settle_one(self, deal: Deal, index: int) -> Settlement:
        """Settle one interval, or raise its refusal."""
        settlement = self._book.settle(deal, index, self._now)
        self._desk.ended(deal, 1)
        return settlement

    def pause(self) -> None:
        """The guardian stops new business."""
        self.pause_by(self._guardian)

    def pause_by(self, caller: Party) -> None:
        """``caller`` stops new business, if he is the guardian and may again."""
        self._paused_until = paused(
            self._rules, guardian=self._guardian, caller=caller, until=self._paused_until, now=self._now
        )

    # Views ------------------------------------------------------------------------------------------------------------

    def state(self) -> LedgerState:
        """All that the ledger holds; zero balances and cancelled numbers hold nothing and are left out."""
        return LedgerState(
            balances={party: amount for party, amount in self._purse.free.items() if amount},
            tokens={party: amount for party, amount in self._purse.tokens.items() if amount},
            escrowed=self._purse.escrowed,
            deals=self._book.slots.copy(),
            meters=self._registry.slots.copy(),
        )

    @property
    def minted(self) -> int:
        """Token units in existence: bought and not redeemed."""
        return self._purse.minted

    @property
    def paused_until(self) -> int:
        """The second at which the last pause ends; 0 if there was none."""
        return self._paused_until

    @property
    def meter_names(self) -> dict[int, str]:
        """The scenario's names of meters, by id."""
        return self._names.copy()

    def meter(self, meter: int) -> Meter:
        """A meter by its id (``UnknownMeter``)."""
        return self._registry.meter(meter)

    def meter_interval(self, meter: int, interval: int) -> MeterInterval:
        """What is known of a meter in an interval."""
        return self._registry.slots.get((meter, interval), registry.UNTOUCHED)

    def deal(self, key: DealKey) -> DealState | None:
        """A deal's slot; None where none was recorded."""
        return self._book.slots.get(key)

    def deal_status(self, key: DealKey) -> DealStatus:
        """What stands in a deal's slot."""
        return self._book.status(key)

    def provider_open(self, meter: int) -> int:
        """Base units that ``meter`` has promised the provider in deals not settled."""
        return self._desk.open.get(meter, 0)

    def key(self, key: DealKey) -> bytes:
        """The 32 bytes by which errors name a deal's slot."""
        return self._keys(key)

    def _record(self, deal: Deal, max_ahead: int) -> Recorded:
        recorded = self._book.record(deal, max_ahead, self._now)
        self._desk.recorded(deal)
        return recorded


def _device_key(market: Party, meter: int) -> Party:
    return Party("0x" + sha256(f"{market}|{meter}".encode()).hexdigest()[:40])
