"""The scalable Bayesian model: beliefs about each issue's weight and about the shape of its evaluation.

K. Hindriks, D. Tykhonov, "Opponent modelling in automated multi-issue negotiation using Bayesian learning", AAMAS 2008.
Hypotheses are kept for each issue by itself, the others at their expected values: their number grows with the sum of the
issues' hypotheses and not with the product, which is the paper's scalable variant (its section 4).
"""

from dataclasses import dataclass

import numpy as np

from agents.tactics.errors import require_count, require_number
from agents.tactics.models.base import Opponent
from agents.tactics.utility import FloatArray, IntArray
from market.issues import Domain, Values


@dataclass(frozen=True)
class Bayesian:
    """What is believed at first, and how an offer is judged.

    Attributes
    ----------
    peaks : int
        Triangular evaluations with a peak inside the range, beside those that rise or fall over it, ≥ 0.
    levels : int
        Weights that are told apart, 0 to 1, ≥ 2.
    spread : float
        Standard deviation with which an offer's utility misses the expected one, > 0.
    last : float
        Utility to which the counterpart is assumed to concede by the deadline, linearly from 1; in [0, 1].
    """

    peaks: int = 3
    levels: int = 11
    spread: float = 0.15
    last: float = 0.5

    def __post_init__(self) -> None:
        require_count(self, "peaks", least=0)
        require_count(self, "levels", least=2)
        require_number(self, "spread", least=0, open_low=True)
        require_number(self, "last", least=0, most=1)

    def begin(self, domain: Domain) -> Opponent:
        return _Bayesian(self, domain)


class _Bayesian:
    def __init__(self, model: Bayesian, domain: Domain) -> None:
        self._model = model
        self._lows = np.array([issue.low for issue in domain.issues], np.float64)
        self._spans = np.array([max(1, issue.high - issue.low) for issue in domain.issues], np.float64)
        self._levels = np.linspace(0.0, 1.0, model.levels)
        n, shapes = len(domain.issues), 2 + model.peaks
        self._shape_beliefs = np.full((n, shapes), 1.0 / shapes)
        self._weight_beliefs = np.full((n, model.levels), 1.0 / model.levels)

    def _evaluations(self, outcomes: IntArray) -> FloatArray:
        """Of every value under every shape, shape (n, issues, shapes): rising, falling, then each peak."""
        place = np.clip((outcomes - self._lows) / self._spans, 0.0, 1.0)
        shapes = [place, 1.0 - place]
        for k in range(self._model.peaks):
            peak = (k + 1) / (self._model.peaks + 1)
            shapes.append(np.where(place < peak, place / peak, (1.0 - place) / (1.0 - peak)))
        return np.stack(shapes, axis=-1)

    @property
    def _weights(self) -> FloatArray:
        expected: FloatArray = self._weight_beliefs @ self._levels
        return expected

    def observe(self, values: Values, progress: float) -> None:
        evaluations = self._evaluations(np.asarray([values], np.int64))[0]
        weights = self._weights
        expected = (self._shape_beliefs * evaluations).sum(axis=1)
        target = 1.0 - (1.0 - self._model.last) * min(1.0, max(0.0, progress))
        total, mass = weights @ expected, weights.sum()
        for i in range(len(weights)):
            rest, share = total - weights[i] * expected[i], mass - weights[i]
            self._shape_beliefs[i] = self._revised(
                self._shape_beliefs[i], (rest + weights[i] * evaluations[i]) / mass, target
            )
            self._weight_beliefs[i] = self._revised(
                self._weight_beliefs[i],
                (rest + self._levels * expected[i]) / np.maximum(share + self._levels, 1e-9),
                target,
            )

    def _revised(self, beliefs: FloatArray, utilities: FloatArray, target: float) -> FloatArray:
        """Bayes' rule: beliefs × how likely the offer is under each hypothesis, whose utility for it is given."""
        misses = (utilities - target) / self._model.spread
        likelihoods = np.exp(-0.5 * (misses**2 - (misses**2).min()))
        kept = np.maximum(beliefs * likelihoods, 1e-12)  # nothing is ever ruled out
        posterior: FloatArray = kept / kept.sum()
        return posterior

    def utilities(self, outcomes: IntArray) -> FloatArray:
        expected = (self._evaluations(outcomes) * self._shape_beliefs).sum(axis=2)
        total: FloatArray = expected @ (self._weights / self._weights.sum())
        return total
