"""Utilities over the outcomes of a domain, as arrays: one number for each outcome, in the order of ``Domain.outcomes``.

A trade's utility against the provider is exact, in token units; an additive utility over several issues is a float. What
agents really prefer is theirs (``agents.preferences``); these tables serve measures, tournaments and tests.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from market.issues import Domain, Values

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

MOST_OUTCOMES: Final = 20_000_000
"""Largest domain that is spelled out: its table of two issues takes 320 MB."""


class UtilityError(ValueError):
    """A domain or a table from which no utilities can be made."""


def outcome_table(domain: Domain) -> IntArray:
    """Every outcome of ``domain``, shape (outcomes, issues), the last issue varying fastest.

    Raises
    ------
    UtilityError
        If there are more than :data:`MOST_OUTCOMES`.
    """
    if len(domain) > MOST_OUTCOMES:
        raise UtilityError(f"domain: found {len(domain)} outcomes, expected at most {MOST_OUTCOMES}")
    axes = [np.asarray(issue.values(), np.int64) for issue in domain.issues]
    return np.stack([axis.reshape(-1) for axis in np.meshgrid(*axes, indexing="ij")], axis=1)


def index_of(domain: Domain, values: Values) -> int:
    """Row of ``values`` in :func:`outcome_table`.

    Raises
    ------
    UtilityError
        If ``values`` is no outcome of the domain.
    """
    if values not in domain:
        raise UtilityError(f"values: found {values}, expected an outcome of the domain")
    row = 0
    for value, issue in zip(values, domain.issues, strict=True):
        row = row * len(issue) + (value - issue.low) // issue.tick
    return row


def seller_gain(price: int, buy_price: int, delivered: int) -> int:
    """What a seller has more than from the provider, token units: (price − buy) × delivered."""
    return (price - buy_price) * delivered


def buyer_gain(price: int, sell_price: int, delivered: int) -> int:
    """What a buyer has more than from the provider, token units: (sell − price) × delivered."""
    return (sell_price - price) * delivered


def trade_gains(domain: Domain, *, buy_price: int, sell_price: int) -> tuple[IntArray, IntArray]:
    """(seller's, buyer's) gain over the provider for every outcome of a trade delivered in full, token units.

    Raises
    ------
    UtilityError
        If the domain is not price and energy, or a gain is beyond 64 bits.
    """
    if len(domain.issues) != 2:
        raise UtilityError(f"domain: found {len(domain.issues)} issues, expected price and energy")
    price, energy = domain.issues
    furthest = max(abs(price.low), abs(price.high)) + max(abs(buy_price), abs(sell_price))
    if furthest * max(abs(energy.low), abs(energy.high)) >= 2**63:
        raise UtilityError(f"domain: found gains up to {furthest} × {energy.high}, expected below 2**63")
    table = outcome_table(domain)
    prices, amounts = table[:, 0], table[:, 1]
    return (prices - buy_price) * amounts, (sell_price - prices) * amounts


def additive(domain: Domain, scores: Sequence[ArrayLike], weights: Sequence[float]) -> FloatArray:
    """Additive utility, shape (outcomes,): Σ weight × the score of the issue's value.

    Parameters
    ----------
    scores
        For each issue one score for each of its values, ascending.
    weights
        One an issue, at least 0, summing to 1.

    Raises
    ------
    UtilityError
    """
    issues = domain.issues
    if len(scores) != len(issues) or len(weights) != len(issues):
        raise UtilityError(
            f"scores, weights: found {len(scores)} and {len(weights)}, expected {len(issues)} of each"
        )
    if min(weights) < 0 or not np.isclose(sum(weights), 1.0, rtol=0, atol=1e-9):
        raise UtilityError(f"weights: found {list(weights)}, expected at least 0 and summing to 1")
    total = np.zeros(())
    for issue, score, weight in zip(issues, scores, weights, strict=True):
        column = np.asarray(score, np.float64)
        if column.shape != (len(issue),) or not np.isfinite(column).all():
            raise UtilityError(
                f"scores of {issue.name}: found shape {column.shape}, expected {len(issue)} finite numbers"
            )
        total = total[..., np.newaxis] + weight * column
    return total.reshape(-1)
