"""Events of ``EnergyLoans`` alone: agreements on loans, their recording and their ends."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, TypeAlias

from chain.events.base import (
    I64,
    U16,
    U32,
    U64,
    U256,
    Bool,
    Bytes,
    Event,
    IndexedAddress,
    IndexedWord,
    Word,
)
from market.loans.terms import Loan, LoanMove, LoanTerms

LoanTermsTuple: TypeAlias = Annotated[
    LoanTerms, "(address,address,uint64,uint32,uint32,uint32,uint64,uint64,uint64,uint64)"
]
LoanMoveTuple: TypeAlias = Annotated[LoanMove, "(int64,uint32,uint64)"]
LoanTuple: TypeAlias = Annotated[
    Loan, "(address,address,uint64,uint32,uint32,uint32,uint32,uint64,uint64,uint64)"
]


@dataclass(frozen=True, slots=True)
class LoansEvent(Event):
    """Of ``IEnergyLoans``."""

    contracts: ClassVar[tuple[str, ...]] = ("EnergyLoans",)


@dataclass(frozen=True, slots=True)
class LoanOfferDisclosed(LoansEvent):
    """An earlier offer of a loan's session, recorded with its agreement."""

    key: IndexedWord
    round: U16
    quantity: I64
    return_after: U32
    expiry: U64


@dataclass(frozen=True, slots=True)
class LoanAgreed(LoansEvent):
    """The head of a loan's session and both signatures."""

    key: IndexedWord
    terms: LoanTermsTuple
    move: LoanMoveTuple
    round: U16
    previous: Word
    proposer_signature: Bytes
    acceptor_signature: Bytes


@dataclass(frozen=True, slots=True)
class LoanRecorded(LoansEvent):
    """A loan is binding: both legs have their places, the collateral is taken."""

    key: IndexedWord
    lender: IndexedAddress
    borrower: IndexedAddress
    loan: LoanTuple
    given_position: U64
    returned_position: U64


@dataclass(frozen=True, slots=True)
class LoanCancelled(LoansEvent):
    """A session number was burnt by a party."""

    key: IndexedWord
    by: IndexedAddress


@dataclass(frozen=True, slots=True)
class LoanReleased(LoansEvent):
    """A loan was undone by both parties; token units."""

    key: IndexedWord
    refunded: U256


@dataclass(frozen=True, slots=True)
class LoanVoided(LoansEvent):
    """Nothing was lent: the collateral went back; token units."""

    key: IndexedWord
    refunded: U256
    freed: Bool
    """The place of the return leg was given back."""


@dataclass(frozen=True, slots=True)
class LoanSettled(LoansEvent):
    """Both legs were final: compensation and the rest of the collateral; base units, token units."""

    key: IndexedWord
    principal: U64
    returned: U64
    compensation: U256
    refunded: U256
