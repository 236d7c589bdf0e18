"""``wattpact community`` and ``wattpact reproduce cec`` as a user calls them: the last line of JSON, pictures, refusals."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from scripts._console import run
from scripts.community import main
from tests.scenarios.community.files import written

ROOT = Path(__file__).resolve().parents[2]


def wattpact(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from scripts.cli import dispatch; dispatch()", *arguments],
        cwd=cwd,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_all_eight_strategies_in_one_command(tmp_path: Path) -> None:
    written(tmp_path)
    told = wattpact("community", "small.toml", "--json", cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    result = json.loads(told.stdout.splitlines()[-1])
    assert (result["communities"], result["community"], result["mode"]) == ("small", "mill", "tariff")
    names = ["RM", "RM-IDM", "SSV", "MSV", "CSV", "USV", "SBV", "SDV"]
    assert [one["strategy"] for one in result["strategies"]] == names
    for one in result["strategies"]:
        # Definition 8 and 9, from rates in tokens per kWh and the file's kWh.
        day, night = one["rates"]["day"], one["rates"]["night"]
        assert abs(one["members"]["ash"]["cost"] - (900 * day + 100 * night)) < 1e-6
        assert abs(one["cost"] - (1250 * day + 400 * night)) < 1e-6
        assert one["turns"] <= 12
    assert {"strategies.png", "negotiation-RM.png"} <= {Path(picture).name for picture in result["pictures"]}
    assert all((tmp_path / picture).stat().st_size > 10_000 for picture in result["pictures"])


def test_what_people_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path)
    with pytest.raises(SystemExit) as ended:
        run(main, [str(path), "--no-pictures", "--strategy", "RM,SBV"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert "agreed" in shown
    assert "illustrative" not in shown
    with pytest.raises(SystemExit):
        run(main, ["public-buildings", "--no-pictures", "--strategy", "RM"])
    assert "The inputs are illustrative" in capsys.readouterr().out


def test_bids_in_one_command(tmp_path: Path) -> None:
    example = ROOT / "scenarios/community/day-ahead-example.csv"
    arguments = ["community", "public-buildings", "--bid", str(example), "--strategy", "RM,USV"]
    told = wattpact(*arguments, "--json", cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    result = json.loads(told.stdout.splitlines()[-1])
    assert result["mode"] == "bid"
    assert result["illustrative"] is True
    for one in result["strategies"]:
        assert one["hours"] == 8 * 24 - 1
        assert 0 < one["accepted"] <= one["bids"] <= one["hours"]
        assert abs(sum(member["cost"] for member in one["members"].values()) - one["cost"]) < 1e-4
        taken = [each for each in one["by_hour"] if each["accepted"]]
        assert all(each["bid"]["price"] >= each["price"] for each in taken)
    assert result["pictures"] == ["runs/public-buildings-ministries/bids.png"]


def test_what_is_wrong_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, ("hours = [[0, 7]]", "hours = [[0, 8]]"))
    monkeypatch.chdir(tmp_path)
    for arguments, expected in (
        (["small.toml"], "an hour that day does not have"),
        (["public-building"], "did you mean public-buildings?"),
        (["public-buildings", "--community", "minstries"], "did you mean ministries?"),
        (["public-buildings", "--community", "schools", "--strategy", "SSV"], "RM or RM-IDM"),
        (["public-buildings", "--strategy", "SVS"], "one of RM, RM-IDM, SSV"),
        (["public-buildings", "--strategy", "mine:Own"], "its module"),
        (["public-buildings", "--bid", "none.csv"], "a readable CSV file"),
    ):
        with pytest.raises(SystemExit) as ended:
            run(main, [*arguments, "--no-pictures"])
        assert ended.value.code == 2
        assert expected in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["small.toml"]


def test_the_case_study_in_one_command(tmp_path: Path) -> None:
    told = wattpact("reproduce", "cec", "--communities", "4", "--jobs", "1", "--json", cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    result = json.loads(told.stdout.splitlines()[-1])
    assert result["illustrative"] is True
    assert len(result["claims"]) == 14
    for claim in result["claims"]:
        assert set(claim) == {"id", "source", "paper", "ours", "holds"}
        assert claim["holds"] != (claim["id"] in result["why"])
    assert result["shares"]["csv-usv"]["of"] <= 4
    pictures = {Path(picture).stem for picture in result["pictures"]}
    assert pictures >= {"strategies", "benefits", "rise", "statements", "depends"}
    assert all((tmp_path / picture).stat().st_size > 10_000 for picture in result["pictures"])
    assert json.loads((tmp_path / "runs/cec/claims.json").read_text())["claims"] == result["claims"]
    assert not (tmp_path / "runs/cec/tasks").exists()
