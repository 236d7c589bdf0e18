"""Events of ``MeterRegistry``: meters, their readings, and their queues."""

from dataclasses import dataclass
from typing import ClassVar

from chain.events.base import (
    U8,
    U32,
    U64,
    Address,
    Bool,
    Bytes,
    Event,
    IndexedAddress,
    IndexedU32,
    IndexedWord,
    U64s4,
)


@dataclass(frozen=True, slots=True)
class RegistryEvent(Event):
    """Of ``IMeterRegistry``."""

    contracts: ClassVar[tuple[str, ...]] = ("MeterRegistry",)


@dataclass(frozen=True, slots=True)
class MarketListed(RegistryEvent):
    """A market may commit energy, where owners opt in."""

    market: IndexedAddress


@dataclass(frozen=True, slots=True)
class MeterRegistered(RegistryEvent):
    """A meter exists from now on."""

    meter: IndexedU32
    owner: IndexedAddress
    key: Address
    attester: Address
    utility: U8
    rating: U32


@dataclass(frozen=True, slots=True)
class MarketAllowed(RegistryEvent):
    """An owner opted a meter in to a market, or out."""

    meter: IndexedU32
    market: IndexedAddress
    allowed: Bool


@dataclass(frozen=True, slots=True)
class MeterRetired(RegistryEvent):
    """A meter serves no more from an interval on."""

    meter: IndexedU32
    from_interval: U32


@dataclass(frozen=True, slots=True)
class MeterFrozen(RegistryEvent):
    """Two conflicting readings were shown: the meter commits no more."""

    meter: IndexedU32
    interval: IndexedU32


@dataclass(frozen=True, slots=True)
class ReadingPosted(RegistryEvent):
    """A reading, final; base units."""

    meter: IndexedU32
    interval: IndexedU32
    exported: U64
    imported: U64


@dataclass(frozen=True, slots=True)
class ReadingSkipped(RegistryEvent):
    """A reading of a batch that was not accepted, and its error."""

    meter: IndexedU32
    interval: IndexedU32
    reason: Bytes


@dataclass(frozen=True, slots=True)
class Committed(RegistryEvent):
    """A place in a meter's queue was taken; base units."""

    meter: IndexedU32
    interval: IndexedU32
    market: IndexedAddress
    position: U64
    quantity: U64


@dataclass(frozen=True, slots=True)
class Uncommitted(RegistryEvent):
    """The tail of a queue was given back; base units."""

    meter: IndexedU32
    interval: IndexedU32
    market: IndexedAddress
    quantity: U64


@dataclass(frozen=True, slots=True)
class RegistersPosted(RegistryEvent):
    """A meter's registers as they stood at the start of an interval, final; base units."""

    meter: IndexedU32
    boundary: IndexedU32
    schedule: IndexedWord
    imported: U64s4
    exported: U64s4


@dataclass(frozen=True, slots=True)
class RegistersSkipped(RegistryEvent):
    """Registers of a batch that were not accepted, and their error."""

    meter: IndexedU32
    boundary: IndexedU32
    reason: Bytes


@dataclass(frozen=True, slots=True)
class Supplied(RegistryEvent):
    """A market supplies a meter from an interval on and before another."""

    meter: IndexedU32
    market: IndexedAddress
    from_interval: U32
    to_interval: U32


@dataclass(frozen=True, slots=True)
class SupplyEnded(RegistryEvent):
    """A supply ends earlier than it said."""

    meter: IndexedU32
    market: IndexedAddress
    from_interval: U32
    to_interval: U32


@dataclass(frozen=True, slots=True)
class Aggregated(RegistryEvent):
    """A meter is behind another from an interval on."""

    meter: IndexedU32
    into: IndexedU32
    from_interval: U32
