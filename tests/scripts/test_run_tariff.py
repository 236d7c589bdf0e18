"""``wattpact run`` of a community's contract and ``wattpact audit --community`` of its ballots, as a user calls them."""

import json
from pathlib import Path

import pytest

from scripts._console import run as call
from scripts.audit import main as audit
from scripts.run import main
from tests.scenarios.community.conftest import TARIFF


def test_a_contract_s_months_by_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On the embedded chain: the last line is JSON; the run's own ballots are counted again and found as they were."""
    path = tmp_path / "lane.toml"
    path.write_text(TARIFF)
    with pytest.raises(SystemExit) as ended:
        call(main, [str(path), "--out", str(tmp_path / "runs"), "--no-pictures", "--json"])
    assert ended.value.code == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (result["scenario"], result["ledger"], result["audit"]["verdict"]) == ("lane", "memory", "pass")
    assert result["community"]["bills"] == 9
    assert result["tokens_conserved"]
    folder = Path(result["folder"])
    with pytest.raises(SystemExit) as ended:
        call(
            audit,
            ["--chain", str(folder), "--community", str(folder / "votes" / "lane-end.json"), "--json"],
        )
    assert ended.value.code == 0
    report = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert report["verdict"] == "pass"
    assert report["checks"]["community.ballots"] == 2  # who votes: a dependent customer does not


def test_what_people_read_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "lane.toml"
    path.write_text(TARIFF)
    with pytest.raises(SystemExit) as ended:
        call(main, [str(path), "--ledger", "simulated", "--out", str(tmp_path / "runs"), "--no-pictures"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    for word in ("Three in a lane", "old tariff", "new tariff", "saving", "ada", "audit: pass"):
        assert word in told


def test_a_wrong_contract_is_told_in_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "lane.toml"
    path.write_text(TARIFF.replace('strategy = "MSV"', 'strategy = "MSW"'))
    with pytest.raises(SystemExit) as ended:
        call(main, [str(path), "--ledger", "simulated", "--out", str(tmp_path / "runs")])
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert "lane.toml" in told
    assert "'MSW'" in told
    assert "Traceback" not in told
    assert not (tmp_path / "runs").exists()
