"""Meters, their readings, and the queue of energy that each has promised (``IMeterRegistry``) to the listed markets.

A queue is a number: ``committed``, the base units promised so far for one meter and interval, to whatever market. The
place of a deal or of a loan's leg is the number before it joined. Beside it stands the market that took the tail and
where its run of places begins: only that market can give the tail back. Nothing here knows of tokens or parties'
consent.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from market.ledger.errors import (
    FrozenMeter,
    InvalidParameter,
    KeyInUse,
    KeyIsOwner,
    MarketAlreadyListed,
    MarketNotAllowed,
    MarketNotListed,
    NoConflict,
    NotMeterOwner,
    NotPlaceHolder,
    NotQueueTail,
    QueueTooLong,
    RatingExceeded,
    ReadingExists,
    ReadingTooEarly,
    ReadingTooLate,
    RetiredMeter,
    SameMeter,
    UnknownMeter,
    WrongUtility,
    ZeroAddress,
)
from market.ledger.port import MarketRules, MeterInterval, Reading, Registers
from market.ledger.ranges import UINT8, UINT32, UINT32_MAX, UINT64, bytes32, unsigned
from market.ledger.registers import RegisterBook
from market.ledger.supplies import SupplyBook
from market.ledger.times import check_gate, check_horizon
from market.terms import NO_METER, NOBODY, Party


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """What a meter is (``IMeterRegistry.Meter``), and the markets that its owner lets commit its energy."""

    owner: Party
    rating: int
    utility: int
    key: Party
    attester: Party = NOBODY
    retired_from: int = UINT32_MAX
    frozen: bool = False
    markets: frozenset[Party] = frozenset()


UNTOUCHED = MeterInterval()
"""A meter's interval of which nothing is known."""


