"""The provider's schedule of prices by delivery interval (``IProviderTariff``): append-only, with notice."""

from bisect import bisect_right
from collections.abc import Sequence

from market.ledger.errors import BuyAboveSell, EmptyTariff, NoPrice, NoticeTooShort, StepOutOfOrder
from market.ledger.port import MarketRules, TariffStep
from market.ledger.ranges import UINT32, UINT64, unsigned


class Tariff:
    """Steps in ascending order; those given at the start need no notice, for there is no deal before them."""

    __slots__ = ("_starts", "steps")

    def __init__(self, steps: Sequence[TariffStep] = ()) -> None:
        self.steps: tuple[TariffStep, ...] = _checked((), steps)
        self._starts = [step.from_interval for step in self.steps]

    def copy(self) -> "Tariff":
        """An independent tariff with the same steps."""
        return Tariff(self.steps)

    def append(self, rules: MarketRules, steps: Sequence[TariffStep], now: int) -> None:
        """Append ``steps``, each starting later than now + horizon.

        The steps ascend, so the notice of the first is the shortest and the only one looked at.

        Raises
        ------
        EmptyTariff, NoticeTooShort, BuyAboveSell, StepOutOfOrder
        """
        if not steps:
            raise EmptyTariff()
        first = unsigned("from_interval", steps[0].from_interval, UINT32)
        start, earliest = rules.start(first), rules.latest_start(now)
        if start <= earliest:
            raise NoticeTooShort(first, start, earliest)
        self.steps = _checked(self.steps, steps)
        self._starts = [step.from_interval for step in self.steps]

    def price_at(self, interval: int) -> tuple[int, int]:
        """(buy, sell) price for ``interval``, token units per base unit (``NoPrice`` before the first step)."""
        place = bisect_right(self._starts, interval)
        if place == 0:
            raise NoPrice(interval)
        step = self.steps[place - 1]
        return step.buy_price, step.sell_price


def _checked(before: tuple[TariffStep, ...], steps: Sequence[TariffStep]) -> tuple[TariffStep, ...]:
    known = list(before)
    for step in steps:
        unsigned("from_interval", step.from_interval, UINT32)
        unsigned("buy_price", step.buy_price, UINT64)
        unsigned("sell_price", step.sell_price, UINT64)
        if step.buy_price > step.sell_price:
            raise BuyAboveSell(step.buy_price, step.sell_price)
        if known and step.from_interval <= known[-1].from_interval:
            raise StepOutOfOrder(step.from_interval, known[-1].from_interval)
        known.append(step)
    return tuple(known)
