"""Every refusal of a ledger, by the name and with the values that the contracts give it.

One class for each error of ``contracts/interfaces/*.sol``, its fields in the order and under the (snake-case) names of
the Solidity declaration; a test compares the two lists. Both ledgers raise these, so that a caller never needs to know
which one refused. What each means stands in the interface.
"""

from dataclasses import dataclass, fields
from typing import Any, TypeVar, dataclass_transform


class LedgerError(Exception):
    """A ledger refused an operation and changed nothing."""

    exit_code = 2

    def __str__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in self.values().items())})"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), tuple(self.values().values())

    def values(self) -> dict[str, Any]:
        """The offending values by name, in the order of the Solidity declaration."""
        return {f.name: getattr(self, f.name) for f in fields(self)}  # type: ignore[arg-type]


T = TypeVar("T", bound=LedgerError)


@dataclass_transform()
def _refusal(cls: type[T]) -> type[T]:
    return dataclass(eq=True, unsafe_hash=True, repr=False)(cls)


# Of the meter registry.


@_refusal
class InvalidParameter(LedgerError):
    name: bytes
    value: int


@_refusal
class ZeroAddress(LedgerError):
    name: bytes


@_refusal
class NotRegistrar(LedgerError):
    caller: str
    registrar: str


@_refusal
class MarketAlreadyListed(LedgerError):
    market: str


@_refusal
class MarketNotListed(LedgerError):
    market: str


@_refusal
class UnknownMeter(LedgerError):
    meter: int


@_refusal
class NotMeterOwner(LedgerError):
    meter: int
    caller: str
    owner: str


@_refusal
class KeyIsOwner(LedgerError):
    key: str


@_refusal
class KeyInUse(LedgerError):
    key: str
    meter: int


@_refusal
class MarketNotAllowed(LedgerError):
    meter: int
    market: str


@_refusal
class WrongUtility(LedgerError):
    meter: int
    utility: int
    expected: int


@_refusal
class RetiredMeter(LedgerError):
    meter: int
    interval: int
    retired_from: int


@_refusal
class FrozenMeter(LedgerError):
    meter: int


@_refusal
class SameMeter(LedgerError):
    meter: int


@_refusal
class ZeroQuantity(LedgerError):
    pass


@_refusal
class GateClosed(LedgerError):
    interval: int
    gate: int
    time: int


@_refusal
class BeyondHorizon(LedgerError):
    interval: int
    horizon: int
    time: int


@_refusal
class RatingExceeded(LedgerError):
    meter: int
    interval: int
    quantity: int
    rating: int


@_refusal
class QueueTooLong(LedgerError):
    meter: int
    interval: int
    committed: int
    max_ahead: int


@_refusal
class NotQueueTail(LedgerError):
    meter: int
    interval: int
    end: int
    committed: int


@_refusal
class NotPlaceHolder(LedgerError):
    meter: int
    interval: int
    market: str


@_refusal
class ReadingTooEarly(LedgerError):
    meter: int
    interval: int
    time: int
    end: int


@_refusal
class ReadingTooLate(LedgerError):
    meter: int
    interval: int
    time: int
    closed: int


@_refusal
class ReadingExists(LedgerError):
    meter: int
    interval: int


@_refusal
class BadMeterSignature(LedgerError):
    meter: int
    recovered: str
    expected: str


@_refusal
class NoConflict(LedgerError):
    meter: int
    interval: int


# Of the negotiator.


@_refusal
class NotGuardian(LedgerError):
    caller: str
    guardian: str


@_refusal
class PausedUntil(LedgerError):
    until: int
    time: int


@_refusal
class PauseTooSoon(LedgerError):
    earliest: int
    time: int


@_refusal
class NotSelf(LedgerError):
    caller: str


@_refusal
class SelfDeal(LedgerError):
    party: str


@_refusal
class NotParty(LedgerError):
    caller: str


@_refusal
class ZeroAmount(LedgerError):
    price: int
    energy: int


@_refusal
class AmountOverflow(LedgerError):
    price: int
    energy: int
    count: int


@_refusal
class ZeroCount(LedgerError):
    pass


@_refusal
class InsufficientBalance(LedgerError):
    party: str
    balance: int
    needed: int


@_refusal
class NonceOutOfRange(LedgerError):
    nonce: int


@_refusal
class KeyUsed(LedgerError):
    key: bytes
    status: int


@_refusal
class WrongDealStatus(LedgerError):
    key: bytes
    status: int
    expected: int


@_refusal
class TermsMismatch(LedgerError):
    key: bytes


@_refusal
class IndexOutOfRange(LedgerError):
    index: int
    count: int


@_refusal
class NotFinal(LedgerError):
    meter: int
    interval: int
    final_at: int
    time: int


@_refusal
class UnknownSession(LedgerError):
    session: int


@_refusal
class WrongSessionStatus(LedgerError):
    session: int
    status: int
    expected: int


@_refusal
class NotCounterpart(LedgerError):
    session: int
    caller: str
    counterpart: str


@_refusal
class OutOfTurn(LedgerError):
    session: int
    caller: str
    expected: str


@_refusal
class TurnExpired(LedgerError):
    session: int
    deadline: int
    time: int


@_refusal
class TurnNotExpired(LedgerError):
    session: int
    deadline: int
    time: int


@_refusal
class RoundLimit(LedgerError):
    session: int
    max_rounds: int


@_refusal
class InvalidTimeout(LedgerError):
    timeout: int


@_refusal
class InvalidRounds(LedgerError):
    max_rounds: int


@_refusal
class NoStandingOffer(LedgerError):
    session: int


@_refusal
class StandingOfferDiffers(LedgerError):
    session: int
    round: int
    price: int
    energy: int


@_refusal
class InvalidLock(LedgerError):
    session: int
    standing: int
    proposed: int


@_refusal
class OfferExpired(LedgerError):
    key: bytes
    expiry: int
    time: int


@_refusal
class ExpiryBeyondGate(LedgerError):
    key: bytes
    expiry: int
    gate: int


@_refusal
class BadSignature(LedgerError):
    key: bytes
    expected: str


@_refusal
class BrokenTranscript(LedgerError):
    key: bytes
    round: int


@_refusal
class ItemGasTooLow(LedgerError):
    item: int
    available: int
    required: int


@_refusal
class PriceLimit(LedgerError):
    interval: int
    price: int
    limit: int


@_refusal
class ProviderCap(LedgerError):
    meter: int
    open: int
    energy: int
    cap: int


@_refusal
class NoProvider(LedgerError):
    pass


# Of the provider's tariff.


@_refusal
class NotProvider(LedgerError):
    caller: str
    provider: str


@_refusal
class EmptyTariff(LedgerError):
    pass


@_refusal
class BuyAboveSell(LedgerError):
    buy_price: int
    sell_price: int


@_refusal
class StepOutOfOrder(LedgerError):
    from_interval: int
    last: int


@_refusal
class NoticeTooShort(LedgerError):
    from_interval: int
    start: int
    earliest: int


@_refusal
class NoPrice(LedgerError):
    interval: int


# Of the token.


@_refusal
class ZeroRate(LedgerError):
    pass


@_refusal
class ZeroTokens(LedgerError):
    pass


@_refusal
class EtherRemainder(LedgerError):
    value: int
    wei_per_unit: int


@_refusal
class EtherRefused(LedgerError):
    to: str
    value: int
