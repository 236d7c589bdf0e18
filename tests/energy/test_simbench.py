"""The shipped SimBench extract: whole, itself, and scaled as said."""

import hashlib
from datetime import date
from pathlib import Path

import numpy as np
import pytest

import energy.profiles.simbench as simbench
from energy.errors import ScaleError
from energy.profiles import (
    SIMBENCH_FILE,
    SIMBENCH_SHA256,
    ProfileColumnError,
    ProfileDataError,
    ProfileFileError,
    ProfileSet,
    ProfileValueError,
    day_rows,
    load_simbench,
    rows_from,
    scale_to_annual_kwh,
    scale_to_peak_kw,
    scale_to_yield,
    week_rows,
)
from energy.profiles.packing import (
    LOADS,
    PV_ERROR,
    PVS,
    ROWS,
    content_digest,
    differences,
    pack,
    read_simbench,
    unpack,
)

PROFILES = load_simbench()


def test_the_extract_is_whole() -> None:
    assert PROFILES.names == (*LOADS, *PVS)
    assert PROFILES.load_names == LOADS
    assert PROFILES.pv_names == PVS
    assert (PROFILES.rows, PROFILES.interval_h, PROFILES.year) == (35_136, 0.25, 2016)
    assert PROFILES.rows == 366 * 24 * 4
    for name in PROFILES.names:
        values = PROFILES[name]
        assert values.shape == (35_136,)
        assert values.dtype == np.float64
        assert ((values >= 0) & (values <= 1)).all()
        assert not values.flags.writeable


def test_known_values_of_the_source() -> None:
    # Read off SimBench 1.6.3's files: the full-load hours of each column, and the largest PV values.
    hours = {"H0-A": 1222.1, "H0-B": 775.6, "H0-C": 1031.2, "H0-G": 611.0, "H0-L": 496.0}
    hours |= {
        "PV1": 651.1,
        "PV2": 635.0,
        "PV3": 680.7,
        "PV4": 697.4,
        "PV5": 676.0,
        "PV6": 669.8,
        "PV7": 574.5,
    }
    hours |= {"PV8": 622.2}
    for name, value in hours.items():
        assert PROFILES[name].sum() * 0.25 == pytest.approx(value, abs=0.06), name
    for name in LOADS:
        assert PROFILES[name].max() == 1.0
    assert PROFILES["PV1"].max() == pytest.approx(0.619385994, abs=PV_ERROR)
    assert PROFILES["H0-A"].min() == 0.01264


def test_pv_sleeps_at_night_and_works_around_noon() -> None:
    # Roofs face east to west: the middle of the year's generation lies between 10:15 and 13:00, in standard time.
    hours = (np.arange(96) + 0.5) / 4
    for name in PVS:
        by_day = PROFILES[name].reshape(366, 96)
        assert (by_day[:, hours < 3] == 0).all()
        assert (by_day[:, hours > 21] == 0).all()
        mean = by_day.mean(axis=0)
        assert 10.25 < (mean * hours).sum() / mean.sum() < 13.0


def test_rows_do_not_jump_at_the_clock_change() -> None:
    # 2016's clocks changed on day 87 (27 March) and day 304 (30 October): the sun's day keeps its place in the rows.
    hours = (np.arange(96) + 0.5) / 4
    by_day = PROFILES["PV1"].reshape(366, 96)
    for change in (86, 303):
        middles = [
            (by_day[days].mean(axis=0) * hours).sum() / by_day[days].mean(axis=0).sum()
            for days in (slice(change - 7, change), slice(change + 1, change + 8))
        ]
        assert abs(middles[1] - middles[0]) < 0.5


def test_the_file_is_small_and_is_the_one_with_its_licences() -> None:
    content = SIMBENCH_FILE.read_bytes()
    assert len(content) < 400_000
    assert hashlib.sha256(content).hexdigest() == SIMBENCH_SHA256 == PROFILES.sha256
    beside = SIMBENCH_FILE.parent
    assert "Open Database License (ODbL)" in (beside / "LICENSE-ODbL-1.0.txt").read_text()
    assert "Database Contents License (DbCL)" in (beside / "LICENSE-DbCL-1.0.txt").read_text()
    source = (beside / "SOURCE.md").read_text()
    assert "SimBench" in source
    assert "ODbL" in source


def test_packing_and_unpacking_keep_the_values() -> None:
    again = unpack(pack(PROFILES.columns))
    assert content_digest(again) == content_digest(PROFILES.columns)
    assert max(differences(again, PROFILES.columns).values()) < 1e-12
    rng = np.random.default_rng(2)
    made = {name: np.rint(rng.random(ROWS) * 500) / 500 for name in LOADS}
    made |= {name: rng.random(ROWS) * 0.6 for name in PVS}
    off = differences(unpack(pack(made)), made)
    assert max(off[name] for name in LOADS) == 0
    assert 0 < max(off[name] for name in PVS) <= PV_ERROR + 1e-12


def test_packing_refuses_what_would_wrap() -> None:
    made = {name: np.zeros(ROWS) for name in (*LOADS, *PVS)}
    made["PV2"][5] = 0.9
    with pytest.raises(ProfileValueError, match="PV2"):
        pack(made)


