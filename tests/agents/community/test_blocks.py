"""Blocks of hours: each hour in exactly one, nothing lost or counted twice where clocks change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.community.blocks import Block, RateBlocks
from agents.community.errors import BlocksError, MissingHours, OverlappingBlocks

LONDON = ZoneInfo("Europe/London")
DAY_AND_NIGHT = RateBlocks([Block(name="day", hours=((7, 24),)), Block(name="night", hours=((0, 7),))])
WORKDAYS = frozenset(range(5))
HOUR, QUARTER = timedelta(hours=1), timedelta(minutes=15)


def test_blocks_are_told_by_the_clock() -> None:
    peak = RateBlocks(
        [
            Block(name="peak", hours=((8, 20),), days=WORKDAYS),
            Block(name="off-peak", hours=((0, 8), (20, 24)), days=WORKDAYS),
            Block(name="weekend", hours=((0, 24),), days=frozenset({5, 6})),
        ]
    )
    # 1 January 2016 was a Friday.
    times = [
        datetime(2016, 1, 1, 8, tzinfo=LONDON),
        datetime(2016, 1, 1, 7, 59, tzinfo=LONDON),
        datetime(2016, 1, 2, 8, tzinfo=LONDON),
    ]
    assert [peak.names[peak.at(when)] for when in times] == ["peak", "off-peak", "weekend"]


@pytest.mark.parametrize(
    ("first", "hours", "expected"),
    [
        (datetime(2016, 6, 1, tzinfo=LONDON), 24, (17, 7)),
        (datetime(2016, 3, 27, tzinfo=LONDON), 23, (17, 6)),  # from 1:00 to 2:00 there is no time
        (datetime(2016, 10, 30, tzinfo=LONDON), 25, (17, 8)),  # 1:00 to 2:00 twice
    ],
)
def test_days_on_which_clocks_change(first: datetime, hours: int, expected: tuple[int, int]) -> None:
    assert (first + timedelta(days=1)).astimezone(UTC) - first.astimezone(UTC) == hours * HOUR
    assert DAY_AND_NIGHT.volumes([1] * hours, first=first, interval=HOUR, zone=LONDON) == expected
    quarters = DAY_AND_NIGHT.volumes([1] * hours * 4, first=first, interval=QUARTER, zone=LONDON)
    assert quarters == tuple(4 * n for n in expected)


@given(st.lists(st.integers(-1000, 1000), max_size=200), st.integers(0, 366 * 96))
@settings(max_examples=60, deadline=None)
def test_no_energy_is_lost_or_counted_twice(energy: list[int], start: int) -> None:
    first = datetime(2016, 1, 1, tzinfo=UTC) + start * QUARTER
    assert sum(DAY_AND_NIGHT.volumes(energy, first=first, interval=QUARTER, zone=LONDON)) == sum(energy)


def test_an_hour_in_two_blocks_or_in_none_is_named() -> None:
    with pytest.raises(OverlappingBlocks, match="Monday 6:00") as two:
        RateBlocks([Block(name="day", hours=((6, 24),)), Block(name="night", hours=((0, 7),))])
    assert (two.value.key, two.value.exit_code) == ("night", 2)
    with pytest.raises(MissingHours, match="Monday 7:00"):
        RateBlocks([Block(name="day", hours=((8, 24),)), Block(name="night", hours=((0, 7),))])
    with pytest.raises(MissingHours, match="Saturday 0:00"):
        RateBlocks([Block(name="all", hours=((0, 24),), days=WORKDAYS)])
    with pytest.raises(OverlappingBlocks, match="Monday 3:00"):
        RateBlocks([Block(name="night", hours=((0, 7), (3, 24)))])


@pytest.mark.parametrize("hours", [(22, 6), (5, 5), (-1, 4), (20, 25)])
def test_hours_that_no_day_has_are_refused(hours: tuple[int, int]) -> None:
    with pytest.raises(BlocksError, match="hours"):
        Block(name="odd", hours=(hours,))


def test_what_cannot_be_dealt_out_is_refused() -> None:
    noon = datetime(2016, 6, 1, 12, tzinfo=UTC)
    for first, interval, key in (
        (noon.replace(tzinfo=None), HOUR, "first"),
        (noon, timedelta(0), "interval"),
        (noon, timedelta(hours=12), "interval"),  # into the night, at 23:00 in London's summer
    ):
        with pytest.raises(BlocksError) as refusal:
            DAY_AND_NIGHT.volumes([1], first=first, interval=interval, zone=LONDON)
        assert refusal.value.key == key
    with pytest.raises(BlocksError, match="days"):
        Block(name="odd", hours=((0, 24),), days=frozenset({7}))
    with pytest.raises(BlocksError, match="name"):
        RateBlocks([Block(name="x", hours=((0, 7),)), Block(name="x", hours=((7, 24),))])
