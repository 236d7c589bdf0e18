"""A contextual bandit over ψ: Thompson sampling on a Bayesian linear model of what a session earns.

What is known is a table: in which situation which ψ was tried how often, and what that earned in all. The model is made
of the table anew for every choice, so that nothing depends on the order in which the experience came, nor on whether
the party was restarted in between. After Agrawal and Goyal, "Thompson Sampling for Contextual Bandits with Linear
Payoffs" (2013). Where the table is kept between runs is in ``agents.bandit_memory``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.builtin import EVENLY
from agents.policy.park_view import AMOUNT, DEADLINE, GRID, INITIAL, RATE, RESERVATION

FloatArray = NDArray[np.float64]

SIDES: Final = ("buys", "sells")
TIMES: Final = ("ample time", "little time", "last moment")
SPREADS: Final = ("wide spread", "narrow spread")
PEERS: Final = ("new peer", "yielding peer", "firm peer")

LITTLE: Final = 0.5
LAST: Final = 0.2
"""Parts of the run that are left until the deadline, below which time is little, and then short."""
NARROW: Final = 0.5
"""(sell − buy) / sell of the provider below which its spread is narrow."""
YIELDS: Final = 0.5
"""Where a peer's last price stood on the own way from the reservation price (0) to the best (1) if it yields."""

NOISE: Final = 0.2
"""Standard deviation of what one session earns, as a part of the most it could."""
MAIN: Final = 0.3
"""Prior standard deviation of an effect of the situation alone, or of ψ alone."""
JOINT: Final = 0.15
"""And of an effect of both together, and of what one ψ has over the sum of its parts."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What a choice of ψ depends on; each a word of the lists above."""

    side: str
    time: str
    spread: str
    peer: str

    @property
    def name(self) -> str:
        """As it stands in a memory's file."""
        return ", ".join((self.side, self.time, self.spread, self.peer))


def situation(
    *, selling: bool, time_left: float, buy_price: int, sell_price: int, last_share: float | None
) -> Situation:
    """The situation of a session.

    Parameters
    ----------
    time_left
        Part of the run until the deadline, or until its end; [0, 1].
    buy_price, sell_price
        The provider's, token units per base unit.
    last_share
        Where the peer's last price of the session before stood (``agents.policy.park_view.price_share``); None before
        there was one.
    """
    spread = (sell_price - buy_price) / sell_price if sell_price > 0 else 0.0
    return Situation(
        side=SIDES[selling],
        time=TIMES[(time_left < LITTLE) + (time_left < LAST)],
        spread=SPREADS[spread < NARROW],
        peer=PEERS[0] if last_share is None else PEERS[1 if last_share >= YIELDS else 2],
    )


SITUATIONS: Final = {
    s.name: s for s in (Situation(*words) for words in product(SIDES, TIMES, SPREADS, PEERS))
}
"""Every situation by its name."""


def arm_name(arm: int) -> str:
    """ψ number ``arm`` of the grid, as it stands in a memory's file."""
    ip, rp, dl, cr, amount = GRID[arm]
    return f"ip {ip:g} rp {rp:g} dl {dl:g} cr {cr:g} amount {amount:g}"


ARMS: Final = {arm_name(arm): arm for arm in range(len(GRID))}
"""Places in the grid by name."""


@dataclass(frozen=True, slots=True)
class Tried:
    """How often one ψ was tried in one situation, and what that earned in all, in parts of the most it could."""

    episodes: int = 0
    earned: float = 0.0


def _levels(value: object, words: tuple[object, ...]) -> list[float]:
    return [float(value == word) for word in words[1:]]


def _arm_rows() -> FloatArray:
    """(arms, k): 1 and an indicator of each level of ψ beside its first."""
    levels = (INITIAL, RESERVATION, DEADLINE, RATE, AMOUNT)
    rows = [
        [1.0, *(x for value, words in zip(psi, levels, strict=True) for x in _levels(value, words))]
        for psi in GRID
    ]
    return np.array(rows)


_OF_ARMS: Final = _arm_rows()


def features(where: Situation) -> FloatArray:
    """(arms, features) of every ψ in a situation, each feature scaled by its prior's standard deviation."""
    context = [
        1.0,
        *_levels(where.side, SIDES),
        *_levels(where.time, TIMES),
        *_levels(where.spread, SPREADS),
        *_levels(where.peer, PEERS),
    ]
    scale = np.full((len(context), _OF_ARMS.shape[1]), JOINT)
    scale[0], scale[:, 0] = MAIN, MAIN
    joint = _OF_ARMS[:, None, :] * (np.array(context)[:, None] * scale)[None]
    return np.hstack([joint.reshape(len(GRID), -1), JOINT * np.eye(len(GRID))])


_FEATURES: Final[Mapping[str, FloatArray]] = {name: features(where) for name, where in SITUATIONS.items()}


class Bandit:
    """What was tried and what it earned, and the choice that follows from it.

    Parameters
    ----------
    exploration
        By what the posterior's spread is multiplied before one of it is drawn, ≥ 0; at 0 the best on average is taken.
    """

    def __init__(self, exploration: float = 1.0) -> None:
        self.exploration = exploration
        self._tried: dict[tuple[str, int], Tried] = {}

    def __iter__(self) -> Iterator[tuple[str, int, Tried]]:
        """(situation's name, arm, what is known), in the order of the names and the grid."""
        for name, arm in sorted(self._tried):
            yield name, arm, self._tried[name, arm]

    def know(self, where: str, arm: int, tried: Tried) -> None:
        """Set what is known of a ψ in a situation."""
        self._tried[where, arm] = tried

    def learn(self, where: Situation, arm: int, earned: float) -> None:
        """Add an episode; ``earned`` as a part of the most that the session could have brought, [0, 1]."""
        before = self._tried.get((where.name, arm), Tried())
        self._tried[where.name, arm] = Tried(before.episodes + 1, before.earned + earned)

    def choose(self, where: Situation, rng: np.random.Generator) -> int:
        """The ψ that is best in one draw of the posterior; ties go to the even concession, then to the first."""
        rows = _FEATURES[where.name]
        mean, root = self._posterior()
        drawn = mean
        if self.exploration > 0:
            drawn = mean + self.exploration * np.linalg.solve(root.T, rng.standard_normal(len(mean)))
        worth = rows @ drawn
        best = np.flatnonzero(worth == worth.max())
        even = GRID.index(EVENLY)
        return even if even in best else int(best[0])

    def expected(self, where: Situation) -> FloatArray:
        """(arms,) what each ψ is expected to earn."""
        worth: FloatArray = _FEATURES[where.name] @ self._posterior()[0]
        return worth

    def _posterior(self) -> tuple[FloatArray, FloatArray]:
        """Mean (features,) and the lower Cholesky root of the precision (features, features)."""
        size = next(iter(_FEATURES.values())).shape[1]
        precision, pull = np.eye(size), np.zeros(size)
        if self._tried:
            known = list(self)
            rows = np.array([_FEATURES[name][arm] for name, arm, _ in known])
            counts = np.array([tried.episodes for *_, tried in known], np.float64)
            earned = np.array([tried.earned for *_, tried in known])
            precision += rows.T @ (rows * counts[:, None]) / NOISE**2
            pull = rows.T @ earned / NOISE**2
        root = np.linalg.cholesky(precision).astype(np.float64)
        return np.linalg.solve(precision, pull).astype(np.float64), root
