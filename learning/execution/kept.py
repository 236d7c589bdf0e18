"""Finished tasks in a folder, so that an interrupted run goes on: one whole file each, or none."""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

import numpy as np

from learning.execution.errors import NotKept
from learning.execution.task import Function, Task, fingerprint

ABSENT: Final = object()
"""What :meth:`Kept.read` returns where nothing is kept."""


class Kept:
    """Results of ``function`` by task: ``KEY-FINGERPRINT.json``, or ``.npz`` for arrays by name.

    A task with another seed or argument has another fingerprint, and so no result yet. What is read is equal to what
    was written only where it is what JSON has (lists, no tuples); :meth:`write` therefore returns what a later run would
    read.
    """

    def __init__(self, folder: Path, function: Function) -> None:
        self._folder, self._function = folder, function
        folder.mkdir(parents=True, exist_ok=True)

    def read(self, task: Task) -> Any:
        """The result that is kept, or :data:`ABSENT`: also where a file is cut short, as it then has to be done again."""
        stem = self._stem(task)
        try:
            return json.loads(stem.with_suffix(".json").read_text(encoding="utf-8"))["result"]
        except (OSError, ValueError, KeyError, TypeError):
            pass
        try:
            with np.load(stem.with_suffix(".npz"), allow_pickle=False) as file:
                return {name: file[name] for name in file.files}
        except (OSError, ValueError, EOFError, BadZipFile):
            return ABSENT

    def write(self, task: Task, result: Any) -> Any:
        """Keep a result; returns it as :meth:`read` will.

        Raises
        ------
        NotKept
            If it is neither JSON nor arrays by name.
        """
        arrays = isinstance(result, Mapping) and any(isinstance(v, np.ndarray) for v in result.values())
        path = self._stem(task).with_suffix(".npz" if arrays else ".json")
        draft = path.with_name(f"{path.name}.{os.getpid()}.part")
        try:
            with draft.open("wb") as file:
                if arrays:
                    if not all(isinstance(v, np.ndarray) and v.dtype != object for v in result.values()):
                        raise NotKept(task.key, "arrays beside other values")
                    np.savez_compressed(file, **result)
                else:
                    file.write(_text(task.key, result).encode())
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        return self.read(task)

    def _stem(self, task: Task) -> Path:
        # A dot in a key would pass for the suffix that with_suffix() replaces.
        safe = re.sub(r"[^A-Za-z0-9_-]+", "_", task.key)[:80]
        return self._folder / f"{safe}-{fingerprint(self._function, task)}"


def forget(folder: Path) -> None:
    """Take away what was kept, once all is done: code may change before the next run, and no fingerprint sees that."""
    for pattern in ("*.json", "*.npz", "*.part"):
        for path in folder.glob(pattern):
            path.unlink(missing_ok=True)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _text(key: str, result: Any) -> str:
    try:
        return json.dumps({"key": key, "result": result})
    except (TypeError, ValueError) as error:
        raise NotKept(key, str(error)) from None
