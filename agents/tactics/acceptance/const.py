"""AC_const(α): take what is good enough."""

from dataclasses import dataclass

from agents.tactics.acceptance.base import worth
from agents.tactics.errors import require_number
from agents.tactics.view import View
from market.issues import Values


@dataclass(frozen=True)
class Const:
    """u(standing) ≥ α, of Baarslag et al. 2014; ``alpha`` in [0, 1]."""

    alpha: float = 0.8

    def __post_init__(self) -> None:
        require_number(self, "alpha", least=0, most=1)

    def accepts(self, view: View, bid: Values) -> bool:
        del bid
        return worth(view) >= self.alpha - 1e-12
