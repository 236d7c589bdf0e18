"""The shipped grids: known figures of the source, made again from files like SimBench's, and nothing else accepted."""

from pathlib import Path

import numpy as np
import pytest

from energy.grid import GridDataError, GridError, load_grid, load_grids, simbench, trade
from energy.grid.simbench import GRIDS_FILE, SUBNETS, digest, pack, read_grids, unpack
from energy.grid.trade import ROWS, TRADE, TRADE_FILE, load_trade, pack_trade, read_trade, unpack_trade

# A subnet of two customers drawn as SimBench draws: auxiliary nodes behind switches, one of them open.
TABLES = {
    "Node": """\
id;vmSetp;vmR;coordID;subnet
MV;1.025;20;k0;M
MV_1;NULL;20;k1;S
A;NULL;0.4;k1;S
B;NULL;0.4;k2;S
A_1;NULL;0.4;k1;S
A_2;NULL;0.4;k1;S
B_1;NULL;0.4;k2;S
A_3;NULL;0.4;k1;S
B_2;NULL;0.4;k2;S
""",
    "Coordinates": "id;x;y\nk0;11.5;53.5\nk1;11.0;53.0\nk2;11.1;53.0\n",
    "Line": "id;nodeA;nodeB;type;length;subnet\nL1;A_1;B_1;cable;0.1;S\nL2;B_2;A_3;cable;0.2;S\n",
    "LineType": "id;r;x;b;iMax\ncable;0.2;0.08;260;270\n",
    "Switch": """\
nodeA;nodeB;cond;subnet
A;A_1;1;S
A;A_2;1;S
B;B_1;1;S
A;A_3;0;S
B;B_2;1;S
MV;MV_1;1;S
""",
    "Transformer": "id;nodeHV;nodeLV;type;tappos;subnet\nT;MV_1;A_2;kind;1;S\n",
    "TransformerType": """\
id;sR;vmHV;vmLV;vmImp;pCu;pFe;iNoLoad;tapside;dVm;tapNeutr
kind;0.16;20;0.4;4;2.35;0.46;0.28751;HV;2.5;0
""",
    "Load": "id;node;profile;pLoad;qLoad;subnet\nc1;B;H0-A;0.003;0.001186;S\nelse;B;H0-A;9;9;other\n",
}


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(simbench, "SUBNETS", {"tiny": ("S", "two houses")})
    for name, text in TABLES.items():
        (tmp_path / f"{name}.csv").write_text(text)
    return tmp_path


def test_known_figures_of_the_source() -> None:
    grids = load_grids()
    assert list(grids) == list(SUBNETS)
    # Counted in SimBench 1.6.3's files: buses with the one above, lines, customers, total length, rated power.
    expected = {
        "rural1": (15, 13, 13, 0.5597, 160),
        "rural2": (97, 95, 99, 1.4670, 250),
        "rural3": (129, 127, 118, 2.3517, 400),
        "semiurb4": (44, 42, 41, 0.7458, 400),
        "semiurb5": (111, 109, 104, 1.7901, 630),
        "urban6": (59, 57, 111, 1.0777, 630),
    }
    for name, (buses, lines, customers, km, kva) in expected.items():
        grid = grids[name]
        assert (len(grid.buses), len(grid.lines), len(grid.customers)) == (buses, lines, customers)
        assert sum(line.length_km for line in grid.lines) == pytest.approx(km, abs=1e-4)
        assert grid.transformer.rated_kva == kva
        assert grid.slack_pu == 1.025
    assert sum(c.peak_kw for c in grids["rural1"].customers) == pytest.approx(80)
    first = grids["rural1"].lines[0]
    assert (first.length_km, first.r_ohm_per_km, first.limit_a) == (0.0557667, 0.2067, 270.0)


def test_trade_profiles_are_whole() -> None:
    profiles = load_trade()
    assert tuple(profiles) == TRADE
    # Full-load hours of the source; a rounding of at most 0.0025 in either direction nearly cancels over a year.
    hours = {"L1-A": 2183.1, "L2-A": 2990.0, "G1-A": 1505.3, "G3-A": 3717.3, "G5-A": 2171.0}
    for name, value in hours.items():
        assert profiles[name].sum() * 0.25 == pytest.approx(value, rel=0.003)
    for values in profiles.values():
        assert values.shape == (ROWS,)
        assert 0 <= values.min() < values.max() == 1
        assert not values.flags.writeable


