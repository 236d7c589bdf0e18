"""What keeps a meter from trading: a market that supplies it, or another meter that it is behind (``IMeterRegistry``).

Both begin only beyond the horizon, where no deal can stand yet. Whose the meters are and what they measure is checked
before (:class:`market.ledger.registry.Registry`).
"""

from market.ledger.errors import (
    AggregatedMeter,
    EmptySupply,
    HasSubmeters,
    NotSupplier,
    SuppliedMeter,
    SupplyTooSoon,
)
from market.ledger.port import Aggregate, MarketRules, Supply
from market.ledger.ranges import UINT32_MAX
from market.terms import NOBODY, Party


class SupplyBook:
    """Supplies by meter, at most two each in the order of their times, and the meters that are behind others."""

    __slots__ = ("_parents", "_rules", "aggregates", "supplies")

    def __init__(self, rules: MarketRules) -> None:
        self._rules = rules
        self.supplies: dict[int, tuple[Supply, ...]] = {}
        self.aggregates: dict[int, Aggregate] = {}
        # Meters that others are behind.
        self._parents: set[int] = set()

    def copy(self) -> "SupplyBook":
        """An independent book with the same contents."""
        other = SupplyBook(self._rules)
        other.supplies = self.supplies.copy()
        other.aggregates = self.aggregates.copy()
        other._parents = self._parents.copy()
        return other

    def check_selling(self, meter: int, interval: int) -> None:
        """Refuse a meter that another sells for, or that is supplied in ``interval``.

        Raises
        ------
        AggregatedMeter, SuppliedMeter
        """
        behind = self.aggregates.get(meter)
        if behind is not None and interval >= behind.from_interval:
            raise AggregatedMeter(meter, behind.into, behind.from_interval)
        self.check_unsupplied(meter, interval)

    def check_unsupplied(self, meter: int, interval: int) -> None:
        """Refuse a meter that is supplied in ``interval`` (``SuppliedMeter``)."""
        for each in self.supplies.get(meter, ()):
            if each.from_interval <= interval < each.to_interval:
                raise SuppliedMeter(meter, interval, each.market)

    def supply(self, market: Party, meter: int, from_interval: int, to_interval: int, now: int) -> None:
        """``market`` supplies a meter in [from, to).

        Raises
        ------
        EmptySupply, SupplyTooSoon, AggregatedMeter, SuppliedMeter
        """
        if from_interval >= to_interval:
            raise EmptySupply(meter, from_interval, to_interval)
        horizon = self._rules.latest_start(now)
        if self._rules.start(from_interval) <= horizon:
            raise SupplyTooSoon(meter, from_interval, horizon)
        self._check_alone(meter)
        standing = tuple(
            each for each in self.supplies.get(meter, ()) if self._rules.start(each.to_interval) > now
        )
        self._check_before(meter, standing, from_interval)
        if len(standing) > 1:
            raise SuppliedMeter(meter, from_interval, standing[-1].market)
        added = Supply(market=market, from_interval=from_interval, to_interval=to_interval)
        self.supplies[meter] = (*standing, added)

    def end(self, market: Party, meter: int, from_interval: int, to_interval: int) -> None:
        """``market`` ends its supply that begins at ``from_interval`` earlier; at or before its begin: there is none.

        Raises
        ------
        NotSupplier, EmptySupply
        """
        supplies = self.supplies.get(meter, ())
        ended = next((each for each in supplies if each.from_interval == from_interval), None)
        if ended is None or ended.market != market:
            raise NotSupplier(meter, market, NOBODY if ended is None else ended.market)
        if to_interval > ended.to_interval:
            raise EmptySupply(meter, ended.to_interval, to_interval)
        left = Supply(market=market, from_interval=from_interval, to_interval=to_interval)
        kept = tuple(left if each is ended else each for each in supplies)
        if to_interval <= from_interval:
            kept = tuple(each for each in kept if each is not left)
        self.supplies[meter] = kept
        if not kept:
            del self.supplies[meter]

    def aggregate(self, meter: int, into: int, now: int) -> int:
        """Put a meter behind another from beyond the horizon on; returns from which interval.

        Raises
        ------
        AggregatedMeter, HasSubmeters, SuppliedMeter
        """
        self._check_alone(meter)
        self._check_alone(into)
        if meter in self._parents:
            raise HasSubmeters(meter)
        since = max(0, (self._rules.latest_start(now) - self._rules.epoch) // self._rules.interval + 1)
        from_interval = min(since, UINT32_MAX)
        self._check_before(meter, self.supplies.get(meter, ()), from_interval)
        self.aggregates[meter] = Aggregate(into=into, from_interval=from_interval)
        self._parents.add(into)
        return from_interval

    def _check_alone(self, meter: int) -> None:
        behind = self.aggregates.get(meter)
        if behind is not None:
            raise AggregatedMeter(meter, behind.into, behind.from_interval)

    def _check_before(self, meter: int, supplies: tuple[Supply, ...], from_interval: int) -> None:
        for each in supplies:
            if each.to_interval > from_interval:
                raise SuppliedMeter(meter, from_interval, each.market)
