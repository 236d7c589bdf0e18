"""A party that decides by a learned policy: whom to negotiate with and how, when to turn to the provider, when to wait.

The third kind of agent of Kröhling et al., section 4.2: in each time step it perceives its context, and its policy picks
one action. Within a session it concedes by Eq. 1 with the ψ that it picked. What it perceives is in
``agents.policy.park_view``; training is elsewhere (``learning``), and this needs nothing of it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from agents.builtin import EVENLY, ByFractions
from agents.policy.network import Policy
from agents.policy.park_view import (
    ACTIONS,
    EXPERIENCE,
    FEATURES,
    FIRST_ORDER,
    FIRST_SESSION,
    GRID,
    LOOKAHEAD,
    PROVIDER,
    SLOTS,
    WAIT,
    Fractions,
    price_share,
    prices_known,
    write_own,
    write_peer,
)
from agents.prosumer import Prosumer
from agents.strategy import PRICE, Bounded
from market.ledger.port import ProviderOrder, Recorded
from market.matching import NOBODY, Announcement, Choice
from market.negotiation import Action, Negotiator, Turn
from market.terms import Party
from market.trader import Brief, Outlook

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Store:
    """What a party perceives of its store: base units, and the interval by which its need must be met."""

    level: int = 0
    capacity: int = 0
    need: int = 0
    deadline: int | None = None


class Surroundings(Protocol):
    """What a learned agent sees beside its market: its store, its tokens, the tariff."""

    @property
    def first(self) -> int:
        """First delivery interval of the run, as the ledger counts."""
        ...

    @property
    def opens(self) -> int:
        """The first step, likewise."""
        ...

    @property
    def intervals(self) -> int:
        """Of the run."""
        ...

    @property
    def lead(self) -> int:
        """Intervals between a step and the delivery that is traded in it."""
        ...

    @property
    def rating(self) -> int:
        """Of its meter, base units an interval."""
        ...

    def store(self) -> Store:
        """Its store now; the deadline counted from the run's first interval."""
        ...

    def tokens(self) -> int:
        """Free token units."""
        ...

    def prices(self, interval: int) -> tuple[int, int]:
        """The provider's (buy, sell) prices for an interval of the ledger."""
        ...


@dataclass(slots=True)
class Episode:
    """A session as it is remembered: what the counterpart asked first and last, and on what terms."""

    peer: str
    best: int
    worst: int
    prices: list[int] = field(default_factory=list)


class Watching:
    """A negotiator whose counterpart's prices are noted; ``begins`` is called at its first turn."""

    def __init__(self, inner: Negotiator, episode: Episode, begins: Callable[[Episode], None]) -> None:
        self._inner, self._episode, self._begins = inner, episode, begins
        self._begun = False

    def act(self, turn: Turn) -> Action:
        if not self._begun:  # a session that the other side does not want never comes to a turn
            self._begun = True
            self._begins(self._episode)
        if turn.standing is not None:
            self._episode.prices.append(turn.standing[PRICE])
        return self._inner.act(turn)


