"""The loans of a trading day: who negotiates with whom about lending, what is recorded, and how each loan ends.

Loans come before the trade of the same interval: their legs take the first places in the queues, so that what is lent is
not missing because more was sold, and a home sells or buys only what its loans leave over or short. A loan of the day
returns within the day. It is voided as soon as it is certain that nothing was lent, and settled once both legs are
final.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from market.books import Books, Slot
from market.issues import Domain, Issue
from market.ledger.errors import LedgerError
from market.ledger.faults import Fault, drains
from market.ledger.port import Ledger
from market.loan_meeting import LoanMeeting, LoanTermsOffered
from market.loan_trader import LoanBrief, LoanSeat, LoanTrader, loan_domain
from market.loans.port import LoanSettlement, LoanSigner, RecordedLoan
from market.loans.terms import LoanStatus
from market.records import LoanOfferRow, LoanRow, LoanSessionRow
from market.terms import ANY_QUEUE
from market.trader import World


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanPlan:
    """How a day's loans are negotiated. Energy in base units, times in intervals."""

    every: int
    """Sessions are held at every so many intervals."""
    tick: int
    most: int
    """Largest quantity; a multiple of ``tick``."""
    first_return: int
    last_return: int
    return_every: int
    """Return times are first_return, first_return + return_every, …"""
    offered: LoanTermsOffered
    any_queue: bool
    """Parties accept any place in the queues, not only one behind what stands there when they begin."""
    disclose: bool

    def domain(self, room: int) -> Domain | None:
        """The domain of a loan that has to be back within ``room`` intervals; None if there is none."""
        last = min(self.last_return, room)
        if last < self.first_return:
            return None
        return loan_domain(
            quantity=Issue("quantity", -self.most, self.most, self.tick),
            return_after=Issue("return_after", self.first_return, last, self.return_every),
        )


@dataclass(slots=True)
class LoanRecord:
    """All rows of a day's loans, in the order in which they came about."""

    sessions: list[LoanSessionRow] = field(default_factory=list)
    offers: list[LoanOfferRow] = field(default_factory=list)
    loans: list[LoanRow] = field(default_factory=list)
    meetings: list[LoanMeeting] = field(default_factory=list)
    """The finished negotiations themselves, with their transcripts."""


@dataclass(frozen=True, slots=True)
class _Open:
    session: int
    recorded: RecordedLoan

    @property
    def given(self) -> Slot:
        loan = self.recorded.loan
        return loan.lender_meter, loan.interval

    @property
    def returned(self) -> Slot:
        loan = self.recorded.loan
        return loan.borrower_meter, loan.returned_in


