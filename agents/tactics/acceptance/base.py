"""The interface of an acceptance condition."""

from typing import Protocol

from agents.tactics.view import View
from market.issues import Values


class Acceptance(Protocol):
    """Says whether the standing offer, which is within the limits, is taken whole."""

    def accepts(self, view: View, bid: Values) -> bool:
        """``bid`` is what the side would offer instead."""
        ...


def worth(view: View) -> float:
    """Utility of the standing offer."""
    return view.seat.utilities(view.theirs[-1:])[0]