class LearnedProsumer(Prosumer):
    """A prosumer whose policy decides once a time step (``market.trader.Trader``).

    Parameters
    ----------
    policy
        Learned for :func:`agents.policy.park_view.park_spec`.
    surroundings
        What it perceives.
    peers
        Names of all parties by their address.

    Raises
    ------
    SpecMismatch
        If the policy was learned for something else.
    """

    def __init__(
        self, *, policy: Policy, surroundings: Surroundings, peers: Mapping[Party, str], **prosumer: Any
    ) -> None:
        super().__init__(**prosumer)
        self._policy = policy
        self._around = surroundings
        self._peers = peers
        self._known: dict[str, FloatArray] = {}
        self._episodes: list[Episode] = []
        self._action = WAIT
        self._decided: int | None = None
        self._slots: list[str | None] = [None] * SLOTS
        self._fractions: Fractions | None = None

    def choose(self, outlook: Outlook) -> Choice:
        """One decision a step; in its later rounds of meetings it is asked again."""
        self._look_back()
        observation, mask = self._perceive(outlook)
        self._action = int(self._policy.act(observation[None], mask[None])[0])
        self._decided = outlook.step
        self._fractions = None
        if self._action < FIRST_SESSION:
            return NOBODY
        slot, which = divmod(self._action - FIRST_SESSION, len(GRID))
        self._fractions = GRID[which]
        return Choice(peer=self._slots[slot])

    def negotiator(self, brief: Brief) -> Negotiator | None:
        context = self.context(brief)
        if context is None:
            return None
        fractions = self._fractions or EVENLY
        price = context.stakes[PRICE]
        episode = Episode(self._peers[brief.counterpart], price.best, price.worst)
        bounded = Bounded(lambda given: ByFractions(given, fractions), context)
        return Watching(bounded, episode, self._episodes.append)

    def provider_order(
        self, step: int, interval: int, buy_price: int, sell_price: int
    ) -> ProviderOrder | None:
        """What it decided to order; otherwise what its kind leaves to the provider at the last moment."""
        ordered = self._decided == step and FIRST_ORDER <= self._action < FIRST_SESSION
        if not ordered:
            return super().provider_order(step, interval, buy_price, sell_price)
        share, delay = PROVIDER[self._action - FIRST_ORDER]
        position = self.position(step, interval)
        last = self._around.first + self._around.intervals - 1
        at = min(interval + delay, last)
        prices = self._around.prices(at)
        return self.order(step, at, int(abs(position) * share), position > 0, prices)

    def recorded(self, deal: Recorded) -> None:
        super().recorded(deal)
        terms = deal.deal
        other = self._peers.get(terms.buyer if terms.seller == self.party else terms.seller)
        for episode in self._episodes:
            if episode.peer == other:
                self._remember(episode, price_share(terms.price, episode.best, episode.worst))
                self._episodes.remove(episode)
                return

    def _look_back(self) -> None:
        """What has not been recorded by now was not agreed: in no session any more, it is asked whom to meet."""
        for episode in self._episodes:
            self._remember(episode, None)
        self._episodes.clear()

    def _remember(self, episode: Episode, share: float | None) -> None:
        known = self._experience(episode.peer)
        known[0] += 1
        known[1:] = 0.0
        known[1] = -1.0 if share is None else 1.0
        known[2] = share or 0.0
        if episode.prices:
            for at, price in ((3, episode.prices[0]), (4, episode.prices[-1])):
                known[at] = price_share(price, episode.best, episode.worst)

    def _experience(self, peer: str) -> FloatArray:
        return self._known.setdefault(peer, np.zeros(EXPERIENCE))

    def _perceive(self, outlook: Outlook) -> tuple[NDArray[np.float32], BoolArray]:
        """Observation (features,) and mask (actions,)."""
        around = self._around
        out, mask = np.zeros(FEATURES, np.float32), np.zeros(ACTIONS, np.bool_)
        interval = outlook.interval - around.first
        own = {a.name: a.amount for a in outlook.announced}
        position = own[self.name]
        store = around.store()
        ahead = range(interval, min(interval + LOOKAHEAD, prices_known(around.intervals, around.lead)))
        write_own(
            out,
            (outlook.step - around.opens) / (around.first + around.intervals - around.opens),
            float(position),
            float(store.capacity) if store.capacity > 0 else float(max(around.rating, 1)),
            float(store.level),
            float(store.capacity),
            float(store.need),
            1.0 if store.deadline is None else (store.deadline - interval) / around.intervals,
            float(outlook.buy_price),
            float(outlook.sell_price),
            sum(around.prices(around.first + j)[1] for j in ahead) / len(ahead),
            float(around.tokens()),
            0.0,
            0.0,
        )
        mask[WAIT] = True
        self._slots = [None] * SLOTS
        if position == 0:
            return out, mask
        last = around.first + around.intervals - 1
        for k, (share, delay) in enumerate(PROVIDER):
            enough = int(abs(position) * share) >= 1
            price = around.prices(min(outlook.interval + delay, last))[0]
            mask[FIRST_ORDER + k] = enough and (position < 0 or price > 0)
        for slot, peer in enumerate(_largest(outlook.announced, position)):
            self._slots[slot] = peer.name
            write_peer(out, slot, float(abs(peer.amount)), float(position), self._experience(peer.name))
            start = FIRST_SESSION + slot * len(GRID)
            mask[start : start + len(GRID)] = True
        return out, mask


def _largest(announced: Sequence[Announcement], position: int) -> list[Announcement]:
    """The peers on the other side of the market that announce most, ties by name; as many as there are slots."""
    others = [a for a in announced if a.amount * position < 0]
    return sorted(others, key=lambda a: (-abs(a.amount), a.name))[:SLOTS]
