"""A prosumer: one party of one utility, its agent, and its books.

It trades what its forecast leaves over or short in a delivery interval, minus what it has traded for it already; prices
it between the provider's two tariffs; and bounds amounts by its preference surface. One shape for two kinds: a home
(:class:`HomeKind`), which trades each interval's electricity, and a firm (:class:`FirmKind`) with a store and perhaps a
deadline. Amounts are base units, prices token units per base unit, selling is positive.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol
from zlib import crc32

import numpy as np

from agents.preferences import THRESHOLD, DeadlineBuyer, ForecastFollower, Preference, StoreSeller
from agents.strategy import ENERGY, PRICE, Bounded, Context, Strategy
from market.issues import Issue
from market.ledger.port import ProviderOrder, Recorded, Settlement
from market.matching import ANYONE, Choice
from market.negotiation import Negotiator
from market.terms import DealKey, Party
from market.trader import Brief, Outlook

_LAG_BITS = 20


class Forecaster(Protocol):
    """What a prosumer expects of itself."""

    def net(self, step: int, interval: int) -> int:
        """Base units left over (positive) or short (negative) in ``interval`` as forecast at ``step``.

        Without what is traded for that interval itself; what is traded for others (a store's) is the forecaster's to count.
        """
        ...


class Kind(Protocol):
    """What distinguishes homes from firms: what they prefer, and when they turn to the provider."""

    def preference(self, *, selling: bool, amount: int, step: int, interval: int) -> Preference:
        """The surface for ``amount`` > 0 that it wants to sell or buy in ``interval``, seen from ``step``."""
        ...

    def at_provider(self, position: int, step: int, interval: int) -> int:
        """How much of ``position`` it now sells to (positive) or buys from (negative) the provider."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeKind:
    """A home: every interval by itself."""

    provider: bool = True
    """It sends what neighbours did not take to the provider."""
    below: float = 0.65
    above: float = 0.10
    """Widths of :class:`~agents.preferences.ForecastFollower`."""

    def preference(self, *, selling: bool, amount: int, step: int, interval: int) -> Preference:
        return ForecastFollower(amounts=(amount,), first=interval, below=self.below, above=self.above)

    def at_provider(self, position: int, step: int, interval: int) -> int:
        return position if self.provider else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FirmKind:
    """A firm with a store: it sells any time, or buys until its deadline.

    Attributes
    ----------
    deadline : int or None
        Interval by which its need must be met.
    patience : int
        Intervals before the deadline at which it buys from the provider what is still missing; over as many its
        preference for a neighbour's delivery falls to 0.
    full : int or None
        Base units that fill its store: what it holds then goes to the provider rather than being lost. None: never.
    horizon : int
        Intervals over which its faint wish to sell sooner than later builds up, > 0.
    """

    deadline: int | None = None
    patience: int = 0
    full: int | None = None
    horizon: int = 400

    def preference(self, *, selling: bool, amount: int, step: int, interval: int) -> Preference:
        if selling or self.deadline is None:  # who fills a store without a deadline minds time as little
            return StoreSeller(surplus=amount, first=step, last=step + self.horizon)
        return DeadlineBuyer(need=amount, deadline=self.deadline, ramp=max(1, self.patience))

    def at_provider(self, position: int, step: int, interval: int) -> int:
        if position > 0:
            return position if self.full is not None and position >= self.full else 0
        due = self.deadline is not None and self.deadline - self.patience <= interval <= self.deadline
        return position if due else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One interval of a deal in a prosumer's books."""

    interval: int
    amount: int
    """Base units agreed; positive sold, negative bought."""
    price: int
    delivered: int | None = None
    """Base units delivered; None until settled."""
    cash: int = 0
    """Token units received (positive) or paid once settled."""


class Prosumer:
    """A party that trades its own surplus or deficit (``market.trader.Trader``).

    Parameters
    ----------
    strategy, parameters
        Class of its negotiators, and its table of the scenario, checked by the class.
    margin
        Token units per base unit by which its reservation price is better than the provider's, ≥ 0.
    threshold
        Least preference that it negotiates, in (0, 1].
    price_unit, energy_unit
        Ledger units in one unit of price and of energy as ``parameters`` are written.
    seeds
        Of its strategies' randomness: equal seeds, equal sessions.

    Raises
    ------
    StrategyError
        If the strategy refuses its parameters.
    ValueError
        If ``margin`` or ``threshold`` is out of its range.
    """

    def __init__(
        self,
        *,
        name: str,
        party: Party,
        meter: int,
        kind: Kind,
        forecaster: Forecaster,
        strategy: type[Strategy],
        parameters: Mapping[str, Any],
        margin: int = 0,
        threshold: float = THRESHOLD,
        price_unit: int = 1,
        energy_unit: int = 1,
        seeds: Sequence[int] = (0,),
    ) -> None:
        if margin < 0:
            raise ValueError(f"margin: found {margin}, expected at least 0")
        if not 0 < threshold <= 1:
            raise ValueError(f"threshold: found {threshold}, expected in (0, 1]")
        strategy.check(parameters)
        self.name, self.party, self.meter = name, party, meter
        self._kind = kind
        self._forecaster = forecaster
        self._strategy = strategy
        self._parameters = dict(parameters)
        self._margin = margin
        self._threshold = threshold
        self._units = price_unit, energy_unit
        self._seeds = tuple(seeds)
        self._books: dict[DealKey, Entry] = {}
        self._traded: dict[int, int] = defaultdict(int)

    @property
    def books(self) -> tuple[Entry, ...]:
        """Every interval of every deal of its own, in the order in which they became binding."""
        return tuple(self._books.values())

    @property
    def cash(self) -> int:
        """Token units received minus paid in settled deals."""
        return sum(entry.cash for entry in self._books.values())

    def position(self, step: int, interval: int) -> int:
        return self._forecaster.net(step, interval) - self._traded.get(interval, 0)

    def choose(self, outlook: Outlook) -> Choice:
        return ANYONE

    def negotiator(self, brief: Brief) -> Negotiator | None:
        context = self.context(brief)
        return None if context is None else Bounded(self._strategy, context)

    def context(self, brief: Brief) -> Context | None:
        """What its strategy is told for a session, or None if there is nothing in it for this prosumer."""
        position = self.position(brief.step, brief.interval)
        if position == 0 or (position > 0) != brief.selling:
            return None
        amount = abs(position)
        surface = self._kind.preference(
            selling=brief.selling, amount=amount, step=brief.step, interval=brief.interval
        )
        bounds = surface.bounds(brief.interval, self._threshold)
        if bounds is None:
            return None
        price, energy = brief.domain.issues
        amounts = _inside(energy, bounds[0], min(bounds[1], amount))
        if brief.selling:
            prices = _inside(price, brief.buy_price + self._margin, price.high)
        else:
            prices = _inside(price, price.low, brief.sell_price - self._margin)
        if amounts is None or prices is None:
            return None
        return Context(
            brief=brief,
            least=amounts[0],
            most=amounts[1],
            reservation=prices[0] if brief.selling else prices[1],
            parameters=self._parameters,
            price_unit=self._units[PRICE],
            energy_unit=self._units[ENERGY],
            rng=np.random.default_rng(
                [*self._seeds, brief.step % 2**32, brief.interval, crc32(brief.counterpart.encode())]
            ),
        )

    def provider_order(
        self, step: int, interval: int, buy_price: int, sell_price: int
    ) -> ProviderOrder | None:
        amount = self._kind.at_provider(self.position(step, interval), step, interval)
        return self.order(step, interval, abs(amount), amount > 0, (buy_price, sell_price))

    def order(
        self, step: int, interval: int, energy: int, selling: bool, prices: tuple[int, int]
    ) -> ProviderOrder | None:
        """An order at the provider's ``prices`` (buy, sell) for ``interval``; None where there is nothing to order."""
        limit = prices[0] if selling else prices[1]
        lag = interval - step
        if energy == 0 or limit == 0 or not 0 <= lag < 1 << _LAG_BITS:
            return None
        return ProviderOrder(
            party=self.party,
            number=interval << _LAG_BITS | lag,  # one order for each interval and step, the same in every run
            meter=self.meter,
            interval=interval,
            energy=energy,
            limit=limit,
            selling=selling,
        )

    def recorded(self, deal: Recorded) -> None:
        terms = deal.deal
        if self.party not in (terms.seller, terms.buyer):
            raise ValueError(
                f"{self.name}: found a deal of {terms.seller} and {terms.buyer}, expected its own"
            )
        sign = 1 if terms.seller == self.party else -1
        for index in range(terms.count):
            key = DealKey.of(terms, index)
            if key not in self._books:
                entry = Entry(interval=terms.interval + index, amount=sign * terms.energy, price=terms.price)
                self._books[key] = entry
                self._traded[entry.interval] += entry.amount

    def settled(self, settlement: Settlement) -> None:
        entry = self._books.get(settlement.key)
        if entry is None:
            raise ValueError(
                f"{self.name}: found the settlement of {settlement.key}, expected a deal of its own"
            )
        sign = 1 if entry.amount > 0 else -1
        self._books[settlement.key] = replace(
            entry, delivered=settlement.delivered, cash=sign * settlement.paid
        )


def _inside(issue: Issue, low: int, high: int) -> tuple[int, int] | None:
    """First and last value of ``issue`` in ``low..high``; None if there is none."""
    first = issue.low + max(0, -(-(low - issue.low) // issue.tick)) * issue.tick
    last = issue.low + (min(high, issue.high) - issue.low) // issue.tick * issue.tick
    return (first, last) if first <= last else None
