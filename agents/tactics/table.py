"""A seat of scripted tactics over a table of utilities: loans are worth what a model says, outcome by outcome."""

from dataclasses import dataclass

import numpy as np

from agents.strategy import Stake
from agents.tactics.space import Space
from agents.tactics.utility import FloatArray, IntArray
from agents.tactics.view import Seat
from market.issues import Domain, Values


@dataclass(frozen=True)
class Table:
    """Utilities of a domain's outcomes in their order, shape (m,): no deal 0, the best 1, below 0 what is not signed."""

    domain: Domain
    utilities: FloatArray

    def of(self, outcomes: IntArray) -> FloatArray:
        """Shape (n, issues) → (n,)."""
        issues = self.domain.issues
        places = [(outcomes[:, i] - issue.low) // issue.tick for i, issue in enumerate(issues)]
        found: FloatArray = self.utilities[
            np.ravel_multi_index(places, tuple(len(issue) for issue in issues))
        ]
        return found


@dataclass(frozen=True)
class TableSeat(Seat):
    """A seat that signs whatever its table holds to be no worse than no deal; no issue has limits of its own."""

    def __post_init__(self) -> None:
        super().__post_init__()
        good = int((self.space.utilities >= 0).sum())
        object.__setattr__(self, "space", Space(self.space.outcomes[:good], self.space.utilities[:good]))

    def allows(self, values: Values) -> bool:
        """Whether the outcome is worth no less than no deal."""
        return self.utilities([values])[0] >= 0


def table_seat(domain: Domain, utilities: FloatArray, rng: np.random.Generator) -> TableSeat:
    """The seat of who has these utilities, shape (m,)."""
    stakes = tuple(
        Stake(issue, issue.low, issue.low + (len(issue) - 1) * issue.tick, 1) for issue in domain.issues
    )
    return TableSeat(stakes, Table(domain, utilities), rng)
