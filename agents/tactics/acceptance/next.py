"""AC_next(α, β): take what is about as good as one's own next offer."""

from dataclasses import dataclass

from agents.tactics.acceptance.base import worth
from agents.tactics.errors import require_number
from agents.tactics.view import View
from market.issues import Values


@dataclass(frozen=True)
class Next:
    """α · u(standing) + β ≥ u(own next offer), of Baarslag et al. 2014.

    Attributes
    ----------
    alpha : float
        Scale, > 0.
    beta : float
        What a side gives up to have a deal now, in utility.
    """

    alpha: float = 1.0
    beta: float = 0.0

    def __post_init__(self) -> None:
        require_number(self, "alpha", least=0, open_low=True)
        require_number(self, "beta", least=-1, most=1)

    def accepts(self, view: View, bid: Values) -> bool:
        return self.alpha * worth(view) + self.beta >= view.seat.utilities([bid])[0] - 1e-12
