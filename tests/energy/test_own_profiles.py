"""Own CSV files: units come out right, and everything that is wrong is refused by place, found and expected."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from energy.profiles import (
    ProfileColumnError,
    ProfileError,
    ProfileFileError,
    ProfileTimeError,
    ProfileUnitError,
    ProfileValueError,
    read_profiles,
    write_template,
)

START = datetime(2024, 6, 3, tzinfo=UTC)


def write(folder: Path, head: str, *rows: str) -> Path:
    """A file of `rows` at a quarter of an hour each, or with the stamps that the rows bring themselves."""
    file = folder / "own.csv"
    lines = [
        r if r.startswith("20") else f"{(START + timedelta(minutes=15 * i)).isoformat()},{r}"
        for i, r in enumerate(rows)
    ]
    file.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return file


def refused(
    file: Path, kind: type[ProfileError], *, place: str, found: str, expected: str, **options: object
) -> None:
    with pytest.raises(ProfileError) as caught:
        read_profiles(file, **options)  # type: ignore[arg-type]
    error = caught.value
    assert type(error) is kind
    assert error.file == str(file)
    assert place in error.place
    assert found in error.found
    assert expected in error.expected
    for part in (error.file, error.place, error.found, error.expected):
        assert part in str(error)
    assert error.exit_code == 2


def test_power_units_by_hand(tmp_path: Path) -> None:
    # 0.5 kWh in a quarter of an hour is a mean of 2 kW.
    head = "time,a.load [kW],b.load [W],c.load [kWh],d.load [Wh],e.load [kWh/interval],f.net [kW],g.pv [Wh/interval]"
    got = read_profiles(write(tmp_path, head, "2,2000,0.5,500,0.5,-2,500"))
    values = {name: column.tolist() for name, column in got.power_kw.items()}
    assert values.pop("f.net") == [-2.0]
    assert values == {name: [2.0] for name in ("a.load", "b.load", "c.load", "d.load", "e.load", "g.pv")}
    assert dict(got.gas_litres) == {}
    assert (got.rows, got.start, got.interval_h) == (1, START, 0.25)
    hourly = read_profiles(write(tmp_path, "time,a.load [kWh]", "0.5"), interval_h=1.0)
    assert hourly.power_kw["a.load"].tolist() == [0.5]


def test_gas_units_by_hand(tmp_path: Path) -> None:
    # 2 m3 an interval are 2,000 l; 8 m3/h for a quarter of an hour too.
    head = "time,a.gas [m3],b.gas_production [m3/h],c.gas_consumption [l],d.gas_net [l/h],e.gas [m³]"
    got = read_profiles(write(tmp_path, head, "2,8,2000,-8000,2"))
    assert [column.tolist() for column in got.gas_litres.values()] == [
        [2000.0],
        [2000.0],
        [2000.0],
        [-2000.0],
        [2000.0],
    ]


def test_spaces_byte_order_mark_and_trailing_lines_do_not_matter(tmp_path: Path) -> None:
    file = tmp_path / "own.csv"
    file.write_text(
        "time , home1.load [kW]\n2024-06-03T00:00Z, 1.5 \n2024-06-03T00:15Z,2\n\n,\n", encoding="utf-8-sig"
    )
    assert read_profiles(file).power_kw["home1.load"].tolist() == [1.5, 2.0]


def test_the_template_is_a_file_that_is_read(tmp_path: Path) -> None:
    write_template(tmp_path / "own.csv", start=START)
    got = read_profiles(tmp_path / "own.csv", required=["home1.load", "home1.pv", "firm.gas_production"])
    assert got.rows == 96
    assert not got.power_kw["home1.load"].flags.writeable


@pytest.mark.parametrize("day", [(2024, 10, 27), (2024, 3, 31)])
def test_both_clock_changes_pass_with_offsets(tmp_path: Path, day: tuple[int, int, int]) -> None:
    zone = ZoneInfo("Europe/Berlin")
    first = datetime(*day, tzinfo=zone).astimezone(UTC)
    rows = [f"{(first + timedelta(minutes=15 * i)).astimezone(zone).isoformat()},1" for i in range(20)]
    assert read_profiles(write(tmp_path, "time,a.load [kW]", *rows)).rows == 20


def test_a_doubled_hour_without_offsets(tmp_path: Path) -> None:
    stamps = ["02:00", "02:15", "02:30", "02:45", "02:00", "02:15"]
    file = write(tmp_path, "time,a.load [kW]", *(f"2024-10-27T{s},1" for s in stamps))
    refused(
        file,
        ProfileTimeError,
        place="row 6, column 'time'",
        found="2024-10-27T02:00:00, a doubled hour at the clock change",
        expected="2024-10-27T03:00:00",
    )


def test_a_skipped_hour_without_offsets(tmp_path: Path) -> None:
    file = write(tmp_path, "time,a.load [kW]", *(f"2024-03-31T{s},1" for s in ("01:30", "01:45", "03:00")))
    refused(
        file,
        ProfileTimeError,
        place="row 4",
        found="a gap of 1:00:00",
        expected="give every stamp its offset",
    )


@pytest.mark.parametrize(
    ("stamps", "place", "found", "expected"),
    [
        (["00:00", "00:15", "00:45"], "row 4", "a gap of 0:15:00", "2024-06-03T00:30:00"),
        (["00:00", "00:15", "00:15"], "row 4", "2024-06-03T00:15:00", "every interval once"),
        (["00:30", "00:45", "00:15"], "row 4", "earlier than the row before", "2024-06-03T01:00:00"),
        (["00:00", "00:30", "01:00"], "row 3", "an interval of 0:30:00", "an interval of 0:15:00"),
        (["00:00", "00:15", "00:20"], "row 4", "0:05:00 after the row before", "2024-06-03T00:30:00"),
        (["00:00", "nine", "00:30"], "row 3", "'2024-06-03Tnine'", "a time such as"),
        (["00:00", "00:15Z", "00:30"], "row 3", "with an offset", "all without"),
    ],
)
def test_wrong_times(tmp_path: Path, stamps: list[str], place: str, found: str, expected: str) -> None:
    file = write(tmp_path, "time,a.load [kW]", *(f"2024-06-03T{s},1" for s in stamps))
    refused(file, ProfileTimeError, place=place, found=found, expected=expected)


def test_a_time_twice_with_offsets_is_no_clock_change(tmp_path: Path) -> None:
    rows = ("2024-10-27T02:00+02:00,1", "2024-10-27T02:15+02:00,1", "2024-10-27T02:00+02:00,1")
    refused(
        write(tmp_path, "time,a.load [kW]", *rows),
        ProfileTimeError,
        place="row 4",
        found="a time again",
        expected="02:30",
    )


@pytest.mark.parametrize(
    ("cell", "found", "expected"),
    [
        ("nan", "nan", "a finite number, at least 0"),
        ("inf", "inf", "a finite number"),
        ("-0.1", "-0.1", "at least 0"),
        ("", "an empty cell", "a finite number"),
        ("1;5", "'1;5'", "a finite number"),
        ("1_000", "1_000", "a finite number"),
        ("twelve", "'twelve'", "a finite number"),
    ],
)
def test_wrong_cells(tmp_path: Path, cell: str, found: str, expected: str) -> None:
    file = write(tmp_path, "time,a.load [kW],a.pv [kW]", "1,1", f"{cell},1")
    refused(file, ProfileValueError, place="row 3, column 'a.load [kW]'", found=found, expected=expected)


def test_nan_is_refused_in_signed_columns_too(tmp_path: Path) -> None:
    file = write(tmp_path, "time,a.net [kW]", "-1", "NaN")
    refused(file, ProfileValueError, place="row 3", found="NaN", expected="a finite number")


@pytest.mark.parametrize(
    ("column", "kind", "found", "expected"),
    [
        ("a.load [m3]", ProfileUnitError, "unit 'm3'", "kW"),
        ("a.gas [kWh]", ProfileUnitError, "unit 'kWh'", "m3"),
        ("a.load [kw]", ProfileUnitError, "unit 'kw'", "kW"),
        ("a.load", ProfileUnitError, "no unit", "kW"),
        ("a.load []", ProfileUnitError, "unit ''", "kW"),
        ("a.heat [kW]", ProfileColumnError, "'a.heat'", "one of load, pv"),
        ("load [kW]", ProfileColumnError, "'load'", "owner.kind"),
        ("[kW]", ProfileColumnError, "[kW]", "owner.kind"),
        ("a.load [kW", ProfileColumnError, "a.load [kW", "owner.kind"),
    ],
)
def test_wrong_headers(
    tmp_path: Path, column: str, kind: type[ProfileError], found: str, expected: str
) -> None:
    refused(write(tmp_path, f"time,{column}", "1"), kind, place="header", found=found, expected=expected)


def test_wrong_columns(tmp_path: Path) -> None:
    refused(
        write(tmp_path, "time,a.load [kW]", "1"),
        ProfileColumnError,
        place="header",
        found="no column 'a.pv'",
        expected="'a.pv' beside a.load",
        required=["a.load", "a.pv"],
    )
    doubled = write(tmp_path, "time,a.load [kW],a.load [W]", "1,1")
    refused(doubled, ProfileColumnError, place="header", found="'a.load' 2 times", expected="once")
    refused(
        write(tmp_path, "when,a.load [kW]", "1"),
        ProfileColumnError,
        place="column 1",
        found="'when'",
        expected="'time'",
    )
    refused(
        write(tmp_path, "time", "2024-06-03T00:00"),
        ProfileColumnError,
        place="header",
        found="no column",
        expected="owner",
    )
    short = write(tmp_path, "time,a.load [kW],b.load [kW]", "1,1", "1")
    refused(short, ProfileColumnError, place="row 3", found="2 cells", expected="3 as in the header")


def test_wrong_files(tmp_path: Path) -> None:
    file = tmp_path / "own.csv"
    refused(file, ProfileFileError, place="file", found="No such file", expected="readable")
    file.write_text("")
    refused(file, ProfileFileError, place="file", found="an empty file", expected="at least one row")
    file.write_text("\n\n,,\n")
    refused(file, ProfileFileError, place="file", found="an empty file", expected="at least one row")
    file.write_text("time,a.load [kW]\n")
    refused(file, ProfileFileError, place="file", found="a header without rows", expected="at least one row")
    file.write_bytes(b"time,a.load [kW]\n\xff\xfe")
    refused(file, ProfileFileError, place="byte 17", found="no UTF-8", expected="UTF-8")
