"""Self-play against a league of past selves: plain weights, drawn by a rule, in the other seats of a game."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from agents.policy.network import Policy
from learning.core import BoolArray, Core, Float32Array, IntArray
from learning.mixed import Mixed
from learning.seats import OneSeat, SeatsCore
from learning.training.config import LeagueSettings

_MEMORY = 0.02
"""Weight of the latest episode in the mean return against a snapshot."""
_LEAST = 0.1
"""Part of the hardest opponent's weight that the easiest keeps."""


@dataclass
class Member:
    """A past self.

    Attributes
    ----------
    id : int
        Counts snapshots from 0.
    policy : Policy
        What it plays; actions are sampled.
    mean : float
        What the learner earned against it an episode, lately; 0 before any.
    episodes : int
        Met so far.
    """

    id: int
    policy: Policy
    mean: float = 0.0
    episodes: int = 0


@dataclass
class League:
    """The past selves of one training.

    Attributes
    ----------
    settings : LeagueSettings
        How many, and how they are drawn.
    seed : int
        Of which are kept.
    members : list of Member
        Oldest first.
    taken : int
        Snapshots taken so far.
    """

    settings: LeagueSettings
    seed: int = 0
    members: list[Member] = field(default_factory=list)
    taken: int = 0

    def add(self, policy: Policy) -> None:
        """Take a snapshot.

        The newest is always kept, and of those before it an even sample of all that there were: as fictitious
        play asks (J. Heinrich, M. Lanctot, D. Silver, ICML 2015), by reservoir sampling.
        """
        if len(self.members) == self.settings.size:
            # The newest so far is the `taken`-th to ask for one of the other places.
            place = int(np.random.default_rng([self.seed, self.taken]).integers(self.taken))
            self.members.pop(place if place < self.settings.size - 1 else -1)
        self.members.append(Member(self.taken, policy))
        self.taken += 1

    def chances(self) -> NDArray[np.float64]:
        """How likely each member is met."""
        count = len(self.members)
        weights = np.ones(count)
        if self.settings.draw == "hardest":
            met = [member.mean for member in self.members if member.episodes]
            low, high = (min(met), max(met)) if met else (0.0, 0.0)
            if high > low:
                # Whom it has not met counts as the hardest.
                means = np.array([m.mean if m.episodes else low for m in self.members])
                weights = _LEAST + (1 - _LEAST) * (high - means) / (high - low)
        chances: NDArray[np.float64] = (1 - self.settings.newest) * weights / weights.sum()
        chances[-1] += self.settings.newest
        return chances

    def draw(self, count: int, rng: np.random.Generator) -> IntArray:
        """Ids of ``count`` opponents."""
        ids = np.array([member.id for member in self.members], np.int64)
        drawn: IntArray = rng.choice(ids, count, p=self.chances())
        return drawn

    def record(self, ids: IntArray, returns: Float32Array) -> None:
        """What the learner earned in episodes against members, (k,) each."""
        for member in self.members:
            for earned in returns[ids == member.id].tolist():
                member.episodes += 1
                member.mean += max(_MEMORY, 1 / member.episodes) * (earned - member.mean)

    def state(self) -> dict[str, Any]:
        """For a checkpoint: numbers, and the policies as their files."""
        members = [
            (m.id, m.mean, m.episodes, torch.frombuffer(bytearray(m.policy.to_bytes()), dtype=torch.uint8))
            for m in self.members
        ]
        return {"taken": self.taken, "members": members}

    def restore(self, state: dict[str, Any]) -> None:
        """Of :meth:`state`."""
        self.taken = state["taken"]
        self.members = [
            Member(number, Policy.from_bytes(content.numpy().tobytes()), mean, episodes)
            for number, mean, episodes, content in state["members"]
        ]


class LeagueCore(OneSeat):
    """A ``Core`` in which members of a league play the other seats.

    Copy i has the learner in seat i modulo the seats, so that one policy learns them all. Who plays another
    seat is drawn when an episode begins, and anew where the member has left the league.
    """

    def __init__(self, game: SeatsCore, league: League) -> None:
        self.league = league
        self._playing: IntArray = np.full((game.n, game.seats - 1), -1, np.int64)
        self._returns: Float32Array = np.zeros(game.n, np.float32)
        self._rng = np.random.default_rng(0)
        super().__init__(game, np.arange(game.n) % game.seats, self._decide)

    def begin(self, seed: int) -> None:
        """Start all copies and the draws of opponents anew."""
        self._rng = np.random.default_rng([seed, 1])
        self._returns[:] = 0
        super().begin(seed)

    def advance(self, actions: IntArray) -> None:
        """As ``Core``; what an episode brought the learner is told to the league when it ends."""
        super().advance(actions)
        self._returns += self.rewards
        if self.dones.any():
            for place in range(self._playing.shape[1]):
                self.league.record(self._playing[self.dones, place], self._returns[self.dones])
            self._returns[self.dones] = 0

    def _decide(self, observations: Float32Array, masks: BoolArray, begins: BoolArray) -> IntArray:
        known = [member.id for member in self.league.members]
        anew = begins[:, None] | ~np.isin(self._playing, known)
        self._playing[anew] = self.league.draw(int(anew.sum()), self._rng)
        chosen: IntArray = np.zeros(self._playing.shape, np.int64)
        # A seat with a single legal action needs no network; most of a game of turns are such.
        decides = masks.sum(axis=2) > 1
        chosen[~decides] = np.argmax(masks[~decides], axis=1)
        for member in self.league.members:
            its = decides & (self._playing == member.id)
            if its.any():
                chosen[its] = member.policy.sample(observations[its], masks[its], self._rng)
        return chosen


def league_of(core: Core) -> League | None:
    """The league that a world, or a part of a mixed one, has in its seats."""
    if isinstance(core, Mixed):
        return next(filter(None, map(league_of, core.parts)), None)
    return core.league if isinstance(core, LeagueCore) else None


def self_play(
    make_game: Callable[[int], SeatsCore], settings: LeagueSettings, seed: int = 0
) -> Callable[[int], LeagueCore]:
    """What ``train`` makes its worlds of for self-play: copies of a game with a league in the other seats."""

    def make_core(copies: int) -> LeagueCore:
        return LeagueCore(make_game(copies), League(settings, seed))

    return make_core


def beside_pool(
    make_pool: Callable[[int], Core],
    make_game: Callable[[int], SeatsCore],
    settings: LeagueSettings | None,
    seed: int = 0,
) -> Callable[[int], Core]:
    """What ``train`` makes its worlds of where there is a pool of scripted counterparts.

    Without ``settings`` all copies are the pool's; otherwise the part ``settings.share``, at least one, is the league's,
    and comes last.
    """
    if settings is None:
        return make_pool
    make_league, share = self_play(make_game, settings, seed), settings.share

    def make_core(copies: int) -> Core:
        past = min(copies, max(1, round(copies * share)))
        league = make_league(past)
        return league if past == copies else Mixed([make_pool(copies - past), league])

    return make_core
