"""``ProviderTariff`` as Python sees it."""

from collections.abc import Sequence

from chain.calls import Action, Function
from chain.clients.base import Contract, party
from market.ledger.port import TariffStep
from market.terms import Party


class TariffClient(Contract):
    """``ProviderTariff``."""

    PROVIDER = Function("PROVIDER()", "address")
    PRICE_AT = Function("priceAt(uint32)", "uint64,uint64")
    APPEND = Function("append((uint32,uint64,uint64)[])")

    def provider(self) -> Party:
        """Whose prices these are."""
        return party(self._read(self.PROVIDER))

    def price_at(self, interval: int) -> tuple[int, int]:
        """(buy, sell), token units per base unit."""
        buy, sell = self._read(self.PRICE_AT, interval)
        return int(buy), int(sell)

    def append(self, steps: Sequence[TariffStep]) -> Action:
        """Append steps."""
        values = [(step.from_interval, step.buy_price, step.sell_price) for step in steps]
        return self._action("tariff", self.APPEND.encode(values), 100_000 + 60_000 * len(steps))
