"""When a contract's periods begin, how many hours of each block they have, and how energy is spread over them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

from agents.community.blocks import RateBlocks
from market.issues import Values

HOUR = timedelta(hours=1)


def boundaries(first: date, months: int, zone: ZoneInfo) -> tuple[datetime, ...]:
    """The first instant of each of ``months`` months from ``first`` on, and the one after the last; the zone's clocks."""
    edges = []
    for month in range(months + 1):
        years, place = divmod(first.month - 1 + month, 12)
        edges.append(datetime(first.year + years, place + 1, first.day, tzinfo=zone))
    return tuple(edges)


def hours_of_blocks(
    blocks: RateBlocks, edges: Sequence[datetime], zone: ZoneInfo
) -> tuple[tuple[int, ...], ...]:
    """Hours of each block in each period; one that comes twice counts twice, one that is left out not at all."""
    periods = []
    for first, end in pairwise(edges):
        begin, count = first.astimezone(UTC), (end.astimezone(UTC) - first.astimezone(UTC)) // HOUR
        periods.append(blocks.volumes([1] * count, first=begin, interval=HOUR, zone=zone))
    return tuple(periods)


def spread(
    energy: Values, hours: Sequence[Sequence[int]], weights: Sequence[Fraction] = ()
) -> tuple[Values, ...]:
    """Energy of each block [Wh] in each period; over the periods it sums to what it was.

    Parameters
    ----------
    energy
        Of each block over all periods [Wh].
    hours
        Of each block in each period: a block's energy is spread evenly over its hours,
    weights
        times one of these a period, where there are any.
    """
    even = weights or [Fraction(1)] * len(hours)
    by_block = []
    for k, amount in enumerate(energy):
        parts = [weight * period[k] for weight, period in zip(even, hours, strict=True)]
        total = sum(parts)
        if not total:  # no weight falls into its hours
            parts, total = [Fraction(period[k]) for period in hours], Fraction(sum(p[k] for p in hours))
        # What is left over by rounding goes on to the next period, so that none is lost.
        reached, last, given = Fraction(0), 0, []
        for part in parts:
            reached += amount * part / total
            given.append(round(reached) - last)
            last = round(reached)
        by_block.append(given)
    return tuple(zip(*by_block, strict=True))
