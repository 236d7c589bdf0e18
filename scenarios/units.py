"""Utilities and their units: what a scenario file says in kWh or m³ and tokens, the ledger holds in whole base units."""

from dataclasses import dataclass
from decimal import Decimal

TOKEN = 10**6
"""Token units in a token (6 decimals)."""


@dataclass(frozen=True, slots=True)
class Utility:
    """One type of utility: its number on chain and how people count it."""

    number: int
    name: str
    unit: str
    """As people count it."""
    base_unit: str
    """As the ledger counts it."""
    base_per_unit: int

    def energy(self, amount: Decimal) -> int:
        """Base units in ``amount`` units; exact.

        Raises
        ------
        ValueError
            If that is not a whole number.
        """
        return _whole(amount * self.base_per_unit, f"{amount} {self.unit}", self.base_unit)

    def price(self, tokens: Decimal) -> int:
        """Token units per base unit for a price in tokens per unit; exact.

        Raises
        ------
        ValueError
            If that is not a whole number.
        """
        what = f"{tokens} token/{self.unit}"
        return _whole(tokens * TOKEN / self.base_per_unit, what, f"token units per {self.base_unit}")

    def amount(self, base: float) -> float:
        """Units in ``base`` base units, for people."""
        return base / self.base_per_unit

    def tokens_per_unit(self, price: float) -> float:
        """Tokens per unit at ``price`` token units per base unit, for people."""
        return price * self.base_per_unit / TOKEN


def token_units(tokens: Decimal) -> int:
    """Token units in ``tokens``.

    Raises
    ------
    ValueError
        If it has more than six decimals.
    """
    return _whole(tokens * TOKEN, f"{tokens} token", "token units")


def _whole(value: Decimal, what: str, unit: str) -> int:
    if value != value.to_integral_value():
        raise ValueError(f"{what} is {value} {unit}, expected a whole number")
    return int(value)


ELECTRICITY = Utility(1, "electricity", "kWh", "Wh", 1000)
GAS = Utility(2, "gas", "m³", "l", 1000)
HEAT = Utility(3, "heat", "kWh", "Wh", 1000)

UTILITIES = {u.name: u for u in (ELECTRICITY, GAS, HEAT)}
