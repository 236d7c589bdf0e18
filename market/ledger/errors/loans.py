"""Refusals of the market of energy loans (``IEnergyLoans``), as far as they are its own."""

from market.ledger.errors.base import LedgerError, refusal


@refusal
class SelfLoan(LedgerError):
    party: str


@refusal
class ZeroVolume(LedgerError):
    pass


@refusal
class ZeroReturnTime(LedgerError):
    pass


@refusal
class CollateralBelowBond(LedgerError):
    collateral: int
    bond: int


@refusal
class LoanOverflow(LedgerError):
    cover: int
    quantity: int


@refusal
class LoanKeyUsed(LedgerError):
    key: bytes
    status: int


@refusal
class WrongLoanStatus(LedgerError):
    key: bytes
    status: int
    expected: int


@refusal
class PrincipalDelivered(LedgerError):
    key: bytes
    principal: int
