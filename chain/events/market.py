"""Events that all markets of a registry emit, those of deals, loans and forward contracts: balances, pauses, batches."""

from dataclasses import dataclass
from typing import ClassVar

from chain.events.base import U256, Bytes, Event, IndexedAddress, IndexedU256, IndexedWord


@dataclass(frozen=True, slots=True)
class MarketEvent(Event):
    """Of ``IMarketAccount``, ``IGuardedPause`` or ``ISigned``."""

    contracts: ClassVar[tuple[str, ...]] = ("UtilityNegotiator", "EnergyLoans", "ForwardContracts")


@dataclass(frozen=True, slots=True)
class Deposited(MarketEvent):
    """Tokens became a party's internal balance; token units."""

    party: IndexedAddress
    amount: U256


@dataclass(frozen=True, slots=True)
class Withdrawn(MarketEvent):
    """Internal balance became tokens again; token units."""

    party: IndexedAddress
    amount: U256


@dataclass(frozen=True, slots=True)
class Paused(MarketEvent):
    """New business stopped until a time (seconds since 1970)."""

    until: U256


@dataclass(frozen=True, slots=True)
class ItemSkipped(MarketEvent):
    """An item of a batch that changed nothing, and its error."""

    item: IndexedU256
    key: IndexedWord
    reason: Bytes
