"""The event of ``ProviderTariff``."""

from dataclasses import dataclass
from typing import ClassVar

from chain.events.base import U64, Event, IndexedU32


@dataclass(frozen=True, slots=True)
class TariffAppended(Event):
    """Of ``IProviderTariff``: prices from an interval on, token units per base unit."""

    contracts: ClassVar[tuple[str, ...]] = ("ProviderTariff",)
    from_interval: IndexedU32
    buy_price: U64
    sell_price: U64
