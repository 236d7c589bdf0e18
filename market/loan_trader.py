"""What the market asks of those who lend and borrow energy in it.

A port only, as ``market.trader``: ``agents`` implements it. The market learns from a lender whom it asks for a session
and its moves there; what a loan is worth to it, its aspiration, its forecasts and what it thinks of its peers stay
with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from market.issues import Domain, Issue
from market.loans.port import LoanSettlement, RecordedLoan
from market.negotiation import Negotiator
from market.terms import Party


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanBrief:
    """What a trader is told when the loans of a step begin.

    ``step`` and ``interval`` are interval numbers: now, and when is lent. ``domain`` holds the two issues of
    :func:`loan_domain`.
    """

    step: int
    interval: int
    domain: Domain
    max_rounds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanSeat:
    """A trader's place in one session."""

    opens: bool
    """It makes offer 0; a positive quantity means that the opener lends."""
    counterpart: Party
    room: tuple[int, int]
    """Most base units that the rating leaves in its own queue and in the counterpart's when is lent."""
    room_returned: tuple[tuple[int, int], ...]
    """The same in the interval of each return time of the domain."""


class LoanTrader(Protocol):
    """One party and its agent, as it lends and borrows."""

    @property
    def name(self) -> str: ...

    @property
    def party(self) -> Party: ...

    @property
    def meter(self) -> int: ...

    def takes_part(self, brief: LoanBrief) -> bool:
        """Whether it negotiates about loans in this step."""
        ...

    def peer(self, step: int, free: Sequence[Party]) -> Party | None:
        """Whom of those who are free it asks for a session, or None for none of them."""
        ...

    def loan_negotiator(self, brief: LoanBrief, seat: LoanSeat) -> Negotiator | None:
        """Its agent for one session, or None if it does not want this one."""
        ...

    def negotiated(self, counterpart: Party, agreed: tuple[int, int] | None) -> None:
        """A session of its own has ended, with (q, τ) in the opener's view or without an agreement."""
        ...

    def lent(self, recorded: RecordedLoan) -> None:
        """A loan of its own is binding."""
        ...

    def repaid(self, settlement: LoanSettlement) -> None:
        """A loan of its own has ended."""
        ...


def loan_domain(*, quantity: Issue, return_after: Issue) -> Domain:
    """The domain of a loan: q (base units, both signs) first, τ (intervals) second."""
    return Domain((quantity, return_after))
