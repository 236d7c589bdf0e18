"""Refusals of the token (``IUtilityToken``)."""

from market.ledger.errors.base import LedgerError, refusal


@refusal
class ZeroRate(LedgerError):
    pass


@refusal
class ZeroTokens(LedgerError):
    pass


@refusal
class EtherRemainder(LedgerError):
    value: int
    wei_per_unit: int


@refusal
class EtherRefused(LedgerError):
    to: str
    value: int
