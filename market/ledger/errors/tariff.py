"""Refusals of the provider's tariff (``IProviderTariff``)."""

from market.ledger.errors.base import LedgerError, refusal


@refusal
class NotProvider(LedgerError):
    caller: str
    provider: str


@refusal
class EmptyTariff(LedgerError):
    pass


@refusal
class BuyAboveSell(LedgerError):
    buy_price: int
    sell_price: int


@refusal
class StepOutOfOrder(LedgerError):
    from_interval: int
    last: int


@refusal
class NoticeTooShort(LedgerError):
    from_interval: int
    start: int
    earliest: int


@refusal
class NoPrice(LedgerError):
    interval: int