class Lending:
    """The loans of one day.

    Parameters
    ----------
    day
        The intervals of the day.
    ratings
        Most base units per interval of each trader's meter, by the trader's name.
    books
        Shared with the trade of the same day.
    rng
        For the order in which traders choose.
    """

    def __init__(
        self,
        *,
        plan: LoanPlan,
        day: range,
        ledger: Ledger,
        signer: LoanSigner,
        traders: Sequence[LoanTrader],
        ratings: dict[str, int],
        world: World,
        books: Books,
        faults: tuple[Fault, ...],
        rng: np.random.Generator,
    ) -> None:
        self.plan = plan
        self.record = LoanRecord()
        self._day = day
        self._ledger = ledger
        self._signer = signer
        self._traders = tuple(traders)
        self._by_party = {trader.party: trader for trader in traders}
        self._ratings = ratings
        self._world = world
        self._books = books
        self._faults = faults
        self._rng = rng
        self._active: list[LoanMeeting] = []
        self._open: list[_Open] = []
        self._sessions = 0

    # Negotiating ------------------------------------------------------------------------------------------------------
    def negotiate(self, step: int, interval: int) -> None:
        """Hold the sessions of ``step`` about lending in ``interval``, and record what was agreed."""
        self._go_on(self._active)
        domain = self.plan.domain(self._day.stop - 1 - interval)
        if domain is None or interval not in self._day or (interval - self._day.start) % self.plan.every:
            return
        brief = LoanBrief(
            step=step, interval=interval, domain=domain, max_rounds=self.plan.offered.max_rounds
        )
        self._active += [
            meeting
            for opener, responder in self._pairs(brief)
            if (meeting := self._meet(opener, responder, brief)) is not None
        ]
        self._go_on(self._active)

    def _pairs(self, brief: LoanBrief) -> list[tuple[LoanTrader, LoanTrader]]:
        """Each trader in a random order asks one that is free; nobody sits in two sessions of a step."""
        busy = {trader.name for meeting in self._active for trader in (meeting.opener, meeting.responder)}
        free = [trader for trader in self._traders if trader.name not in busy and trader.takes_part(brief)]
        pairs: list[tuple[LoanTrader, LoanTrader]] = []
        for trader in [free[i] for i in self._rng.permutation(len(free))]:
            others = [other.party for other in free if other is not trader]
            chosen = trader.peer(brief.step, others) if trader in free and others else None
            if chosen in others and chosen is not None:
                peer = self._by_party[chosen]
                free = [other for other in free if other not in (trader, peer)]
                pairs.append((trader, peer))
        return pairs

    def _meet(self, opener: LoanTrader, responder: LoanTrader, brief: LoanBrief) -> LoanMeeting | None:
        sides = [
            trader.loan_negotiator(brief, self._seat(trader, other, brief, opens=trader is opener))
            for trader, other in ((opener, responder), (responder, opener))
        ]
        if sides[0] is None or sides[1] is None:
            return None
        self._sessions += 1
        return LoanMeeting(
            number=self._sessions,
            step=brief.step,
            interval=brief.interval,
            opener=opener,
            responder=responder,
            negotiators=(sides[0], sides[1]),
            domain=brief.domain,
            ahead=self._ahead(opener, responder, brief),
            offered=self.plan.offered,
            ledger=self._ledger,
            signer=self._signer,
            faults=self._faults,
        )

    def _seat(self, own: LoanTrader, other: LoanTrader, brief: LoanBrief, *, opens: bool) -> LoanSeat:
        def room(interval: int) -> tuple[int, int]:
            left = [
                self._ratings[who.name] - self._books.sold.get((who.meter, interval), 0)
                for who in (own, other)
            ]
            return left[0], left[1]

        returns = brief.domain.issues[1].values()
        return LoanSeat(
            opens=opens,
            counterpart=other.party,
            room=room(brief.interval),
            room_returned=tuple(room(brief.interval + after) for after in returns),
        )

    def _ahead(self, opener: LoanTrader, responder: LoanTrader, brief: LoanBrief) -> tuple[int, int]:
        """The longest queues of the two meters, as either may lend and the return time is open."""
        if self.plan.any_queue:
            return ANY_QUEUE, ANY_QUEUE

        def longest(intervals: Sequence[int]) -> int:
            slots = [(who.meter, interval) for who in (opener, responder) for interval in intervals]
            return max(self._books.sold.get(slot, 0) for slot in slots)

        returns = [brief.interval + after for after in brief.domain.issues[1].values()]
        return longest([brief.interval]), longest(returns)

    def _go_on(self, meetings: Sequence[LoanMeeting]) -> None:
        done = [meeting for meeting in meetings if meeting.finish()]
        self._active = [meeting for meeting in self._active if meeting not in done]
        agreed = [meeting for meeting in done if meeting.agreement is not None]
        for meeting in agreed:
            for trader in (meeting.opener, meeting.responder):
                held = self._ledger.loans.balance(trader.party)
                if held and drains(self._faults, party=trader.name, interval=meeting.interval):
                    self._ledger.loans.withdraw(trader.party, held)
        transcripts = [meeting.transcript for meeting in agreed]
        results = self._ledger.loans.record(transcripts, disclose=self.plan.disclose) if transcripts else []
        for meeting, result in zip(agreed, results, strict=True):
            meeting.conclude(result)
        for meeting in done:
            self.record.sessions.append(meeting.row())
            self.record.offers.extend(meeting.offers())
            self.record.meetings.append(meeting)
            for trader, other in (
                (meeting.opener, meeting.responder),
                (meeting.responder, meeting.opener),
            ):
                trader.negotiated(other.party, meeting.agreement)
            if meeting.recorded is not None:
                self._binding(meeting.number, meeting.recorded)

    def _binding(self, session: int, recorded: RecordedLoan) -> None:
        """A loan is recorded: tell the world and its two parties of both legs, and keep it until it has ended."""
        loan = recorded.loan
        self._open.append(_Open(session, recorded))
        legs = (
            (loan.lender_meter, loan.borrower_meter, loan.interval),
            (loan.borrower_meter, loan.lender_meter, loan.returned_in),
        )
        for giver, taker, interval in legs:
            self._books.sold[giver, interval] += loan.quantity
            self._books.bought[taker, interval] += loan.quantity
            self._world.lend(giver, interval, loan.quantity)
            self._world.lend(taker, interval, -loan.quantity)
        for party in (loan.lender, loan.borrower):
            self._by_party[party].lent(recorded)

    # Ending -----------------------------------------------------------------------------------------------------------
    @property
    def ends(self) -> int | None:
        """When the last open loan will be final at the latest, seconds since 1970; None if none is open."""
        closed = self._ledger.rules.closed
        return max((closed(entry.recorded.loan.returned_in) for entry in self._open), default=None)

    def settle(self) -> None:
        """End every loan that can be: void as soon as it is certain that nothing was lent, or both legs final.

        The youngest first: of several void loans that return in one interval, only the last in the queue can give its
        place back, and then the one before it.
        """
        due = [
            entry
            for entry in reversed(self._open)
            if self._final(entry.given) and (self._principal(entry) == 0 or self._final(entry.returned))
        ]
        results = self._ledger.loans.settle([entry.recorded.loan for entry in due]) if due else []
        for entry, result in zip(due, results, strict=True):
            if isinstance(result, LedgerError):
                raise result
            if result.status is LoanStatus.VOIDED:
                self._call_off(entry, result)
            self._close(entry, result)
        ended = {entry.recorded.loan.key for entry in due}
        self._open = [entry for entry in self._open if entry.recorded.loan.key not in ended]

    def _final(self, slot: Slot) -> bool:
        return self._books.final(slot, self._ledger.now(), self._ledger.rules)

    def _principal(self, entry: _Open) -> int:
        """clamp(given − place, 0, quantity)"""
        behind = self._books.exported(entry.given) - entry.recorded.given_position
        return min(max(behind, 0), entry.recorded.loan.quantity)

    def _call_off(self, entry: _Open, settlement: LoanSettlement) -> None:
        """Nothing was lent, so nothing is to be returned; a place that could not be given back stays in the queue."""
        loan = entry.recorded.loan
        if settlement.freed:
            self._books.sold[entry.returned] -= loan.quantity
        self._books.bought[loan.lender_meter, loan.returned_in] -= loan.quantity
        self._world.lend(loan.lender_meter, loan.returned_in, loan.quantity)
        self._world.call_off(
            loan.borrower_meter, loan.returned_in, loan.quantity, blocked=not settlement.freed
        )

    def _close(self, entry: _Open, settlement: LoanSettlement) -> None:
        loan = entry.recorded.loan
        self.record.loans.append(
            LoanRow(
                session=entry.session,
                lender=self._by_party[loan.lender].name,
                borrower=self._by_party[loan.borrower].name,
                interval=loan.interval,
                returned_in=loan.returned_in,
                quantity=loan.quantity,
                given_position=entry.recorded.given_position,
                returned_position=entry.recorded.returned_position,
                price=loan.price,
                collateral=loan.collateral,
                status=LoanStatus(settlement.status).name.lower(),
                principal=settlement.principal,
                returned=settlement.returned,
                shortfall=settlement.principal - min(settlement.returned, settlement.principal),
                compensation=settlement.compensation,
                refunded=settlement.refunded,
                freed=settlement.freed,
            )
        )
        for party in (loan.lender, loan.borrower):
            self._by_party[party].repaid(settlement)
