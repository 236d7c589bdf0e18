"""The hours of the week of each rate, as masks of 168 bits: bit 24 × day + hour, Monday 0:00 is bit 0.

Every hour has exactly one rate. Hours are those of the clocks of one zone, so an hour that a change of clocks repeats
or leaves out follows its hour's rate: the repeated hour counts twice into the same block, the missing one not at all.
Nothing here knows a calendar: whoever has a moment gives it as the zone's clocks show it.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from market.forward.terms import BLOCKS
from market.ledger.ranges import WORD

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HOURS = 24
WEEK = 7 * HOURS
"""Hours of a week."""
EVERY_HOUR = (1 << WEEK) - 1


class ScheduleError(ValueError):
    """Hours of a tariff are wrong: what was found, and what was expected."""

    exit_code = 2


class HourInTwoBlocks(ScheduleError):
    """An hour has two rates; ``index``: the later of the two blocks, ``hours``: a mask of all such hours in it."""

    def __init__(self, index: int, hours: int) -> None:
        super().__init__(
            f"block {index}: found {hours_text(hours)} in an earlier block too, expected each hour once"
        )
        self.index = index
        self.hours = hours


class HourWithoutBlock(ScheduleError):
    """An hour has no rate; ``hours``: a mask of all such hours."""

    def __init__(self, hours: int) -> None:
        super().__init__(
            f"blocks: found none for {hours_text(hours)}, expected one for every hour of the week"
        )
        self.hours = hours


def hours_mask(days: Iterable[int], hours: Iterable[int]) -> int:
    """The mask of these hours (0 to 23) on these days (0 is Monday).

    Raises
    ------
    ScheduleError
        No such day or hour.
    """
    mask, chosen = 0, tuple(hours)
    for day in days:
        for hour in chosen:
            if day not in range(len(DAYS)) or hour not in range(HOURS):
                raise ScheduleError(
                    f"found day {day}, hour {hour}, expected a day in 0..6 and an hour in 0..23"
                )
            mask |= 1 << (HOURS * day + hour)
    return mask


def blocks_of(*blocks: Iterable[tuple[Iterable[int], Iterable[int]]]) -> tuple[int, ...]:
    """Masks of blocks that are each given by pairs (days, hours), checked (:func:`check_blocks`)."""
    masks = []
    for block in blocks:
        mask = 0
        for days, hours in block:
            mask |= hours_mask(days, hours)
        masks.append(mask)
    check_blocks(masks)
    return tuple(masks)


def check_blocks(blocks: Sequence[int]) -> None:
    """Refuse blocks that are none or too many, share an hour, or leave one out.

    Raises
    ------
    ScheduleError, HourInTwoBlocks, HourWithoutBlock
    """
    if not 1 <= len(blocks) <= BLOCKS:
        raise ScheduleError(f"found {len(blocks)} blocks, expected 1 to {BLOCKS}")
    for index, shared in enumerate(overlaps(blocks)):
        if shared:
            raise HourInTwoBlocks(index, shared)
    missing = missing_hours(blocks)
    if missing:
        raise HourWithoutBlock(missing)


def overlaps(blocks: Sequence[int]) -> list[int]:
    """For each block, a mask of its hours that stand in an earlier block too."""
    seen, shared = 0, []
    for block in blocks:
        shared.append(seen & block)
        seen |= block
    return shared


def missing_hours(blocks: Sequence[int]) -> int:
    """A mask of the hours that stand in no block."""
    seen = 0
    for block in blocks:
        seen |= block
    return EVERY_HOUR & ~seen


def block_at(blocks: Sequence[int], local: datetime) -> int:
    """Number of the block that counts at a moment, given as the tariff's zone tells it.

    Raises
    ------
    HourWithoutBlock
        None does.
    """
    hour = 1 << (HOURS * local.weekday() + local.hour)
    for index, block in enumerate(blocks):
        if block & hour:
            return index
    raise HourWithoutBlock(hour)


def zone_word(name: str) -> bytes:
    """An IANA name as the terms hold it: left-aligned in 32 bytes.

    Raises
    ------
    ScheduleError
        It is empty, not ASCII, or longer.
    """
    if not name or not name.isascii() or len(name) > WORD:
        raise ScheduleError(f"zone: found {name!r}, expected an IANA name of 1 to {WORD} ASCII characters")
    return name.encode("ascii").ljust(WORD, b"\0")


def hours_text(mask: int) -> str:
    """A mask in words: "Monday 7:00 to 9:00, Sunday 0:00 to 24:00"."""
    parts = []
    for day, name in enumerate(DAYS):
        start = None
        for hour in range(HOURS + 1):
            inside = hour < HOURS and mask >> (HOURS * day + hour) & 1
            if inside and start is None:
                start = hour
            elif not inside and start is not None:
                parts.append(f"{name} {start}:00 to {hour}:00")
                start = None
    return ", ".join(parts) or "no hour"
