"""Tasks in processes of this machine, by joblib's loky; one job: in this process, without any other."""

import warnings
from collections.abc import Generator, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

from learning.execution.errors import WorkersDied
from learning.execution.task import Finished, Function, Raised, Task, attempt


@dataclass(frozen=True)
class JoblibBackend:
    """``jobs`` processes.

    A process that dies takes the pool with it: all tasks that were not finished then run again on a new one, up to
    ``retries`` times in a row without any task finished in between.
    """

    jobs: int = 1
    retries: int = 3

    def run(self, function: Function, tasks: Sequence[Task]) -> Generator[tuple[int, Finished | Raised]]:
        if self.jobs == 1:
            yield from ((i, attempt(function, task)) for i, task in enumerate(tasks))
            return
        left = dict(enumerate(tasks))
        deaths = 0
        while left:
            before = len(left)
            try:
                for i, outcome in self._round(function, dict(left)):
                    del left[i]
                    yield i, outcome
            except BrokenProcessPool:
                deaths = 1 if len(left) < before else deaths + 1
                if deaths > self.retries:
                    raise WorkersDied(tuple(task.key for task in left.values()), deaths) from None

    def _round(self, function: Function, tasks: dict[int, Task]) -> Generator[tuple[int, Finished | Raised]]:
        from joblib import Parallel, delayed  # type: ignore[import-untyped]

        # All jobs even for a single task: joblib would do one job in this process, which a dying task would end.
        parallel = Parallel(n_jobs=self.jobs, backend="loky", batch_size=1, return_as="generator_unordered")
        results = parallel(delayed(_numbered)(i, function, task) for i, task in tasks.items())
        try:
            for result in results:  # noqa: UP028 - `yield from` would close them before the warning is caught
                yield result
        finally:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # that tasks are cancelled: they are meant to be
                results.close()


def _numbered(i: int, function: Function, task: Task) -> tuple[int, Finished | Raised]:
    return i, attempt(function, task)
