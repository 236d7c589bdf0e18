"""Blocks of hours that a multi-rate tariff has a rate for, and how much energy falls into each.

Blocks are told by the clock on the wall: hours of the day, on given days of the week. Each of the week's 168 hours belongs to
exactly one. So does every instant: where clocks are put back, an hour that comes twice has its block both times; where
they are put forward, the hour that is left out has no instants. Nothing is counted twice or lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import product
from typing import Final

from agents.community.errors import BlocksError, MissingHours, OverlappingBlocks
from market.issues import Values

DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
EVERY_DAY: Final = frozenset(range(7))
QUARTER: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block: a name, spans of hours [from, to) of the day, 0 to 24, and the days on which they count (0: Monday).

    Raises
    ------
    BlocksError
    """

    name: str
    hours: tuple[tuple[int, int], ...]
    days: frozenset[int] = EVERY_DAY

    def __post_init__(self) -> None:
        for first, end in self.hours:
            if not 0 <= first < end <= 24:
                raise BlocksError(
                    f"{self.name}.hours", (first, end), "0 ≤ from < to ≤ 24; over midnight, two spans"
                )
        if not self.days <= EVERY_DAY:
            raise BlocksError(f"{self.name}.days", sorted(self.days), "days from 0 (Monday) to 6")

    def spans(self) -> list[tuple[int, int]]:
        """Every (day, hour) of the block, as often as it is named."""
        return [
            (day, hour)
            for day in sorted(self.days)
            for first, end in self.hours
            for hour in range(first, end)
        ]


class RateBlocks:
    """The blocks of a tariff, in the order of its rates.

    Raises
    ------
    BlocksError
        If two have the same name.
    OverlappingBlocks, MissingHours
        With the first hour of the week that stands in two blocks, or in none.
    """

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.names = tuple(block.name for block in blocks)
        if len(set(self.names)) != len(self.names):
            raise BlocksError("blocks", self.names, "every name once")
        self._week: dict[tuple[int, int], int] = {}
        for k, block in enumerate(blocks):
            for day, hour in block.spans():
                if (day, hour) in self._week:
                    other = self.names[self._week[day, hour]]
                    raise OverlappingBlocks(
                        block.name, _told(day, hour), f"an hour that {other} does not have"
                    )
                self._week[day, hour] = k
        for day, hour in product(range(7), range(24)):
            if (day, hour) not in self._week:
                raise MissingHours(
                    "blocks", _told(day, hour), "a block for every hour of the week; it has none"
                )

    def at(self, when: datetime) -> int:
        """Place of the block of ``when``, by the clock of its own time zone."""
        return self._week[when.weekday(), when.hour]

    def volumes(self, energy: Sequence[int], *, first: datetime, interval: timedelta, zone: tzinfo) -> Values:
        """Energy in each block [Wh], from that of one interval after another; the sum stays what it was.

        Parameters
        ----------
        energy
            Of each interval [Wh].
        first
            Begin of the first, with a time zone.
        interval
            Length of each: a day with a change of clocks has more or fewer of them.
        zone
            Whose clocks the blocks are told by.

        Raises
        ------
        BlocksError
            If ``first`` has no time zone, ``interval`` no length, or an interval lies in two blocks.
        """
        if first.tzinfo is None:
            raise BlocksError("first", first.isoformat(), "an instant with a time zone")
        if interval <= timedelta(0):
            raise BlocksError("interval", interval, "more than no time")
        totals = [0] * len(self.names)
        begin = first.astimezone(UTC)
        for amount in energy:
            end = begin + interval
            places = self._within(begin, end, zone)
            if len(places) > 1:
                raise BlocksError("interval", begin.astimezone(zone).isoformat(), "an interval in one block")
            (k,) = places
            totals[k] += amount
            begin = end
        return tuple(totals)

    def _within(self, begin: datetime, end: datetime, zone: tzinfo) -> set[int]:
        """The blocks from ``begin`` to ``end``, seen every quarter of an hour: no clock changes its hour at other times."""
        places = {self.at((end - timedelta(microseconds=1)).astimezone(zone))}
        while begin < end:
            places.add(self.at(begin.astimezone(zone)))
            begin += QUARTER
        return places


def _told(day: int, hour: int) -> str:
    return f"{DAYS[day]} {hour}:00"
