"""Resource-dependent tactics: concede as a resource runs out (Faratin et al. 1998, section 4.2)."""

import math
from dataclasses import dataclass
from typing import Final

from agents.tactics.bidding.pace import Pace, Quantity
from agents.tactics.errors import require_choice, require_number

RESOURCES: Final = ("time", "patience")


@dataclass(frozen=True)
class ResourceDependent(Pace):
    """α = κ + (1 − κ)·e^(−resource), with two of the paper's resources.

    ``time``: max(0, t_max − t), the offers left; nearly all is conceded in the last ones. ``patience``: |N|²/|X|, with
    |N| counterparts and |X| offers exchanged so far; a long session wears it down.

    Attributes
    ----------
    resource : str
        ``time`` or ``patience``.
    amount : float
        Time: how many offers make one unit of the resource; patience: |N|²; > 0.
    kappa : float
        κ: the share conceded while there is plenty, in [0, 1].
    """

    resource: str = "time"
    amount: float = 1.0
    kappa: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require_choice(self, "resource", RESOURCES)
        require_number(self, "amount", least=0, open_low=True)
        require_number(self, "kappa", least=0, most=1)

    def next(self, quantity: Quantity) -> float:
        if self.resource == "time":
            left = max(0.0, quantity.deadline - quantity.time) / self.amount
        else:
            left = self.amount / quantity.time if quantity.time else math.inf
        return quantity.conceded(self.kappa + (1.0 - self.kappa) * math.exp(-left))
