"""How commands speak: exit codes, one message on standard error, one JSON object at the end, progress."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pytest
import typer

from scripts._console import Json, command, emit_json, fail, guard, progress, run, takes


class Refusal(ValueError):
    exit_code = 2


class Failure(Exception):
    exit_code = 1


def ends(function: Callable[..., object], *arguments: Any) -> object:
    with pytest.raises(SystemExit) as end:
        function(*arguments)
    return end.value.code


@pytest.mark.parametrize(("error", "code"), [(Refusal, 2), (Failure, 1)])
def test_a_named_refusal_becomes_one_message_and_its_exit_code(
    error: type[Exception], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    @guard
    def work() -> None:
        raise error("a.toml: homes: found 0, expected at least 2")

    assert ends(work) == code
    assert capsys.readouterr() == ("", "error: a.toml: homes: found 0, expected at least 2\n")


def test_notes_are_printed_and_a_nameless_error_says_its_class(capsys: pytest.CaptureFixture[str]) -> None:
    @guard
    def work() -> None:
        error = Refusal()
        error.add_note("in village.toml")
        raise error

    assert ends(work) == 2
    assert capsys.readouterr().err == "error: Refusal\nin village.toml\n"


def test_a_fault_of_ours_is_not_dressed_up() -> None:
    @guard
    def work() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        work()


def test_an_interruption_ends_with_130(capsys: pytest.CaptureFixture[str]) -> None:
    @guard
    def work() -> None:
        raise KeyboardInterrupt

    assert ends(work) == 130
    assert capsys.readouterr().out == ""


def test_fail_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        fail("no", code=1)
    assert end.value.code == 1
    assert capsys.readouterr().err == "error: no\n"


@dataclass(frozen=True, slots=True)
class Value:
    path: Path
    key: bytes


def test_json_is_one_line_whatever_is_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    emit_json(
        {
            "v": Value(Path("a/b"), b"\x01\xff"),
            "n": np.int64(3),
            "a": np.array([1.5, 2]),
            "s": {2, 1},
            "t": "é\n",
        }
    )
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert json.loads(out) == {
        "v": {"path": "a/b", "key": "0x01ff"},
        "n": 3,
        "a": [1.5, 2.0],
        "s": [1, 2],
        "t": "é\n",
    }


@pytest.mark.parametrize("value", [float("nan"), float("inf"), np.float64("nan")])
def test_json_refuses_what_is_no_json(value: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        emit_json({"x": value})


def test_json_refuses_what_it_does_not_know() -> None:
    with pytest.raises(TypeError, match="object has no JSON form"):
        emit_json({"x": object()})


def test_progress_speaks_on_standard_error_only(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("settling", total=4) as work:
        work.advance()
        work.update(2, 4)
        work.say("auditing")
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == ["settling …", "auditing: 2/4"]


def test_progress_is_silent_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("settling", total=4, silent=True) as work:
        work.advance(2)
        work.update(3)
        work.say("auditing")
    assert capsys.readouterr() == ("", "")


def test_progress_draws_a_bar_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with progress("settling", total=4) as work:
        work.advance()
        work.update(3, 5)
        work.say("auditing")
    said = capsys.readouterr()
    assert said.out == ""
    assert "auditing" in said.err
    assert "3/5" in said.err


def add(
    count: Annotated[int, typer.Argument(help="How many.")] = 1,
    as_json: Json = False,
) -> None:
    """Count.

    Example: `wattpact add 3`
    """
    if count < 0:
        raise Refusal(f"count: found {count}, expected at least 0")
    if as_json:
        emit_json({"count": count})


@pytest.mark.parametrize(
    ("arguments", "code", "out"),
    [
        (["3", "--json"], 0, '{"count": 3}\n'),
        ([], 0, ""),
        (["--", "-1"], 2, ""),
        (["three"], 2, ""),
        (["--nonsense"], 2, ""),
    ],
)
def test_run_parses_runs_and_ends_with_the_right_code(
    arguments: list[str], code: int, out: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ends(run, add, arguments) == code
    said = capsys.readouterr()
    assert said.out == out
    assert bool(said.err) == (code != 0)


def test_help_shows_the_options_and_the_example(capsys: pytest.CaptureFixture[str]) -> None:
    assert ends(run, add, ["-h"]) == 0
    out = capsys.readouterr().out
    assert "wattpact add 3" in out
    assert "--json" in out


def test_a_commands_options_are_known_by_name() -> None:
    def deploy(network: Annotated[str, typer.Option("--network", "--chain")] = "memory") -> None: ...

    assert takes(deploy, "--chain")
    assert not takes(add, "--chain")


def test_cli_runs_main_on_the_arguments_of_the_process(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["add", "7", "--json"])
    assert ends(command(add)) == 0
    assert json.loads(capsys.readouterr().out) == {"count": 7}
