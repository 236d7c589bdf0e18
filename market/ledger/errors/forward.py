"""Refusals of forward contracts (``IForwardContracts``), as far as they are their own."""

from market.ledger.errors.base import LedgerError, refusal


@refusal
class SelfForward(LedgerError):
    party: str


@refusal
class BadBoundaries(LedgerError):
    index: int


@refusal
class BadBlocks(LedgerError):
    blocks: int
    rates: int
    expected: int


@refusal
class OverlappingBlocks(LedgerError):
    index: int
    hours_of_week: int


@refusal
class MissingHours(LedgerError):
    hours_of_week: int


@refusal
class RateOverflow(LedgerError):
    index: int
    rate: int


@refusal
class ForwardKeyUsed(LedgerError):
    key: bytes
    status: int


@refusal
class WrongForwardStatus(LedgerError):
    key: bytes
    status: int
    expected: int


@refusal
class NotOnRoster(LedgerError):
    key: bytes
    member: str
    meter: int


@refusal
class BadVolumes(LedgerError):
    key: bytes
    meter: int


@refusal
class ZeroDeposit(LedgerError):
    pass


@refusal
class AlreadyMember(LedgerError):
    key: bytes
    meter: int


@refusal
class NotAMember(LedgerError):
    key: bytes
    meter: int


@refusal
class NotTheMember(LedgerError):
    key: bytes
    meter: int
    caller: str
    member: str


@refusal
class WrongPeriod(LedgerError):
    key: bytes
    meter: int
    period: int
    expected: int


@refusal
class PeriodNotFinal(LedgerError):
    meter: int
    at: int
    silence: int
    time: int


@refusal
class ExitTooLate(LedgerError):
    key: bytes
    meter: int
    end: int
    time: int


@refusal
class AlreadyExited(LedgerError):
    key: bytes
    meter: int
    last_periods: int


@refusal
class MembersOpen(LedgerError):
    key: bytes
    open: int


@refusal
class ContractRunning(LedgerError):
    key: bytes
    end: int
    time: int


@refusal
class ForwardOverflow(LedgerError):
    name: bytes
    value: int
