"""What strategies of Rubinstein's game are worth, exactly: by going through its turns from the last to the first.

A strategy is its behaviour: the chances of the mover's actions at every time and for every offer that can
stand. NashConv is the sum over both seats of what a best response to the other seat's behaviour earns more
than the behaviour itself (M. Lanctot et al., NeurIPS 2017): 0 in a Nash equilibrium of the game with this
grid and this last offer, whether or not it is subgame-perfect.
"""

import numpy as np
from numpy.typing import NDArray

from agents.policy.network import Policy
from learning.games.rubinstein import KEEP, NOTHING, REST, TAKE, Rubinstein, theory_answers

Behaviour = NDArray[np.float64]
"""(offers + 1, grid + 2, actions): chances at each time, for each part of the opener's that stands; the last entry
of the second axis is for none. Only the times of a seat's own turns count."""


def behaviour(game: Rubinstein, policy: Policy, greedy: bool = True) -> Behaviour:
    """What a policy does, in both seats at once: at even times as opener, at odd ones as responder."""
    policy.spec.check(game.spec)
    standing = np.append(np.arange(game.grid + 1), NOTHING)
    table = np.zeros((game.offers + 1, game.grid + 2, KEEP + game.grid + 1))
    for t in range(game.offers + 1):
        time = np.full(len(standing), t)
        observations, masks = game.observe(time, standing, t % 2), game.allowed(time, standing, t % 2)
        if greedy:
            table[t, np.arange(len(standing)), policy.act(observations, masks)] = 1
        else:
            table[t] = policy.chances(observations, masks)
    return table


def theory(game: Rubinstein) -> Behaviour:
    """What the subgame-perfect strategy does in both seats."""
    table = np.zeros((game.offers + 1, game.grid + 2, KEEP + game.grid + 1))
    for t in range(game.offers + 1):
        answers = theory_answers(game, t % 2)
        if t % 2:
            # By the opener's part, as everything here.
            answers[:-1] = answers[:-1][::-1]
        if t == game.offers:
            answers = np.where(answers == TAKE, TAKE, REST)
        table[t, np.arange(game.grid + 2), answers] = 1
    return table


def values(game: Rubinstein, opener: Behaviour, responder: Behaviour) -> tuple[float, float]:
    """What both seats get when they behave so."""
    later = np.zeros((game.grid + 1, 2))
    for t in reversed(range(game.offers + 1)):
        chances = (opener, responder)[t % 2][t]
        now = _taken(game, t) * chances[:, TAKE, None]
        now += chances[:, KEEP:] @ _by_keeping(later, t)
        later, first = now[:-1], now[-1]
    return float(first[0]), float(first[1])


def best_response(game: Rubinstein, seat: int, other: Behaviour) -> float:
    """The most that ``seat`` can get against a behaviour of the other one."""
    later = np.zeros((game.grid + 1, 1))
    for t in reversed(range(game.offers + 1)):
        taken = _taken(game, t)[:, seat]
        kept = _by_keeping(later, t)[:, 0]
        if t % 2 == seat:
            # Waiting brings nothing; offering the best of all, except after the last offer.
            now = np.maximum(taken, kept.max() if t < game.offers else 0.0)
            now[-1] = kept.max() if t < game.offers else 0.0
        else:
            now = taken * other[t][:, TAKE] + other[t][:, KEEP:] @ kept
        later, first = now[:-1, None], now[-1]
    return float(first)


def nash_conv(game: Rubinstein, opener: Behaviour, responder: Behaviour) -> float:
    """What both seats together could gain by deviating, each alone."""
    found = values(game, opener, responder)
    return best_response(game, 0, responder) - found[0] + best_response(game, 1, opener) - found[1]


def _taken(game: Rubinstein, t: int) -> NDArray[np.float64]:
    """What both get if the mover of ``t`` takes what stands, (grid + 2, 2); 0 where nothing does."""
    worth = np.zeros((game.grid + 2, 2))
    if t > 0:
        parts = np.arange(game.grid + 1)
        worth[:-1] = game.payoffs(np.full(len(parts), t - 1), parts)
    return worth


def _by_keeping(later: NDArray[np.float64], t: int) -> NDArray[np.float64]:
    """Values after an offer in the order of what the mover keeps, from those by the opener's part."""
    return later if t % 2 == 0 else later[::-1]
