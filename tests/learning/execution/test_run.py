"""The executor in this process and on two of joblib's: equal results, kept ones, deaths and refusals."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from learning.execution.errors import (
    NotKept,
    NotPlain,
    SameKey,
    TaskFailed,
    UnknownBackend,
    WorkersDied,
)
from learning.execution.joblib_backend import JoblibBackend
from learning.execution.run import backend_of, run_tasks
from learning.execution.task import Task, fingerprint
from tests.learning.execution import work

HERE = JoblibBackend(1)


def draws(count: int = 6, root: int = 5) -> list[Task]:
    return [Task.of(f"draw-{i}", i + 1, root=root) for i in range(count)]


def calls(folder: Path) -> dict[str, int]:
    return {path.name: len(path.read_text().splitlines()) for path in folder.iterdir()}


def test_results_stand_in_the_order_of_the_tasks_and_come_from_their_seeds() -> None:
    tasks = draws()
    results = run_tasks(work.draw, tasks, backend=HERE)
    assert [len(result) for result in results] == [1, 2, 3, 4, 5, 6]
    assert results[3] == np.random.default_rng(tasks[3].seed).random(4).tolist()
    assert run_tasks(work.draw, tasks[::-1], backend=HERE) == results[::-1]
    assert run_tasks(work.draw, draws(root=6), backend=HERE) != results


def test_processes_give_the_results_of_this_process() -> None:
    assert run_tasks(work.draw, draws(), backend=JoblibBackend(2)) == run_tasks(
        work.draw, draws(), backend=HERE
    )


def test_an_interrupted_run_goes_on_where_it_stood(tmp_path: Path) -> None:
    called, keep = tmp_path / "called", tmp_path / "keep"
    called.mkdir()
    tasks = [Task.of(f"task {i}", str(called), f"t{i}", root=0) for i in range(4)]

    def stop(what: str, done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as stopped:
        run_tasks(work.note, tasks, backend=HERE, keep=keep, progress=stop)
    assert stopped.value.__notes__ == [f"{keep} keeps what was done; the same command goes on from there"]
    heard: list[tuple[int, int]] = []
    results = run_tasks(
        work.note,
        tasks,
        backend=HERE,
        keep=keep,
        progress=lambda what, done, total: heard.append((done, total)),
    )
    assert results == ["t0", "t1", "t2", "t3"]
    assert calls(called) == {f"t{i}": 1 for i in range(4)}
    assert heard == [(2, 4), (3, 4), (4, 4)]


def test_a_file_cut_short_is_made_again(tmp_path: Path) -> None:
    tasks = draws(3)
    results = run_tasks(work.draw, tasks, backend=HERE, keep=tmp_path)
    (cut,) = tmp_path.glob("draw-1-*.json")
    cut.write_bytes(cut.read_bytes()[:-9])
    assert run_tasks(work.draw, tasks, backend=HERE, keep=tmp_path) == results


def test_other_arguments_seeds_or_functions_have_other_files(tmp_path: Path) -> None:
    same = {fingerprint(work.draw, Task.of("a", 1, root=0)), fingerprint(work.draw, Task.of("a", 1, root=0))}
    others = {
        fingerprint(work.draw, Task.of("a", 2, root=0)),
        fingerprint(work.draw, Task.of("a", 1.0, root=0)),
        fingerprint(work.draw, Task.of("a", 1, root=1)),
        fingerprint(work.note, Task.of("a", 1, root=0)),
        fingerprint(work.draw, Task.of("a", np.arange(3), root=0)),
        fingerprint(work.draw, Task.of("a", np.arange(3.0), root=0)),
        fingerprint(work.draw, Task.of("a", {"b": (1, 2)}, root=0)),
    }
    assert len(same) == 1
    assert len(others | same) == 8


def test_arrays_are_kept_as_arrays(tmp_path: Path) -> None:
    tasks = draws(2)
    first = run_tasks(work.arrays, tasks, backend=HERE, keep=tmp_path)
    again = run_tasks(work.arrays, tasks, backend=HERE, keep=tmp_path)
    assert len(list(tmp_path.glob("*.npz"))) == 2
    for one, other in zip(first, again, strict=True):
        assert sorted(one) == ["count", "drawn"]
        assert np.array_equal(one["drawn"], other["drawn"])


def test_tasks_of_a_process_that_died_run_again(tmp_path: Path) -> None:
    called, keep = tmp_path / "called", tmp_path / "keep"
    called.mkdir()
    tasks = [Task.of(f"t{i}", str(called), f"t{i}", 1 if i == 1 else 0, root=0) for i in range(4)]
    results = run_tasks(work.die_first, tasks, backend=JoblibBackend(2), keep=keep)
    assert results == ["t0", "t1", "t2", "t3"]
    assert calls(called)["t1"] == 2
    assert len(list(keep.iterdir())) == 4


def test_one_that_always_kills_its_process_is_given_up(tmp_path: Path) -> None:
    called, keep = tmp_path / "called", tmp_path / "keep"
    called.mkdir()
    tasks = [Task.of(name, str(called), name, deaths, root=0) for name, deaths in [("good", 0), ("bad", 99)]]
    with pytest.raises(WorkersDied) as died:
        run_tasks(work.die_first, tasks, backend=JoblibBackend(2, retries=1), keep=keep)
    assert died.value.keys == ("bad",)
    assert [path.name.partition("-")[0] for path in keep.iterdir()] == ["good"]


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_task_that_raises_is_named_and_others_are_kept(tmp_path: Path, jobs: int) -> None:
    tasks = [Task.of(f"n{i}", i, root=0) for i in range(4)]
    with pytest.raises(TaskFailed, match="task n2: ValueError: two is refused") as failed:
        run_tasks(work.refuse, tasks, backend=JoblibBackend(jobs), keep=tmp_path)
    assert (failed.value.key, failed.value.exit_code) == ("n2", 1)
    kept = {path.name.partition("-")[0] for path in tmp_path.iterdir()}
    assert "n2" not in kept
    assert jobs == 2 or kept == {"n0", "n1"}


@pytest.mark.parametrize(
    ("run", "error"),
    [
        (lambda keep: run_tasks(work.draw, [*draws(1), *draws(1)], backend=HERE), SameKey),
        (
            lambda keep: run_tasks(work.tell, [Task.of("a", object(), root=0)], backend=HERE, keep=keep),
            NotPlain,
        ),
        (
            lambda keep: run_tasks(work.tell, [Task.of("a", {1: b"x"}, root=0)], backend=HERE, keep=keep),
            NotKept,
        ),
        (lambda keep: backend_of("rays"), UnknownBackend),
    ],
)
def test_what_it_cannot_take_is_refused(
    tmp_path: Path, run: Callable[[Path], object], error: type[Exception]
) -> None:
    with pytest.raises(error) as refused:
        run(tmp_path)
    assert getattr(refused.value, "exit_code", None) == 2
    assert list(tmp_path.iterdir()) == []
