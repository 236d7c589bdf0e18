"""Deals from their recording to their end: escrow, a place in the queue, payment and refund, cancellation, release.

The one internal step in which every negotiation ends, and the only code that moves escrow. Every function checks first
and changes afterwards, so that a refusal has changed nothing.
"""

from collections.abc import Callable
from hashlib import sha256

from market.ledger.errors import (
    AmountOverflow,
    IndexOutOfRange,
    KeyUsed,
    NonceOutOfRange,
    NotFinal,
    SelfDeal,
    TermsMismatch,
    WrongDealStatus,
    ZeroAmount,
    ZeroCount,
)
from market.ledger.port import DealState, MarketRules, Recorded, Settlement
from market.ledger.ranges import INT64_MAX, UINT16, UINT32, UINT32_MAX, UINT64, unsigned
from market.ledger.registry import Registry
from market.ledger.times import check_gate, check_horizon
from market.ledger.tokens import Purse
from market.terms import NO_METER, PROVIDER_NONCE, Deal, DealKey, DealStatus, Party

KeyHash = Callable[[DealKey], bytes]
"""The 32 bytes by which a ledger names a deal's slot; only errors carry them."""


def plain_key(key: DealKey) -> bytes:
    """A deal's slot where there is no chain: a hash of the parties and the nonce, plus the index."""
    base = sha256(f"{key.low}|{key.high}|{key.nonce}".encode()).digest()
    return ((int.from_bytes(base) + key.index) % 2**256).to_bytes(32)


def delivered(exported: int, position: int, energy: int) -> int:
    """Base units that reach a deal: clamp(exported − position, 0, energy)."""
    return min(max(exported - position, 0), energy)