class Registry:
    """The meters of listed markets, in the order of their ids (from 1), and what is known of them by interval."""

    __slots__ = ("_rules", "_tails", "keys", "markets", "meters", "registers", "slots", "supplies")

    def __init__(self, rules: MarketRules, markets: Sequence[Party]) -> None:
        for number, market in enumerate(markets):
            if market in markets[:number]:
                raise MarketAlreadyListed(market)
        self._rules = rules
        self.markets = tuple(markets)
        self.meters: list[Meter] = []
        self.keys: dict[Party, int] = {}
        self.slots: dict[tuple[int, int], MeterInterval] = {}
        self.registers = RegisterBook(rules)
        self.supplies = SupplyBook(rules)
        # Who took the tail of a queue, and where its run of places begins; absent where nobody did or it is not known.
        self._tails: dict[tuple[int, int], tuple[Party, int]] = {}

    def copy(self) -> "Registry":
        """An independent registry with the same contents."""
        other = Registry(self._rules, self.markets)
        other.meters = self.meters.copy()
        other.keys = self.keys.copy()
        other.slots = self.slots.copy()
        other.registers = self.registers.copy()
        other.supplies = self.supplies.copy()
        other._tails = self._tails.copy()
        return other

    def meter(self, meter: int) -> Meter:
        """A meter by its id (``UnknownMeter``)."""
        if 1 <= meter <= len(self.meters):
            return self.meters[meter - 1]
        raise UnknownMeter(meter)

    # Life of a meter --------------------------------------------------------------------------------------------------

    def register(self, *, owner: Party, key: Party, attester: Party, utility: int, rating: int) -> int:
        """Register a meter and return its id; its owner has not opted in yet.

        Raises
        ------
        ZeroAddress, KeyIsOwner, InvalidParameter, KeyInUse
        """
        unsigned("utility", utility, UINT8)
        unsigned("rating", rating, UINT32)
        if owner == NOBODY:
            raise ZeroAddress(bytes32("owner"))
        if key == NOBODY:
            raise ZeroAddress(bytes32("key"))
        if key == owner:
            raise KeyIsOwner(key)
        if attester in (key, owner):
            raise InvalidParameter(bytes32("attester"), int(attester, 16))
        if rating == 0:
            raise InvalidParameter(bytes32("rating"), 0)
        if key in self.keys:
            raise KeyInUse(key, self.keys[key])
        self.meters.append(Meter(owner=owner, rating=rating, utility=utility, key=key, attester=attester))
        self.keys[key] = len(self.meters)
        return len(self.meters)

    def allow(self, caller: Party, meter: int, market: Party, allowed: bool) -> None:
        """The owner opts in to a market, or out of new commitments there.

        Raises
        ------
        UnknownMeter, NotMeterOwner, MarketNotListed
        """
        known = self._owned(meter, caller)
        if market not in self.markets:
            raise MarketNotListed(market)
        self._set(
            meter, replace(known, markets=known.markets | {market} if allowed else known.markets - {market})
        )

    def retire(self, caller: Party, meter: int, from_interval: int, now: int) -> None:
        """The owner retires a meter from an interval whose gate has not passed; never later than before."""
        unsigned("from_interval", from_interval, UINT32)
        known = self._owned(meter, caller)
        if from_interval >= known.retired_from:
            raise RetiredMeter(meter, from_interval, known.retired_from)
        check_gate(self._rules, from_interval, now)
        self._set(meter, replace(known, retired_from=from_interval))

    def prove_conflict(self, first: Reading, second: Reading) -> None:
        """Freeze a meter that signed two readings of one interval which differ.

        Raises
        ------
        UnknownMeter, FrozenMeter, NoConflict
        """
        if self.meter(first.meter).frozen:
            raise FrozenMeter(first.meter)
        if (first.meter, first.interval) != (second.meter, second.interval) or first == second:
            raise NoConflict(first.meter, first.interval)
        self.freeze(first.meter)

    def freeze(self, meter: int) -> None:
        """Stop a meter from further commitments (``UnknownMeter``)."""
        self._set(meter, replace(self.meter(meter), frozen=True))

    # Readings ---------------------------------------------------------------------------------------------------------

    def post(self, reading: Reading, now: int) -> None:
        """Take the first reading of a meter and interval, in [end, end + window).

        Raises
        ------
        UnknownMeter, ReadingTooEarly, ReadingTooLate, ReadingExists, RatingExceeded
        """
        meter, interval = reading.meter, reading.interval
        rating = self.meter(meter).rating
        end, closed = self._rules.end(interval), self._rules.closed(interval)
        if now < end:
            raise ReadingTooEarly(meter, interval, now, end)
        if now >= closed:
            raise ReadingTooLate(meter, interval, now, closed)
        slot = self.slots.get((meter, interval), UNTOUCHED)
        if slot.recorded:
            raise ReadingExists(meter, interval)
        largest = max(reading.exported, reading.imported)
        if largest > rating:
            raise RatingExceeded(meter, interval, largest, rating)
        self.slots[meter, interval] = MeterInterval(
            exported=reading.exported, imported=reading.imported, committed=slot.committed, recorded=True
        )

    def final_export(self, meter: int, interval: int, now: int) -> int | None:
        """Base units exported, 0 where the meter was silent until its interval closed; None while that is open."""
        slot = self.slots.get((meter, interval), UNTOUCHED)
        if slot.recorded:
            return slot.exported
        return 0 if now >= self._rules.closed(interval) else None

    def post_registers(self, registers: Registers, now: int) -> None:
        """Take the first registers of a meter, time and schedule (``UnknownMeter``, and of ``RegisterBook.post``)."""
        self.meter(registers.meter)
        self.registers.post(registers, now)

    def prove_register_conflict(self, first: Registers, second: Registers) -> None:
        """Freeze a meter that signed two sets of registers of one time and schedule which differ.

        Raises
        ------
        UnknownMeter, FrozenMeter, NoConflict
        """
        if self.meter(first.meter).frozen:
            raise FrozenMeter(first.meter)
        if first.place != second.place or first == second:
            raise NoConflict(first.meter, first.at)
        self.freeze(first.meter)

    # Supplies ---------------------------------------------------------------------------------------------------------

    def supply(
        self, market: Party, meter: int, owner: Party, from_interval: int, to_interval: int, now: int
    ) -> None:
        """``market`` supplies a meter of ``owner`` in [from, to).

        Raises
        ------
        UnknownMeter, NotMeterOwner, WrongUtility, RetiredMeter, MarketNotAllowed
        LedgerError
            Of ``SupplyBook.supply``.
        """
        known = self.check_serving(meter, owner, from_interval)
        if market not in known.markets:
            raise MarketNotAllowed(meter, market)
        self.supplies.supply(market, meter, from_interval, to_interval, now)

    def aggregate(self, caller: Party, meter: int, into: int, now: int) -> int:
        """The owner puts a meter behind another; returns from which interval on.

        Raises
        ------
        UnknownMeter, NotMeterOwner, SameMeter, WrongUtility
        LedgerError
            Of ``SupplyBook.aggregate``.
        """
        known = self._owned(meter, caller)
        if meter == into:
            raise SameMeter(meter)
        other = self.meter(into)
        if other.utility != known.utility:
            raise WrongUtility(into, other.utility, known.utility)
        return self.supplies.aggregate(meter, into, now)

    # Queue ------------------------------------------------------------------------------------------------------------

    def check_serving(self, meter: int, claimed: Party, interval: int) -> Meter:
        """Refuse a meter that is not ``claimed``'s, measures something else or no longer serves in ``interval``.

        Raises
        ------
        UnknownMeter, NotMeterOwner, WrongUtility, RetiredMeter
        """
        known = self._owned(meter, claimed)
        if known.utility != self._rules.utility:
            raise WrongUtility(meter, known.utility, self._rules.utility)
        if interval >= known.retired_from:
            raise RetiredMeter(meter, interval, known.retired_from)
        return known

    def check_buying(self, meter: int, buyer: Party, interval: int) -> None:
        """As :meth:`check_serving`; and no market may supply the meter then (``SuppliedMeter``)."""
        self.check_serving(meter, buyer, interval)
        self.supplies.check_unsupplied(meter, interval)

    def place(
        self,
        *,
        market: Party,
        meter: int,
        seller: Party,
        buyer_meter: int,
        buyer: Party,
        interval: int,
        quantity: int,
        max_ahead: int,
        now: int,
    ) -> int:
        """The place that a quantity would get in a queue; nothing is taken yet (``buyer_meter`` 0: the provider).

        Raises
        ------
        GateClosed, BeyondHorizon, UnknownMeter, NotMeterOwner, WrongUtility, RetiredMeter, AggregatedMeter,
        SuppliedMeter, FrozenMeter, MarketNotAllowed, SameMeter, QueueTooLong, RatingExceeded
        """
        check_gate(self._rules, interval, now)
        check_horizon(self._rules, interval, 1, now)
        known = self.check_serving(meter, seller, interval)
        self.supplies.check_selling(meter, interval)
        if known.frozen:
            raise FrozenMeter(meter)
        if market not in known.markets:
            raise MarketNotAllowed(meter, market)
        if buyer_meter != NO_METER:
            if buyer_meter == meter:
                raise SameMeter(meter)
            self.check_buying(buyer_meter, buyer, interval)
        position = self.slots.get((meter, interval), UNTOUCHED).committed
        if position > max_ahead:
            raise QueueTooLong(meter, interval, position, max_ahead)
        if position + quantity > known.rating:
            raise RatingExceeded(meter, interval, position + quantity, known.rating)
        return position

    def commit(self, market: Party, meter: int, interval: int, quantity: int) -> None:
        """Take the place that :meth:`place` has just found; it extends the market's run where that is the tail."""
        position = self._grow(meter, interval, quantity)
        tail = self._tails.get((meter, interval))
        if tail is None or tail[0] != market:
            self._tails[meter, interval] = market, position

    def check_tail(self, market: Party, meter: int, interval: int, position: int, quantity: int) -> None:
        """Refuse unless a place lies in the market's run at the tail, and is the last of its queue.

        Raises
        ------
        NotPlaceHolder, NotQueueTail
        """
        tail = self._tails.get((meter, interval))
        if tail is None or tail[0] != market or position < tail[1]:
            raise NotPlaceHolder(meter, interval, market)
        committed = self.slots.get((meter, interval), UNTOUCHED).committed
        if position + quantity != committed:
            raise NotQueueTail(meter, interval, position + quantity, committed)

    def uncommit(self, meter: int, interval: int, quantity: int) -> None:
        """Give back the tail that :meth:`check_tail` has just found."""
        position = self._grow(meter, interval, -quantity) - quantity
        tail = self._tails.get((meter, interval))
        if tail is not None and tail[1] >= position:
            # Whose the place before an emptied run is, nobody knows any more.
            del self._tails[meter, interval]

    def _grow(self, meter: int, interval: int, quantity: int) -> int:
        """Change the length of a queue; returns what it was."""
        slot = self.slots.get((meter, interval), UNTOUCHED)
        self.slots[meter, interval] = MeterInterval(
            exported=slot.exported,
            imported=slot.imported,
            committed=slot.committed + quantity,
            recorded=slot.recorded,
        )
        return slot.committed

    def _owned(self, meter: int, caller: Party) -> Meter:
        known = self.meter(meter)
        if known.owner != caller:
            raise NotMeterOwner(meter, caller, known.owner)
        return known

    def _set(self, meter: int, value: Meter) -> None:
        self.meters[meter - 1] = value


def encodable(reading: Reading) -> Reading:
    """``reading`` itself if each value fits its type (``NotEncodable``)."""
    unsigned("meter", reading.meter, UINT32)
    unsigned("interval", reading.interval, UINT32)
    unsigned("exported", reading.exported, UINT64)
    unsigned("imported", reading.imported, UINT64)
    return reading
