"""The ``wattpact`` command: it lists and finds commands, and imports nothing that it does not run."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.cli import FOLDER, available, dispatch, summary

HEAVY = {"web3", "matplotlib", "polars", "numpy", "eth", "eth_tester", "pydantic", "typer", "rich"}


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], cwd=FOLDER.parent, capture_output=True, text=True, check=False
    )


def test_help_lists_every_command_and_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom scripts.cli import dispatch\n"
        "try:\n    dispatch(['--help'])\n"
        f"finally:\n    print(sorted({HEAVY!r} & set(sys.modules)), file=sys.stderr)\n"
    )
    done = python(code)
    assert done.returncode == 0
    assert done.stderr == "[]\n"
    for name, file in available().items():
        assert f"  {name} " in done.stdout
        assert summary(file) in done.stdout


def test_shared_files_are_no_commands() -> None:
    assert not any(name.startswith("-") or name in {"cli", "console"} for name in available())


@pytest.mark.parametrize("name", list(available()))
def test_every_command_has_the_same_shape(name: str) -> None:
    """One ``main`` with a docstring that shows an example, ``--json``, and the two lines that run it."""
    file = available()[name]
    text = file.read_text(encoding="utf-8")
    tree = ast.parse(text)
    [main] = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "main"]
    help_text = ast.get_docstring(main)
    assert help_text is not None
    assert "Example" in help_text
    assert f"wattpact {name}" in help_text
    arguments = [*main.args.args, *main.args.kwonlyargs]
    assert "Json" in [ast.unparse(a.annotation) for a in arguments if a.annotation is not None]
    assert "\ncli = command(main)\n" in text
    assert text.endswith('if __name__ == "__main__":\n    cli()\n')


@pytest.mark.parametrize("name", list(available()))
def test_a_command_imports_the_heavy_things_only_when_it_runs(name: str) -> None:
    heavy = HEAVY - {"typer", "rich"}
    module = f"scripts.{available()[name].stem}"
    done = python(f"import sys, {module}\nprint(sorted({heavy!r} & set(sys.modules)))")
    assert (done.stdout, done.stderr) == ("[]\n", "")


@pytest.mark.parametrize("name", list(available()))
def test_every_command_shows_its_help_alone_and_through_wattpact(name: str) -> None:
    alone = subprocess.run(
        [sys.executable, str(available()[name]), "--help"],
        cwd=FOLDER.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    through = subprocess.run(
        [sys.executable, "-m", "scripts.cli", name, "--help"],
        cwd=FOLDER.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (alone.returncode, through.returncode) == (0, 0), alone.stderr + through.stderr
    assert f"wattpact {name}" in through.stdout
    assert "--json" in alone.stdout


def test_an_unknown_command_ends_with_2_and_a_hint(capsys: pytest.CaptureFixture[str]) -> None:
    [first, *_] = available()
    with pytest.raises(SystemExit) as end:
        dispatch([first[:-1] + "_"])
    assert end.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert f"did you mean {first!r}" in said.err


def test_no_command_shows_the_list_but_is_no_success(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        dispatch([])
    assert end.value.code == 2
    said = capsys.readouterr()
    assert "Commands:" in said.err
    assert said.out == ""


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        dispatch(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out.startswith("wattpact 0.")


def test_the_summary_is_the_first_line_of_mains_docstring(tmp_path: Path) -> None:
    file = tmp_path / "demo.py"
    file.write_text(
        '"""Module."""\n\ndef main() -> None:\n    """Do it.\n\n    More.\n    """\n', encoding="utf-8"
    )
    assert summary(file) == "Do it."
    file.write_text('"""Module."""\n', encoding="utf-8")
    assert summary(file) == "Module."
