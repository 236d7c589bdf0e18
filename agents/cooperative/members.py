"""A member of the cooperative: a prosumer's model, where its battery starts, what it aspires to, how it errs."""

import math
from dataclasses import dataclass

from agents.cooperative.errors import MemberError
from agents.loans.model import ProsumerModel
from energy.battery import SOC_TOLERANCE_KWH
from energy.forecast import ForecastError


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One prosumer.

    Attributes
    ----------
    name : str
        As pictures and messages call it.
    model : ProsumerModel
        Battery, criteria with their private weights, and control.
    initial_soc_kwh : float
        State of charge at the start of the week [kWh], within the battery's window.
    aspiration_quantile : float
        Quantile of its utility over the domain that it aspires to (Definition 2), in [0, 1].
    error : ForecastError
        Sizes of its forecasts' errors by lag, as fractions of `error_scale_kwh`.
    error_scale_kwh : float
        What those fractions refer to [kWh an interval], >= 0.

    Raises
    ------
    MemberError
        Where one of these rules is broken.
    """

    name: str
    model: ProsumerModel
    initial_soc_kwh: float
    aspiration_quantile: float
    error: ForecastError
    error_scale_kwh: float

    def __post_init__(self) -> None:
        lo, hi = self.model.battery.lo_kwh, self.model.battery.hi_kwh
        if not lo - SOC_TOLERANCE_KWH <= self.initial_soc_kwh <= hi + SOC_TOLERANCE_KWH:
            raise MemberError("initial_soc_kwh", self.initial_soc_kwh, f"kWh in [{lo!r}, {hi!r}]")
        if not 0 <= self.aspiration_quantile <= 1:
            raise MemberError("aspiration_quantile", self.aspiration_quantile, "a quantile in [0, 1]")
        if not (math.isfinite(self.error_scale_kwh) and self.error_scale_kwh >= 0):
            raise MemberError("error_scale_kwh", self.error_scale_kwh, "finite and at least 0 kWh")