class Book:
    """The deals of a market, over its registry and its purse."""

    __slots__ = ("_keys", "_market", "_purse", "_registry", "_rules", "cancelled", "slots")

    def __init__(
        self, rules: MarketRules, registry: Registry, purse: Purse, *, market: Party, keys: KeyHash
    ) -> None:
        self._rules = rules
        self._registry = registry
        self._purse = purse
        self._market = market
        self._keys = keys
        self.slots: dict[DealKey, DealState] = {}
        self.cancelled: set[DealKey] = set()

    def copy(self, registry: Registry, purse: Purse) -> "Book":
        """The same deals over copies of the registry and the purse."""
        other = Book(self._rules, registry, purse, market=self._market, keys=self._keys)
        other.slots = self.slots.copy()
        other.cancelled = self.cancelled.copy()
        return other

    def status(self, key: DealKey) -> DealStatus:
        """What stands in a slot."""
        slot = self.slots.get(key)
        if slot is not None:
            return slot.status
        return DealStatus.CANCELLED if key in self.cancelled else DealStatus.NONE

    def name(self, key: DealKey) -> bytes:
        """The slot's 32 bytes."""
        return self._keys(key)

    # Recording --------------------------------------------------------------------------------------------------------

    def record(self, deal: Deal, max_ahead: int, now: int) -> Recorded:
        """Escrow a run of deals in full and take a place in the queue for each interval; a firm sale takes none.

        Whoever calls this has the consent of both parties to these terms, and knows that meter 0 is the provider's.

        Raises
        ------
        SelfDeal, ZeroCount, BeyondHorizon, ZeroAmount, AmountOverflow
            The terms make no deal now.
        InsufficientBalance
            The buyer cannot pay in full.
        KeyUsed
            The session number has been used or cancelled.
        LedgerError
            It is too late, or the meters cannot promise it (see ``Registry.place``).
        """
        if deal.seller == deal.buyer:
            raise SelfDeal(deal.seller)
        if deal.count == 0:
            raise ZeroCount()
        check_horizon(self._rules, deal.interval, deal.count, now)
        check_amounts(deal.price, deal.energy, deal.count)
        escrow = deal.price * deal.energy * deal.count
        self._purse.check_free(deal.buyer, escrow)
        first = DealKey.of(deal)
        status = self.status(first)
        if status is not DealStatus.NONE:
            raise KeyUsed(self._keys(first), status)
        firm = deal.seller_meter == NO_METER
        positions = tuple(
            0 if firm else self._place(deal, interval, max_ahead, now)
            for interval in range(deal.interval, deal.interval + deal.count)
        )
        self._purse.hold(deal.buyer, escrow)
        for index, position in enumerate(positions):
            if not firm:
                self._registry.commit(self._market, deal.seller_meter, deal.interval + index, deal.energy)
            key = first if index == 0 else DealKey(first.low, first.high, first.nonce, index)
            self.slots[key] = DealState(deal=deal, index=index, status=DealStatus.RECORDED, position=position)
        return Recorded(deal=deal, positions=positions)

    def check_firm(self, meter: int, buyer: Party, interval: int, now: int) -> None:
        """Refuse a buyer from the provider who is late, or whose meter does not serve him.

        Raises
        ------
        GateClosed, UnknownMeter, NotMeterOwner, WrongUtility, RetiredMeter, SuppliedMeter
        """
        check_gate(self._rules, interval, now)
        self._registry.check_buying(meter, buyer, interval)

    def _place(self, deal: Deal, interval: int, max_ahead: int, now: int) -> int:
        return self._registry.place(
            market=self._market,
            meter=deal.seller_meter,
            seller=deal.seller,
            buyer_meter=deal.buyer_meter,
            buyer=deal.buyer,
            interval=interval,
            quantity=deal.energy,
            max_ahead=max_ahead,
            now=now,
        )

    def cancel(self, party: Party, counterpart: Party, nonce: int) -> None:
        """Burn the number of a signed session that has not been recorded."""
        unsigned("nonce", nonce, UINT64)
        if party == counterpart:
            raise SelfDeal(party)
        if nonce >= PROVIDER_NONCE:
            raise NonceOutOfRange(nonce)
        low, high = sorted((party, counterpart), key=str.lower)
        key = DealKey(low, high, nonce)
        status = self.status(key)
        if status is not DealStatus.NONE:
            raise KeyUsed(self._keys(key), status)
        self.cancelled.add(key)

    def release(self, deal: Deal, now: int) -> None:
        """Undo a recorded run before its gate, if every interval of it is the tail of its queue.

        Raises
        ------
        ZeroCount, GateClosed, WrongDealStatus, TermsMismatch, NotPlaceHolder, NotQueueTail
        """
        if deal.count == 0:
            raise ZeroCount()
        check_gate(self._rules, deal.interval, now)
        firm = deal.seller_meter == NO_METER
        slots = []
        for index in range(deal.count):
            slot = self._recorded(DealKey.of(deal, index), deal)
            if not firm:
                interval = deal.interval + index
                self._registry.check_tail(
                    self._market, deal.seller_meter, interval, slot.position, deal.energy
                )
            slots.append(slot)
        refunded = deal.price * deal.energy
        for slot in slots:
            if not firm:
                self._registry.uncommit(deal.seller_meter, deal.interval + slot.index, deal.energy)
            self._purse.let_go(deal.buyer, refunded)
            self.slots[DealKey.of(deal, slot.index)] = DealState(
                deal=deal,
                index=slot.index,
                status=DealStatus.RELEASED,
                position=slot.position,
                refunded=refunded,
            )

    # Settlement -------------------------------------------------------------------------------------------------------

    def settle(self, deal: Deal, index: int, now: int) -> Settlement:
        """Pay and refund one interval whose export is final.

        Raises
        ------
        IndexOutOfRange, WrongDealStatus, TermsMismatch, NotFinal
        """
        if not 0 <= index < deal.count:
            raise IndexOutOfRange(index, deal.count)
        key = DealKey.of(deal, index)
        slot = self._recorded(key, deal)
        energy = self._final(deal, index, slot.position, now)
        paid = deal.price * energy
        refunded = deal.price * (deal.energy - energy)
        self._purse.let_go(deal.seller, paid)
        self._purse.let_go(deal.buyer, refunded)
        self.slots[key] = DealState(
            deal=slot.deal,
            index=index,
            status=DealStatus.SETTLED,
            position=slot.position,
            delivered=energy,
            paid=paid,
            refunded=refunded,
        )
        return Settlement(key=key, delivered=energy, paid=paid, refunded=refunded)

    def _final(self, deal: Deal, index: int, position: int, now: int) -> int:
        interval = deal.interval + index
        if deal.seller_meter == NO_METER:
            end = self._rules.end(interval)
            if now < end:
                raise NotFinal(NO_METER, interval, end, now)
            return deal.energy
        exported = self._registry.final_export(deal.seller_meter, interval, now)
        if exported is None:
            raise NotFinal(deal.seller_meter, interval, self._rules.closed(interval), now)
        return delivered(exported, position, deal.energy)

    def _recorded(self, key: DealKey, deal: Deal) -> DealState:
        slot = self.slots.get(key)
        if slot is None or slot.status is not DealStatus.RECORDED:
            raise WrongDealStatus(self._keys(key), self.status(key), DealStatus.RECORDED)
        if slot.deal is not deal and slot.deal != deal:
            raise TermsMismatch(self._keys(key))
        return slot


def check_amounts(price: int, energy: int, count: int) -> None:
    """Refuse a price or energy of zero, and a run whose payment does not fit an int64 or energy a uint32."""
    if price == 0 or energy == 0:
        raise ZeroAmount(price, energy)
    if energy > UINT32_MAX or price * energy * count > INT64_MAX:
        raise AmountOverflow(price, energy, count)


def encodable(deal: Deal) -> Deal:
    """``deal`` itself if each value fits its type (``NotEncodable``)."""
    if (
        type(deal.price) is type(deal.energy) is type(deal.count) is int
        and 0 <= deal.price < UINT64
        and 0 <= deal.energy < UINT64
        and 0 <= deal.nonce < UINT64
        and 0 <= deal.count < UINT16
        and 0 <= deal.seller_meter < UINT32
        and 0 <= deal.buyer_meter < UINT32
        and 0 <= deal.interval < UINT32
    ):
        return deal
    for name, bound in _BOUNDS.items():
        unsigned(name, getattr(deal, name), bound)
    return deal


_BOUNDS = {
    "price": UINT64,
    "energy": UINT64,
    "nonce": UINT64,
    "count": UINT16,
    "seller_meter": UINT32,
    "buyer_meter": UINT32,
    "interval": UINT32,
}
