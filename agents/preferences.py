"""What an agent prefers: a surface over amount × time step in [0, 1] (Fig. 5 of the eco-industrial park paper).

The paper draws two and prints no formula. What its text says is kept: a seller with a store hardly minds *when* but
wants to sell most of its surplus; a buyer with a deadline wants its whole need before that, and nothing after. The
amounts whose preference is at least a threshold bound what an agent negotiates. Amounts are base units, time steps are
delivery intervals. Preferences stay with their agent: nothing of them is in a message, transaction or log.
"""

import math
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

THRESHOLD: Final = 0.3
"""The least preference that is negotiated, unless a scenario says otherwise."""


class PreferenceError(ValueError):
    """A parameter from which no surface can be made; ``exit_code`` is that of bad input."""

    exit_code = 2

    def __init__(self, key: str, found: object, expected: str) -> None:
        self.key, self.found, self.expected = key, found, expected
        super().__init__(f"{key}: found {found!r}, expected {expected}")


class Preference(Protocol):
    """A preference surface."""

    def at(self, amount: ArrayLike, step: ArrayLike) -> FloatArray:
        """Preference in [0, 1] of exchanging ``amount`` base units at ``step``; arrays broadcast together."""
        ...

    def bounds(self, step: int, threshold: float = THRESHOLD) -> tuple[int, int] | None:
        """(least, most) base units, at least 1, whose preference at ``step`` is at least ``threshold``.

        None if there are none. Every whole amount between them qualifies too: a surface has one hill in the amount.
        """
        ...


def grid(preference: Preference, amounts: ArrayLike, steps: ArrayLike) -> FloatArray:
    """The surface over a grid, shape (len(steps), len(amounts)), for drawing."""
    return preference.at(np.asarray(amounts)[np.newaxis, :], np.asarray(steps)[:, np.newaxis])


def _hill(
    amount: FloatArray, best: FloatArray | float, below: FloatArray | float, above: FloatArray | float
) -> FloatArray:
    """1 at ``best``, falling as a bell to both sides over its own width; 0 for no amount at all."""
    width = np.where(amount < best, below, above)
    values: FloatArray = np.exp(-0.5 * ((amount - best) / width) ** 2)
    return np.where(amount > 0, values, 0.0)


def _reach(height: float, threshold: float) -> float:
    """Widths from the top of a hill of ``height`` at which it has fallen to ``threshold``."""
    return math.sqrt(max(0.0, 2.0 * math.log(height / threshold)))


def _span(
    surface: Preference,
    step: int,
    threshold: float,
    *,
    height: float,
    best: float,
    below: float,
    above: float,
) -> tuple[int, int] | None:
    """Whole amounts around ``best``, by the hill's inverse; the ends are checked on the surface itself."""
    _require("threshold", threshold, 0 < threshold <= 1, "in (0, 1]")
    if height < threshold:
        return None
    reach = _reach(height, threshold)
    low = max(1, math.floor(best - reach * below))
    high = math.ceil(best + reach * above)
    while low <= high and surface.at(low, step) < threshold:
        low += 1
    while high >= low and surface.at(high, step) < threshold:
        high -= 1
    return (low, high) if low <= high else None


def _require(key: str, value: float, holds: bool, rule: str) -> None:
    if not (math.isfinite(value) and holds):
        raise PreferenceError(key, value, rule)


