"""What a market's events say has been done already, so that a run which was interrupted does nothing twice.

A run that goes on makes the same calls in the same order from its beginning. Each finds here, under what it is about,
what became of it then, and takes that instead of sending anything. Refusals within batches are events too; the refusal
of a single call left none, so it is asked for again on the state in which it happened. The first call that is new ends
the replay.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from chain import events as ev
from chain.forward.registers import registers_of
from chain.forward.results import billed, left
from chain.loans.results import ended, recorded_loan
from chain.refusals import refusal_of
from market.ledger.errors import (
    IndexOutOfRange,
    LedgerError,
    NotFinal,
    TermsMismatch,
    WrongDealStatus,
    WrongLoanStatus,
)
from market.ledger.port import Reading, Recorded, Settlement
from market.loans.terms import Loan
from market.terms import ONCHAIN_NONCE, PROVIDER_NONCE, Deal, DealKey, Party, SessionStatus

Subject = tuple[Any, ...]
"""What a call is about: its kind and what identifies it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened: the block, the values of the call where they matter, and what came of it."""

    block: int
    values: tuple[Any, ...]
    result: Any


class Journal:
    """Past events by subject, each taken once, in order.

    Subjects of the loan desk begin with ``loan.``, those of the forward desk with ``forward.``; ``desks`` are their
    addresses, in this order.
    """

    def __init__(self, events: Iterable[ev.Event], desks: tuple[Party, Party]) -> None:
        self._desk, self._forward = desks
        self._prefixes = dict(zip(desks, ("loan.", "forward."), strict=True))
        self._closing: Subject = ()
        """The bill or exit after which a member's deposit may go back."""
        self._entries: defaultdict[Subject, deque[Entry]] = defaultdict(deque)
        self._parts: dict[bytes, list[ev.DealRecorded]] = {}
        self._deals: dict[bytes, tuple[Deal, int]] = {}
        self._loans: dict[bytes, Loan] = {}
        self._sessions: dict[int, tuple[list[Party], int]] = {}
        """Initiator and responder, and the offers made so far."""
        self._ahead: list[int] = []
        self._taken: defaultdict[int, int] = defaultdict(int)
        self.block = 0
        """The latest block of an entry taken."""
        for event in events:
            self._note(event)
        self._parts.clear()
        self._ahead.reverse()
        self.active = bool(self._ahead)
        """Whether the past is being replayed."""

    def take(
        self,
        subject: Subject,
        values: tuple[Any, ...] | None = None,
        happened: Callable[[int], bool] = lambda block: True,
    ) -> Entry | None:
        """The next entry on a subject, if there is one.

        With ``values`` only if it was made with them; ``happened`` says whether its block is no later than the time
        that is replayed.
        """
        queue = self._entries.get(subject)
        if not queue or (values is not None and queue[0].values != values) or not happened(queue[0].block):
            return None
        entry = queue.popleft()
        self._taken[entry.block] += 1
        self.block = max(self.block, entry.block)
        return entry

    def next_block(self) -> int | None:
        """The block of the first entry not taken yet; None if all are taken."""
        while self._ahead and self._taken[self._ahead[-1]]:
            self._taken[self._ahead.pop()] -= 1
        return self._ahead[-1] if self._ahead else None

    def end(self) -> None:
        """The replay is over; what was not taken was somebody else's doing."""
        self._entries.clear()
        self._ahead.clear()
        self.active = False

    # Reading the past ---------------------------------------------------------------------------------------------
    def _add(
        self, event: ev.Event, subject: Subject, result: Any = None, values: tuple[Any, ...] = ()
    ) -> None:
        self._entries[subject].append(Entry(event.at.block, values, result))
        self._ahead.append(event.at.block)

    def _note(self, event: ev.Event) -> None:
        reader = _READERS.get(type(event))
        if reader is not None:
            reader(self, event)

    def _recorded(self, event: ev.DealRecorded) -> None:
        deal = event.deal
        self._deals[event.key] = deal, event.index
        base = ((int.from_bytes(event.key) - event.index) % 2**256).to_bytes(32)
        parts = self._parts.setdefault(base, [])
        parts.append(event)
        if len(parts) < deal.count:
            return
        recorded = Recorded(deal=deal, positions=tuple(part.position for part in self._parts.pop(base)))
        if deal.nonce >= ONCHAIN_NONCE:
            session = deal.nonce - ONCHAIN_NONCE
            who, rounds = self._sessions[session]
            values = (who[rounds % 2], rounds - 1, deal.price, deal.energy)
            self._add(event, ("accept", session), recorded, values)
        elif deal.nonce >= PROVIDER_NONCE:
            party = deal.buyer if deal.seller_meter == 0 else deal.seller
            self._add(event, ("provider", party, deal.nonce - PROVIDER_NONCE), recorded)
        else:
            self._add(event, ("record", base), recorded)

    def _settled(self, event: ev.DealSettled) -> None:
        deal, index = self._deals[event.key]
        result = Settlement(
            key=DealKey.of(deal, index), delivered=event.delivered, paid=event.paid, refunded=event.refunded
        )
        self._add(event, ("settle", event.key), result)

    def _skipped(self, event: ev.ItemSkipped) -> None:
        refusal = refusal_of(event.reason, "an item of a batch")
        settling = isinstance(refusal, _OF_SETTLEMENT)
        if event.at.address == self._forward:
            return  # of which period of which member it does not say
        if event.at.address == self._desk:
            kind = "loan.end" if settling else "loan.record"
            self._add(event, (kind, event.key), refusal, (SKIPPED,))
        else:
            self._add(event, ("settle" if settling else "record", event.key), refusal)

    def _lent(self, event: ev.LoanRecorded) -> None:
        self._loans[event.key] = event.loan
        self._add(event, ("loan.record", event.key), recorded_loan(event), (DONE,))

    def _repaid(self, event: ev.LoanSettled | ev.LoanVoided) -> None:
        how = VOIDED if isinstance(event, ev.LoanVoided) else DONE
        self._add(event, ("loan.end", event.key), ended(self._loans[event.key].key, event), (how,))

    def _billed(self, event: ev.MemberBilled) -> None:
        self._closing = ("forward.bill", event.key, event.meter, event.period)
        self._add(event, self._closing, billed(event))

    def _exited(self, event: ev.MemberExited) -> None:
        self._closing = ("forward.exit", event.key, event.meter)
        self._add(event, self._closing, left(event))

    def _ended(self, event: ev.MemberClosed) -> None:
        entry = self._entries[self._closing].pop()
        result = replace(entry.result, refunded=event.refunded)
        self._entries[self._closing].append(replace(entry, result=result))

    def _opened(self, event: ev.SessionOpened) -> None:
        self._sessions[event.session] = [event.initiator], 0
        self._add(event, ("open", event.initiator), event.session)

    def _joined(self, event: ev.SessionJoined) -> None:
        self._sessions[event.session][0].append(event.responder)
        self._add(event, ("join", event.session, event.responder))

    def _offered(self, event: ev.OfferMade) -> None:
        parties, _ = self._sessions[event.session]
        self._sessions[event.session] = parties, event.round + 1
        who = parties[event.round % 2]
        values = (event.price, event.energy, int(event.locked))
        self._add(event, ("offer", event.session, who), None, values)

    def _closed(self, event: ev.SessionClosed) -> None:
        if event.status == SessionStatus.WITHDRAWN:
            self._add(event, ("leave", event.session, event.by))
        elif event.status == SessionStatus.EXPIRED:
            self._add(event, ("expire", event.session))

    def _posted(self, event: ev.ReadingPosted) -> None:
        reading = Reading(
            meter=event.meter, interval=event.interval, exported=event.exported, imported=event.imported
        )
        self._add(event, ("reading", event.meter, event.interval), reading)

    def _unposted(self, event: ev.ReadingSkipped) -> None:
        result: LedgerError | Exception = refusal_of(event.reason, "a reading")
        self._add(event, ("reading", event.meter, event.interval), result)


