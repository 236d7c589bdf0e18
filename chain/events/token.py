"""Events of ``UtilityToken``."""

from dataclasses import dataclass
from typing import ClassVar

from chain.events.base import U256, Event, IndexedAddress


@dataclass(frozen=True, slots=True)
class TokenEvent(Event):
    """Of ``IUtilityToken``."""

    contracts: ClassVar[tuple[str, ...]] = ("UtilityToken",)


@dataclass(frozen=True, slots=True)
class Transfer(TokenEvent):
    """Token units moved; from the zero address when minted, to it when burnt."""

    sender: IndexedAddress
    to: IndexedAddress
    value: U256


@dataclass(frozen=True, slots=True)
class Approval(TokenEvent):
    """An allowance; token units."""

    owner: IndexedAddress
    spender: IndexedAddress
    value: U256


@dataclass(frozen=True, slots=True)
class Bought(TokenEvent):
    """Token units minted for Ether."""

    buyer: IndexedAddress
    amount: U256


@dataclass(frozen=True, slots=True)
class Redeemed(TokenEvent):
    """Token units burnt for Ether."""

    holder: IndexedAddress
    amount: U256
