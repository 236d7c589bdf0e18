"""``wattpact grid-data``: it compares the shipped grids with those made from source files, and says when they differ."""

import json
from pathlib import Path

import numpy as np
import pytest

from energy.grid import load_grids, simbench
from energy.grid.simbench import GRIDS_FILE, digest
from energy.grid.trade import TRADE, load_trade
from energy.profiles.packing import SIMBENCH_FOLDER
from scripts.grid_data import main


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder laid out as SimBench's package, with the profiles; its grids are read as the shipped ones."""
    inside = tmp_path / SIMBENCH_FOLDER
    inside.mkdir(parents=True)
    rows = np.stack([load_trade()[name] for name in TRADE], axis=1).tolist()
    lines = ["time;" + ";".join(f"{name}_pload" for name in TRADE)]
    lines += ["x;" + ";".join(map(repr, row)) for row in rows]
    (inside / "LoadProfile.csv").write_text("\n".join(lines) + "\n")
    monkeypatch.setattr(simbench, "read_grids", lambda folder: tuple(load_grids().values()))
    return tmp_path


def test_equal_source_passes(package: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(folder=package, as_json=True)
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert said["equal"] is True
    assert said["grids"] == {name: len(grid.buses) for name, grid in load_grids().items()}
    assert said["files"][GRIDS_FILE.name] == digest(GRIDS_FILE.read_bytes())
    main(folder=package / SIMBENCH_FOLDER)
    assert "holds the same values" in capsys.readouterr().out


def test_another_source_fails(
    package: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = GRIDS_FILE.read_bytes()
    monkeypatch.setattr(simbench, "read_grids", lambda folder: tuple(load_grids().values())[:5])
    with pytest.raises(SystemExit) as caught:
        main(folder=package)
    assert caught.value.code == 1
    assert "holds other values" in capsys.readouterr().out
    assert GRIDS_FILE.read_bytes() == before
