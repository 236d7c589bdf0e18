"""``wattpact profiles``: it compares the shipped extract with one made from source files, and says when they differ."""

import json
from pathlib import Path

import numpy as np
import pytest

from energy.profiles import SIMBENCH_FILE, SIMBENCH_SHA256, load_simbench
from energy.profiles.packing import LOADS, PVS, SIMBENCH_FOLDER, digest
from scripts.profiles import main


def _package(folder: Path, columns: dict[str, np.ndarray]) -> Path:
    """A folder laid out as SimBench's package, with our thirteen columns only."""
    inside = folder / SIMBENCH_FOLDER
    inside.mkdir(parents=True)
    for file, names, suffix in (("LoadProfile.csv", LOADS, "_pload"), ("RESProfile.csv", PVS, "")):
        table = np.stack([columns[name] for name in names], axis=1)
        lines = ["time;" + ";".join(name + suffix for name in names)]
        lines += ["x;" + ";".join(map(repr, row)) for row in table.tolist()]
        (inside / file).write_text("\n".join(lines) + "\n")
    return folder


def test_equal_source_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(folder=_package(tmp_path, dict(load_simbench().columns)), as_json=True)
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert said["equal"] is True
    assert said["largest_difference"] < 1e-9
    assert Path(said["file"]) == SIMBENCH_FILE
    assert digest(SIMBENCH_FILE.read_bytes()) == SIMBENCH_SHA256


def test_another_source_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    columns = dict(load_simbench().columns)
    columns["PV1"] = columns["PV1"] * 0.9
    with pytest.raises(SystemExit) as caught:
        main(folder=_package(tmp_path, columns))
    assert caught.value.code == 1
    assert "holds other values" in capsys.readouterr().out
    assert digest(SIMBENCH_FILE.read_bytes()) == SIMBENCH_SHA256