def _require_positive(surface: object, *keys: str) -> None:
    for key in keys:
        value = getattr(surface, key)
        _require(key, value, value > 0, "more than 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSeller:
    """A seller with a store: best near its whole surplus, indifferent to time (Fig. 5, Prosumer 0).

    Attributes
    ----------
    surplus : int
        Base units it has to sell, > 0.
    below, above : float
        Widths of the hill towards less and more, as shares of the surplus, > 0. Less leaves it with gas to store; more
        than it has cannot be delivered, so that side is steep.
    unrest : float
        Share of the preference that is lost from ``first`` to ``last`` (a store is not quite free), in [0, 1).
    first, last : int
        Steps between which ``unrest`` builds up.
    """

    surplus: int
    below: float = 0.35
    above: float = 0.10
    unrest: float = 0.05
    first: int = 0
    last: int = 400

    def __post_init__(self) -> None:
        _require_positive(self, "surplus", "below", "above")
        _require("unrest", self.unrest, 0 <= self.unrest < 1, "in [0, 1)")
        _require("last", self.last, self.last > self.first, f"after first = {self.first}")

    def _patience(self, step: ArrayLike) -> FloatArray:
        passed = (np.asarray(step, np.float64) - self.first) / (self.last - self.first)
        return 1.0 - self.unrest * np.clip(passed, 0.0, 1.0)

    def at(self, amount: ArrayLike, step: ArrayLike) -> FloatArray:
        below, above = self.below * self.surplus, self.above * self.surplus
        return self._patience(step) * _hill(np.asarray(amount, np.float64), self.surplus, below, above)

    def bounds(self, step: int, threshold: float = THRESHOLD) -> tuple[int, int] | None:
        return _span(
            self,
            step,
            threshold,
            height=float(self._patience(step)),
            best=self.surplus,
            below=self.below * self.surplus,
            above=self.above * self.surplus,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineBuyer:
    """A buyer with a deadline: rising to its need, falling before the deadline, nothing from then on (Prosumer 1).

    Attributes
    ----------
    need : int
        Base units it is short of, > 0.
    deadline : int
        First step at which it has no use for them any more.
    ramp : int
        Steps before the deadline over which the preference falls to 0: a late delivery is a risk, > 0.
    below, above : float
        Widths of the hill towards less and more, as shares of the need, > 0.
    """

    need: int
    deadline: int
    ramp: int = 50
    below: float = 0.50
    above: float = 0.10

    def __post_init__(self) -> None:
        _require_positive(self, "need", "ramp", "below", "above")

    def _urgency(self, step: ArrayLike) -> FloatArray:
        left = (self.deadline - np.asarray(step, np.float64)) / self.ramp
        values: FloatArray = np.clip(left, 0.0, 1.0)
        return values

    def at(self, amount: ArrayLike, step: ArrayLike) -> FloatArray:
        below, above = self.below * self.need, self.above * self.need
        return self._urgency(step) * _hill(np.asarray(amount, np.float64), self.need, below, above)

    def bounds(self, step: int, threshold: float = THRESHOLD) -> tuple[int, int] | None:
        return _span(
            self,
            step,
            threshold,
            height=float(self._urgency(step)),
            best=self.need,
            below=self.below * self.need,
            above=self.above * self.need,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastFollower:
    """A home's electricity: each delivery interval has its own best amount, what the forecast leaves to sell or buy.

    Attributes
    ----------
    amounts : tuple of int
        Base units forecast on the side that is traded, one an interval from ``first`` on; where 0, nothing is wanted.
    first : int
        Interval of ``amounts[0]``.
    below, above : float
        Widths of the hill as shares of the amount, > 0. Any part of it is worth trading; more than the forecast is a
        bet on its error.
    """

    amounts: tuple[int, ...]
    first: int = 0
    below: float = 0.65
    above: float = 0.10

    def __post_init__(self) -> None:
        _require_positive(self, "below", "above")
        for i, amount in enumerate(self.amounts):
            _require(f"amounts[{i}]", amount, amount >= 0, "at least 0")

    def _best(self, step: ArrayLike) -> FloatArray:
        """Forecast amount at ``step``; 0 outside the forecast."""
        steps = np.asarray(step, np.int64) - self.first
        padded = np.array((*self.amounts, 0), np.float64)
        inside = (steps >= 0) & (steps < len(self.amounts))
        best: FloatArray = padded[np.where(inside, steps, len(self.amounts))]
        return best

    def at(self, amount: ArrayLike, step: ArrayLike) -> FloatArray:
        best = self._best(step)
        scale = np.where(best > 0, best, 1.0)
        hill = _hill(np.asarray(amount, np.float64), scale, self.below * scale, self.above * scale)
        return np.where(best > 0, hill, 0.0)

    def bounds(self, step: int, threshold: float = THRESHOLD) -> tuple[int, int] | None:
        best = float(self._best(step))
        return _span(
            self,
            step,
            threshold,
            height=1.0 if best > 0 else 0.0,
            best=best,
            below=self.below * best,
            above=self.above * best,
        )
