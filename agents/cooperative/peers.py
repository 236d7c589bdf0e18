"""Who negotiates with whom in a period (section 4.2): at random, or learned by an ε-greedy policy.

Agents choose one after another in a random order; the one that chooses opens the session. A peer that is already taken
is no longer to be had, so the next best is chosen; the last one alone stays idle. A peer never met counts as the best
there is, with chance among such: at the start every choice is random, as in the paper, and every peer gets its trial.
"""

import math
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from agents.cooperative.errors import PlanError
from agents.cooperative.record import SessionRecord

FloatArray = NDArray[np.float64]

Barred = AbstractSet[tuple[int, int]]
"""Pairs that do not meet, the lower number first."""

FARTHEST = math.sqrt(2)
"""Largest distance of two points whose utilities are normalised to [0, 1]."""


class Acquaintance(Protocol):
    """What the agents of one cooperative learned of their peers so far."""

    def pairs(self, rng: Generator, barred: Barred = frozenset()) -> list[tuple[int, int]]:
        """Sessions at one time: (who opens, its peer), each agent at most once, no pair among `barred`."""
        ...

    def learn(self, session: SessionRecord) -> None:
        """Take note of how a session ended."""
        ...


class Peers(Protocol):
    """A way to choose peers; `begin` gives it the blank memory of n agents."""

    def begin(self, n: int) -> Acquaintance: ...


@dataclass(frozen=True, slots=True)
class RandomPeers:
    """Any peer that is free, all alike."""

    def begin(self, n: int) -> Acquaintance:
        return _Memory(n, 1.0, _Nothing())


@dataclass(frozen=True, slots=True)
class NashPeers:
    """ε-greedy on the mean distance of past sessions to the Nash solution, as the paper has it.

    The distance depends on both agents' utilities, which neither knows: an oracle supplies it. A failed session counts
    as the distance of the no-deal point; where no contract gains both there is no such distance, and the session counts
    as the farthest that a point can be (√2 on normalised utilities).
    """

    epsilon: float = 0.1

    def __post_init__(self) -> None:
        _check(self.epsilon)

    def begin(self, n: int) -> Acquaintance:
        return _Memory(n, self.epsilon, _NashDistance())


@dataclass(frozen=True, slots=True)
class OwnPeers:
    """ε-greedy on what an agent itself saw: its mean expected gain over no deal with a peer, 0 for a failed session."""

    epsilon: float = 0.1

    def __post_init__(self) -> None:
        _check(self.epsilon)

    def begin(self, n: int) -> Acquaintance:
        return _Memory(n, self.epsilon, _OwnGain())


def _check(epsilon: float) -> None:
    if not 0 <= epsilon <= 1:
        raise PlanError("epsilon", epsilon, "a probability in [0, 1]")


class _Merit(Protocol):
    """What each side of a session credits the other with; more is better."""

    def of(self, session: SessionRecord) -> tuple[float, float]: ...


class _Nothing:
    def of(self, session: SessionRecord) -> tuple[float, float]:
        return 0.0, 0.0


class _NashDistance:
    def of(self, session: SessionRecord) -> tuple[float, float]:
        merit = -FARTHEST if math.isnan(session.distance) else -session.distance
        return merit, merit


class _OwnGain:
    def of(self, session: SessionRecord) -> tuple[float, float]:
        if not session.agreed:
            return 0.0, 0.0
        return session.utility_a - session.no_deal_a, session.utility_b - session.no_deal_b


class _Memory:
    """Mean merits of peers by agent, and the ε-greedy choice on them."""

    def __init__(self, n: int, epsilon: float, merit: _Merit) -> None:
        self._n = n
        self._epsilon = epsilon
        self._merit = merit
        self._total: FloatArray = np.zeros((n, n))
        self._count: FloatArray = np.zeros((n, n))

    def learn(self, session: SessionRecord) -> None:
        to_a, to_b = self._merit.of(session)
        for agent, peer, merit in ((session.a, session.b, to_a), (session.b, session.a, to_b)):
            self._total[agent, peer] += merit
            self._count[agent, peer] += 1

    def pairs(self, rng: Generator, barred: Barred = frozenset()) -> list[tuple[int, int]]:
        free = np.ones(self._n, bool)
        chosen = []
        for agent in rng.permutation(self._n):
            if not free[agent]:
                continue
            free[agent] = False
            peers = np.flatnonzero(free)
            if barred:
                peers = np.array([p for p in peers if (min(p, agent), max(p, agent)) not in barred], np.intp)
            if peers.size == 0:
                continue
            peer = self._choose(int(agent), peers, rng)
            free[peer] = False
            chosen.append((int(agent), peer))
        return chosen

    def _choose(self, agent: int, peers: NDArray[np.intp], rng: Generator) -> int:
        # Both numbers are drawn in any case, so that the stream does not depend on what was learned.
        explore, pick = rng.random(2)
        if explore >= self._epsilon:
            count = self._count[agent, peers]
            mean = np.where(count > 0, self._total[agent, peers] / np.maximum(count, 1), math.inf)
            peers = peers[mean == mean.max()]
        return int(peers[int(pick * peers.size)])
