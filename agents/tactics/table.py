"""A seat of scripted tactics over a table of utilities: loans are worth what a model says, outcome by outcome."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from agents.strategy import Stake
from agents.tactics.acceptance.base import Acceptance
from agents.tactics.acceptance.combi import Combi
from agents.tactics.acceptance.lowest import Lowest
from agents.tactics.acceptance.next import Next
from agents.tactics.bidding.base import Bidding
from agents.tactics.bidding.behaviour import AbsoluteTitForTat, AveragedTitForTat, RelativeTitForTat
from agents.tactics.bidding.hardliner import Hardline
from agents.tactics.bidding.micro import Micro, RushedMicro
from agents.tactics.bidding.nash import NashAiming
from agents.tactics.bidding.random import Random
from agents.tactics.bidding.resource import ResourceDependent
from agents.tactics.bidding.time import TimeDependent
from agents.tactics.models.base import Model, Unknown
from agents.tactics.models.frequency import Frequency
from agents.tactics.negotiator import Composed
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


@dataclass(frozen=True)
class Parts:
    """A strategy over a table of utilities."""

    bidding: Bidding
    acceptance: Acceptance = field(default_factory=Next)
    model: Model = field(default_factory=Unknown)

    def seated(self, seat: TableSeat) -> Composed:
        """One side of one session."""
        return Composed(seat, self.bidding, self.acceptance, self.model)


TABLE_STRATEGIES: Final[Mapping[str, Parts]] = {
    "boulware": Parts(TimeDependent(beta=0.2)),
    "linear": Parts(TimeDependent(beta=1.0)),
    "conceder": Parts(TimeDependent(beta=4.0)),
    "hardliner": Parts(Hardline()),
    "micro": Parts(Micro(), Lowest()),
    "micro-rushed": Parts(RushedMicro(), Lowest()),
    "nash": Parts(NashAiming(), Combi(), Frequency()),
    "random": Parts(Random()),
    "resource": Parts(ResourceDependent(resource="patience", amount=8.0), Combi(), Frequency()),
    "tit-for-tat-absolute": Parts(AbsoluteTitForTat(by="utility", noise=1), Combi(), Frequency()),
    "tit-for-tat-averaged": Parts(AveragedTitForTat(by="utility"), Combi(), Frequency()),
    "tit-for-tat-relative": Parts(RelativeTitForTat(by="utility"), Combi(), Frequency()),
}
"""The strategies of the literature where outcomes are worth what a table says: they concede on utility, as an issue by itself
has no better and worse there."""
