"""The Ledger on Ethereum: the calls of ``market.ledger.port`` as transactions of the parties' own accounts.

It keeps no rules of its own: what the contracts refuse is raised as they refuse it. Each call sends all that it needs at
once. Built with ``resume``, it knows what an interrupted run has done already (:mod:`chain.journal`) and gives the
recorded results of that instead of doing it twice.
"""

from collections.abc import Callable, Sequence

from chain import batches, packing
from chain import events as ev
from chain.accounts import Account
from chain.balances import ChainBalances
from chain.clients import MOVE_GAS, RECORD_GAS, SETTLE_GAS
from chain.clock import Clock
from chain.dispatch import Dispatch
from chain.forward.desk import ChainForward
from chain.funding import GAS_RESERVE, top_up
from chain.gas import GasMeter
from chain.journal import Journal
from chain.keyring import Keyring
from chain.loans.desk import ChainLoans
from chain.market import Market
from chain.register_posts import RegisterPosts
from chain.sender import Sender
from chain.signing import (
    NO_SIGNATURE,
    Signature,
    digest,
    reading_hash,
    registration_hash,
    release_hash,
    sign,
    signature_of,
    slot_key,
)
from chain.snapshot import events_of, state_of
from market.ledger import agreements, desk, registry
from market.ledger import deals as book
from market.ledger.errors import BrokenTranscript, EmptyTariff, LedgerError, NoPrice, PausedUntil
from market.ledger.port import (
    LedgerState,
    MarketRules,
    MeterSpec,
    OpenRequest,
    ProviderOrder,
    Reading,
    Recorded,
    SessionView,
    Settlement,
    TariffStep,
)
from market.ledger.ranges import UINT64, unsigned
from market.terms import NOBODY, Deal, DealKey, Lock, Party, Transcript, deal_of