def test_the_licences_are_beside() -> None:
    beside = GRIDS_FILE.parent
    assert "Open Database License (ODbL)" in (beside / "LICENSE-ODbL-1.0.txt").read_text()
    assert "Database Contents License (DbCL)" in (beside / "LICENSE-DbCL-1.0.txt").read_text()
    assert "ODbL" in (beside / "SOURCE.md").read_text()
    assert GRIDS_FILE.stat().st_size + TRADE_FILE.stat().st_size < 400_000


def test_closed_switches_join_and_open_ones_do_not(source: Path) -> None:
    [grid] = read_grids(source)
    # A, B, the node above, and the loose end of L2 behind the open switch.
    assert [bus.name for bus in grid.buses] == ["MV", "A", "B", "A_3"]
    assert [(line.start, line.end) for line in grid.lines] == [(1, 2), (2, 3)]
    assert (grid.transformer.hv, grid.transformer.lv, grid.transformer.tap_position) == (0, 1, 1)
    assert (grid.buses[0].rated_kv, grid.buses[0].x, grid.slack_pu) == (20.0, 11.5, 1.025)
    [customer] = grid.customers
    assert (customer.bus, customer.peak_kw, customer.peak_kvar) == (2, 3.0, 1.186)


def test_packing_keeps_everything() -> None:
    grids = tuple(load_grids().values())
    assert unpack(pack(grids)) == grids
    assert digest(pack(grids)) == digest(GRIDS_FILE.read_bytes())


@pytest.mark.parametrize(
    ("table", "old", "new", "message"),
    [
        ("Line", "length", "len", r"Line.csv: header: found no such column, expected a column 'length'"),
        ("Line", "cable;0.1", "cord;0.1", r"LineType.csv: .*found no 'cord'"),
        ("TransformerType", ";HV;", ";LV;", "taps on LV, expected on HV"),
        ("Transformer", "1;S", "1;R", "found 0 transformers, expected exactly one"),
        ("Line", "0.2;S", "0.2;R", "no way to the transformer"),
    ],
)
def test_other_source_files_are_refused(source: Path, table: str, old: str, new: str, message: str) -> None:
    file = source / f"{table}.csv"
    file.write_text(file.read_text().replace(old, new))
    with pytest.raises((GridDataError, GridError), match=message):
        read_grids(source)
    file.unlink()
    with pytest.raises(GridDataError, match=f"{table}.csv"):
        read_grids(source)


def test_trade_is_made_again_from_a_file_like_the_source(tmp_path: Path) -> None:
    columns = dict(load_trade())
    head = "time;" + ";".join(f"{name}_pload" for name in TRADE)
    rows = np.stack([columns[name] for name in TRADE], axis=1).tolist()
    file = tmp_path / "LoadProfile.csv"
    file.write_text("\n".join([head, *("x;" + ";".join(map(repr, row)) for row in rows)]) + "\n")
    made = read_trade(tmp_path)
    again = unpack_trade(pack_trade(made))
    assert all((made[name] == columns[name]).all() and (again[name] == columns[name]).all() for name in TRADE)
    file.write_text(head + "\nx" + ";2" * len(TRADE) + "\n")
    with pytest.raises(GridDataError, match="1 rows"):
        read_trade(tmp_path)
    file.write_text(head.replace("L2-A", "L9-A") + "\n")
    with pytest.raises(GridDataError, match="L2-A_pload"):
        read_trade(tmp_path)


def test_another_file_than_the_shipped_one_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, key, load in ((simbench, "GRIDS_FILE", load_grids), (trade, "TRADE_FILE", load_trade)):
        other = tmp_path / key
        monkeypatch.setattr(module, key, other)
        with pytest.raises(GridDataError, match="shipped"):
            load()
        other.write_bytes(b"{}")
        with pytest.raises(GridDataError, match="sha256") as caught:
            load()
        assert caught.value.exit_code == 2


def test_an_unknown_grid_is_refused_with_the_known_ones() -> None:
    with pytest.raises(GridError, match=r"found 'rural7', expected one of rural1, rural2"):
        load_grid("rural7")
