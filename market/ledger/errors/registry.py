"""Refusals of the meter registry (``IMeterRegistry``); ``from``, a word of Python's, is ``from_`` here."""

from market.ledger.errors.base import LedgerError, refusal


@refusal
class InvalidParameter(LedgerError):
    name: bytes
    value: int


@refusal
class ZeroAddress(LedgerError):
    name: bytes


@refusal
class NotRegistrar(LedgerError):
    caller: str
    registrar: str


@refusal
class MarketAlreadyListed(LedgerError):
    market: str


@refusal
class MarketNotListed(LedgerError):
    market: str


@refusal
class UnknownMeter(LedgerError):
    meter: int


@refusal
class NotMeterOwner(LedgerError):
    meter: int
    caller: str
    owner: str


@refusal
class KeyIsOwner(LedgerError):
    key: str


@refusal
class KeyInUse(LedgerError):
    key: str
    meter: int


@refusal
class MarketNotAllowed(LedgerError):
    meter: int
    market: str


@refusal
class WrongUtility(LedgerError):
    meter: int
    utility: int
    expected: int


@refusal
class RetiredMeter(LedgerError):
    meter: int
    interval: int
    retired_from: int


@refusal
class FrozenMeter(LedgerError):
    meter: int


@refusal
class SameMeter(LedgerError):
    meter: int


@refusal
class ZeroQuantity(LedgerError):
    pass


@refusal
class GateClosed(LedgerError):
    interval: int
    gate: int
    time: int


@refusal
class BeyondHorizon(LedgerError):
    interval: int
    horizon: int
    time: int


@refusal
class RatingExceeded(LedgerError):
    meter: int
    interval: int
    quantity: int
    rating: int


@refusal
class QueueTooLong(LedgerError):
    meter: int
    interval: int
    committed: int
    max_ahead: int


@refusal
class NotQueueTail(LedgerError):
    meter: int
    interval: int
    end: int
    committed: int


@refusal
class NotPlaceHolder(LedgerError):
    meter: int
    interval: int
    market: str


@refusal
class ReadingTooEarly(LedgerError):
    meter: int
    interval: int
    time: int
    end: int


@refusal
class ReadingTooLate(LedgerError):
    meter: int
    interval: int
    time: int
    closed: int


@refusal
class ReadingExists(LedgerError):
    meter: int
    interval: int


@refusal
class BadMeterSignature(LedgerError):
    meter: int
    recovered: str
    expected: str


@refusal
class NoConflict(LedgerError):
    meter: int
    interval: int


@refusal
class RegistersExist(LedgerError):
    meter: int
    at: int
    schedule: bytes


@refusal
class RegisterOverflow(LedgerError):
    meter: int
    at: int


@refusal
class SuppliedMeter(LedgerError):
    meter: int
    interval: int
    market: str


@refusal
class SupplyTooSoon(LedgerError):
    meter: int
    from_: int
    horizon: int


@refusal
class EmptySupply(LedgerError):
    meter: int
    from_: int
    to: int


@refusal
class NotSupplier(LedgerError):
    meter: int
    caller: str
    market: str


@refusal
class AggregatedMeter(LedgerError):
    meter: int
    into: int
    from_: int


@refusal
class HasSubmeters(LedgerError):
    meter: int