class ChainLedger(ChainBalances, RegisterPosts):
    """A market's ledger on a chain (``market.ledger.port.Ledger``).

    Parameters
    ----------
    market
        The deployed contracts.
    keyring
        Whose transactions it signs.
    sender
        Through which they go; its meter keeps the gas of each kind.
    resume
        Look for what has been done already.
    realtime
        Wait for the clock instead of setting it.
    funder
        Who gives the keyring's accounts the Ether they need; None if they have it.
    progress
        Called with (time, time to come) while waiting for the clock.

    Raises
    ------
    ClockNotSettable
        The network's clock cannot be set and ``realtime`` is not given, or an interval is too long to wait for.
    """

    def __init__(
        self,
        market: Market,
        keyring: Keyring,
        sender: Sender,
        *,
        resume: bool = False,
        realtime: bool = False,
        funder: Account | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        self._market = market
        self._client = market.negotiator
        self._keyring = keyring
        self._sender = sender
        self._funder = funder
        self._clock = Clock(market.network, market.rules, realtime=realtime, progress=progress)
        self._meter_keys: dict[int, Account] = {}
        self._owners: dict[int, Party] = {}
        self._counts: dict[int, int] = {}
        self._prices: dict[int, tuple[int, int]] = {}
        self._approved: set[Party] = set()
        self._readings = market.registry_domain.separator()
        self._releases = market.negotiator_domain.separator()
        desks = (market.loans.address, market.forward.address)
        journal = Journal(events_of(market) if resume else (), desks)
        self._dispatch = Dispatch(market, sender, self._clock, journal)
        self._loans = ChainLoans(market, keyring, self._dispatch, self._clock)
        self._forward = ChainForward(market, keyring, self._dispatch, self._clock)
        if funder is not None:
            top_up(sender, funder, dict.fromkeys(keyring.everyone(), GAS_RESERVE))

    @property
    def rules(self) -> MarketRules:
        """Constants of the deployment."""
        return self._market.rules

    @property
    def provider(self) -> Party:
        """The provider of the tariff; ``NOBODY`` if there is none."""
        return self._market.provider

    @property
    def loans(self) -> ChainLoans:
        """The loan desk beside the deals."""
        return self._loans

    @property
    def forward(self) -> ChainForward:
        """The desk of forward contracts beside the deals."""
        return self._forward

    @property
    def gas(self) -> GasMeter:
        """Gas and fees of every transaction so far, by kind."""
        return self._sender.meter

    def now(self) -> int:
        """Seconds since 1970, as the next block will have it."""
        return self._clock.now()

    def advance_to(self, time: int) -> None:
        """Move the clock to ``time``, or wait for it; a time already past is left alone."""
        self._dispatch.advance_to(time)

    # Money ------------------------------------------------------------------------------------------------------------

    def buy_tokens(self, party: Party, amount: int) -> None:
        """Buy ``amount`` token units with the party's Ether."""
        if self._dispatch.take("buy", party, values=(amount,)):
            return
        account = self._keyring.of(party)
        value = amount * self.rules.wei_per_unit
        if self._funder is not None:
            top_up(self._sender, self._funder, {account: value + GAS_RESERVE})
        self._dispatch.do(account, self._market.token.buy(value))

    def redeem_tokens(self, party: Party, amount: int) -> None:
        """Give token units back for Ether."""
        if not self._dispatch.take("redeem", party, values=(amount,)):
            self._dispatch.do(self._keyring.of(party), self._market.token.redeem(amount))

    # Meters -----------------------------------------------------------------------------------------------------------

    def register_meter(self, spec: MeterSpec) -> int:
        """Register a meter under a key of its own, opted in to all three markets by its owner; returns its id (from 1)."""
        market, key = self._market, self._keyring.meter_key(spec.name)
        known = self._dispatch.take("register", key.party)
        if known is None:
            struct = registration_hash(spec.owner, NOBODY, self.rules.utility, spec.rating)
            signature = sign(key.key, digest(self._readings, struct))
            action = market.registry.register(
                spec.owner, key.party, NOBODY, self.rules.utility, spec.rating, signature
            )
            (receipt,) = self._dispatch.do(self._keyring.registrar, action)
            (event,) = batches.of_type(receipt.logs, market.registry.to, ev.MeterRegistered)
            meter = event.meter
        else:
            meter = int(known.result)
        self._meter_keys[meter], self._owners[meter] = key, spec.owner
        opt_ins = [
            market.registry.allow_market(meter, each, True)
            for each in (self.address, market.loans.address, market.forward.address)
            if not self._dispatch.take("allow", meter, each, values=(True,))
        ]
        self._dispatch.do(self._keyring.of(spec.owner), *opt_ins)
        return meter

    def retire_meter(self, meter: int, from_interval: int) -> None:
        """The owner retires a meter from an interval whose gate has not passed."""
        if not self._dispatch.take("retire", meter, values=(from_interval,)):
            self._dispatch.do(self._owner(meter), self._market.registry.retire(meter, from_interval))

    def post_readings(self, readings: Sequence[Reading]) -> list[Reading | LedgerError]:
        """Post readings in one batch, signed by their meters' keys; each refusal stands at its place."""
        for reading in readings:
            registry.encodable(reading)

        def known(reading: Reading) -> "Reading | LedgerError | None":
            entry = self._dispatch.take("reading", reading.meter, reading.interval)
            return None if entry is None else entry.result

        def send(rest: Sequence[Reading]) -> list[Reading | LedgerError]:
            client = self._market.registry
            sized = (((reading, *self._sign(reading)), 90_000, 256) for reading in rest)
            actions = [
                client.post_batch(chunk)
                for chunk, _ in batches.chunks(sized, self._clock.block_gas, batches.BATCH_GAS)
            ]
            receipts = self._dispatch.do(self._keyring.relayer, *actions)
            refusals = [each for receipt in receipts for each in batches.postings(receipt, client.to)]
            return [refusal or reading for refusal, reading in zip(refusals, rest, strict=True)]

        return batches.each(readings, known, send)

    def prove_conflict(self, first: Reading, second: Reading) -> None:
        """Show two readings of one meter and interval that its key signed and that differ: the meter is frozen."""
        registry.encodable(first)
        registry.encodable(second)
        same = (first.meter, first.interval) == (second.meter, second.interval)
        if first == second or not same or not self._dispatch.take("conflict", first.meter, first.interval):
            shown = [(reading, self._sign(reading)[0]) for reading in (first, second)]
            self._dispatch.do(self._keyring.relayer, self._market.registry.prove_conflict(shown[0], shown[1]))

    # Tariff -----------------------------------------------------------------------------------------------------------

    def append_tariff(self, steps: Sequence[TariffStep]) -> None:
        """The provider appends steps, each starting later than now + horizon."""
        if self._market.tariff is None:
            raise EmptyTariff()
        taken = [self._dispatch.take("tariff", step.from_interval) for step in steps]
        if not steps or not all(taken):
            self._dispatch.do(self._keyring.of(self.provider), self._market.tariff.append(steps))

    def tariff_at(self, interval: int) -> tuple[int, int]:
        """(buy, sell) price of the provider for ``interval``."""
        if self._market.tariff is None:
            raise NoPrice(interval)
        known = self._prices.get(interval)
        if known is None:
            known = self._market.tariff.price_at(interval)
            # Steps begin beyond the horizon when they are appended: within it, prices stand for good
            if self.rules.start(interval) <= self.rules.latest_start(self.now()):
                self._prices[interval] = known
        return known

    def trade_with_provider(self, orders: Sequence[ProviderOrder]) -> list[Recorded | LedgerError]:
        """Trade at the tariff, each order from its party's account, all sent together."""
        for order in orders:
            desk.encodable(order)

        def known(order: ProviderOrder) -> "Recorded | LedgerError | None":
            entry = self._dispatch.take("provider", order.party, order.number)
            return None if entry is None else entry.result

        def send(rest: Sequence[ProviderOrder]) -> list[Recorded | LedgerError]:
            return self._dispatch.each(
                [(self._keyring.of(order.party), self._market.negotiator.trade(order)) for order in rest]
            )

        return batches.each(orders, known, send)

    # Sessions held on the ledger --------------------------------------------------------------------------------------

    def open(self, party: Party, request: OpenRequest) -> int:
        """Open a session; returns its number (from 1)."""
        known = self._dispatch.take("open", party)
        if known is None:
            (receipt,) = self._dispatch.do(self._keyring.of(party), self._market.negotiator.open(request))
            (event,) = batches.of_type(receipt.logs, self._market.negotiator.to, ev.SessionOpened)
            session = event.session
        else:
            session = int(known.result)
        self._counts[session] = request.count
        return session

    def join(self, party: Party, session: int, meter: int, max_ahead: int) -> None:
        """Join an open session; ``max_ahead`` counts if the joiner buys."""
        if not self._dispatch.take("join", session, party):
            self._dispatch.do(
                self._keyring.of(party), self._market.negotiator.join(session, meter, max_ahead)
            )

    def offer(self, party: Party, session: int, price: int, energy: int, locked: Lock) -> None:
        """Make the next offer."""
        if not self._dispatch.take("offer", session, party, values=(price, energy, int(locked))):
            self._dispatch.do(
                self._keyring.of(party), self._market.negotiator.offer(session, price, energy, locked)
            )

    def accept(self, party: Party, session: int, round: int, price: int, energy: int) -> Recorded:
        """Take the standing offer, named by round, price and energy, and record the deal."""
        known = self._dispatch.take("accept", session, values=(party, round, price, energy))
        if known is not None:
            recorded: Recorded = known.result
            return recorded
        count = self._counts.get(session)
        if count is None:
            count = self._counts[session] = self._market.negotiator.session(session).count
        action = self._market.negotiator.accept(session, round, price, energy, count)
        (receipt,) = self._dispatch.do(self._keyring.of(party), action)
        return batches.recorded_of(receipt, self._market.negotiator.to)

    def withdraw_from(self, party: Party, session: int) -> None:
        """Leave a session."""
        if not self._dispatch.take("leave", session, party):
            self._dispatch.do(self._keyring.of(party), self._market.negotiator.withdraw_from(session))

    def expire(self, session: int) -> None:
        """Close a session whose turn has run out."""
        if not self._dispatch.take("expire", session):
            self._dispatch.do(self._keyring.relayer, self._market.negotiator.expire(session))

    def session(self, session: int) -> SessionView:
        """A session as it stands."""
        return self._market.negotiator.session(session, self._dispatch.at())

    # Signed sessions --------------------------------------------------------------------------------------------------

    def record(self, transcripts: Sequence[Transcript], *, disclose: bool) -> list[Recorded | LedgerError]:
        """Record agreements in one batch, sent by the relayer; each refusal stands at its place."""
        for transcript in transcripts:
            agreements.encodable(transcript)

        def known(transcript: Transcript) -> "Recorded | LedgerError | None":
            if not transcript.offers:
                return BrokenTranscript(self._market.key(DealKey.of(transcript.terms)), 0)
            entry = self._dispatch.take("record", self._market.key(DealKey.of(transcript.terms)))
            return None if entry is None else entry.result

        def send(rest: Sequence[Transcript]) -> list[Recorded | LedgerError]:
            client = self._market.negotiator
            sized = (_sized(transcript, disclose) for transcript in rest)
            made = list(batches.chunks(sized, self._clock.block_gas, batches.BATCH_GAS))
            actions = [client.record_batch([packed for _, packed in chunk], gas) for chunk, gas in made]
            try:
                receipts = self._dispatch.do(self._keyring.relayer, *actions)
            except PausedUntil as refusal:  # of the batch as a whole
                return [refusal] * len(rest)
            results: list[Recorded | LedgerError] = []
            for receipt, (chunk, _) in zip(receipts, made, strict=True):
                results += batches.recordings(receipt, client.to, [deal for deal, _ in chunk])
            return results

        return batches.each(transcripts, known, send)

    def cancel(self, party: Party, counterpart: Party, nonce: int) -> None:
        """Burn the number of a signed session before it is recorded."""
        unsigned("nonce", nonce, UINT64)
        low, high = sorted((party, counterpart), key=str.lower)
        if not self._dispatch.take("cancel", self._market.key(DealKey(low, high, nonce)), party):
            self._dispatch.do(self._keyring.of(party), self._market.negotiator.cancel(counterpart, nonce))

    def release(self, deal: Deal) -> None:
        """Undo a recorded deal before its gate; both parties' keys sign."""
        book.encodable(deal)
        key = self._market.key(DealKey.of(deal))
        taken = [self._dispatch.take("release", slot_key(key, index)) for index in range(deal.count)]
        if not taken or not all(taken):
            consent = digest(self._releases, release_hash(key))
            seller, buyer = (
                sign(self._keyring.of(party).key, consent) for party in (deal.seller, deal.buyer)
            )
            self._dispatch.do(self._keyring.relayer, self._market.negotiator.release(deal, seller, buyer))

    # Settlement -------------------------------------------------------------------------------------------------------

    def settle(self, deals: Sequence[tuple[Deal, int]]) -> list[Settlement | LedgerError]:
        """Settle intervals in one batch, sent by the relayer; each refusal stands at its place."""

        def known(item: tuple[Deal, int]) -> "Settlement | LedgerError | None":
            deal, index = item
            entry = self._dispatch.take("settle", self._market.key(DealKey.of(deal, index)))
            return None if entry is None else entry.result

        def send(rest: Sequence[tuple[Deal, int]]) -> list[Settlement | LedgerError]:
            client = self._market.negotiator
            sized = ((item, SETTLE_GAS, 320) for item in rest)
            made = [chunk for chunk, _ in batches.chunks(sized, self._clock.block_gas, batches.BATCH_GAS)]
            receipts = self._dispatch.do(self._keyring.relayer, *map(client.settle_batch, made))
            results: list[Settlement | LedgerError] = []
            for receipt, chunk in zip(receipts, made, strict=True):
                results += batches.settlements(receipt, client.to, chunk)
            return results

        return batches.each(deals, known, send)

    def state(self) -> LedgerState:
        """All that the chain holds of this market."""
        return state_of(self._market, self._dispatch.at())

    # Keys -------------------------------------------------------------------------------------------------------------

    def _owner(self, meter: int) -> Account:
        owner = self._owners.get(meter)
        if owner is None:
            owner = self._market.registry.meter(meter).owner
        # Nobody owns an unknown meter; the registry itself refuses whoever asks.
        return self._keyring.relayer if owner == NOBODY else self._keyring.of(owner)

    def _sign(self, reading: Reading) -> tuple[Signature, None]:
        key = self._meter_keys.get(reading.meter)
        if key is None:  # no meter of this run: the registry says what is wrong with it
            return NO_SIGNATURE, None
        return sign(key.key, digest(self._readings, reading_hash(reading))), None


def _sized(transcript: Transcript, disclose: bool) -> tuple[tuple[Deal, bytes], int, int]:
    """A transcript packed, with the most gas that recording it uses and its size in bytes."""
    terms, head = transcript.terms, transcript.offers[-1]
    earlier = [offer.move for offer in transcript.offers[:-1]] if disclose else []
    packed = packing.agreement(
        terms, head, earlier, signature_of(head.signature), signature_of(transcript.acceptance)
    )
    gas = RECORD_GAS * max(terms.count, 1) + MOVE_GAS * len(earlier)
    return (deal_of(terms, head.move), packed), gas, len(packed) + 32
