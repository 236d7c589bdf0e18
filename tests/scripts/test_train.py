"""``wattpact train`` and ``evaluate``: what wrong input gets, before anything is written."""

import subprocess
import sys
from pathlib import Path

import pytest

from scripts.train import WrongChange, changed


def wattpact(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "wattpact"), *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def test_changes_are_read_as_toml_or_as_texts() -> None:
    assert changed(["steps=100", "hidden=[8, 8]", "activation=relu", "gamma=0.5"]) == {
        "steps": 100,
        "hidden": [8, 8],
        "activation": "relu",
        "gamma": 0.5,
    }
    with pytest.raises(WrongChange, match="KEY=VALUE"):
        changed(["steps"])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("train", "park-day", "--set", "stepz=5"), "stepz"),
        (("train", "park-day", "--set", "gamma=2"), "gamma"),
        (("train", "park-day", "--seed", "1", "--seeds", "0,1"), "--seed: found beside --seeds"),
        (("train", "park-day", "--seeds", "1,1"), "--seeds: found '1,1'"),
        (("train", "park-day", "--against", "selves"), "pool+league"),
        (("train", "park-dya"), "park-day"),
        (("train", "village-day"), "market.meetings"),
        (("train", "park-day", "--start", "parc"), "park"),
        (("train", "park-day", "--continue", "nowhere"), "tables/sessions.parquet"),
        (("evaluate", "--policy", "absent.npz"), "absent.npz"),
        (("evaluate", "--against", "boulwear"), "boulware"),
        (("train", "park-day", "--what", "loans"), "loans: found no such table"),
        (("train", "village-loans", "--what", "loans", "--set", "gamma=2"), "gamma"),
        (("train", "village-loans", "--what", "loans", "--with", "park-day"), "loans: found no such table"),
        (("train", "park-day", "--with", "village-day"), "training.with"),
        (("evaluate", "park-day", "--what", "loans"), "loans: found no such table"),
        (("evaluate", "village-loans", "--what", "loans", "--policy", "lones"), "expected loans"),
        (("evaluate", "village-loans", "--what", "loans", "--policy", "park"), "environment"),
        (("evaluate", "village-loans", "--what", "loans", "--against", "boulwear"), "boulware"),
    ],
)
def test_wrong_input_is_one_message_and_nothing_is_written(
    arguments: tuple[str, ...], told: str, tmp_path: Path
) -> None:
    done = wattpact(*arguments, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.rglob("*.npz"))
