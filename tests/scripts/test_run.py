"""``wattpact run`` and ``wattpact reproduce`` as a user calls them: exit codes, one message, the last line of JSON."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

STREET = """\
name = "street"
title = "Two homes"
utility = "electricity"
intervals = 4

[provider]
name = "grid"
funds = 50
tariff = [{ from = 0, buy = 0.08, sell = 0.30 }]

[data]
source = "csv"
file = "homes.csv"

[[party]]
name = "ash"
load = { column = "ash.load" }
pv = { column = "ash.pv" }
strategy = "mine:Patient"

[[party]]
name = "oak"
load = { column = "oak.load" }
"""

HOMES = """\
time,ash.load [kW],ash.pv [kW],oak.load [kW]
2024-06-03T00:00,0.4,1.0,0.5
2024-06-03T00:15,0.4,1.1,0.5
2024-06-03T00:30,0.5,1.3,0.6
2024-06-03T00:45,0.5,1.2,0.6
"""


def readme_strategy() -> str:
    """The strategy that the README shows."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return next(part.partition("```")[0] for part in text.split("```python\n")[1:] if "class Patient" in part)


def wattpact(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from scripts.cli import dispatch; dispatch()", *arguments],
        cwd=cwd,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def street(tmp_path: Path) -> Path:
    (tmp_path / "street.toml").write_text(STREET)
    (tmp_path / "homes.csv").write_text(HOMES)
    (tmp_path / "mine.py").write_text(readme_strategy())
    return tmp_path


def test_a_scenario_and_a_strategy_of_ones_own_run(street: Path) -> None:
    done = wattpact("run", "street.toml", "--ledger", "simulated", "--json", cwd=street)
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    found = json.loads(line)
    # What DESIGN promises to machines.
    assert set(found) >= {
        "scenario",
        "seed",
        "ledger",
        "intervals",
        "sessions",
        "agreements",
        "settled",
        "refunds",
        "loans",
        "tokens_conserved",
        "digest",
        "audit",
        "seconds",
    }
    assert (found["scenario"], found["ledger"], found["intervals"]) == ("street", "simulated", 4)
    assert found["agreements"] > 0
    assert found["tokens_conserved"] is True
    assert found["audit"]["verdict"] == "pass"
    assert (street / "runs" / "street-001" / "pictures" / "day.png").stat().st_size > 10_000


def test_a_person_gets_a_summary(street: Path) -> None:
    done = wattpact("run", "street.toml", "--ledger", "simulated", "--no-pictures", cwd=street)
    assert done.returncode == 0
    assert "every token is where it should be" in done.stdout
    assert "Patient" not in done.stderr


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (
            "street.toml",
            "funds = 50",
            "funds = -1",
            "street.toml: provider.funds: found -1, expected greater than 0",
        ),
        ("street.toml", "mine:Patient", "mine:Patent", "party[1].strategy"),
        ("homes.csv", "0.4,1.1,0.5", "0.4,nan,0.5", "homes.csv"),
        ("homes.csv", "2024-06-03T00:30,0.5,1.3,0.6\n", "", "homes.csv"),
        ("homes.csv", "[kW],ash.pv", "[MW],ash.pv", "homes.csv"),
        ("homes.csv", "2024-06-03T00:30", "2024-06-03T00:15", "homes.csv"),
    ],
)
def test_wrong_input_ends_with_code_2_and_one_message(
    street: Path, file: str, old: str, new: str, message: str
) -> None:
    path = street / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    done = wattpact("run", "street.toml", "--json", cwd=street)
    assert done.returncode == 2
    assert done.stdout == ""
    complaint = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(complaint) == 1
    assert message in complaint[0]
    assert "found" in complaint[0]
    assert "expected" in complaint[0]
    assert "Traceback" not in done.stderr
    assert not (street / "runs").exists()  # nothing was begun


def test_an_unreachable_node_is_code_2_and_leaves_nothing_sent(street: Path) -> None:
    done = wattpact("run", "street.toml", "--chain", "http://127.0.0.1:9", "--json", cwd=street)
    assert done.returncode == 2
    assert "127.0.0.1:9" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (street / "runs").exists()


def test_waiting_for_long_intervals_is_refused_before_anything_is_sent(street: Path) -> None:
    done = wattpact("run", "street.toml", "--realtime", "--json", cwd=street)
    assert done.returncode == 2
    assert "found intervals of 900 s, expected --interval at most 60" in done.stderr
    assert not (street / "runs").exists()


def test_the_case_study_holds_on_the_simulated_ledger_too(tmp_path: Path) -> None:
    done = wattpact("reproduce", "eip", "--ledger", "simulated", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert [claim["id"] for claim in found["claims"] if not claim["holds"]] == []
    assert {"price-step", "amount-step", "price", "paid", "remaining-deficit"} <= {
        c["id"] for c in found["claims"]
    }
    assert all((tmp_path / path).is_file() for path in found["pictures"])
    assert len(found["pictures"]) == 2
