"""Between a ledger's calls and its chain: what is new is sent, what the past knows already is taken from there.

While the past is replayed (:mod:`chain.journal`), reads are answered as of then, and a call that left no trace is asked
for again on the state of then: it was refused, and is refused again, or it is new and ends the replay.
"""

from collections.abc import Sequence
from typing import Any

from chain import batches
from chain.accounts import Account
from chain.calls import Action
from chain.clock import Clock
from chain.errors import ChainError
from chain.journal import Entry, Journal
from chain.market import Market
from chain.port import Call, Receipt, Reverted
from chain.refusals import refusal_of
from chain.sender import Sender
from market.ledger.errors import LedgerError
from market.ledger.port import Recorded

Job = tuple[Account, Action]


class Dispatch:
    """Sends for one market, after what ``journal`` knows."""

    def __init__(self, market: Market, sender: Sender, clock: Clock, journal: Journal) -> None:
        self._network = market.network
        self._negotiator = market.negotiator.to
        self._sender = sender
        self._clock = clock
        self._journal = journal
        self._pin = market.first_block
        self._archive = True
        if journal.active:
            clock.replay(market.network.block_time(market.first_block))
            self._archive = self._keeps_history()

    def at(self) -> int | None:
        """The block at which the past is read while it is replayed; None: the latest.

        After what has been taken, before what has not, and of the blocks between (of warps and refusals) the last that
        is not later than the replayed time. A node that keeps no old states is asked for the latest one.
        """
        if not self._journal.active or not self._archive:
            return None
        now = self._clock.now()
        following = self._journal.next_block() or self._network.block_number() + 1
        self._pin = max(self._pin, self._journal.block)
        while self._pin + 1 < following and self._network.block_time(self._pin + 1) <= now:
            self._pin += 1
        return self._pin

    def take(self, *subject: Any, values: tuple[Any, ...] | None = None) -> Entry | None:
        """What became of a call in the past that is replayed, if it was made then."""
        if not self._journal.active:
            return None
        network, now = self._network, self._clock.now()
        if network.clock_still:
            return self._journal.take(subject, values, lambda block: network.block_time(block) <= now)
        entry = self._journal.take(subject, values)
        if entry is not None:  # between two calls of that run time went on by itself
            self._clock.replay(max(now, network.block_time(entry.block)))
        return entry

    def advance_to(self, time: int) -> None:
        """Move the clock; where the chain's own has to move, the past is over."""
        if self._clock.advance_to(time):
            self._end_replay()

    def do(self, account: Account, *actions: Action) -> list[Receipt]:
        """Send one account's actions at once.

        Raises
        ------
        LedgerError, ChainError
            The first refusal.
        """
        if not actions:
            return []
        jobs = [(account, action) for action in actions]
        if self._journal.active:
            if len(jobs) == 1 and (refusal := self._refusals(jobs)[0]) is not None:
                raise refusal
            self._end_replay()
        return self._sender.run(jobs)

    def each(self, jobs: Sequence[Job]) -> list[Recorded | LedgerError]:
        """Send transactions that each record a deal; what became of each."""
        replayed: list[LedgerError | None] = [None] * len(jobs)
        if self._journal.active:
            replayed = self._refusals(jobs)
            if None in replayed:
                self._end_replay()
        rest = [job for job, refusal in zip(jobs, replayed, strict=True) if refusal is None]
        outcomes = iter(self._sender.send(rest))
        results: list[Recorded | LedgerError] = []
        for refusal in replayed:
            if refusal is not None:
                results.append(refusal)
                continue
            outcome = next(outcomes)
            if outcome.refusal is None:
                results.append(batches.recorded_of(outcome.receipt, self._negotiator))
            elif isinstance(outcome.refusal, LedgerError):
                results.append(outcome.refusal)
            else:
                raise outcome.refusal
        return results

    def _refusals(self, jobs: Sequence[Job]) -> list[LedgerError | None]:
        """What each would have been refused with at the replayed time."""
        calls = [Call(action.to, action.data, account.address, action.value) for account, action in jobs]
        found: list[LedgerError | None] = []
        for (_, action), answer in zip(jobs, self._network.call(calls, self.at()), strict=True):
            refusal = refusal_of(answer.data, action.kind) if isinstance(answer, Reverted) else None
            found.append(refusal if isinstance(refusal, LedgerError) else None)
        return found

    def _keeps_history(self) -> bool:
        try:
            self._network.call([Call(self._negotiator, b"")], self._pin)
        except ChainError:
            return False
        return True

    def _end_replay(self) -> None:
        self._journal.end()
        self._clock.end_replay()
