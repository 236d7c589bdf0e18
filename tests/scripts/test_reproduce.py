"""`wattpact reproduce rec`: what it refuses before anything is played."""

from pathlib import Path

import pytest

from scripts._console import run
from scripts.reproduce import main


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        run(main, arguments)
    assert ended.value.code == 2
    return capsys.readouterr().err


def test_what_is_wrong_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rec = ["rec", "--out", str(tmp_path), "--json"]
    assert "--seeds without --weeks" in refused([*rec, "--seeds", "0-4"], capsys)
    assert "'3;4'" in refused([*rec, "--weeks", "3;4"], capsys)
    assert "'nash', expected one of" in refused([*rec, "--mechanisms", "nash"], capsys)
    assert "week" in refused([*rec, "--week", "60"], capsys)
    assert "--case" in refused([*rec, "--case", "4"], capsys)
    assert list(tmp_path.iterdir()) == []