def _write_source(folder: Path, columns: dict[str, np.ndarray]) -> None:
    for file, names, suffix in (("LoadProfile.csv", LOADS, "_pload"), ("RESProfile.csv", PVS, "")):
        table = np.stack([columns[name] for name in names], axis=1)
        lines = ["time;" + ";".join(name + suffix for name in names)]
        lines += ["x;" + ";".join(map(repr, row)) for row in table.tolist()]
        (folder / file).write_text("\n".join(lines) + "\n")


def test_the_extract_can_be_made_again_from_simbench_files(tmp_path: Path) -> None:
    _write_source(tmp_path, dict(PROFILES.columns))
    made = read_simbench(tmp_path)
    assert content_digest(unpack(pack(made))) == content_digest(PROFILES.columns)


def test_other_source_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ProfileFileError, match="LoadProfile"):
        read_simbench(tmp_path)
    (tmp_path / "LoadProfile.csv").write_text("time;H0-A_pload\n")
    with pytest.raises(ProfileColumnError, match="H0-B_pload"):
        read_simbench(tmp_path)
    head = "time;" + ";".join(f"{name}_pload" for name in LOADS)
    (tmp_path / "LoadProfile.csv").write_text(f"{head}\nx;0;0;0;0;0\n")
    with pytest.raises(ProfileFileError, match="found 1 rows, expected 35136 rows"):
        read_simbench(tmp_path)


def test_another_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "simbench-2016.npz"
    content = bytearray(SIMBENCH_FILE.read_bytes())
    content[1000] ^= 1
    other.write_bytes(content)
    monkeypatch.setattr(simbench, "SIMBENCH_FILE", other)
    with pytest.raises(ProfileDataError, match=SIMBENCH_SHA256) as caught:
        simbench.load_simbench()
    assert caught.value.exit_code == 2
    monkeypatch.setattr(simbench, "SIMBENCH_FILE", tmp_path / "none.npz")
    with pytest.raises(ProfileFileError):
        simbench.load_simbench()


def test_scaling_reaches_its_target() -> None:
    load = PROFILES.load_kw("H0-B", annual_kwh=3500)
    assert load.sum() * 0.25 == pytest.approx(3500)
    assert PROFILES.load_kw("H0-B", peak_kw=6).max() == pytest.approx(6)
    assert PROFILES.pv_kw("PV7", kwp=4).sum() * 0.25 == pytest.approx(4 * 950)
    assert PROFILES.pv_kw("PV7", kwp=4, kwh_per_kwp=1000).sum() * 0.25 == pytest.approx(4000)
    # Shape is kept: every row has the same share of the year.
    assert np.allclose(load / load.sum(), PROFILES["H0-B"] / PROFILES["H0-B"].sum(), rtol=1e-12)


def test_scaling_by_hand() -> None:
    # 1 + 3 units over half-hour rows are 2 unit-hours; 10 kWh of them need a factor of 5.
    assert scale_to_annual_kwh(np.array([1.0, 3.0]), 10, interval_h=0.5).tolist() == [5.0, 15.0]
    assert scale_to_peak_kw(np.array([1.0, 4.0]), 2).tolist() == [0.5, 2.0]
    # 2 kWp at 3 kWh/kWp are 6 kWh, over rows of an hour with 4 unit-hours: a factor of 1.5.
    assert scale_to_yield(np.array([1.0, 3.0]), 2, kwh_per_kwp=3, interval_h=1).tolist() == [1.5, 4.5]


def test_cuts_by_row() -> None:
    assert day_rows(1) == slice(0, 96)
    assert day_rows(366) == slice(35_040, 35_136)
    # 2016 is a leap year: 1 March is day 31 + 29 + 1 = 61.
    assert day_rows(date(2016, 3, 1), days=2) == slice(60 * 96, 62 * 96)
    assert week_rows(1) == slice(0, 672)
    assert week_rows(23) == slice(22 * 672, 23 * 672)
    assert week_rows(52, weeks=1).stop == 52 * 672
    assert rows_from(5, 7, rows=12) == slice(5, 12)


def test_wrong_cuts_and_targets_are_refused() -> None:
    for call in (
        lambda: day_rows(0),
        lambda: day_rows(367),
        lambda: day_rows(366, days=2),
        lambda: week_rows(53),
        lambda: day_rows(date(2017, 3, 1)),
        lambda: week_rows(0),
        lambda: rows_from(0, 0, rows=5),
        lambda: PROFILES["H0-H"],
        lambda: PROFILES.load_kw("H0-A"),
        lambda: PROFILES.load_kw("H0-A", annual_kwh=1, peak_kw=1),
        lambda: PROFILES.load_kw("H0-A", annual_kwh=-1),
        lambda: PROFILES.pv_kw("PV1", kwp=float("nan")),
        lambda: PROFILES.pv_kw("H0-A", kwp=1.0),
        lambda: PROFILES.load_kw("PV1", peak_kw=1.0),
        lambda: scale_to_annual_kwh(np.zeros(3), 1.0),
        lambda: ProfileSet(columns={}, interval_h=0.25, year=2016, source="x", sha256=""),
    ):
        with pytest.raises(ScaleError):
            call()
