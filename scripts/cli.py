"""The ``wattpact`` command: finds the commands beside this file, lists them, and hands over to one.

A command's module is imported only when it is run; the list is read from docstrings without importing anything, so
that ``wattpact --help`` is instant however heavy the commands are.
"""

import ast
import importlib
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def available() -> dict[str, Path]:
    """The commands by name (dashes for underscores), in alphabetical order."""
    files = sorted(FOLDER.glob("[a-z]*.py"))
    return {f.stem.replace("_", "-"): f for f in files if f.stem != Path(__file__).stem}


def summary(file: Path) -> str:
    """The first line of the docstring of ``main``, or else of the module."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    documented: list[ast.FunctionDef | ast.Module] = [
        *(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "main"),
        tree,
    ]
    text = next((doc for node in documented if (doc := ast.get_docstring(node))), "")
    return text.partition("\n")[0]


def usage() -> str:
    """What ``wattpact --help`` prints."""
    commands = available()
    width = max(map(len, commands), default=0)
    lines = [f"  {name:<{width}}  {summary(file)}" for name, file in commands.items()]
    return "\n".join(
        [
            "Usage: wattpact COMMAND [OPTIONS]",
            "",
            "A market in which neighbours' software agents negotiate energy contracts that a chain settles.",
            "",
            "Commands:",
            *(lines or ["  (none)"]),
            "",
            "Options:",
            "  -h, --help  Show this list; after a command, its own help with an example.",
            "  --version   Show the version.",
        ]
    )


def dispatch(arguments: Sequence[str] | None = None) -> None:
    """Run the command that ``arguments`` (those of the process, if None) name; always ends by SystemExit."""
    name, *rest = list(sys.argv[1:] if arguments is None else arguments) or [""]
    if name in ("-h", "--help", "help"):
        print(usage())
        raise SystemExit(0)
    if name == "--version":
        from importlib.metadata import version

        print(f"wattpact {version('wattpact')}")
        raise SystemExit(0)
    commands = available()
    if name not in commands:
        print(
            usage() if not name else f"error: no command {name!r}{_hint(name, list(commands))}",
            file=sys.stderr,
        )
        raise SystemExit(2)
    module = importlib.import_module(f"scripts.{commands[name].stem}")
    from scripts._console import run

    run(module.main, rest, name=f"wattpact {name}")


def _hint(name: str, commands: list[str]) -> str:
    close = get_close_matches(name, commands, n=1)
    return f"; did you mean {close[0]!r}?" if close else "; `wattpact --help` lists them"


if __name__ == "__main__":
    dispatch()
