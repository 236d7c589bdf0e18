"""Chatterjee and Samuelson's sealed bids as a batched environment of two seats.

K. Chatterjee, W. Samuelson, "Bargaining under incomplete information", *Operations Research* 31, 1983, with
k = 1/2, and values and prices on grids: a type is the middle of one of equally likely cells of [0, 1].
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.policy.errors import IllegalChoice
from agents.policy.spec import Spec
from agents.tactics.theory.double_auction import ask_of, bid_of, price_of
from learning.core import BoolArray, Float32Array, IntArray
from learning.seats import OneSeat
from market.issues import Issue

BUYER: Final = 0
SELLER: Final = 1
FEATURES: Final = ("value", "buys")


class DoubleAuction:
    """A buyer and a seller each name a price; they trade at the middle if the bid is at least the ask.

    An observation is the seat's own value (the buyer's v, the seller's c), drawn evenly and known to it
    alone, and whether it buys. The reward is v − price and price − c in a trade, 0 without. Every episode is
    one step.

    Parameters
    ----------
    n
        Copies.
    grid
        Steps of the price from 0 to 1.
    types
        Values that each side can have.
    """

    seats = 2

    def __init__(self, n: int, grid: int = 60, types: int = 120) -> None:
        self.n, self.grid, self.types = n, grid, types
        prices = tuple(f"price {step} of {grid}" for step in range(grid + 1))
        self.spec = Spec("double-auction", FEATURES, prices, {"types": types})
        self.values: NDArray[np.float64] = (np.arange(types) + 0.5) / types
        """Of each type."""
        self.observations: Float32Array = np.zeros((n, 2, len(FEATURES)), np.float32)
        self.observations[:, BUYER, 1] = 1
        self.masks: BoolArray = np.ones((n, 2, grid + 1), bool)
        self.rewards: Float32Array = np.zeros((n, 2), np.float32)
        self.dones: BoolArray = np.zeros(n, bool)
        self.truncated: BoolArray = np.zeros(n, bool)
        self.terminal: Float32Array = np.zeros_like(self.observations)
        self._types: IntArray = np.zeros((n, 2), np.int64)
        self.begin(0)

    def begin(self, seed: int) -> None:
        """Draw all values anew."""
        self._rng = np.random.default_rng(seed)
        self.rewards[:] = 0
        self.dones[:] = False
        self._draw()

    def advance(self, actions: IntArray) -> None:
        """The price that each seat names in each copy, in steps of the grid, (n, 2)."""
        wrong = (actions < 0) | (actions > self.grid)
        if wrong.any():
            row, seat = np.argwhere(wrong)[0]
            raise IllegalChoice(int(row), int(actions[row, seat]))
        bid, ask = actions[:, BUYER] / self.grid, actions[:, SELLER] / self.grid
        trade = actions[:, BUYER] >= actions[:, SELLER]
        price = (bid + ask) / 2
        own = self.values[self._types]
        self.rewards[:, BUYER] = np.where(trade, own[:, BUYER] - price, 0)
        self.rewards[:, SELLER] = np.where(trade, price - own[:, SELLER], 0)
        self.dones[:] = True
        self.terminal[:] = self.observations
        self._draw()

    def observe(self, seat: int) -> Float32Array:
        """What a seat sees, by its type, (types, features)."""
        return np.stack([self.values, np.full(self.types, seat == BUYER)], axis=1).astype(np.float32)

    def _draw(self) -> None:
        self._types[:] = self._rng.integers(0, self.types, (self.n, 2))
        self.observations[:, :, 0] = self.values[self._types]


def linear_prices(game: DoubleAuction, seat: int) -> IntArray:
    """The linear equilibrium's price of each type, (types,), in steps of the grid, rounded down to it."""
    issue = Issue("price", 0, game.grid)
    named = bid_of if seat == BUYER else ask_of
    values = [Fraction(2 * k + 1, 2 * game.types) for k in range(game.types)]
    return np.array([price_of(named(value), issue) for value in values], np.int64)


class LinearPlays:
    """Decides as the linear equilibrium, in whatever seat it is asked for."""

    def __init__(self, game: DoubleAuction) -> None:
        self.types = game.types
        self.prices = np.stack([linear_prices(game, seat) for seat in (BUYER, SELLER)])

    def __call__(self, observations: Float32Array, masks: BoolArray, begins: BoolArray) -> IntArray:
        """Actions (n, 1) from the other seat's observations (n, 1, features)."""
        value, buys = np.moveaxis(observations, 2, 0)
        kind = np.rint(value * self.types - 0.5).astype(np.int64)
        chosen: IntArray = self.prices[np.where(buys > 0, BUYER, SELLER), kind]
        return chosen


def against_linear(game: DoubleAuction, seats: int | Sequence[int] = (BUYER, SELLER)) -> OneSeat:
    """A ``Core`` against the linear equilibrium; in several ``seats``, copies have the learner in turn."""
    return OneSeat(game, np.resize(np.asarray(seats, np.int64), game.n), LinearPlays(game))
