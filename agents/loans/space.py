"""GENERATE-Contract-Space and CALCULATE-Utility (Algorithms 2 and 3): what every contract is worth to one prosumer.

The utility is EU of Eq. 14, the mean over equally likely scenarios of −Σ_c λ_c·cost_c (Eqs. 9 and 13). This is the one
place where the kernel is chosen: weighted sums of linear criteria under the greedy dispatch have a fast one
(``agents.loans.linear``), all else is simulated (``agents.loans.generic``). The results agree to rounding.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agents.loans.control import greedy_step, limits_of
from agents.loans.criteria import Rates
from agents.loans.domain import LoanDomain
from agents.loans.errors import ModelError, SpaceError
from agents.loans.generic import generic_space
from agents.loans.linear import linear_space
from agents.loans.memory import require_room
from agents.loans.model import ProsumerModel
from energy.battery import SOC_TOLERANCE_KWH

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ContractSpace:
    """What each contract is worth (Definition 1; who negotiates orders it).

    ``utilities`` has shape (nq, nt), the owner's view of q; ``no_deal`` is the utility of q = 0 (Definitions 5 and 6),
    which stands in every column of its row too.
    """

    utilities: FloatArray
    no_deal: float


def contract_space(
    model: ProsumerModel,
    *,
    soc_kwh: float,
    needs: FloatArray,
    domain: LoanDomain,
    initial_soc_kwh: float | None = None,
) -> ContractSpace:
    """Utilities of all contracts of ``domain``.

    Parameters
    ----------
    soc_kwh : float
        State of charge now [kWh].
    needs : array, shape (S, w)
        Needs of the scenarios [kWh per interval], positive: a deficit; with every leg of earlier loans in them.
    initial_soc_kwh : float, optional
        The state of charge that Θ goes back to [kWh]; ``soc_kwh`` unless given.

    Raises
    ------
    SpaceError
        Where an argument breaks a rule, such as a horizon that a return time lies beyond.
    ModelError
        Where a criterion gives rates of another horizon, or costs that are not finite.
    """
    # One kind of argument, so that kernels are compiled once.
    soc_kwh = float(soc_kwh)
    first = soc_kwh if initial_soc_kwh is None else float(initial_soc_kwh)
    needs = _checked(model, soc_kwh, first, needs, domain)
    quantities, return_times = np.array(domain.quantities), np.array(domain.return_times, np.int64)
    rates = weighted_rates(model, needs.shape[1]) if model.control.step is greedy_step else None
    if rates is None:
        costs = generic_space(model, soc_kwh, first, needs, quantities, return_times)
    else:
        limits = limits_of(model.battery)
        costs = linear_space(rates, limits, soc_kwh, first, needs, quantities, return_times)
    utilities = -costs
    if not np.isfinite(utilities).all():
        names = ", ".join(type(criterion).__name__ for criterion in model.criteria)
        raise ModelError("criteria", names, "finite costs of every contract")
    no_deal = float(utilities[domain.zero, 0])
    utilities[domain.zero] = no_deal
    return ContractSpace(utilities, no_deal)


def weighted_rates(model: ProsumerModel, horizon: int) -> Rates | None:
    """Σ_c λ_c·cost_c (Eq. 9) as one set of rates; None where a criterion is not linear."""
    total = Rates.constant(horizon)
    for criterion, weight in zip(model.criteria, model.weights, strict=True):
        rates = criterion.rates(model.battery, horizon)
        if rates is None:
            return None
        rates.check(type(criterion).__name__, horizon)
        total = total.plus(rates, weight)
    return total


def _checked(
    model: ProsumerModel, soc_kwh: float, first: float, needs: FloatArray, domain: LoanDomain
) -> FloatArray:
    given = np.asarray(needs)
    if given.ndim != 2 or given.size == 0:
        raise SpaceError("needs", given.shape, "shape (scenarios, horizon), at least one of each")
    if given.dtype != np.float64 or not (given.flags.c_contiguous and given.flags.writeable):
        require_room(*given.shape)  # for the copy
    needs = np.require(given, np.float64, ("C", "W"))
    last = domain.return_times[-1]
    if last >= needs.shape[1]:
        raise SpaceError("needs", needs.shape, f"a horizon of more than {last} intervals, the longest τ")
    if not np.isfinite(needs).all():
        raise SpaceError("needs", float(needs[~np.isfinite(needs)][0]), "finite kWh")
    lo, hi = model.battery.lo_kwh - SOC_TOLERANCE_KWH, model.battery.hi_kwh + SOC_TOLERANCE_KWH
    for key, value in (("soc_kwh", soc_kwh), ("initial_soc_kwh", first)):
        if not lo <= value <= hi:
            raise SpaceError(key, value, f"kWh in [{model.battery.lo_kwh!r}, {model.battery.hi_kwh!r}]")
    return needs
