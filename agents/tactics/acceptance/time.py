"""AC_time(T): take anything within the limits, late."""

from dataclasses import dataclass

from agents.tactics.errors import require_number
from agents.tactics.view import View
from market.issues import Values


@dataclass(frozen=True)
class Time:
    """Once the part ``after`` of the session is over, in [0, 1]: AC_time of Baarslag et al. 2014."""

    after: float = 0.98

    def __post_init__(self) -> None:
        require_number(self, "after", least=0, most=1)

    def accepts(self, view: View, bid: Values) -> bool:
        del bid
        return view.progress >= self.after
