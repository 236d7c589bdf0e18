"""The empirical game: strategies of a tournament as moves of a game, mean utilities as its payoffs; its equilibria.

What holds of it holds of exactly these strategies, domains and seeds: an equilibrium here can be left with a strategy that
did not take part.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from learning.judging.errors import GameError

FloatArray = NDArray[np.float64]

NEAR: Final = 1e-9
"""Payoffs this near, relative to the largest one, are equal."""


@dataclass(frozen=True, eq=False)
class Game:
    """A game of two players in normal form.

    Attributes
    ----------
    first : array, shape (rows, columns)
        What the player who chooses the row gets.
    second : array, shape (rows, columns)
        What the one who chooses the column gets.
    """

    first: FloatArray
    second: FloatArray

    def __post_init__(self) -> None:
        for name in ("first", "second"):
            table = np.asarray(getattr(self, name), np.float64)
            if table.ndim != 2 or table.size == 0:
                raise GameError(name, f"shape {table.shape}", "(rows, columns), at least one of each")
            if not np.isfinite(table).all():
                raise GameError(
                    name, "NaN or an infinity", "a payoff for every pair: has each of them played?"
                )
            object.__setattr__(self, name, table)
        if self.first.shape != self.second.shape:
            raise GameError("second", f"shape {self.second.shape}", f"{self.first.shape}, that of first")

    @classmethod
    def symmetric(cls, payoffs: ArrayLike) -> "Game":
        """The game in which both choose of the same moves; ``payoffs[i, j]`` is what i gets against j.

        Raises
        ------
        GameError
            If the table is not square.
        """
        table = np.asarray(payoffs, np.float64)
        if table.ndim != 2 or table.shape[0] != table.shape[1]:
            raise GameError("payoffs", f"shape {table.shape}", "a square table")
        return cls(table, table.T)

    @property
    def is_symmetric(self) -> bool:
        """Whether the players could change places."""
        return self.first.shape[0] == self.first.shape[1] and np.array_equal(self.first, self.second.T)

    @property
    def tolerance(self) -> float:
        """Differences of payoffs below this are none."""
        return NEAR * max(1.0, float(np.abs(self.first).max()), float(np.abs(self.second).max()))


def pure_equilibria(game: Game) -> list[tuple[int, int]]:
    """All (row, column) of which neither player alone gains by leaving, ties within the tolerance."""
    best_rows = game.first >= game.first.max(axis=0, keepdims=True) - game.tolerance
    best_columns = game.second >= game.second.max(axis=1, keepdims=True) - game.tolerance
    return [(int(i), int(j)) for i, j in np.argwhere(best_rows & best_columns)]


def nash_conv(game: Game, first: ArrayLike, second: ArrayLike) -> float:
    """NashConv of a profile: Σ over the players of the most that player alone could gain by another move.

    For mixtures x of rows and y of columns: max_i (A y)_i − xᵀA y + max_j (xᵀB)_j − xᵀB y, A and B being the payoffs of
    the two. It is at least 0, and 0 exactly in an equilibrium (Lanctot et al., "A unified game-theoretic approach to
    multiagent reinforcement learning", 2017). It is no distance: a game whose payoffs are doubled has twice of it.

    Raises
    ------
    GameError
        If a mixture has another length than the player has moves, a negative or infinite entry, or a sum other than 1.
    """
    x = _mixture("first", first, game.first.shape[0])
    y = _mixture("second", second, game.first.shape[1])
    rows, columns = game.first @ y, x @ game.second
    return max(0.0, float(rows.max() - x @ rows)) + max(0.0, float(columns.max() - columns @ y))


def regrets(game: Game, mixture: ArrayLike) -> FloatArray:
    """What a player would gain by each pure move where both play ``mixture`` of a symmetric game, shape (moves,)."""
    _require_symmetric(game)
    x = _mixture("mixture", mixture, game.first.shape[0])
    values = game.first @ x
    gains: FloatArray = values - x @ values
    return gains


def symmetric_equilibria(game: Game, *, largest: int | None = None) -> list[FloatArray]:
    """Equilibria of a symmetric game in which both play the same mixture, by enumeration of supports; each (moves,).

    For each support, the mixture over it is sought that makes all its moves equally good and none outside better. With
    the default that is every such equilibrium of a game in which each support has at most one; where a support has
    infinitely many (moves that are copies of each other), one of them is found. There always is one (Nash 1951).

    Parameters
    ----------
    largest
        Most moves in a support; all if not given. The work doubles with each move: 14 take about a second.
    """
    _require_symmetric(game)
    n = game.first.shape[0]
    found: list[FloatArray] = []
    for support in _supports(n, n if largest is None else largest):
        mixture = _on_support(game, support)
        if mixture is not None and not any(np.abs(mixture - other).max() < 1e-7 for other in found):
            found.append(mixture)
    return found


def replicator(game: Game, start: ArrayLike, *, steps: int = 10_000, rate: float = 0.1) -> FloatArray:
    """Where a population that starts as ``start`` is after ``steps`` of replicator dynamics, shape (moves,).

    Each step multiplies the share of a move by exp(rate × (its payoff − the mean)) and scales the sum back to 1: the
    exponential form of Taylor and Jonker's equation, in which shares stay positive. It need not converge (in
    rock-paper-scissors it does not), and moves that nobody starts with never appear.
    """
    _require_symmetric(game)
    x = _mixture("start", start, game.first.shape[0]).copy()
    if steps < 0 or rate <= 0:
        raise GameError("steps, rate", (steps, rate), "at least 0, and more than 0")
    for _ in range(steps):
        values = game.first @ x
        x *= np.exp(rate * (values - x @ values))
        x /= x.sum()
    return x


def _supports(n: int, largest: int) -> Iterator[list[int]]:
    if largest < 1:
        raise GameError("largest", largest, "at least 1")
    for size in range(1, min(n, largest) + 1):
        yield from (list(chosen) for chosen in combinations(range(n), size))


def _on_support(game: Game, support: list[int]) -> FloatArray | None:
    """The mixture over ``support`` of an equilibrium, if there is one."""
    table, k, n = game.first, len(support), game.first.shape[0]
    system = np.zeros((k + 1, k + 1))
    system[:k, :k] = table[np.ix_(support, support)]
    system[:k, k] = -1.0
    system[k, :k] = 1.0
    right = np.zeros(k + 1)
    right[k] = 1.0
    if np.linalg.matrix_rank(system, tol=game.tolerance) <= k:
        return _by_program(game, support)
    solved = np.linalg.solve(system, right)
    if solved[:k].min() < -NEAR:
        return None
    mixture = np.zeros(n)
    mixture[support] = np.maximum(solved[:k], 0.0)
    mixture /= mixture.sum()
    return mixture if regrets(game, mixture).max() <= 10 * game.tolerance else None


def _by_program(game: Game, support: list[int]) -> FloatArray | None:
    """Any equilibrium over a support for which the equations do not name one: a linear program's feasible point."""
    import highspy

    n = game.first.shape[0]
    # The solver refuses coefficients this small.
    table = np.where(np.abs(game.first) < NEAR, 0.0, game.first)
    inner = highspy.Highs()  # type: ignore[no-untyped-call]
    inner.setOptionValue("output_flag", False)
    shares = [inner.addVariable(0.0, 1.0 if i in support else 0.0) for i in range(n)]
    value = inner.addVariable(-highspy.kHighsInf, highspy.kHighsInf)
    inner.addConstr(sum(shares) == 1)
    for i in range(n):
        worth = sum(float(table[i, j]) * shares[j] for j in support) - value
        inner.addConstr(worth == 0 if i in support else worth <= 0)
    inner.run()
    if inner.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    mixture = np.maximum(np.asarray(inner.getSolution().col_value[:n], np.float64), 0.0)
    mixture[mixture < 1e-12] = 0.0
    mixture /= mixture.sum()
    # The solver's own tolerance is coarser than ours.
    return mixture if regrets(game, mixture).max() <= 1e-6 * max(1.0, game.tolerance / NEAR) else None


def _mixture(name: str, mixture: ArrayLike, moves: int) -> FloatArray:
    x = np.asarray(mixture, np.float64)
    if x.shape != (moves,):
        raise GameError(name, f"shape {x.shape}", f"({moves},), a share for each move")
    if not np.isfinite(x).all() or x.min() < 0 or abs(float(x.sum()) - 1.0) > 1e-9:
        raise GameError(name, x.tolist(), "shares of at least 0 with sum 1")
    return x


def _require_symmetric(game: Game) -> None:
    if not game.is_symmetric:
        raise GameError("game", "players with different moves or payoffs", "a symmetric game")
