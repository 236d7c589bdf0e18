"""A party that learns while it trades: it picks its ψ by a contextual bandit and learns from what each session earned.

It meets whom the market finds for it and turns to the provider as its kind does; only how it concedes in a session is its
choice (``agents.bandit``), by Eq. 1 (``agents.builtin.ByFractions``). An episode is a session in which it had a turn, and
the settlement of what was agreed; it earns (price − provider's buying price) × delivered, or (provider's selling price −
price) × delivered, in parts of the most that the session could have brought; 0 without a deal. A session of the pace
"step" that is still open when trading ends counts only if it makes a deal.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

import numpy as np

from agents.bandit import situation
from agents.bandit_memory import Memory
from agents.builtin import ByFractions
from agents.learned import Episode, Surroundings, Watching
from agents.policy.park_view import GRID, price_share
from agents.prosumer import Prosumer
from agents.strategy import ENERGY, PRICE, Bounded, Context
from market.ledger.port import ProviderOrder, Recorded, Settlement
from market.matching import Choice
from market.negotiation import Negotiator
from market.terms import DealKey, Party
from market.trader import Brief, Outlook

BANDIT = 0x62616E
"""Keeps the bandit's draws apart from all others of a seed."""


@dataclass(slots=True)
class _Session(Episode):
    """A session, and what is needed to judge it."""

    key: str = ""
    interval: int = 0
    selling: bool = True
    provider: int = 0
    """What the provider pays the seller or asks of the buyer, token units per base unit."""
    most: int = 0
    """The most it could bring over the provider, token units."""
    gained: int = 0
    price: int = 0
    open: set[DealKey] = field(default_factory=set)
    """What is agreed and not settled."""

    def part(self) -> float:
        """What it earned as a part of the most, [0, 1]."""
        return min(max(self.gained / self.most, 0.0), 1.0) if self.most > 0 else 0.0


class AdaptiveProsumer(Prosumer):
    """A prosumer that adapts its ψ after every episode (``market.trader.Trader``).

    Parameters
    ----------
    memory
        What it has learned; the run it is in has been begun there if it shall be kept.
    surroundings
        What it perceives.
    peers
        Names of all parties by their address.
    """

    def __init__(
        self, *, memory: Memory, surroundings: Surroundings, peers: Mapping[Party, str], **prosumer: Any
    ) -> None:
        super().__init__(**prosumer)
        self._memory = memory
        self._around = surroundings
        self._peers = peers
        self._under_way: list[_Session] = []
        self._agreed: list[_Session] = []

    def choose(self, outlook: Outlook) -> Choice:
        self._look_back()
        return super().choose(outlook)

    def provider_order(
        self, step: int, interval: int, buy_price: int, sell_price: int
    ) -> ProviderOrder | None:
        self._look_back()
        return super().provider_order(step, interval, buy_price, sell_price)

    def negotiator(self, brief: Brief) -> Negotiator | None:
        context = self.context(brief)
        if context is None:
            return None
        peer = self._peers[brief.counterpart]
        price, energy = context.stakes[PRICE], context.stakes[ENERGY]
        provider = brief.buy_price if brief.selling else brief.sell_price
        session = _Session(
            peer,
            price.best,
            price.worst,
            key=f"step {brief.step} interval {brief.interval} {peer}",
            interval=brief.interval,
            selling=brief.selling,
            provider=provider,
            most=abs(price.best - provider) * energy.best,
        )
        arm = self._arm(context, session)
        bounded = Bounded(lambda given: ByFractions(given, GRID[arm]), context)
        return Watching(bounded, session, lambda _: self._under_way.append(session))

    def recorded(self, deal: Recorded) -> None:
        super().recorded(deal)
        terms = deal.deal
        other = self._peers.get(terms.buyer if terms.seller == self.party else terms.seller)
        for session in self._under_way:
            if session.peer == other and session.interval == terms.interval:
                session.price = terms.price
                session.open = {DealKey.of(terms, index) for index in range(terms.count)}
                self._under_way.remove(session)
                self._agreed.append(session)
                return

    def settled(self, settlement: Settlement) -> None:
        super().settled(settlement)
        for session in self._agreed:
            if settlement.key in session.open:
                session.open.remove(settlement.key)
                over = (
                    session.price - session.provider if session.selling else session.provider - session.price
                )
                session.gained += over * settlement.delivered
                if not session.open:
                    self._agreed.remove(session)
                    self._end(session)
                return

    def _arm(self, context: Context, session: _Session) -> int:
        """The ψ of a session: the one that it had before an interruption, or a new choice."""
        brief, memory = context.brief, self._memory
        before = memory.episode(session.key)
        if before is not None:
            return before.arm
        where = situation(
            selling=brief.selling,
            time_left=self._time_left(brief.interval),
            buy_price=brief.buy_price,
            sell_price=brief.sell_price,
            last_share=memory.last_share(session.peer),
        )
        about = [*self._seeds, BANDIT, brief.step % 2**32, brief.interval, crc32(session.peer.encode())]
        arm = memory.bandit.choose(where, np.random.default_rng(about))
        memory.chosen(session.key, where.name, arm)
        return arm

    def _time_left(self, interval: int) -> float:
        around = self._around
        due = around.store().deadline
        end = around.intervals if due is None else due
        return min(max((end - (interval - around.first)) / around.intervals, 0.0), 1.0)

    def _look_back(self) -> None:
        """What has not been recorded by now was not agreed: only who is in no session is asked."""
        for session in self._under_way:
            self._end(session)
        self._under_way.clear()

    def _end(self, session: _Session) -> None:
        last = session.prices[-1] if session.prices else None
        share = None if last is None else price_share(last, session.best, session.worst)
        self._memory.ended(session.key, session.part(), session.peer, share)
