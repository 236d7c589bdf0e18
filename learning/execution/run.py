"""The one executor: tasks in, results out, in the order of the tasks, whatever the backend did in between."""

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

from learning.execution.errors import SameKey, TaskFailed, UnknownBackend
from learning.execution.kept import ABSENT, Kept
from learning.execution.task import Finished, Function, Raised, Task

Progress = Callable[[str, int, int], None]
"""(what is being done, how many tasks are over, how many there are)"""

BACKENDS = ("joblib", "ray")


class Backend(Protocol):
    """A place where tasks are done."""

    def run(self, function: Function, tasks: Sequence[Task]) -> Generator[tuple[int, Finished | Raised]]:
        """(number of the task, what came of it) as they end, in any order.

        Raises
        ------
        WorkersDied
            If workers die at the same tasks again and again.
        """
        ...


def run_tasks(
    function: Function,
    tasks: Sequence[Task],
    *,
    backend: Backend,
    progress: Progress = lambda what, done, total: None,
    keep: Path | None = None,
    what: str = "Working",
) -> list[Any]:
    """The result of ``function(seed, *arguments)`` for each task, in the order of ``tasks``.

    Parameters
    ----------
    keep
        Folder for finished tasks. What is already in it is not done again; results then are what JSON or npz can hold.

    Raises
    ------
    SameKey, NotPlain, NotKept
        For tasks or results that it cannot take.
    TaskFailed
        If a task raises, under its key. Tasks that were finished before are kept.
    WorkersDied
    """
    seen: set[str] = set()
    for task in tasks:
        if task.key in seen:
            raise SameKey(task.key)
        seen.add(task.key)
    kept = None if keep is None else Kept(keep, function)
    results = [ABSENT if kept is None else kept.read(task) for task in tasks]
    open_ = [i for i, result in enumerate(results) if result is ABSENT]
    done = len(tasks) - len(open_)
    progress(what, done, len(tasks))
    try:
        with closing(backend.run(function, [tasks[i] for i in open_])) as outcomes:
            for place, outcome in outcomes:
                task = tasks[open_[place]]
                if isinstance(outcome, Raised):
                    raise TaskFailed(task.key, outcome.told, outcome.exit_code)
                results[open_[place]] = outcome.result if kept is None else kept.write(task, outcome.result)
                done += 1
                progress(what, done, len(tasks))
    except BaseException as stopped:
        if keep is not None and done:
            stopped.add_note(f"{keep} keeps what was done; the same command goes on from there")
        raise
    return results


def backend_of(
    name: str, *, jobs: int = 1, address: str = "local", working_dir: Path | None = None
) -> Backend:
    """The backend that a command's options name.

    Parameters
    ----------
    name
        ``joblib`` or ``ray``.
    jobs
        Processes on this machine.
    address
        Of the Ray cluster; ``local`` starts one here with ``jobs`` workers.
    working_dir
        Folder that the cluster's workers are given a copy of and start in, for strategies of one's own.
    """
    if name == "joblib":
        from learning.execution.joblib_backend import JoblibBackend

        return JoblibBackend(jobs)
    if name == "ray":
        from learning.execution.ray_backend import RayBackend

        return RayBackend(address, workers=jobs, working_dir=working_dir)
    raise UnknownBackend(name, BACKENDS)
