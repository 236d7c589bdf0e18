"""The negotiation domain Ω = Q × T: how much, and when it comes back.

It knows no agent: the utility of its contracts is computed elsewhere (``agents.loans.space``).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agents.loans.errors import DomainError

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class LoanDomain:
    """CREATE-Negotiation-Domain(Q, T): every contract ω = (q, τ).

    Attributes
    ----------
    quantities : tuple of float
        Q [kWh], ascending, symmetric about 0, with 0.0 once. Contracts with q = 0 are no deal, whatever their τ.
    return_times : tuple of int
        T [intervals], ascending, >= 1.

    Raises
    ------
    DomainError
        Where one of these rules is broken.
    """

    quantities: tuple[float, ...]
    return_times: tuple[int, ...]

    def __post_init__(self) -> None:
        if not all(math.isfinite(q) for q in self.quantities):
            raise DomainError("quantities", self.quantities, "finite numbers of kWh")
        if any(b <= a for a, b in zip(self.quantities, self.quantities[1:], strict=False)):
            raise DomainError("quantities", self.quantities, "kWh in ascending order, none twice")
        if 0.0 not in self.quantities:
            raise DomainError("quantities", self.quantities, "0.0 among them: no deal")
        if any(a != -b for a, b in zip(self.quantities, reversed(self.quantities), strict=True)):
            raise DomainError(
                "quantities", self.quantities, "with every quantity its opposite: the peer's view"
            )
        if not self.return_times:
            raise DomainError("return_times", self.return_times, "at least one")
        if self.return_times[0] < 1 or any(t != int(t) for t in self.return_times):
            raise DomainError("return_times", self.return_times, "whole intervals, at least 1")
        if any(b <= a for a, b in zip(self.return_times, self.return_times[1:], strict=False)):
            raise DomainError("return_times", self.return_times, "intervals in ascending order, none twice")

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of quantities and of return times, (nq, nt)."""
        return len(self.quantities), len(self.return_times)

    @property
    def zero(self) -> int:
        """Index of q = 0 among the quantities: no deal (Definition 6)."""
        return len(self.quantities) // 2

    @property
    def unique(self) -> int:
        """Number of different contracts, no deal counted once."""
        return (len(self.quantities) - 1) * len(self.return_times) + 1

    def contract(self, index: int) -> tuple[float, int]:
        """(q [kWh], τ [intervals]) of a flat index."""
        row, column = divmod(index, len(self.return_times))
        return self.quantities[row], self.return_times[column]

    def limited(self, kwh: float) -> BoolArray:
        """Mask, shape (nq, nt), of the contracts that the pair's link can carry: |q| ≤ z·L_ij (Eq. 6) [kWh]."""
        # A multiple of 0.1 may lie a last bit above the limit that it equals.
        inside = np.abs(np.array(self.quantities)) <= kwh * (1 + 1e-12)
        return np.repeat(inside[:, None], len(self.return_times), axis=1)

    def returning_by(self, last_tau: int) -> BoolArray:
        """Mask, shape (nq, nt), of the contracts that return within ``last_tau`` intervals."""
        inside = np.array(self.return_times) <= last_tau
        return np.repeat(inside[None, :], len(self.quantities), axis=0)


def default_domain(
    horizon: int = 96, *, step: float = 0.1, most: int = 7, first_return: int = 1
) -> LoanDomain:
    """Q = {−most … most} × step [kWh], T = {first_return … horizon − 1}; the paper's T starts at 2."""
    if horizon < 2:
        raise DomainError("horizon", horizon, "at least 2 intervals")
    return LoanDomain(
        tuple(round(k * step, 12) for k in range(-most, most + 1)), tuple(range(first_return, horizon))
    )


def seen_by_peer(utilities: FloatArray) -> FloatArray:
    """A table over (q, τ), shape (…, nq, nt), over the same contracts seen from the other side: q changes its sign."""
    return utilities[..., ::-1, :]
