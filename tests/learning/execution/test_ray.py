"""The executor on a Ray cluster of two workers on this machine: results of this process, a worker that dies."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from learning.execution.errors import NoCluster, WorkersDied
from learning.execution.joblib_backend import JoblibBackend
from learning.execution.ray_backend import RayBackend
from learning.execution.run import run_tasks
from learning.execution.task import Task
from tests.learning.execution import work

RETRIES = 1


@pytest.fixture(scope="module")
def backend() -> Iterator[RayBackend]:
    """A cluster of two machines, as far as Ray can tell, with a worker each; one connection for all tests of this file."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    try:
        cluster.add_node(num_cpus=1)
        backend = RayBackend(cluster.address, retries=RETRIES)
        with backend.connected():
            yield backend
    finally:
        cluster.shutdown()  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("address", ["127.0.0.1:1", "ray://127.0.0.1:1", "127.0.0.1:port"])
def test_an_address_where_nobody_listens_is_refused(address: str) -> None:
    with pytest.raises(NoCluster, match="found no Ray cluster"):
        run_tasks(work.draw, [Task.of("a", 1, root=0)], backend=RayBackend(address))


def test_two_workers_give_the_results_of_this_process(backend: RayBackend) -> None:
    tasks = [Task.of(f"draw-{i}", i + 1, root=5) for i in range(12)]
    assert run_tasks(work.draw, tasks, backend=backend) == run_tasks(
        work.draw, tasks, backend=JoblibBackend(1)
    )


def test_tasks_of_a_worker_that_died_run_again_and_finished_ones_are_kept(
    backend: RayBackend, tmp_path: Path
) -> None:
    called, keep = tmp_path / "called", tmp_path / "keep"
    called.mkdir()
    deaths = {"t0": 0, "t1": 1, "t2": 0, "bad": 9}
    tasks = [Task.of(name, str(called), name, times, root=0) for name, times in deaths.items()]
    with pytest.raises(WorkersDied) as died:
        run_tasks(work.die_first, tasks, backend=backend, keep=keep)
    assert died.value.keys == ("bad",)
    results = run_tasks(work.die_first, tasks[:3], backend=backend, keep=keep)
    assert results == ["t0", "t1", "t2"]
    times = {path.name: len(path.read_text().splitlines()) for path in called.iterdir()}
    assert times["t1"] >= 2, "it killed its worker once"
    assert times["bad"] == 2, "it was tried again once, and then given up"
