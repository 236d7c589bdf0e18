"""Time-dependent tactics: boulware, linear and conceder (Faratin et al. 1998, section 4.1)."""

import math
from dataclasses import dataclass
from typing import Final

from agents.tactics.bidding.pace import Pace, Quantity
from agents.tactics.errors import PartError, require_choice, require_number

FAMILIES: Final = ("polynomial", "exponential")


def conceded(progress: float, *, beta: float, kappa: float, family: str) -> float:
    """α(t) of Faratin et al.: the share conceded when the part ``progress`` = min(t, t_max)/t_max of the time is over.

    Polynomial: κ + (1 − κ)·progress^(1/β). Exponential: e^((1 − progress)^β · ln κ).
    """
    if family == "exponential":
        return math.exp((1.0 - progress) ** beta * math.log(kappa))
    return float(kappa + (1.0 - kappa) * progress ** (1.0 / beta))


@dataclass(frozen=True)
class TimeDependent(Pace):
    """Concession by the clock.

    Attributes
    ----------
    beta : float
        β: below 1 late (boulware), 1 evenly (linear, polynomial family), above 1 early (conceder), > 0.
    kappa : float
        κ: the share conceded in the first offer, in [0, 1]; above 0 in the exponential family.
    family : str
        ``polynomial`` or ``exponential``.
    deadline : float
        t_max as a part of the session, > 0: 1 is its last offer.
    """

    beta: float = 1.0
    kappa: float = 0.0
    family: str = "polynomial"
    deadline: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require_number(self, "beta", least=0, open_low=True)
        require_number(self, "kappa", least=0, most=1)
        require_choice(self, "family", FAMILIES)
        require_number(self, "deadline", least=0, open_low=True)
        if self.family == "exponential" and self.kappa == 0:
            raise PartError("kappa", self.kappa, "more than 0 in the exponential family")

    def next(self, quantity: Quantity) -> float:
        progress = min(1.0, quantity.time / (self.deadline * quantity.deadline))
        return quantity.conceded(conceded(progress, beta=self.beta, kappa=self.kappa, family=self.family))
