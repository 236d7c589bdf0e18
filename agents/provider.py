"""The main provider: the outside option of everyone, who buys and sells at a tariff.

It does not negotiate. Its prices are fixed on the ledger before any deal for them, its sales are firm, and what it buys
is paid from tokens that it escrows beforehand. Prices are token units per base unit, money token units.
"""

from dataclasses import dataclass
from itertools import pairwise

from market.ledger.port import Ledger, TariffStep
from market.terms import Party


class ProviderError(ValueError):
    """A provider that could not keep its promises; ``exit_code`` is that of bad input."""

    exit_code = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A provider as a scenario has it.

    Attributes
    ----------
    tariff : tuple of TariffStep
        Ascending, buy ≤ sell.
    funds : int
        Token units that it deposits before the market opens, > 0.

    Raises
    ------
    ProviderError
    """

    name: str
    party: Party
    tariff: tuple[TariffStep, ...]
    funds: int

    def __post_init__(self) -> None:
        if not self.tariff:
            raise ProviderError("tariff: found no steps, expected at least one")
        for step in self.tariff:
            if not 0 <= step.buy_price <= step.sell_price:
                raise ProviderError(
                    f"tariff from {step.from_interval}: found buy {step.buy_price} and sell {step.sell_price}, "
                    "expected 0 ≤ buy ≤ sell"
                )
        starts = [step.from_interval for step in self.tariff]
        if any(later <= earlier for earlier, later in pairwise(starts)):
            raise ProviderError(f"tariff: found steps from {starts}, expected ascending")
        if self.funds <= 0:
            raise ProviderError(f"funds: found {self.funds}, expected more than 0")

    def prices(self, interval: int) -> tuple[int, int]:
        """(buy, sell) price for ``interval``.

        Raises
        ------
        ProviderError
            If ``interval`` is before the first step.
        """
        current = [step for step in self.tariff if step.from_interval <= interval]
        if not current:
            first = self.tariff[0].from_interval
            raise ProviderError(f"interval: found {interval}, expected at least {first}, the tariff's first")
        return current[-1].buy_price, current[-1].sell_price

    def open(self, ledger: Ledger) -> None:
        """Check that the ledger was deployed with this tariff, and escrow the funds.

        The first steps of a tariff are part of a ledger's deployment: nothing else can be in force without notice.

        Raises
        ------
        ProviderError
            If the ledger has another provider or other prices; nothing is deposited then.
        LedgerError
        """
        if ledger.provider != self.party:
            raise ProviderError(f"provider: found {ledger.provider} on the ledger, expected {self.party}")
        for step in self.tariff:
            found, expected = ledger.tariff_at(step.from_interval), (step.buy_price, step.sell_price)
            if found != expected:
                raise ProviderError(
                    f"tariff from {step.from_interval}: found {found} on the ledger, expected {expected}"
                )
        ledger.buy_tokens(self.party, self.funds)
        ledger.deposit(self.party, self.funds)
