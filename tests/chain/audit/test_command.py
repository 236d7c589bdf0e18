"""``wattpact audit``: verdicts as exit codes, one JSON object, and messages that say what was found and expected."""

import json
import shutil
from pathlib import Path

import pytest

from chain.embedded import EmbeddedNetwork
from chain.persistence import save
from scripts._console import run
from scripts.audit import main
from tests.chain.audit.stage import Stage


@pytest.fixture
def folder(stage: Stage, tmp_path: Path) -> Path:
    """A run's folder, as far as an audit needs it."""
    save(stage.network(), tmp_path / "chain.sqlite")
    return tmp_path


def command(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        run(main, list(arguments), name="audit")
    return int(ended.value.code or 0)


def test_passes_with_one_json_object(stage: Stage, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("--registry", stage.registry, "--chain", str(folder), "--json") == 0
    report = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (report["verdict"], report["violations"]) == ("pass", [])
    idle = {name for name, count in report["checks"].items() if not count}
    assert all(name.startswith("forward.") for name in idle)  # nobody signs one here


def test_shows_a_table_to_people(stage: Stage, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("--registry", stage.registry, "--chain", str(folder)) == 0
    out = capsys.readouterr().out
    assert "settlement" in out
    assert "pass: " in out


def test_a_chain_that_was_tampered_with_fails(
    stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A saved chain of which somebody rewrote a contract's code: its blocks still hash."""
    database = dict(stage.database)
    code = stage.network().code(bytes.fromhex(stage.negotiator[2:]))
    key = next(key for key, value in database.items() if value == code)
    database[key] = database[key][:-1] + bytes((database[key][-1] ^ 1,))
    save(EmbeddedNetwork(database), tmp_path / "chain.sqlite")
    assert command("--registry", stage.registry, "--chain", str(tmp_path), "--json") == 1
    report = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert report["verdict"] == "fail"
    assert {violation["check"] for violation in report["violations"]} == {"code"}


def test_says_what_is_missing(stage: Stage, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("--chain", str(folder)) == 2
    assert "--registry: missing" in capsys.readouterr().err
    assert command("--chain", str(folder), "--registry", "0x12") == 2
    assert "found '0x12', expected an address" in capsys.readouterr().err
    assert command("--chain", str(folder), "--registry", "0x" + "11" * 20) == 2
    assert "no code" in capsys.readouterr().err
    shutil.rmtree(folder)
    folder.mkdir()
    assert command("--chain", str(folder), "--registry", stage.registry) == 2
    assert "holds no saved chain" in capsys.readouterr().err
