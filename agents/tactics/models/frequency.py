"""The frequency model: what is offered often is liked, what hardly changes matters.

T. van Krimpen, D. Looije, S. Hajizadeh, "HardHeaded", in *Complex Automated Negotiations: Theories, Models, and Software
Competitions*, 2013, section on opponent modelling. Issues with many values are cut into bins.
"""

from dataclasses import dataclass

import numpy as np

from agents.tactics.errors import require_count, require_number
from agents.tactics.models.base import Opponent
from agents.tactics.utility import FloatArray, IntArray
from market.issues import Domain, Values


@dataclass(frozen=True)
class Frequency:
    """How the frequency model learns.

    Attributes
    ----------
    bins : int
        Most values of an issue that are told apart, ≥ 2.
    learning : float
        Added to the weight of an issue whose value did not change from one offer to the next, > 0; weights are then
        divided by their sum (0.1 in HardHeaded, shared among the issues).
    """

    bins: int = 20
    learning: float = 0.1

    def __post_init__(self) -> None:
        require_count(self, "bins", least=2)
        require_number(self, "learning", least=0, open_low=True)

    def begin(self, domain: Domain) -> Opponent:
        return _Frequency(self, domain)


class _Frequency:
    def __init__(self, model: Frequency, domain: Domain) -> None:
        self._learning = model.learning / len(domain.issues)
        self._lows = np.array([issue.low for issue in domain.issues])
        self._ticks = np.array([issue.tick for issue in domain.issues])
        self._lengths = np.array([len(issue) for issue in domain.issues])
        self._bins = np.minimum(self._lengths, model.bins)
        self._counts = [np.ones(bins) for bins in self._bins]
        self._weights = np.full(len(domain.issues), 1.0 / len(domain.issues))
        self._last: IntArray | None = None

    def _places(self, outcomes: IntArray) -> IntArray:
        places = (outcomes - self._lows) // self._ticks
        bins: IntArray = np.clip(places * self._bins // self._lengths, 0, self._bins - 1)
        return bins

    def observe(self, values: Values, progress: float) -> None:
        del progress  # the model counts offers, not time
        place = self._places(np.asarray([values], np.int64))[0]
        if self._last is not None:
            self._weights = self._weights + self._learning * (place == self._last)
            self._weights /= self._weights.sum()
        for counts, at in zip(self._counts, place, strict=True):
            counts[at] += 1
        self._last = place

    def utilities(self, outcomes: IntArray) -> FloatArray:
        places = self._places(outcomes)
        total = np.zeros(len(outcomes))
        for i, counts in enumerate(self._counts):
            total += self._weights[i] * (counts / counts.max())[places[:, i]]
        return total
