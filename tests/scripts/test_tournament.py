"""``wattpact tournament`` as a user calls it: tables and pictures, the last line of JSON, refusals before anything runs."""

import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from tests.learning.judging.learned import stubborn

ROOT = Path(__file__).resolve().parents[2]

PATIENT = """\
from agents.builtin import Boulware


class Patient(Boulware):
    CR = 0.2
"""


def wattpact(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from scripts.cli import dispatch; dispatch()", *arguments],
        cwd=cwd,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_strategy_of_ones_own_against_a_built_in_one(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(PATIENT)
    told = wattpact(
        "tournament", "mine:Patient", "conceder", "--domains", "3", "--seeds", "2", "--jobs", "1", "--json",
        cwd=tmp_path,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    result = json.loads(told.stdout.splitlines()[-1])
    assert result["sessions"] == 24
    assert {row["strategy"] for row in result["strategies"]} == {"mine:Patient", "conceder"}
    assert all(row["violations"] == 0 == row["faults"] for row in result["strategies"])
    assert result["game"]["symmetric"]
    folder = tmp_path / "runs" / "tournament"
    assert {path.name for path in (folder / "pictures").iterdir()} == {
        "pairs.png",
        "ranking.png",
        "space.png",
    }
    sessions = pl.read_parquet(folder / "tables" / "sessions.parquet")
    assert sessions.height == 24
    assert sessions.columns == pl.read_csv(folder / "tables" / "sessions.csv").columns
    mean = sessions.filter(pl.col("seller") == "conceder")["seller_utility"].to_list()
    mean += sessions.filter(pl.col("buyer") == "conceder")["buyer_utility"].to_list()
    row = next(row for row in result["strategies"] if row["strategy"] == "conceder")
    assert row["utility"][0] == pytest.approx(sum(mean) / len(mean))
    assert not (folder / "tasks").exists(), "nothing is kept of a tournament that is over"


def test_a_policy_in_trades_and_loans(tmp_path: Path) -> None:
    stubborn(30).save(tmp_path / "mine.npz")
    told = wattpact(
        "tournament", "mine.npz", "boulware", "--what", "both", "--domains", "4", "--seeds", "1", "--jobs", "1",
        "--json", cwd=tmp_path,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    result = json.loads(told.stdout.splitlines()[-1])
    assert (result["about"], result["rounds"], result["sessions"]) == (["trades", "loans"], 30, 16)
    sessions = pl.read_parquet(tmp_path / "runs" / "tournament" / "tables" / "sessions.parquet")
    assert sessions["kind"].value_counts().sort("kind").rows() == [("loans", 8), ("trades", 8)]
    assert (tmp_path / "runs" / "tournament" / "pictures" / "space.png").stat().st_size > 10_000


def test_people_read_a_table(tmp_path: Path) -> None:
    told = wattpact(
        "tournament", "boulware", "linear", "--domains", "2", "--seeds", "1", "--jobs", "1", "--no-pictures",
        cwd=tmp_path,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    assert "Strategies by mean utility, 8 sessions about trades in 2 domains" in told.stdout
    assert "symmetric equilibrium" in told.stdout
    assert not (tmp_path / "runs" / "tournament" / "pictures").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["bolware", "linear"],
            "strategy: found 'bolware', expected module:Class or a built-in; nearest: boulware",
        ),
        (["linear", "--backend", "rays"], "backend: found 'rays', expected joblib or ray"),
        (["park"], "environment: found 'session'"),
        (["mine:Patient", "--what", "loans"], "strategy: found 'mine:Patient', expected for loans"),
        (["mine:Missing"], "strategy: found 'mine:Missing', expected its module"),
    ],
)
def test_what_is_wrong_is_said_before_anything_runs(
    tmp_path: Path, arguments: list[str], message: str
) -> None:
    told = wattpact("tournament", *arguments, cwd=tmp_path)
    assert told.returncode == 2
    assert told.stderr.startswith(f"error: {message}")
    assert not (tmp_path / "runs").exists()
