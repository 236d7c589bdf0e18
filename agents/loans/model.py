"""A prosumer as the loan model sees it: its battery, how it drives it, and what it cares for."""

import math
from dataclasses import dataclass

from agents.loans.control import BatteryControl, Greedy
from agents.loans.criteria import Autarky, Criterion, LossInFlexibility
from agents.loans.errors import ModelError
from energy.battery import Battery

GREEDY = Greedy()
"""The control of the paper's agents."""

WEIGHT_TOLERANCE = 1e-9
"""How far weights may miss a sum of 1 and still be meant to have it."""


@dataclass(frozen=True, slots=True)
class ProsumerModel:
    """What decides the utility of a contract (Eq. 9): U = −Σ_c λ_c·cost_c. Private to its owner.

    Attributes
    ----------
    battery : Battery
    criteria : tuple of Criterion
        C1 and C2 unless told otherwise.
    weights : tuple of float
        λ, one for each criterion, >= 0, with sum 1.
    control : BatteryControl

    Raises
    ------
    ModelError
        Where one of these rules is broken.
    """

    battery: Battery
    criteria: tuple[Criterion, ...] = (LossInFlexibility(), Autarky())
    weights: tuple[float, ...] = (0.5, 0.5)
    control: BatteryControl = GREEDY

    def __post_init__(self) -> None:
        if not self.criteria:
            raise ModelError("criteria", self.criteria, "at least one")
        if len(self.weights) != len(self.criteria):
            raise ModelError("weights", self.weights, f"{len(self.criteria)} numbers, one for each criterion")
        if not all(math.isfinite(weight) and weight >= 0 for weight in self.weights):
            raise ModelError("weights", self.weights, "finite numbers, at least 0")
        if abs(math.fsum(self.weights) - 1) > WEIGHT_TOLERANCE:
            raise ModelError("weights", self.weights, f"a sum of 1, not {math.fsum(self.weights)!r}")
