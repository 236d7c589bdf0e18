"""``wattpact sweep`` as a user calls it: rows, the last line of JSON, refusals before anything runs."""

import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from tests.scenarios.conftest import SMALL, profiles

ROOT = Path(__file__).resolve().parents[2]


def wattpact(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    (cwd / "small.toml").write_text(SMALL)
    (cwd / "homes.csv").write_text(profiles())
    return subprocess.run(
        [sys.executable, "-c", "from scripts.cli import dispatch; dispatch()", *arguments],
        cwd=cwd,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_sweep_of_two_keys(tmp_path: Path) -> None:
    told = wattpact(
        "sweep", "small.toml", "--vary", "market.max_rounds=10,20", "--vary", "party.ash.strategy=boulware,conceder",
        "--seeds", "0:2", "--measure", "gain.ash", "--jobs", "1", "--json", cwd=tmp_path,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    result = json.loads(told.stdout.splitlines()[-1])
    assert result["axes"] == {
        "market.max_rounds": ["10", "20"],
        "party.ash.strategy": ["boulware", "conceder"],
    }
    assert len(result["days"]) == 8
    assert len({day["digest"] for day in result["days"]}) > 1
    first = [day["gain.ash"] for day in result["days"][:2]]
    assert result["points"][0]["values"] == {"market.max_rounds": 10, "party.ash.strategy": "boulware"}
    assert result["points"][0]["gain.ash"][0] == pytest.approx(sum(first) / 2)
    folder = tmp_path / "runs" / "sweep"
    assert pl.read_csv(folder / "tables" / "days.csv").height == 8
    assert (folder / "pictures" / "gain.ash.png").exists()
    assert not (folder / "tasks").exists()


def test_people_read_a_table(tmp_path: Path) -> None:
    told = wattpact("sweep", "small.toml", "--seeds", "3", "--jobs", "1", cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    assert "gain over 1 seeds" in told.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--vary", "market.max_round=10"], "market.max_round: found unknown key"),
        (["--measure", "gains"], "--measure: found 'gains', expected one of gain"),
        (["--backend", "cluster"], "backend: found 'cluster', expected joblib or ray"),
    ],
)
def test_what_is_wrong_is_said_before_anything_runs(
    tmp_path: Path, arguments: list[str], message: str
) -> None:
    told = wattpact("sweep", "small.toml", *arguments, cwd=tmp_path)
    assert told.returncode == 2
    assert message in told.stderr
    assert told.stderr.startswith("error: ")
    assert not (tmp_path / "runs").exists()
