"""Concession by Eq. 1 on one issue, and the acceptance that goes with it.

Eq. 1 of Kröhling et al., "Automated Negotiation of Smart Contracts for Utility Exchanges between Prosumers in
Eco-Industrial Parks", section 4.2: O_t = ip + (rp − ip)·(t / dl)^(1/cr), with t the number of offers made so far by
both sides. cr < 1 concedes late (boulware), cr = 1 evenly, cr > 1 early (conceder).

The functions here work on plain numbers, so that they can be compiled as they stand; what an agent wants of each issue
and whether it negotiates at all is decided elsewhere (``agents.strategy``, ``agents.prosumer``).
"""

import math
from dataclasses import dataclass
from typing import Final

SLACK: Final = 1e-9
"""Ticks by which a value may miss the grid for the floating point's sake and still be on it."""


class PsiError(ValueError):
    """A negotiation parameter with which Eq. 1 has no meaning; ``exit_code`` is that of bad input."""

    exit_code = 2

    def __init__(self, key: str, found: object, expected: str) -> None:
        self.key, self.found, self.expected = key, found, expected
        super().__init__(f"{key}: found {found!r}, expected {expected}")


@dataclass(frozen=True, slots=True)
class Psi:
    """The negotiation parameters ψ of one issue.

    Attributes
    ----------
    ip, rp : float
        Initial value (the first offer) and reservation value (the last one acceptable), in the issue's unit. They may
        be equal: then nothing is conceded.
    dl : float
        Deadline [offers], > 0.
    cr : float
        Concession rate, > 0.

    Raises
    ------
    PsiError
        Where one of these rules is broken.
    """

    ip: float
    rp: float
    dl: float
    cr: float

    def __post_init__(self) -> None:
        for key in ("ip", "rp", "dl", "cr"):
            value = getattr(self, key)
            if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
                raise PsiError(key, value, "a finite number")
        for key in ("dl", "cr"):
            if getattr(self, key) <= 0:
                raise PsiError(key, getattr(self, key), "more than 0")


def concession(ip: float, rp: float, dl: float, cr: float, t: float) -> float:
    """Eq. 1: the value of an agent at time ``t`` ≥ 0, in the issue's unit; ``rp`` from the deadline on."""
    if t >= dl:
        return rp
    share = t / dl
    if cr != 1.0 and t > 0:  # a power is dear, and these are its own results
        share = share ** (1.0 / cr)
    return float(ip + (rp - ip) * share)


def to_tick(value: float, low: int, high: int, tick: int, sense: int) -> int:
    """``value`` on the grid ``low, low + tick, … ≤ high``, rounded the way its owner concedes.

    ``sense`` is +1 if its owner wants more of the issue and −1 if less. A seller's price is rounded down, a buyer's up:
    an agent that has conceded half a tick has conceded the tick. (Table 1's seller stands at 35.5 token/m³ at step 11
    and takes 35; rounded to the nearest it would not.) Values beyond the grid give its end.
    """
    steps = (value - low) / tick
    whole = math.floor(steps + SLACK) if sense > 0 else math.ceil(steps - SLACK)
    return low + min(max(whole, 0), (high - low) // tick) * tick


def within(reservation: float, low: int, high: int, tick: int, sense: int) -> int:
    """The last grid value that is no worse than ``reservation``: rounded against the concession, never beyond it."""
    return to_tick(reservation, low, high, tick, -sense)


def no_worse(value: float, own: float, sense: int) -> bool:
    """Whether ``value`` is at least as good as ``own`` for who has this ``sense``: the acceptance rule of an issue."""
    return (value - own) * sense >= 0
