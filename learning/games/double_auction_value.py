"""What strategies of the double auction are worth, exactly: over all pairs of types.

A strategy is its behaviour: the chances of the prices that each type names. NashConv as in
``learning.games.rubinstein_value``, with the best response of each type found among all prices.
"""

import numpy as np
from numpy.typing import NDArray

from agents.policy.network import Policy
from learning.games.double_auction import BUYER, SELLER, DoubleAuction, linear_prices

Behaviour = NDArray[np.float64]
"""(types, grid + 1)."""


def behaviour(game: DoubleAuction, seat: int, policy: Policy, greedy: bool = True) -> Behaviour:
    """What a policy does in a seat."""
    policy.spec.check(game.spec)
    observations, masks = game.observe(seat), np.ones((game.types, game.grid + 1), bool)
    if not greedy:
        return policy.chances(observations, masks)
    return _pure(game, policy.act(observations, masks))


def linear(game: DoubleAuction, seat: int) -> Behaviour:
    """What the linear equilibrium does in a seat."""
    return _pure(game, linear_prices(game, seat))


def values(game: DoubleAuction, buyer: Behaviour, seller: Behaviour) -> tuple[float, float]:
    """What both get before they know their types."""
    return (
        float((buyer * _gains(game, BUYER, seller)).sum() / game.types),
        float((seller * _gains(game, SELLER, buyer)).sum() / game.types),
    )


def best_response(game: DoubleAuction, seat: int, other: Behaviour) -> float:
    """The most that a seat can get against a behaviour of the other one, before it knows its type."""
    return float(_gains(game, seat, other).max(axis=1).mean())


def nash_conv(game: DoubleAuction, buyer: Behaviour, seller: Behaviour) -> float:
    """What both seats together could gain by deviating, each alone."""
    found = values(game, buyer, seller)
    return best_response(game, BUYER, seller) - found[0] + best_response(game, SELLER, buyer) - found[1]


def _gains(game: DoubleAuction, seat: int, other: Behaviour) -> NDArray[np.float64]:
    """What each type of a seat gets on average for each price it can name, (types, grid + 1)."""
    prices = np.arange(game.grid + 1) / game.grid
    chances = other.mean(axis=0)
    own, theirs = prices[:, None], prices[None, :]
    trades = (own >= theirs if seat == BUYER else own <= theirs) * chances
    paid = (trades * (own + theirs) / 2).sum(axis=1)
    worth = game.values[:, None] * trades.sum(axis=1)
    gains: NDArray[np.float64] = worth - paid if seat == BUYER else paid - worth
    return gains


def _pure(game: DoubleAuction, prices: NDArray[np.int64]) -> Behaviour:
    table = np.zeros((game.types, game.grid + 1))
    table[np.arange(game.types), prices] = 1
    return table
