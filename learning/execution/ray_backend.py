"""Tasks on a Ray cluster. The only file that knows Ray; it is imported when a cluster is asked for."""

import os
import socket
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from learning.execution.errors import BackendMissing, NoCluster, WorkersDied
from learning.execution.task import Finished, Function, Raised, Task, attempt

ROOMS: Final = ("energy", "market", "agents", "learning", "scenarios", "scripts", "chain")
"""Packages that workers on other machines are sent; their other dependencies must be installed there."""

AHEAD: Final = 4
"""Tasks that wait at the cluster for each of its processors, so that none is ever idle."""


@dataclass(frozen=True)
class RayBackend:
    """A cluster at ``address``: ``host:port``, ``ray://host:port``, ``auto``; or ``local``, one of our own, here.

    A connection that this process already has is used as it is. The cluster runs the tasks of a worker that died again,
    each up to ``retries`` times.
    """

    address: str = "local"
    workers: int = 2
    """Of a cluster of our own."""
    retries: int = 3
    working_dir: Path | None = None
    """Folder that the workers of another's cluster start in a copy of."""

    def run(self, function: Function, tasks: Sequence[Task]) -> Generator[tuple[int, Finished | Raised]]:
        if not tasks:
            return
        with self.connected() as ray:
            remote = ray.remote(num_cpus=1, max_retries=self.retries, retry_exceptions=False)(attempt)
            shared = ray.put(function)
            most = AHEAD * max(1, int(ray.cluster_resources().get("CPU", 1)))
            waiting: dict[Any, int] = {}
            rest = iter(enumerate(tasks))
            try:
                while True:
                    while len(waiting) < most and (entry := next(rest, None)) is not None:
                        waiting[remote.remote(shared, entry[1])] = entry[0]
                    if not waiting:
                        return
                    (ready, *_), _ = ray.wait(list(waiting), num_returns=1)
                    i = waiting.pop(ready)
                    try:
                        outcome: Finished | Raised = ray.get(ready)
                    except ray.exceptions.RayError as died:
                        raise WorkersDied((tasks[i].key,), self.retries + 1) from died
                    yield i, outcome
            finally:
                for reference in waiting:
                    ray.cancel(reference, force=True)

    @contextmanager
    def connected(self) -> Iterator[ModuleType]:
        """The connection to the cluster, for as long as the context lasts; several runs can share it.

        Raises
        ------
        BackendMissing, NoCluster
        """
        # Before the import, which reads it: nobody is told that this runs.
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        try:
            import ray
        except ImportError:
            raise BackendMissing("ray", "ray") from None
        if ray.is_initialized():
            yield ray
            return
        self._reach()
        try:
            with _own_path():
                ray.init(**self._options())
        except (ConnectionError, ValueError, OSError, RuntimeError) as error:
            raise NoCluster(self.address, str(error).partition("\n")[0]) from error
        try:
            yield ray
        finally:
            ray.shutdown()

    def _reach(self) -> None:
        """Refuse an address where nobody listens: Ray itself would try it for minutes."""
        host, _, port = self.address.removeprefix("ray://").rpartition(":")
        if not host:
            return
        try:
            socket.create_connection((host, int(port)), timeout=5).close()
        except (OSError, ValueError, OverflowError) as error:
            raise NoCluster(self.address, str(error)) from None

    def _options(self) -> dict[str, Any]:
        quiet = {"log_to_driver": False, "logging_level": "ERROR"}
        if self.address == "local":
            return {**quiet, "num_cpus": self.workers, "include_dashboard": False}
        rooms = [str(_root() / room) for room in ROOMS if (_root() / room).is_dir()]
        shared: dict[str, Any] = {"py_modules": rooms}
        if self.working_dir is not None:
            shared["working_dir"] = str(self.working_dir)
        return {**quiet, "address": self.address, "runtime_env": shared}


@contextmanager
def _own_path() -> Iterator[None]:
    """Processes started in it find what this one finds: our rooms, and a user's modules; each computes on one thread."""
    path = os.pathsep.join(entry for entry in (str(_root()), *sys.path) if entry)
    before = dict(os.environ)
    os.environ |= {"PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    try:
        yield
    finally:
        for name in ("PYTHONPATH", "OMP_NUM_THREADS"):
            if name in before:
                os.environ[name] = before[name]
            else:
                del os.environ[name]


def _root() -> Path:
    """The folder in which our rooms lie."""
    return Path(__file__).resolve().parents[2]
