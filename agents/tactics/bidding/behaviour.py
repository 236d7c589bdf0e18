"""Behaviour-dependent tactics: give as the counterpart gave (Faratin et al. 1998, section 4.3).

With y_m its last offer and x the own last one, on one :class:`~agents.tactics.bidding.pace.Quantity`; a counterpart's
offer is measured on the own scale, where y rises as it concedes and x falls, or the other way round on an issue of which
the owner wants less. By default issue by issue, as in the paper: on utility, a counterpart that begins near 0 makes ratios
that say little.
"""

from abc import abstractmethod
from dataclasses import dataclass

from agents.tactics.bidding.pace import Pace, Quantity
from agents.tactics.bidding.time import conceded
from agents.tactics.errors import require_count, require_number


@dataclass(frozen=True)
class Imitation(Pace):
    """What the three tactics share: until there are enough offers to imitate, the clock decides.

    Attributes
    ----------
    lag : int
        δ: how many of its steps back the counterpart is imitated, ≥ 1 (1: its last).
    opening : float
        β of the time-dependent tactic before that, > 0. Two sides that wait for each other would never move.
    """

    by: str = "issue"
    lag: int = 1
    opening: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require_count(self, "lag", least=1)
        require_number(self, "opening", least=0, open_low=True)

    def next(self, quantity: Quantity) -> float:
        """The imitated step, or by the clock."""
        if len(quantity.theirs) <= self.lag or not quantity.own:
            progress = min(1.0, quantity.time / quantity.deadline)
            return quantity.conceded(conceded(progress, beta=self.opening, kappa=0.0, family="polynomial"))
        return self.imitated(quantity)

    @abstractmethod
    def imitated(self, quantity: Quantity) -> float:
        """The next value, there being more than ``lag`` offers of the counterpart."""


@dataclass(frozen=True)
class RelativeTitForTat(Imitation):
    """In proportion: x · y_(m−δ) / y_(m−δ+1). Where these are not both positive, x stays."""

    def imitated(self, quantity: Quantity) -> float:
        before, after = quantity.theirs[-1 - self.lag], quantity.theirs[-self.lag]
        return _scaled(quantity.own[-1], before, after)


@dataclass(frozen=True)
class AbsoluteTitForTat(Imitation):
    """The same step: x + (y_(m−δ) − y_(m−δ+1)), and a random concession on top.

    Attributes
    ----------
    noise : int
        M: the most steps of the random concession R(M), drawn evenly from 0..M. It helps out of a standstill.
    """

    noise: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        require_count(self, "noise", least=0)

    def imitated(self, quantity: Quantity) -> float:
        before, after = quantity.theirs[-1 - self.lag], quantity.theirs[-self.lag]
        extra = int(quantity.rng.integers(0, self.noise + 1)) * quantity.step if self.noise else 0.0
        away = 1.0 if quantity.worst > quantity.best else -1.0
        return quantity.own[-1] + (before - after) + away * extra


@dataclass(frozen=True)
class AveragedTitForTat(Imitation):
    """In proportion to its last ``lag`` steps together (the paper's window γ): x · y_(m−γ) / y_m."""

    lag: int = 2

    def imitated(self, quantity: Quantity) -> float:
        return _scaled(quantity.own[-1], quantity.theirs[-1 - self.lag], quantity.theirs[-1])


def _scaled(own: float, before: float, after: float) -> float:
    return own * before / after if before > 0 and after > 0 else own
