"""From what a user names to the courses that a study is about."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from energy.grid import GridError
from scenarios.errors import ScenarioError
from scenarios.grid.courses import Courses
from scenarios.grid.from_case import case_courses
from scenarios.grid.from_run import newest_run, run_courses
from scenarios.load import shipped
from scenarios.rec.load import shipped_cases

E = TypeVar("E", bound=StrEnum)


def choose(
    what: str,
    *,
    week: int | None = None,
    seed: int | None = None,
    year: bool = False,
    exchange: bool | None = None,
    workers: int = 1,
    runs: Path = Path("runs"),
    scenario: str | None = None,
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
) -> Courses:
    """The courses of a finished run's folder, of a shipped scenario's newest run under `runs`, or of a case.

    Parameters
    ----------
    exchange : bool or None
        For a case: whether loans are negotiated; None: for a week, but not for a year.

    Raises
    ------
    ScenarioError
        If there is no such thing, or an option does not go with it.
    """
    folder = Path(what) if Path(what).is_dir() else None
    if folder is None and what in shipped():
        folder = newest_run(runs, what)
        if folder is None:
            expected = f"a finished run of it there: `wattpact run {what}` makes one"
            raise ScenarioError(runs, what, "none", expected)
    if folder is not None:
        for option, given in (("--week", week), ("--year", year or None), ("--exchange", exchange)):
            if given is not None:
                raise ScenarioError(folder, option, str(given), "it not to be given: a run is what it is")
        return run_courses(folder, scenario)
    if scenario is not None:
        raise ScenarioError(Path(what), "--scenario", repr(scenario), "it only with a run's folder")
    if not what.endswith(".toml") and what not in shipped_cases():
        known = ", ".join([*shipped_cases(), *shipped()])
        raise ScenarioError(
            Path(what), "grid", repr(what), f"a run's folder, a case's TOML file, or one of {known}"
        )
    return case_courses(
        what,
        week=week,
        seed=seed,
        year=year,
        exchange=not year if exchange is None else exchange,
        workers=workers,
        progress=progress,
    )


def option_of(kind: type[E], option: str, value: str) -> E:
    """The member of `kind` that is written `value`.

    Raises
    ------
    GridError
        If there is none.
    """
    try:
        return kind(value)
    except ValueError:
        raise GridError(option, value, f"one of {', '.join(kind)}") from None
