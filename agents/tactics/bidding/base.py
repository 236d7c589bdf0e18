"""The interface of a bidding tactic, and the choice among outcomes that are good enough."""

from typing import Protocol

import numpy as np

from agents.tactics.view import View
from market.issues import Values


class Bidding(Protocol):
    """Says what a side would offer at its turn."""

    def bid(self, view: View) -> Values: ...


def choose(view: View, least: float) -> Values:
    """Of the outcomes worth at least ``least``, the one that the model thinks best for the counterpart.

    Ties go to the higher own utility, so that with a perfect model every offer is Pareto-efficient; where the model tells
    no outcomes apart, to the lowest, the one nearest to ``least``. Where locks leave nothing so good, the best that is
    left.
    """
    good = max(1, view.space.down_to(least))
    theirs = view.model.utilities(view.space.outcomes[:good])
    top = theirs.max()
    if theirs.min() >= top - 1e-12:
        return view.space[good - 1]
    return view.space[int(np.argmax(theirs >= top - 1e-12))]