DONE, VOIDED, SKIPPED = "done", "voided", "skipped"
"""How an item about a loan ended: a call that can only void does not take what a settlement gave."""

_OF_SETTLEMENT = (WrongDealStatus, WrongLoanStatus, TermsMismatch, NotFinal, IndexOutOfRange)
"""Refusals of a settlement that no recording gives: an item that was skipped does not say which it was."""


def _simple(kind: str, *names: str, values: tuple[str, ...] = ()) -> Callable[[Journal, Any], None]:
    def reader(journal: Journal, event: Any) -> None:
        prefix = journal._prefixes.get(event.at.address, "")
        subject = (prefix + kind, *(getattr(event, name) for name in names))
        journal._add(event, subject, None, tuple(getattr(event, name) for name in values))

    return reader


_READERS: dict[type[ev.Event], Callable[[Journal, Any], None]] = {
    ev.DealRecorded: Journal._recorded,
    ev.DealSettled: Journal._settled,
    ev.ItemSkipped: Journal._skipped,
    ev.SessionOpened: Journal._opened,
    ev.SessionJoined: Journal._joined,
    ev.OfferMade: Journal._offered,
    ev.SessionClosed: Journal._closed,
    ev.ReadingPosted: Journal._posted,
    ev.ReadingSkipped: Journal._unposted,
    ev.Bought: _simple("buy", "buyer", values=("amount",)),
    ev.Redeemed: _simple("redeem", "holder", values=("amount",)),
    ev.Deposited: _simple("deposit", "party", values=("amount",)),
    ev.Withdrawn: _simple("withdraw", "party", values=("amount",)),
    ev.MeterRetired: _simple("retire", "meter", values=("from_interval",)),
    ev.MeterFrozen: _simple("conflict", "meter", "interval"),
    ev.TariffAppended: _simple("tariff", "from_interval"),
    ev.DealCancelled: _simple("cancel", "key", "by"),
    ev.DealReleased: _simple("release", "key"),
    ev.LoanRecorded: Journal._lent,
    ev.LoanSettled: Journal._repaid,
    ev.LoanVoided: Journal._repaid,
    ev.LoanCancelled: _simple("cancel", "key", "by"),
    ev.LoanReleased: _simple("release", "key"),
    ev.Paused: _simple("pause"),
    ev.ForwardSigned: _simple("sign", "key"),
    ev.ForwardCancelled: _simple("cancel", "key", "by"),
    ev.MemberJoined: _simple("join", "key", "meter"),
    ev.MemberBilled: Journal._billed,
    ev.MemberExited: Journal._exited,
    ev.MemberClosed: Journal._ended,
    ev.ForwardClosed: lambda journal, event: journal._add(
        event, ("forward.close", event.key), event.refunded
    ),
    ev.VoteOpened: _simple("vote", "key"),
    ev.LeafPosted: _simple("leaf", "key", "index"),
    ev.VotePublished: _simple("publish", "key"),
    ev.RegistersPosted: lambda journal, event: journal._add(
        event, ("registers", event.meter, event.boundary), registers_of(event)
    ),
    ev.RegistersSkipped: lambda journal, event: journal._add(
        event, ("registers", event.meter, event.boundary), refusal_of(event.reason, "registers")
    ),
    ev.Aggregated: lambda journal, event: journal._add(
        event, ("aggregate", event.meter, event.into), event.from_interval
    ),
    ev.MeterRegistered: lambda journal, event: journal._add(event, ("register", event.key), event.meter),
    ev.MarketAllowed: _simple("allow", "meter", "market", values=("allowed",)),
}
