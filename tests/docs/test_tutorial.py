"""The tutorial does what it says: its files are written and its commands run, in an empty folder."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"```(python|toml|sh)\n(.*?)```", re.DOTALL)


def test_every_command_of_the_tutorial_runs(tmp_path: Path) -> None:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    commands = 0
    for kind, text in BLOCK.findall((ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")):
        if kind != "sh":
            name = text.splitlines()[0].removeprefix("# ")
            (tmp_path / name).write_text(text, encoding="utf-8")
            continue
        done = subprocess.run(
            ["bash", "-e", "-c", text],
            cwd=tmp_path,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{text}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        commands += 1
    assert commands == 5
    for written in (
        "tournament/tables/sessions.csv",
        "mine/policy.npz",
        "mine/learning-curve.png",
        "judged/standings.csv",
    ):
        assert (tmp_path / written).is_file(), written
    assert (tmp_path / "runs" / "my-park-001" / "manifest.json").is_file()
    assert (tmp_path / "mine-2" / "policy.npz").read_bytes() != (
        tmp_path / "mine" / "policy.npz"
    ).read_bytes()
