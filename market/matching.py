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


@dataclass(frozen=True, slots=True)
class Choice:
    """Whom a trader wants to meet in a step.

    Attributes
    ----------
    meets : bool
        Whether it wants a session at all; who does not is not announced.
    peer : str or None
        The one it asks for; None: whom the market finds for it.
    """

    meets: bool = True
    peer: str | None = None


ANYONE = Choice()
NOBODY = Choice(meets=False)

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


def asked_for(
    announcements: Sequence[Announcement], asked: Mapping[str, str], met: frozenset[Pair]
) -> list[Pair]:
    """The pairs that came about because one asked for the other, in the order of the announcements.

    Who is asked for meets the first who asks, whomever it wanted itself, if it is on the other side of the market, is in
    no pair yet, and has not met the asker in this step.
    """
    amounts = {a.name: a.amount for a in announcements}
    taken: set[str] = set()
    pairs: list[Pair] = []
    for name, amount in amounts.items():
        other = asked.get(name)
        if other is None or other not in amounts or name in taken or other in taken:
            continue
        if amount * amounts[other] < 0:
            pair = (name, other) if amount > 0 else (other, name)
            if pair not in met:
                pairs.append(pair)
                taken |= {name, other}
    return pairs


def matched(
    announcements: Sequence[Announcement],
    choices: Mapping[str, Choice],
    matcher: Matcher,
    met: frozenset[Pair],
    rng: np.random.Generator,
) -> list[Pair]:
    """Who meets whom: first those who asked for somebody, then, of those who left it open, whom ``matcher`` pairs."""
    present = [a for a in announcements if choices[a.name].meets]
    asked = {name: choice.peer for name, choice in choices.items() if choice.peer is not None}
    pairs = asked_for(present, asked, met)
    taken = {name for pair in pairs for name in pair}
    return pairs + matcher([a for a in present if a.name not in taken and a.name not in asked], met, rng)


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
