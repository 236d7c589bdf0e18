"""A day-ahead price file, and what is expected of a day's hours before it is known.

The file is a CSV with the columns ``hour`` (its first instant, ISO 8601 with its distance from UTC, as
``2015-03-29T02:00+01:00``) and ``price`` (tokens per kWh, may be negative): every hour of whole days by the clocks of the zone, so 23
of them, or 25, where the clocks change.
"""

import csv
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from zoneinfo import ZoneInfo

from scenarios.community.build import price
from scenarios.community.spread import HOUR
from scenarios.errors import ScenarioError

REMEMBERED = 7
"""Days whose prices at the same hour of the day make up what is expected."""


@dataclass(frozen=True, slots=True)
class Prices:
    """Hourly prices of whole days."""

    hours: tuple[datetime, ...]
    """First instants, on the zone's clocks."""
    prices: tuple[int, ...]
    """Token units per Wh."""

    def days(self) -> list[tuple[date, list[int]]]:
        """Each day and the places of its hours, in order."""
        days: dict[date, list[int]] = defaultdict(list)
        for i, hour in enumerate(self.hours):
            days[hour.date()].append(i)
        return list(days.items())

    def expected(self) -> dict[int, int]:
        """By place of an hour, from the second day on: the mean price at that hour of the day on the last days.

        An hour that none of these had (as the one that is left out in spring) is expected to cost what all of them did.
        """
        known: dict[int, int] = {}
        days = self.days()
        for number in range(1, len(days)):
            before = [i for _, places in days[max(0, number - REMEMBERED) : number] for i in places]
            for i in days[number][1]:
                same = [j for j in before if self.hours[j].hour == self.hours[i].hour] or before
                known[i] = round(sum(self.prices[j] for j in same) / len(same))
        return known


def read_prices(path: Path, zone: ZoneInfo) -> Prices:
    """Read and check a price file.

    Raises
    ------
    ScenarioError
        With the line, what was found and what was expected.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(path, "file", str(error), "a readable CSV file") from None
    rows = csv.DictReader(text.splitlines())
    if rows.fieldnames is None or not {"hour", "price"} <= set(rows.fieldnames):
        raise ScenarioError(path, "line 1", str(rows.fieldnames), "the columns hour and price")
    hours: list[datetime] = []
    prices: list[int] = []
    for row in rows:
        place = f"line {rows.line_num}"
        when = _instant(path, place, row["hour"] or "", zone)
        if hours and when.astimezone(UTC) - hours[-1].astimezone(UTC) != HOUR:
            following = (hours[-1].astimezone(UTC) + HOUR).astimezone(zone)
            raise ScenarioError(path, f"{place}, hour", when.isoformat(), following.isoformat())
        hours.append(when)
        prices.append(price(path, f"{place}, price", _number(path, place, row["price"])))
    found = Prices(tuple(hours), tuple(prices))
    days = found.days()
    if len(days) < 2:
        raise ScenarioError(
            path, "days", str(len(days)), "at least 2: on the first, prices are only looked at"
        )
    for day, places in days:
        whole = _hours_of(day, zone)
        if len(places) != whole:
            raise ScenarioError(path, day.isoformat(), f"{len(places)} hours", f"all {whole} of that day")
    return found


def _instant(path: Path, place: str, text: str, zone: ZoneInfo) -> datetime:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        when = None
    if when is None or when.tzinfo is None or when.minute or when.second or when.microsecond:
        raise ScenarioError(
            path,
            f"{place}, hour",
            repr(text),
            "a full hour with its distance from UTC: 2015-03-29T02:00+01:00",
        )
    return when.astimezone(zone)


def _number(path: Path, place: str, text: str | None) -> Decimal:
    try:
        value = Decimal(text or "")
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise ScenarioError(path, f"{place}, price", repr(text), "a number of tokens per kWh")
    return value


def _hours_of(day: date, zone: ZoneInfo) -> int:
    first = datetime(day.year, day.month, day.day, tzinfo=zone)
    after = day + timedelta(days=1)
    end = datetime(after.year, after.month, after.day, tzinfo=zone)
    return (end.astimezone(UTC) - first.astimezone(UTC)) // HOUR
