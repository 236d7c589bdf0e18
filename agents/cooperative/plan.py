"""What a week is: its periods, how far ahead agents look, what they may agree on, and what links carry (Table 2)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from agents.cooperative.errors import LinkError, PlanError
from agents.loans.domain import LoanDomain

FloatArray = NDArray[np.float64]

BYTES_PER_NEED = 8


@dataclass(frozen=True, slots=True)
class LinkLimits:
    """Most energy that a pair may exchange in one interval: z · L of Eq. 6.

    Attributes
    ----------
    most_kwh : ndarray, shape (n, n), or None
        Symmetric, >= 0 [kWh]; None: unlimited.
    """

    most_kwh: FloatArray | None = None

    def __post_init__(self) -> None:
        if self.most_kwh is None:
            return
        limits = np.array(self.most_kwh, np.float64)
        if limits.ndim != 2 or limits.shape[0] != limits.shape[1]:
            raise LinkError("most_kwh", limits.shape, "shape (n, n)")
        wrong = np.isnan(limits) | (limits < 0)
        if wrong.any():
            raise LinkError("most_kwh", float(limits[wrong][0]), "at least 0 kWh")
        if not np.array_equal(limits, limits.T):
            raise LinkError("most_kwh", "two limits of one link", "the same limit in both directions")
        limits.flags.writeable = False
        object.__setattr__(self, "most_kwh", limits)

    @classmethod
    def of(cls, limits_kw: ArrayLike, *, efficiency: float, interval_h: float) -> "LinkLimits":
        """From L_ij in kW, shape (n, n), and the link efficiency z in (0, 1]."""
        if not 0 < efficiency <= 1:
            raise LinkError("efficiency", efficiency, "a link efficiency z in (0, 1]")
        return cls(np.asarray(limits_kw, np.float64) * (efficiency * interval_h))


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekPlan:
    """Everything about a week that is common knowledge.

    Attributes
    ----------
    domain : LoanDomain
        Ω = Q × T, what may be agreed on. A loan whose return would fall after the last period is outside it.
    periods : int
        T, intervals that are simulated.
    horizon : int
        w, intervals that an agent looks ahead; more than the longest return time.
    scenarios : int
        |S| of Eq. 14.
    deadline : int
        Rounds after which a session fails (Definition 4).
    links : LinkLimits
        Eq. 6.
    memory_mib : float
        What one period's scenarios of all agents may take together [MiB].

    Raises
    ------
    PlanError
        Where one of these rules is broken.
    """

    domain: LoanDomain
    periods: int = 672
    horizon: int = 96
    scenarios: int = 100
    deadline: int = 5000
    links: LinkLimits = LinkLimits()
    memory_mib: float = 1024.0

    def __post_init__(self) -> None:
        for key in ("periods", "horizon", "scenarios", "deadline"):
            if getattr(self, key) < 1:
                raise PlanError(key, getattr(self, key), "a whole number, at least 1")
        longest = max(self.domain.return_times)
        if self.horizon <= longest:
            raise PlanError("horizon", self.horizon, f"more than the longest return time τ = {longest}")

    def check(self, agents: int) -> None:
        """Refuse what does not fit `agents` agents.

        Raises
        ------
        PlanError
            If the scenarios of one period need more than `memory_mib`, or links are those of other agents.
        """
        most = int(self.memory_mib * 2**20) // (agents * self.horizon * BYTES_PER_NEED)
        if self.scenarios > most:
            rule = (
                f"at most {most}, what {self.memory_mib:g} MiB hold of {agents} agents × {self.horizon} steps"
            )
            raise PlanError("scenarios", self.scenarios, rule)
        limits = self.links.most_kwh
        if limits is not None and len(limits) != agents:
            raise PlanError("links", limits.shape, f"shape ({agents}, {agents})")
