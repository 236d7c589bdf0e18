"""Batched environments in which several seats decide at once, and one seat's view of them as a ``Core``.

A game for self-play is written once, as a :class:`SeatsCore`; what trains on it sees :class:`OneSeat`, in
which somebody else decides for the other seats (a fixed strategy, or ``learning.training.league``).
"""

from collections.abc import Callable
from typing import Protocol

import numpy as np

from agents.policy.spec import Spec
from learning.core import BoolArray, Float32Array, IntArray


class SeatsCore(Protocol):
    """n copies of one environment with ``seats`` deciders; as ``Core``, with an axis for the seats.

    All seats see and do the same kind of things: one spec, so that one policy can play any of them. A seat
    that has nothing to decide now has one legal action. The copies of an episode end for all seats together.
    """

    n: int
    seats: int
    spec: Spec
    observations: Float32Array
    """(n, seats, features), finite."""
    masks: BoolArray
    """(n, seats, actions), never all False in a row."""
    rewards: Float32Array
    """(n, seats), of the last actions."""
    dones: BoolArray
    """(n,)."""
    truncated: BoolArray
    """(n,), only where done."""
    terminal: Float32Array
    """(n, seats, features), the last observations of an episode, valid where done."""

    def begin(self, seed: int) -> None:
        """Start all copies anew; equal seeds, equal worlds."""
        ...

    def advance(self, actions: IntArray) -> None:
        """One action in each seat of each copy, (n, seats).

        Raises
        ------
        IllegalChoice
            If an action is masked; nothing has changed then.
        """
        ...


Others = Callable[[Float32Array, BoolArray, BoolArray], IntArray]
"""Decides for the other seats.

From their observations (n, others, features) and masks (n, others, actions), in the order of the seats
without the learner's, and from ``begins`` (n,), True where an episode has just begun: their actions, (n,
others). The first two are copies of the environment's own.
"""


class OneSeat:
    """A ``Core`` of one seat of a ``SeatsCore``.

    Parameters
    ----------
    game
        The environment.
    seat
        The learner's, from 0; or one for each copy, (n,).
    others
        What decides for the rest.
    """

    def __init__(self, game: SeatsCore, seat: int | IntArray, others: Others) -> None:
        self.seat: IntArray = np.broadcast_to(np.asarray(seat, np.int64), game.n)
        if not ((self.seat >= 0) & (self.seat < game.seats)).all():
            raise ValueError(f"seat: found {seat}, expected 0 to {game.seats - 1}")
        self.game, self.others = game, others
        self.n, self.spec = game.n, game.spec
        features, actions = len(game.spec.features), len(game.spec.actions)
        self.observations: Float32Array = np.zeros((game.n, features), np.float32)
        self.masks: BoolArray = np.ones((game.n, actions), bool)
        self.rewards: Float32Array = np.zeros(game.n, np.float32)
        self.dones: BoolArray = np.zeros(game.n, bool)
        self.truncated: BoolArray = np.zeros(game.n, bool)
        self.terminal: Float32Array = np.zeros((game.n, features), np.float32)
        self._rows = np.arange(game.n)
        every = np.broadcast_to(np.arange(game.seats), (game.n, game.seats))
        self._rest = every[every != self.seat[:, None]].reshape(game.n, game.seats - 1)
        self._actions: IntArray = np.zeros((game.n, game.seats), np.int64)
        self._begins: BoolArray = np.ones(game.n, bool)
        self._look()

    def begin(self, seed: int) -> None:
        """Start all copies anew; the others are told so with their next decision."""
        self.game.begin(seed)
        self._begins[:] = True
        self._look()

    def advance(self, actions: IntArray) -> None:
        """The learner's actions, (n,), together with those that the others choose."""
        self._actions[self._rows, self.seat] = actions
        if self.game.seats > 1:
            rows = self._rows[:, None]
            seen, legal = self.game.observations[rows, self._rest], self.game.masks[rows, self._rest]
            self._actions[rows, self._rest] = self.others(seen, legal, self._begins)
        self.game.advance(self._actions)
        self._begins[:] = self.game.dones
        self._look()

    def _look(self) -> None:
        # Copies that stay in one place and without gaps, which is what trainers and compiled functions like best.
        game = self.game
        for own, every in (
            (self.observations, game.observations),
            (self.masks, game.masks),
            (self.rewards, game.rewards),
            (self.terminal, game.terminal),
        ):
            np.copyto(own, every[self._rows, self.seat])
        np.copyto(self.dones, game.dones)
        np.copyto(self.truncated, game.truncated)
