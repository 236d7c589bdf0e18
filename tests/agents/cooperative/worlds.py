"""Small cooperatives for tests."""

import numpy as np
from numpy.typing import NDArray

from agents.cooperative.members import Member
from agents.cooperative.plan import WeekPlan
from agents.loans.domain import LoanDomain
from agents.loans.model import ProsumerModel
from energy.battery import Battery
from energy.forecast import ForecastError

FloatArray = NDArray[np.float64]

SMALL = LoanDomain((-0.4, -0.2, 0.0, 0.2, 0.4), (1, 2, 4, 5))


def homes(n: int, *, seed: int = 0, quantile: float = 0.55) -> list[Member]:
    """Homes that differ in battery, weights and state of charge."""
    rng = np.random.default_rng((seed, 77))
    members = []
    for i in range(n):
        battery = Battery(
            capacity_kwh=float(rng.uniform(1.0, 3.0)),
            efficiency=float(rng.uniform(0.75, 0.95)),
            degradation_per_step=float(rng.choice([0.0, 0.0004])),
        )
        first = float(rng.choice([0.33, 0.5, 0.67]))
        members.append(
            Member(
                name=f"home-{i}",
                model=ProsumerModel(battery=battery, weights=(first, 1 - first)),
                initial_soc_kwh=float(rng.uniform(battery.lo_kwh, battery.hi_kwh)),
                aspiration_quantile=quantile,
                error=ForecastError(first=0.05, last=0.3, rise=3.0, correlation=0.6),
                error_scale_kwh=0.2,
            )
        )
    return members


def needs(n: int, length: int, *, seed: int = 0) -> FloatArray:
    """Net demand with surplus and deficit in different places, shape (n, length) [kWh]."""
    rng = np.random.default_rng((seed, 78))
    phase = rng.uniform(0, 2 * np.pi, (n, 1))
    return np.asarray(0.5 * np.sin(phase + np.arange(length) / 2) + rng.normal(0, 0.2, (n, length)))


def small_plan(*, periods: int = 8, **changes: object) -> WeekPlan:
    values: dict[str, object] = {"domain": SMALL, "periods": periods, "horizon": 6, "scenarios": 3} | changes
    return WeekPlan(**values)  # type: ignore[arg-type]
