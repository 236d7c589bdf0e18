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

    Ties go to the lower own utility, so that without a model it is the outcome nearest to ``least``. Where locks leave
    nothing so good, the best that is left.
    """
    good = max(1, view.space.down_to(least))
    theirs = view.model.utilities(view.space.outcomes[:good])
    near = np.flatnonzero(theirs >= theirs.max() - 1e-12)
    return view.space[int(near[-1])]
