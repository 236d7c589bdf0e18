"""Which opponents a batch of sessions has, by name and acceptance, and what its kernels take for them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from agents.tactics.acceptance.combi import EXPECTATIONS, Combi
from agents.tactics.acceptance.const import Const
from agents.tactics.acceptance.lowest import Lowest
from agents.tactics.acceptance.next import Next
from agents.tactics.acceptance.time import Time
from agents.tactics.bidding.time import conceded
from learning.core import IntArray
from learning.session.bank import BankError, FloatArray
from learning.session.step import BETAS
from learning.session.tactics import (
    AFTER,
    ALPHA,
    BETA,
    COMBI,
    CONST,
    EXPECTED,
    LOWEST,
    NEXT,
    RULE,
    TIME,
)

Acceptance = Next | Const | Time | Combi | Lowest

OPPONENTS: Final = (
    "boulware",
    "linear",
    "conceder",
    "micro",
    "hardliner",
    "random",
    "aspiration",
    "resource",
    "micro-rushed",
    "tit-for-tat-relative",
    "tit-for-tat-absolute",
    "tit-for-tat-averaged",
    "nash",
)
"""Bidding by name, in the order of the kernel's kinds: as ``agents.tactics.table.TABLE_STRATEGIES``, all but ``nash``, which has
the frequency model, without an opponent model; and the paper's lender."""
POOL: Final = OPPONENTS[:7]
"""Those that are met unless others are named."""
PATIENCE: Final = 8.0
"""Of the resource-dependent one."""


@dataclass(frozen=True)
class Opponent:
    """Bidding by name, and an acceptance condition; ``aspiration`` has its own."""

    bidding: str
    acceptance: Acceptance = field(default_factory=Next)


def opponents_of(named: Sequence[str | Opponent]) -> tuple[Opponent, ...]:
    """Opponents, a name alone with AC_next.

    Raises
    ------
    BankError
        If there is none, one is unknown, or one with an acceptance of its own has another.
    """
    found = tuple(Opponent(each) if isinstance(each, str) else each for each in named)
    unknown = [each.bidding for each in found if each.bidding not in OPPONENTS]
    if unknown or not found:
        raise BankError("opponents", unknown or "none", f"names of {', '.join(OPPONENTS)}")
    for each in found:
        if each.bidding == "aspiration" and each.acceptance != Next():
            raise BankError("opponents", f"aspiration with {each.acceptance}", "its own acceptance")
    return found


def kinds_of(opponents: Sequence[Opponent]) -> IntArray:
    """(opponents,) the kernel's kinds."""
    return np.array([OPPONENTS.index(each.bidding) for each in opponents], np.int64)


def rules_of(opponents: Sequence[Opponent]) -> FloatArray:
    """(opponents, RULE) of their acceptance, as ``learning.session.tactics.accepts`` reads it."""
    rules = np.zeros((len(opponents), RULE))
    for rule, each in zip(rules, opponents, strict=True):
        match each.acceptance:
            case Next(alpha, beta):
                rule[0], rule[ALPHA], rule[BETA] = NEXT, alpha, beta
            case Const(alpha):
                rule[0], rule[ALPHA] = CONST, alpha
            case Time(after):
                rule[0], rule[AFTER] = TIME, after
            case Combi(after, expected, alpha):
                rule[0], rule[AFTER], rule[ALPHA] = COMBI, after, alpha
                rule[EXPECTED] = EXPECTATIONS.index(expected)
            case Lowest():
                rule[0] = LOWEST
    return rules


def conceded_by_time(max_rounds: int) -> FloatArray:
    """(plans, times) share of its range that each opponent has given up that goes by the clock alone."""
    last = max(1, max_rounds - 1)
    times = range(max_rounds + 1)
    rows = [
        [conceded(min(1.0, t / last), beta=beta, kappa=0.0, family="polynomial") for t in times]
        for beta in BETAS
    ]
    rows.append([math.exp(-PATIENCE / t) if t else 0.0 for t in times])
    return np.array(rows)
