"""AC_combi(T, α): one's own next offer decides, and late the best that can still be expected."""

from dataclasses import dataclass
from typing import Final

from agents.tactics.acceptance.base import worth
from agents.tactics.acceptance.next import Next
from agents.tactics.errors import require_choice, require_number
from agents.tactics.view import View
from market.issues import Values

EXPECTATIONS: Final = ("max", "mean", "const")


@dataclass(frozen=True)
class Combi:
    """AC_next ∨ (AC_time(T) ∧ u(standing) ≥ α), of Baarslag et al. 2014.

    α is what the counterpart's offers let expect: the best (``max``, the paper's MAX^W) or the mean (``mean``, AVG^W) of
    its latest offers, as many as it can still make, or a number (``const``). Where it can make none, anything within the
    limits is better than nothing.

    Attributes
    ----------
    after : float
        T: the part of the session after which α counts, in [0, 1].
    expected : str
        ``max``, ``mean`` or ``const``.
    alpha : float
        The number for ``const``, in [0, 1].
    """

    after: float = 0.9
    expected: str = "max"
    alpha: float = 0.5

    def __post_init__(self) -> None:
        require_number(self, "after", least=0, most=1)
        require_choice(self, "expected", EXPECTATIONS)
        require_number(self, "alpha", least=0, most=1)

    def accepts(self, view: View, bid: Values) -> bool:
        if Next().accepts(view, bid):
            return True
        if view.progress < self.after:
            return False
        return worth(view) >= self._expectation(view) - 1e-12

    def _expectation(self, view: View) -> float:
        if self.expected == "const":
            return self.alpha
        window = view.seat.utilities(view.theirs[-view.turns_left :]) if view.turns_left else []
        if not window:
            return 0.0
        return max(window) if self.expected == "max" else sum(window) / len(window)
