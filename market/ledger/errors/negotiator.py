"""Refusals of the market of deals (``IUtilityNegotiator``); those that both markets know are here too."""

from market.ledger.errors.base import LedgerError, refusal


@refusal
class NotGuardian(LedgerError):
    caller: str
    guardian: str


@refusal
class PausedUntil(LedgerError):
    until: int
    time: int


@refusal
class PauseTooSoon(LedgerError):
    earliest: int
    time: int


@refusal
class NotSelf(LedgerError):
    caller: str


@refusal
class SelfDeal(LedgerError):
    party: str


@refusal
class NotParty(LedgerError):
    caller: str


@refusal
class ZeroAmount(LedgerError):
    price: int
    energy: int


@refusal
class AmountOverflow(LedgerError):
    price: int
    energy: int
    count: int


@refusal
class ZeroCount(LedgerError):
    pass


@refusal
class InsufficientBalance(LedgerError):
    party: str
    balance: int
    needed: int


@refusal
class NonceOutOfRange(LedgerError):
    nonce: int


@refusal
class KeyUsed(LedgerError):
    key: bytes
    status: int


@refusal
class WrongDealStatus(LedgerError):
    key: bytes
    status: int
    expected: int


@refusal
class TermsMismatch(LedgerError):
    key: bytes


@refusal
class IndexOutOfRange(LedgerError):
    index: int
    count: int


@refusal
class NotFinal(LedgerError):
    meter: int
    interval: int
    final_at: int
    time: int


@refusal
class UnknownSession(LedgerError):
    session: int


@refusal
class WrongSessionStatus(LedgerError):
    session: int
    status: int
    expected: int


@refusal
class NotCounterpart(LedgerError):
    session: int
    caller: str
    counterpart: str


@refusal
class OutOfTurn(LedgerError):
    session: int
    caller: str
    expected: str


@refusal
class TurnExpired(LedgerError):
    session: int
    deadline: int
    time: int


@refusal
class TurnNotExpired(LedgerError):
    session: int
    deadline: int
    time: int


@refusal
class RoundLimit(LedgerError):
    session: int
    max_rounds: int


@refusal
class InvalidTimeout(LedgerError):
    timeout: int


@refusal
class InvalidRounds(LedgerError):
    max_rounds: int


@refusal
class NoStandingOffer(LedgerError):
    session: int


@refusal
class StandingOfferDiffers(LedgerError):
    session: int
    round: int
    price: int
    energy: int


@refusal
class InvalidLock(LedgerError):
    session: int
    standing: int
    proposed: int


@refusal
class OfferExpired(LedgerError):
    key: bytes
    expiry: int
    time: int


@refusal
class ExpiryBeyondGate(LedgerError):
    key: bytes
    expiry: int
    gate: int


@refusal
class BadSignature(LedgerError):
    key: bytes
    expected: str


@refusal
class BrokenTranscript(LedgerError):
    key: bytes
    round: int


@refusal
class ItemGasTooLow(LedgerError):
    item: int
    available: int
    required: int


@refusal
class PriceLimit(LedgerError):
    interval: int
    price: int
    limit: int


@refusal
class ProviderCap(LedgerError):
    meter: int
    open: int
    energy: int
    cap: int


@refusal
class NoProvider(LedgerError):
    pass
