"""Whom an agent asks for a session about a loan: anyone, or by what it saw of its peers itself.

The ε-greedy choice of section 4.2 of the loans paper, from the mean expected gain over no deal of an agent's own sessions
with a peer, 0 for a failed one: the paper's distance to the Nash solution is known to nobody in a market. A peer never met
counts as the best there is.
"""

import math
from collections.abc import Sequence

import numpy as np

from market.terms import Party


class Acquaintances:
    """What one agent saw of its peers.

    Parameters
    ----------
    epsilon
        Chance of asking anyone; 1: always.
    seeds
        Of its chance: equal seeds, equal choices.

    Raises
    ------
    ValueError
        If ``epsilon`` is no probability.
    """

    def __init__(self, *, epsilon: float, seeds: Sequence[int]) -> None:
        if not 0 <= epsilon <= 1:
            raise ValueError(f"epsilon: found {epsilon}, expected a probability in [0, 1]")
        self._epsilon = epsilon
        self._seeds = tuple(seeds)
        self._gains: dict[Party, list[float]] = {}

    def choose(self, step: int, free: Sequence[Party]) -> Party | None:
        """One of those who are free; None if nobody is."""
        if not free:
            return None
        explore, pick = np.random.default_rng([*self._seeds, step % 2**32]).random(2)
        best = list(free)
        if explore >= self._epsilon:
            means = {party: self._mean(party) for party in free}
            best = [party for party in free if means[party] == max(means.values())]
        return best[int(pick * len(best))]

    def learn(self, party: Party, gain: float) -> None:
        """A session with ``party`` ended with ``gain`` over no deal [the unit of utility]."""
        self._gains.setdefault(party, []).append(gain)

    def _mean(self, party: Party) -> float:
        seen = self._gains.get(party)
        return math.inf if not seen else math.fsum(seen) / len(seen)
