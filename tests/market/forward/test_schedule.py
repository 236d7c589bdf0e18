"""Hours of the week as masks: disjoint, covering, and told by the clocks of a zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.forward.schedule import (
    EVERY_HOUR,
    HourInTwoBlocks,
    HourWithoutBlock,
    ScheduleError,
    block_at,
    blocks_of,
    check_blocks,
    hours_mask,
    hours_text,
    zone_word,
)

DAY = [(range(5), range(7, 22))]
NIGHT = [(range(5), (*range(7), 22, 23)), ((5, 6), range(24))]
BLOCKS = blocks_of(DAY, NIGHT)


def test_a_mask_has_a_bit_for_each_hour_from_monday_on() -> None:
    assert hours_mask((0,), (0,)) == 1
    assert hours_mask((0,), (7, 8)) == 0b11 << 7
    assert hours_mask((6,), (23,)) == 1 << 167
    assert hours_mask(range(7), range(24)) == EVERY_HOUR


def test_blocks_are_unions_of_days_and_hours() -> None:
    day, night = BLOCKS
    assert day.bit_count() == 5 * 15
    assert night.bit_count() == 168 - 75
    assert day & night == 0


def test_an_hour_with_two_rates_is_named() -> None:
    with pytest.raises(HourInTwoBlocks, match="block 1: found Tuesday 7:00 to 9:00 in an earlier") as raised:
        blocks_of(DAY, [*NIGHT, ((1,), (7, 8))])
    assert raised.value.hours == 0b11 << 24 + 7
    assert raised.value.index == 1
    assert raised.value.exit_code == 2


def test_an_hour_without_a_rate_is_named() -> None:
    with pytest.raises(HourWithoutBlock, match="found none for Sunday 0:00 to 24:00, expected") as raised:
        blocks_of(DAY, [NIGHT[0], ((5,), range(24))])
    assert raised.value.hours == 0xFFFFFF << 144


@pytest.mark.parametrize("blocks", [(), (1, 2, 4, 8, 16)])
def test_there_are_one_to_four_blocks(blocks: tuple[int, ...]) -> None:
    with pytest.raises(ScheduleError, match=f"found {len(blocks)} blocks, expected 1 to 4"):
        check_blocks(blocks)


@pytest.mark.parametrize(("day", "hour"), [(7, 0), (0, 24), (-1, 3)])
def test_there_is_no_such_hour(day: int, hour: int) -> None:
    with pytest.raises(ScheduleError, match=f"found day {day}, hour {hour}"):
        hours_mask((day,), (hour,))


@given(st.lists(st.integers(0, 3), min_size=168, max_size=168))
def test_every_split_of_the_week_is_a_schedule(owners: list[int]) -> None:
    blocks = [sum(1 << hour for hour in range(168) if owners[hour] == index) for index in range(4)]
    check_blocks(blocks)
    monday = datetime(2026, 6, 1, tzinfo=UTC)
    for hour in range(168):
        assert block_at(blocks, monday + timedelta(hours=hour, minutes=59)) == owners[hour]


@given(st.integers(0, EVERY_HOUR - 1))
def test_no_hour_may_be_missing(block: int) -> None:
    with pytest.raises(HourWithoutBlock) as raised:
        check_blocks([block])
    assert raised.value.hours == EVERY_HOUR - block


@pytest.mark.parametrize("zone", ["Europe/London", "America/New_York"])
def test_changes_of_clocks_follow_their_hours_rate(zone: str) -> None:
    """A year hour by hour in UTC: the repeated hour counts twice into its block, the one left out not at all."""
    where = ZoneInfo(zone)
    nightly = blocks_of([(range(7), (1,))], [(range(7), (0, *range(2, 24)))])
    start = datetime(2026, 1, 1, tzinfo=where).astimezone(UTC)
    hours = {0: 0, 1: 0}
    for hour in range(365 * 24):
        hours[block_at(nightly, (start + timedelta(hours=hour)).astimezone(where))] += 1
    assert sum(hours.values()) == 365 * 24
    # London leaves out 1:00 in March and repeats it in October; New York leaves out 2:00 and repeats 1:00.
    assert hours[0] == (365 if zone == "Europe/London" else 366)


def test_a_moment_without_a_block_is_named() -> None:
    with pytest.raises(HourWithoutBlock, match="Monday 1:00 to 2:00"):
        block_at([1], datetime(2026, 6, 1, 1, 30, tzinfo=UTC))


def test_a_zone_is_its_name_in_32_bytes() -> None:
    assert zone_word("Europe/London") == b"Europe/London" + bytes(19)
    for wrong in ("", "Zürich", "x" * 33):
        with pytest.raises(ScheduleError, match="expected an IANA name"):
            zone_word(wrong)


def test_masks_in_words() -> None:
    assert hours_text(0) == "no hour"
    assert (
        hours_text(0b11 | 1 << 23 | 1 << 24)
        == "Monday 0:00 to 2:00, Monday 23:00 to 24:00, Tuesday 0:00 to 1:00"
    )
