"""What an agent wants of a tariff: additive utility over its rates.

The additive model of the paper's section 2, whose equation is lost: the value of a rate falls evenly from 1 at the goal to
0 at the limit, and the utility of an offer p is Σ_k w_k·(p_k − l_k)/(g_k − l_k). It is not cut off: a rate beyond its limit
counts against the offer and may be made good by the others, and one better than its goal counts for more than its weight.
The least acceptable agreement is a utility, by default that of all limits together, 0.
"""

import math
from dataclasses import dataclass
from typing import Final

from agents.community.errors import PreferencesError
from market.issues import Values

SUM_TOLERANCE: Final = 1e-9
"""By how much weights may miss 1 for the floating point's sake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffPreferences:
    """Goals and limits of each rate [token units per Wh], their weights, and the least utility that is acceptable.

    Attributes
    ----------
    goals, limits : tuple of int
        What it would like and the last it would take of each rate by itself; different. A goal below the limit is that
        of who pays the rate, one above it that of who is paid.
    weights : tuple of float
        ≥ 0, sum 1.
    least : float
        Utility of the least acceptable agreement, at most 1.

    Raises
    ------
    PreferencesError
    """

    goals: Values
    limits: Values
    weights: tuple[float, ...]
    least: float = 0.0

    def __post_init__(self) -> None:
        if not self.goals:
            raise PreferencesError("goals", self.goals, "one for each rate, at least one")
        for key in ("limits", "weights"):
            if len(getattr(self, key)) != len(self.goals):
                raise PreferencesError(
                    key, getattr(self, key), f"{len(self.goals)} entries, one for each rate"
                )
        for k, (goal, limit) in enumerate(zip(self.goals, self.limits, strict=True)):
            if goal == limit:
                raise PreferencesError(f"limits[{k}]", limit, f"another rate than the goal, {goal}")
        if not all(math.isfinite(weight) and weight >= 0 for weight in self.weights):
            raise PreferencesError("weights", self.weights, "finite numbers, at least 0")
        if abs(math.fsum(self.weights) - 1) > SUM_TOLERANCE:
            raise PreferencesError("weights", self.weights, f"a sum of 1, not {math.fsum(self.weights):.10g}")
        if not (math.isfinite(self.least) and self.least <= 1):
            raise PreferencesError("least", self.least, "a utility, at most 1")

    @property
    def senses(self) -> tuple[int, ...]:
        """For each rate +1 if more is better, −1 if less is."""
        return tuple(1 if goal > limit else -1 for goal, limit in zip(self.goals, self.limits, strict=True))

    @property
    def slopes(self) -> tuple[float, ...]:
        """s_k = w_k/(g_k − l_k): utility per token unit per Wh of each rate."""
        parts = zip(self.goals, self.limits, self.weights, strict=True)
        return tuple(weight / (goal - limit) for goal, limit, weight in parts)

    def utility(self, rates: Values) -> float:
        """Utility of an offer: 1 at the goals, 0 at the limits. Added up in the order of the rates, as tallies do.

        Raises
        ------
        PreferencesError
            If it has another number of rates.
        """
        if len(rates) != len(self.goals):
            raise PreferencesError("rates", rates, f"{len(self.goals)} rates")
        total = 0.0
        for slope, rate, limit in zip(self.slopes, rates, self.limits, strict=True):
            total += slope * (rate - limit)
        return total

    def accepts(self, rates: Values) -> bool:
        """Whether it is an acceptable agreement: worth at least the least acceptable one."""
        return self.utility(rates) >= self.least
