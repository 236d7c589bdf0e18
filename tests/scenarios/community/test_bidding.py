"""Price files, days of a change of clocks, and what a community of a file saves by its bids."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from scenarios.community.bidding import BidDays, bid_days
from scenarios.community.build import Case, build_case
from scenarios.community.load import load_communities
from scenarios.community.prices import Prices, read_prices
from scenarios.errors import ScenarioError
from tests.scenarios.community.files import written

LONDON = ZoneInfo("Europe/London")


def case_of(path: Path) -> Case:
    loaded = load_communities(str(path))
    return build_case(loaded.path, loaded.table)


def prices_in(folder: Path, first: datetime, days: int, price: str = "10") -> Path:
    """Whole days from a midnight on, one price."""
    end = datetime.combine(first.date() + timedelta(days=days), first.timetz()).replace(tzinfo=LONDON)
    lines, when = ["hour,price"], first.astimezone(UTC)
    while when < end.astimezone(UTC):
        lines.append(f"{when.astimezone(LONDON).isoformat()},{price}")
        when += timedelta(hours=1)
    path = folder / "prices.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


SPRING = datetime(2015, 3, 28, tzinfo=LONDON)
AUTUMN = datetime(2015, 10, 24, tzinfo=LONDON)


@pytest.mark.parametrize(("first", "hours"), [(SPRING, 23), (AUTUMN, 25)])
def test_a_day_has_23_or_25_hours_where_the_clocks_change(
    tmp_path: Path, first: datetime, hours: int
) -> None:
    prices = read_prices(prices_in(tmp_path, first, 3), LONDON)
    assert [len(places) for _, places in prices.days()] == [24, hours, 24]
    assert prices.prices == (10_000,) * (48 + hours)


@pytest.mark.parametrize("first", [SPRING, AUTUMN])
def test_every_hour_of_such_days_is_bid_for_and_no_energy_is_lost(tmp_path: Path, first: datetime) -> None:
    month = "2015-03-01" if first is SPRING else "2015-10-01"
    flat = (("months = [1, 3]\n", ""), ("2015-03-01", month), ("months = 2", "months = 1"))
    case = case_of(written(tmp_path, *flat))
    (days,) = bid_days(case, None, ["RM"], prices_in(tmp_path, first, 3, "9"), step=Decimal(1))
    assert len(days.hours) == (47 if first is SPRING else 49)
    # Each block's energy over its hours of the month; rounding goes on from hour to hour.
    for block, total in enumerate((1_250_000, 400_000)):
        hours = [need for need in days.needs if need.block == block]
        expected = total * len(hours) / case.hours[0][block]
        assert sum(need.balance for need in hours) == pytest.approx(expected, abs=3)
    assert days.made == days.accepted == len(days.hours)
    # All of it at 9 instead of 18, 19 and 21 by day, 11 and 10 by night.
    assert days.from_market == 1.0
    assert days.cost() == sum(need.balance for need in days.needs) * 9000
    assert days.cost("oak") < days.at_old_rates("oak")


def test_what_is_expected_is_what_the_same_hour_cost_before() -> None:
    start = datetime(2015, 5, 1, tzinfo=LONDON).astimezone(UTC)
    hours = tuple((start + timedelta(hours=i)).astimezone(LONDON) for i in range(24 * 10))
    prices = Prices(hours, tuple(100 * (i // 24) + i % 24 for i in range(24 * 10)))
    expected = prices.expected()
    assert sorted(expected) == list(range(24, 240))
    # On the third day at 5:00: the mean of 5 and 105. On the last: of days 2 to 8, (200 + … + 800) / 7 + 5.
    assert expected[53] == 55
    assert expected[24 * 9 + 5] == 505


def test_an_hour_that_was_not_there_before_is_expected_to_cost_the_mean() -> None:
    # 1:00 of the Monday after the change in spring: there was none on Sunday.
    start = datetime(2015, 3, 29, tzinfo=LONDON).astimezone(UTC)
    hours = tuple((start + timedelta(hours=i)).astimezone(LONDON) for i in range(23 + 24))
    prices = Prices(hours, tuple(range(47)))
    assert hours[24].hour == 1
    assert prices.expected()[24] == 11
    assert prices.expected()[23] == 0


@pytest.mark.parametrize(
    ("old", "new", "place", "expected"),
    [
        ("hour,price", "time,price", "line 1", "hour and price"),
        ("2015-03-28T05:00:00+00:00,10\n", "", "line 7, hour", "2015-03-28T05:00:00+00:00"),
        ("2015-03-28T05:00:00+00:00,10", "2015-03-28T05:00:00,10", "line 7, hour", "distance from UTC"),
        ("2015-03-28T05:00:00+00:00,10", "noon,10", "line 7, hour", "distance from UTC"),
        ("2015-03-28T05:00:00+00:00,10", "2015-03-28T05:00:00+00:00,", "line 7, price", "a number"),
        ("2015-03-28T05:00:00+00:00,10", "2015-03-28T05:00:00+00:00,1.00001", "line 7, price", "whole number"),
        ("2015-03-29T23:00:00+01:00,10\n", "", "2015-03-29", "all 23 of that day"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_price_file_is_named(
    tmp_path: Path, old: str, new: str, place: str, expected: str
) -> None:
    path = prices_in(tmp_path, SPRING, 2)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(ScenarioError) as caught:
        read_prices(path, LONDON)
    assert caught.value.place == place
    assert expected in caught.value.expected


def test_price_files_that_cannot_be_used(tmp_path: Path) -> None:
    case = case_of(written(tmp_path))

    def bids(path: Path) -> list[BidDays]:
        return bid_days(case, None, ["RM"], path, step=Decimal(1))

    with pytest.raises(ScenarioError, match="readable CSV"):
        bids(tmp_path / "none.csv")
    with pytest.raises(ScenarioError, match="at least 2"):
        bids(prices_in(tmp_path, SPRING, 1))
    with pytest.raises(ScenarioError, match="an hour of the contract"):
        bids(prices_in(tmp_path, datetime(2015, 6, 1, tzinfo=LONDON), 2))


def test_prices_above_the_old_rates_are_not_paid(tmp_path: Path) -> None:
    case = case_of(written(tmp_path))
    for days in bid_days(
        case, None, ["RM", "USV", "SBV"], prices_in(tmp_path, SPRING, 2, "35"), step=Decimal(1)
    ):
        assert days.accepted == 0
        assert days.cost() == days.at_old_rates()
        told = days.machine_form()
        assert told["accepted"] == 0
        assert len(told["by_hour"]) == 23


def test_the_shipped_example_has_a_change_of_clocks() -> None:
    path = Path(__file__).parents[3] / "scenarios/community/day-ahead-example.csv"
    assert 23 in [len(places) for _, places in read_prices(path, LONDON).days()]
