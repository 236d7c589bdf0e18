"""MiCRO's acceptance: take what is as good as the worst that one has offered."""

from dataclasses import dataclass

from agents.tactics.acceptance.base import worth
from agents.tactics.view import View
from market.issues import Values


@dataclass(frozen=True)
class Lowest:
    """u(standing) ≥ the least utility among one's offers, the next one included.

    D. de Jonge, "An Analysis of the Linear Bilateral ANAC Domains Using the MiCRO Benchmark Strategy", IJCAI 2022.
    """

    def accepts(self, view: View, bid: Values) -> bool:
        return worth(view) >= min(view.seat.utilities([*view.own, bid])) - 1e-12
