"""The hardliner: the best it can get, whatever happens."""

from dataclasses import dataclass

from agents.tactics.view import View
from market.issues import Values


@dataclass(frozen=True)
class Hardline:
    """Never concedes; a control ("hardheaded" at its extreme, Faratin's κ = 0 and β → 0)."""

    def bid(self, view: View) -> Values:
        return view.space[0]
