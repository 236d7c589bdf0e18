"""Who meets whom: pairs of a seller and a buyer for the sessions of a step.

A matcher sees only what is public: names and the side and amount that each announces.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Announcement:
    """What a trader announces for a delivery interval: base units to sell (positive) or to buy (negative)."""

    name: str
    amount: int


Pair = tuple[str, str]
"""Names of seller and buyer."""

Matcher = Callable[[Sequence[Announcement], frozenset[Pair], np.random.Generator], list[Pair]]
"""(announcements, pairs that met already in this step, randomness) → disjoint pairs that have not met."""


def _sides(announcements: Sequence[Announcement]) -> tuple[list[Announcement], list[Announcement]]:
    ordered = sorted(announcements, key=lambda a: a.name)
    return [a for a in ordered if a.amount > 0], [a for a in ordered if a.amount < 0]


def _greedy(
    sellers: Sequence[Announcement], buyers: Sequence[Announcement], met: frozenset[Pair]
) -> list[Pair]:
    """Each seller in turn takes the first buyer who is free and whom it has not met."""
    pairs: list[Pair] = []
    free = list(buyers)
    for seller in sellers:
        for buyer in free:
            if (seller.name, buyer.name) not in met:
                pairs.append((seller.name, buyer.name))
                free.remove(buyer)
                break
    return pairs


def largest_first(
    announcements: Sequence[Announcement], met: frozenset[Pair], rng: np.random.Generator
) -> list[Pair]:
    """The largest surplus meets the largest deficit, and so on down; ties by name."""
    sellers, buyers = _sides(announcements)
    return _greedy(
        sorted(sellers, key=lambda a: (-a.amount, a.name)),
        sorted(buyers, key=lambda a: (a.amount, a.name)),
        met,
    )


def at_random(
    announcements: Sequence[Announcement], met: frozenset[Pair], rng: np.random.Generator
) -> list[Pair]:
    """Sellers and buyers meet in a random order."""
    sellers, buyers = _sides(announcements)
    return _greedy(
        [sellers[i] for i in rng.permutation(len(sellers))],
        [buyers[i] for i in rng.permutation(len(buyers))],
        met,
    )


MATCHERS: Mapping[str, Matcher] = {"largest-first": largest_first, "random": at_random}
