"""What came of a session, as one row of figures, and what of many, with intervals. Only figures: nobody plays by them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.judging.domains import BUYER, SELLER
from learning.judging.errors import JudgingError
from learning.judging.matches import LOANS, TRADES, AnyMatch
from learning.judging.play import Played
from market.measures import (
    distance,
    distance_to_frontier,
    kalai,
    kalai_smorodinsky,
    nash_solution,
    pareto_frontier,
)

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Point = tuple[float, float]
"""Utilities of (seller, buyer)."""

NO_DEAL: Final[Point] = (0.0, 0.0)
RESAMPLES: Final = 2000
LEVEL: Final = 0.95


@dataclass(frozen=True)
class Landmarks:
    """What a match could have come to, in utilities of (seller, buyer); None where nobody could gain."""

    frontier: tuple[Point, ...]
    """Pareto-efficient outcomes, by the seller's utility, ascending."""
    nash: Point | None
    kalai_smorodinsky: Point | None
    kalai: Point | None


def landmarks(match: AnyMatch) -> Landmarks:
    """The frontier and the bargaining solutions of a match."""
    first, second = match.space
    if first.size == 0:
        return Landmarks((), None, None, None)

    def point(index: int | None) -> Point | None:
        return None if index is None else (float(first[index]), float(second[index]))

    efficient = pareto_frontier(first, second)
    return Landmarks(
        frontier=tuple(
            sorted({(float(a), float(b)) for a, b in zip(first[efficient], second[efficient], strict=True)})
        ),
        nash=point(nash_solution(first, second)),
        kalai_smorodinsky=point(kalai_smorodinsky(first, second)),
        kalai=point(kalai(first, second)),
    )


@dataclass(frozen=True, kw_only=True)
class SessionRow:
    """One session; about a loan, the seller is the first home and the buyer the second. Utilities are 1 at a side's best, 0 without a deal; distances are Euclidean in the two utilities."""

    domain: int
    kind: str
    """``trades`` or ``loans``."""
    seed: int
    seller: str
    buyer: str
    seller_opens: bool
    agreed: bool
    price: int | None
    energy: int | None
    """Of a trade."""
    quantity: int | None
    """Tenths of a kWh that the first home lends; below 0, that it borrows."""
    return_after: int | None
    """Intervals."""
    rounds: int
    """Offers made."""
    max_rounds: int
    seller_utility: float
    buyer_utility: float
    welfare: float
    """Sum of both."""
    seller_violation: bool
    """The strategy wanted a deal beyond its owner's limits, which ended the session; or it has one worth less than none."""
    buyer_violation: bool
    fault: str
    """What ended the session as a strategy's own fault, as "seller: …"; empty if nothing did."""
    to_pareto: float | None
    """From the outcome, (0, 0) without a deal, to the nearest efficient one."""
    to_nash: float | None
    to_kalai_smorodinsky: float | None
    to_kalai: float | None


def measure(played: Played, marks: Landmarks, *, seed: int, seller: str, buyer: str) -> SessionRow:
    """The row of a session that is over."""
    match, values = played.match, played.values
    trade, loan = (values if match.kind == kind else None for kind in (TRADES, LOANS))
    point = NO_DEAL
    if values is not None:
        outcome = np.array([values], np.int64)
        point = (
            float(match.utility_of(SELLER).of(outcome)[0]),
            float(match.utility_of(BUYER).of(outcome)[0]),
        )

    def to(other: Point | None) -> float | None:
        return None if other is None else distance(point, other)

    frontier = np.array(marks.frontier, np.float64)
    who = {SELLER: "seller", BUYER: "buyer", None: ""}[played.withdrawn_by]
    return SessionRow(
        domain=match.number,
        kind=match.kind,
        seed=seed,
        seller=seller,
        buyer=buyer,
        seller_opens=match.seller_opens,
        agreed=values is not None,
        price=None if trade is None else trade[0],
        energy=None if trade is None else trade[1],
        quantity=None if loan is None else loan[0],
        return_after=None if loan is None else loan[1],
        rounds=played.rounds,
        max_rounds=match.max_rounds,
        seller_utility=point[SELLER],
        buyer_utility=point[BUYER],
        welfare=sum(point),
        seller_violation=played.beyond_limits(SELLER) or point[SELLER] < -1e-9,
        buyer_violation=played.beyond_limits(BUYER) or point[BUYER] < -1e-9,
        fault=f"{who}: {played.reason}" if played.reason else "",
        to_pareto=distance_to_frontier(point, frontier[:, 0], frontier[:, 1]) if len(frontier) else None,
        to_nash=to(marks.nash),
        to_kalai_smorodinsky=to(marks.kalai_smorodinsky),
        to_kalai=to(marks.kalai),
    )


@dataclass(frozen=True)
class Estimate:
    """A mean with its interval; None where there is nothing to average, or too few domains for an interval."""

    mean: float | None
    low: float | None = None
    high: float | None = None


