"""How every command speaks: errors and exit codes, progress, and the one JSON object for machines.

A command is a plain function ``main`` whose annotations are its options (Typer reads them), and two lines below it::

    cli = command(main)

    if __name__ == "__main__":
        cli()

``wattpact NAME`` and ``python scripts/NAME.py`` then behave alike, and ``ape run NAME`` finds ``cli``. A script
imports at its top only what is light (this module, typer, the standard library) and the rest inside ``main``, so
that help stays instant. What a command does is not decided here.

Exit codes: 0, it did what it was asked; 1, a check it made failed; 2, what it was given is wrong; 130, interrupted.
An exception chooses 1 or 2 by its attribute ``exit_code``; one without it is a fault of ours and shows its traceback.
"""

import functools
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from pathlib import PurePath
from typing import Annotated, Any, NoReturn, ParamSpec, Protocol, TypeVar

import typer

P = ParamSpec("P")
R = TypeVar("R")

Json = Annotated[
    bool, typer.Option("--json", help="Print one JSON object as the last line, and no progress.")
]
"""The option that every command has."""

_QUIET_SECONDS = 10.0
"""Without a terminal a line of progress is printed at most this often."""


def fail(message: str, *, code: int = 2) -> NoReturn:
    """Say on standard error why nothing was done, and end with ``code``."""
    print(f"error: {message}", file=sys.stderr)
    raise SystemExit(code)


def guard(function: Callable[P, R]) -> Callable[P, R]:
    """Turn a refusal (an exception with ``exit_code``) into one message on standard error and that exit code.

    The message is the exception's own text, with its notes; everything else passes through unchanged.
    """

    @functools.wraps(function)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except KeyboardInterrupt as stop:
            print("\n".join(["interrupted", *getattr(stop, "__notes__", [])]), file=sys.stderr)
            raise SystemExit(130) from None
        except Exception as refusal:
            code = getattr(refusal, "exit_code", None)
            # Typer's own exits and usage errors carry the attribute too, and print themselves.
            if not isinstance(code, int) or type(refusal).__module__.partition(".")[0] in {"typer", "click"}:
                raise
            fail(
                "\n".join([str(refusal) or type(refusal).__name__, *getattr(refusal, "__notes__", [])]),
                code=code,
            )

    return guarded


def emit_json(value: Any) -> None:
    """Print ``value`` as one line of JSON on standard output; NaN and infinities are refused (ValueError)."""
    line = json.dumps(value, allow_nan=False, ensure_ascii=False, default=_plain)
    print(line, flush=True)


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, bytes | bytearray):
        return "0x" + value.hex()
    if isinstance(value, set | frozenset):
        return sorted(value)
    if callable(getattr(value, "tolist", None)):  # numpy arrays and scalars, without importing numpy
        return value.tolist()
    raise TypeError(f"{type(value).__name__} has no JSON form: {value!r}")


class Progress(Protocol):
    """What a long piece of work tells its watcher."""

    def advance(self, steps: int = 1) -> None: ...

    def update(self, done: int, total: int | None = None) -> None:
        """Set the absolute position, and the end where it has become known."""

    def say(self, text: str) -> None:
        """Replace the description."""


class _Silent:
    def advance(self, steps: int = 1) -> None:
        pass

    def update(self, done: int, total: int | None = None) -> None:
        pass

    def say(self, text: str) -> None:
        pass


class _Lines:
    """Plain lines, for logs."""

    def __init__(self, text: str, total: int | None) -> None:
        self._text, self._done, self._total = text, 0, total
        self._printed = time.monotonic()
        print(f"{text} …", file=sys.stderr, flush=True)

    def advance(self, steps: int = 1) -> None:
        self.update(self._done + steps)

    def update(self, done: int, total: int | None = None) -> None:
        self._done, self._total = done, self._total if total is None else total
        if time.monotonic() - self._printed >= _QUIET_SECONDS:
            self._print()

    def say(self, text: str) -> None:
        if text != self._text:
            self._text = text
            self._print()

    def _print(self) -> None:
        of = "" if self._total is None else f"/{self._total}"
        print(f"{self._text}: {self._done}{of}", file=sys.stderr, flush=True)
        self._printed = time.monotonic()


class _Bar:
    """A bar on the terminal, drawn by rich."""

    def __init__(self, bar: Any, text: str, total: int | None) -> None:
        self._bar, self._task = bar, bar.add_task(text, total=total)

    def advance(self, steps: int = 1) -> None:
        self._bar.advance(self._task, steps)

    def update(self, done: int, total: int | None = None) -> None:
        known = {} if total is None else {"total": total}
        self._bar.update(self._task, completed=done, **known)

    def say(self, text: str) -> None:
        self._bar.update(self._task, description=text)


@contextmanager
def progress(text: str, *, total: int | None = None, silent: bool = False) -> Iterator[Progress]:
    """Show how far a piece of work is, on standard error: a bar on a terminal, rare plain lines elsewhere.

    ``silent`` (a command passes its ``--json``) shows nothing. ``total`` is the number of steps, if known.
    """
    if silent:
        yield _Silent()
    elif not sys.stderr.isatty():
        yield _Lines(text, total)
    else:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as RichProgress

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with RichProgress(*columns, console=Console(stderr=True), transient=True) as bar:
            yield _Bar(bar, text, total)


def _application(main: Callable[..., Any]) -> typer.Typer:
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="markdown")
    app.command(context_settings={"help_option_names": ["-h", "--help"]})(guard(main))
    return app


def takes(main: Callable[..., Any], option: str) -> bool:
    """Whether the command ``main`` has an option of this name (with its dashes)."""
    return any(option in parameter.opts for parameter in typer.main.get_command(_application(main)).params)


def stages(bar: Progress) -> Callable[[str, int, int], None]:
    """What a run calls with (what is being done, how much of it is over, of how much), shown on ``bar``."""

    def show(what: str, done: int, total: int) -> None:
        bar.say(what)
        bar.update(done, total)

    return show


def printer(width: int = 120) -> Any:
    """Where a command prints what people read: the terminal, or ``width`` columns where there is none."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=False, width=None if sys.stdout.isatty() else width)


def run(
    main: Callable[..., Any], arguments: Sequence[str] | None = None, *, name: str | None = None
) -> NoReturn:
    """Parse ``arguments`` (those of the process, if None) for ``main``, run it guarded, and end the process."""
    _application(main)(None if arguments is None else list(arguments), prog_name=name)
    raise SystemExit(0)


def command(main: Callable[..., Any]) -> Callable[[], Any]:
    """The object that a script calls ``cli``: call it to run ``main`` on the arguments of the process.

    While ``ape run`` loads the script it is a command of Ape's kind, connected to the network Ape was given.
    """
    if "ape_run" in sys.modules:
        from scripts._ape import connected

        return connected(main)
    return functools.partial(run, main)
