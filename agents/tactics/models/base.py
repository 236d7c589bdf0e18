"""The interface of an opponent model, and the two controls: knowing nothing, and knowing all."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from agents.tactics.utility import FloatArray, IntArray, Utility
from market.issues import Domain, Values


class Opponent(Protocol):
    """What is thought of one counterpart, in one session."""

    def observe(self, values: Values, progress: float) -> None:
        """It offered ``values`` when the part ``progress`` of the session, 0 to 1, was over."""
        ...

    def utilities(self, outcomes: IntArray) -> FloatArray:
        """Its estimated utilities in [0, 1], shape (n, issues) → (n,)."""
        ...


class Model(Protocol):
    """A way to model counterparts: makes an :class:`Opponent` for each session."""

    def begin(self, domain: Domain) -> Opponent:
        """``domain`` holds the own limits; a counterpart's value beyond them counts as the limit."""
        ...


@dataclass(frozen=True)
class Unknown:
    """Control: every outcome is thought to be worth the same to the counterpart."""

    def begin(self, domain: Domain) -> Opponent:
        return self

    def observe(self, values: Values, progress: float) -> None:
        """Nothing is learned."""

    def utilities(self, outcomes: IntArray) -> FloatArray:
        return np.full(len(outcomes), 0.5)


@dataclass(frozen=True)
class Perfect:
    """Control: the counterpart's true utilities. For experiments alone: no agent of a market has them."""

    truth: Utility

    def begin(self, domain: Domain) -> Opponent:
        return self

    def observe(self, values: Values, progress: float) -> None:
        """Nothing is left to learn."""

    def utilities(self, outcomes: IntArray) -> FloatArray:
        return np.clip(self.truth.of(outcomes), 0.0, 1.0)