def bootstrap(
    values: Sequence[float],
    groups: Sequence[int],
    *,
    seed: int,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
) -> Estimate:
    """The mean of ``values`` with a percentile bootstrap interval, whole groups being drawn with replacement.

    Sessions in one domain are alike, so that drawing single ones would make intervals too narrow. The groups are
    numbered anew in ascending order, and equal seeds draw equal groups: intervals over the same domains compare.

    Parameters
    ----------
    values, groups
        One of each a session: what is averaged, and its domain.
    level
        Of the interval, in (0, 1).
    """
    if not 0 < level < 1:
        raise JudgingError("level", level, "between 0 and 1")
    if len(values) != len(groups):
        raise JudgingError("groups", len(groups), f"{len(values)}, as many as values")
    if not len(values):
        return Estimate(None)
    array = np.asarray(values, np.float64)
    if not np.isfinite(array).all():
        raise JudgingError("values", "NaN or an infinity", "finite numbers")
    _, places = np.unique(np.asarray(groups, np.int64), return_inverse=True)
    count = int(places.max()) + 1
    mean = float(array.mean())
    if count < 2:
        return Estimate(mean)
    sums, sizes = np.bincount(places, array, count), np.bincount(places, minlength=count)
    drawn = np.random.default_rng(seed).integers(count, size=(resamples, count))
    means = sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(mean, float(low), float(high))


@dataclass(frozen=True, kw_only=True)
class StrategyRow:
    """One strategy over all its sessions, in both seats and against itself too."""

    strategy: str
    sessions: int
    utility: Estimate
    """Over all, 0 without an agreement."""
    utility_agreed: Estimate
    opponent: Estimate
    """What its opponents got."""
    agreement: Estimate
    """Share of sessions."""
    welfare: Estimate
    to_pareto: Estimate
    to_nash: Estimate
    to_kalai_smorodinsky: Estimate
    to_kalai: Estimate
    time: Estimate
    """Offers until agreement, as a share of the session's most."""
    violations: int
    """Of individual rationality, its own."""
    faults: int
    """Sessions that it ended by another error of its own."""


def summarise(name: str, rows: Sequence[SessionRow], *, seed: int) -> StrategyRow:
    """The figures of the strategy ``name``; where it played itself, each seat counts."""
    seats = [(row, side) for side in (SELLER, BUYER) for row in rows if (row.seller, row.buyer)[side] == name]
    if not seats:
        raise JudgingError("strategy", repr(name), "one that has played")

    def mean(figures: Sequence[tuple[float | None, int]]) -> Estimate:
        known = [(value, domain) for value, domain in figures if value is not None]
        return bootstrap([value for value, _ in known], [domain for _, domain in known], seed=seed)

    agreed = [(row, side) for row, side in seats if row.agreed]

    def utility(row: SessionRow, side: int) -> float:
        return (row.seller_utility, row.buyer_utility)[side]

    def violated(row: SessionRow, side: int) -> bool:
        return (row.seller_violation, row.buyer_violation)[side]

    return StrategyRow(
        strategy=name,
        sessions=len(seats),
        utility=mean([(utility(row, side), row.domain) for row, side in seats]),
        utility_agreed=mean([(utility(row, side), row.domain) for row, side in agreed]),
        opponent=mean([(utility(row, 1 - side), row.domain) for row, side in seats]),
        agreement=mean([(float(row.agreed), row.domain) for row, _ in seats]),
        welfare=mean([(row.welfare, row.domain) for row, _ in seats]),
        to_pareto=mean([(row.to_pareto, row.domain) for row, _ in seats]),
        to_nash=mean([(row.to_nash, row.domain) for row, _ in seats]),
        to_kalai_smorodinsky=mean([(row.to_kalai_smorodinsky, row.domain) for row, _ in seats]),
        to_kalai=mean([(row.to_kalai, row.domain) for row, _ in seats]),
        time=mean([(row.rounds / row.max_rounds, row.domain) for row, _ in agreed]),
        violations=sum(violated(row, side) for row, side in seats),
        faults=sum(
            row.fault.startswith(("seller:", "buyer:")[side]) and not violated(row, side)
            for row, side in seats
        ),
    )


def payoffs(names: Sequence[str], rows: Sequence[SessionRow]) -> FloatArray:
    """The symmetric game's payoffs, shape (n, n): what ``names[i]`` gets from ``names[j]``, averaged over both seats.

    Each seat counts half, however many sessions it has; NaN where a pair never played in one of the seats.
    """
    place = {name: i for i, name in enumerate(names)}
    sums, counts = np.zeros((2, len(names), len(names))), np.zeros((2, len(names), len(names)))
    for row in rows:
        if row.seller in place and row.buyer in place:
            i, j = place[row.seller], place[row.buyer]
            sums[SELLER, i, j] += row.seller_utility
            sums[BUYER, j, i] += row.buyer_utility
            counts[SELLER, i, j] += 1
            counts[BUYER, j, i] += 1
    means = np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0)
    halves: FloatArray = means.mean(axis=0)
    return halves
