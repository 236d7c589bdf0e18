"""Adaptive parties in a run: what they learned is kept from run to run, once for each session, whatever interrupts it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scenarios.errors import ScenarioError
from scenarios.hosts import SimulatedHost
from scenarios.load import load
from scenarios.rehearsal import rehearse
from scenarios.running import RunOptions, RunResult, run_scenario
from tests.scenarios.conftest import SMALL

Write = Callable[..., Path]

ADAPTS = 'strategy = "adaptive"\nparameters = {{ memory = "{file}" }}\nload = {{ column = "{name}.load" }}'


def adapting(text: str = SMALL, **files: str) -> str:
    for name, file in files.items():
        text = text.replace(f'load = {{ column = "{name}.load" }}', ADAPTS.format(file=file, name=name))
    return text


def run(path: Path, out: Path, **more: Any) -> RunResult:
    return run_scenario(load(str(path)), SimulatedHost(), RunOptions(out=out, pictures=False), **more)


def earned(memory: Path) -> tuple[int, float]:
    """Episodes and what they earned, in all."""
    tried = [
        entry for arms in json.loads(memory.read_text())["experience"].values() for entry in arms.values()
    ]
    return sum(entry["episodes"] for entry in tried), sum(entry["earned"] for entry in tried)


def test_what_it_learned_is_what_its_sessions_gained(write: Write, tmp_path: Path) -> None:
    """Of each session the most is (300 − 80) × 150 Wh for ash, who has so much over; oak takes no more than 100 of it."""
    path = write(adapting(ash="ash.json"))
    first = run(path, tmp_path / "runs")
    episodes, total = earned(tmp_path / "ash.json")
    assert episodes == len(first.record.sessions) == 8
    gained = sum(deal.seller_gain for deal in first.record.deals if deal.session)
    assert total == pytest.approx(gained / (220 * 150))
    run(path, tmp_path / "runs")
    assert earned(tmp_path / "ash.json")[0] == 16


class Stopped(BaseException):
    """Stands for Ctrl-C."""


@pytest.mark.parametrize("after", [1, 4, 8])
def test_a_run_that_was_stopped_learns_what_a_whole_one_does(
    write: Write, tmp_path: Path, after: int
) -> None:
    path, memory = write(adapting(ash="ash.json")), tmp_path / "ash.json"
    whole = run(path, tmp_path / "whole")
    learned = json.loads(memory.read_text())
    memory.unlink()

    def stop(what: str, done: int, total: int) -> None:
        if what == "Trading" and done == after:
            raise Stopped

    with pytest.raises(Stopped):
        run(path, tmp_path / "runs", progress=stop)
    result = run(path, tmp_path / "runs")
    assert result.resumed
    assert result.digest == whole.digest
    again = json.loads(memory.read_text())
    assert again["experience"] == learned["experience"]
    assert again["peers"] == learned["peers"]
    assert list(again["runs"].values()) == list(learned["runs"].values())


def test_a_rehearsal_writes_nothing(write: Write, tmp_path: Path) -> None:
    rehearse(load(str(write(adapting(ash="ash.json")))), 1)
    assert not (tmp_path / "ash.json").exists()


def test_without_a_file_it_learns_for_the_run(write: Write, tmp_path: Path) -> None:
    path = write(SMALL.replace('name = "ash"', 'name = "ash"\nstrategy = "adaptive"'))
    result = run(path, tmp_path / "runs")
    assert len(result.record.sessions) == 8
    assert not list(tmp_path.glob("*.json"))


def test_a_damaged_memory_stops_a_run_before_it_starts(write: Write, tmp_path: Path) -> None:
    path, memory = write(adapting(ash="ash.json")), tmp_path / "ash.json"
    run(path, tmp_path / "runs")
    cut = memory.read_bytes()[:-40]
    memory.write_bytes(cut)
    before = sorted((tmp_path / "runs").iterdir())
    with pytest.raises(ScenarioError, match=r"party\[1\]\.parameters\.memory.*ash\.json: syntax") as refused:
        run(path, tmp_path / "runs")
    assert refused.value.exit_code == 2
    assert memory.read_bytes() == cut
    assert sorted((tmp_path / "runs").iterdir()) == before


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"ash": "nowhere/ash.json"}, "a folder that is there"),
        ({"ash": "one.json", "oak": "one.json"}, "a file of its own"),
        ({"ash": "ash.txt"}, "a file NAME.json"),
    ],
)
def test_a_memory_that_cannot_be_is_refused(
    write: Write, tmp_path: Path, files: dict[str, str], told: str
) -> None:
    with pytest.raises(ScenarioError, match=told):
        run(write(adapting(**files)), tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


def test_a_near_name_finds_it(write: Write, tmp_path: Path) -> None:
    wrong = SMALL.replace('name = "ash"', 'name = "ash"\nstrategy = "adaptiv"')
    with pytest.raises(ScenarioError, match="nearest: adaptive"):
        run(write(wrong), tmp_path / "runs")
