"""Where the tasks of a command run: options that all commands with tasks share."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from learning.execution.run import Backend

Jobs = Annotated[int, typer.Option(min=1, help="Processes on this machine.")]
Place = Annotated[str, typer.Option("--backend", help="joblib: processes here; ray: a cluster.")]
Address = Annotated[
    str, typer.Option(help="Of the Ray cluster: host:port, ray://host:port, auto; local starts one here.")
]
Pictures = Annotated[bool, typer.Option(help="Draw it.")]

JOBS = os.cpu_count() or 1
PLACE = "joblib"
ADDRESS = "local"


def executor(backend: str, jobs: int, address: str, needs: Path | None = None) -> "Backend":
    """The place that the options name; workers elsewhere get a copy of the folder ``needs``.

    Raises
    ------
    UnknownBackend
    """
    from learning.execution.run import backend_of

    return backend_of(backend, jobs=jobs, address=address, working_dir=needs)
