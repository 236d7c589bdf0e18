"""One task: a key, a seed of its own, and plain arguments. Where and in which order it runs changes nothing about it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal
from enum import Enum
from hashlib import sha256
from pathlib import PurePath
from typing import Any

import numpy as np

from learning.execution.errors import NotPlain

Function = Callable[..., Any]
"""What tasks do: a function of some module, called as ``function(seed, *arguments)``; it keeps nothing between calls."""


@dataclass(frozen=True, eq=False)
class Task:
    """A call to be made once.

    Attributes
    ----------
    key : str
        Its name among the tasks, and in the file that keeps its result.
    arguments : tuple
        Picklable, and plain enough for a fingerprint: numbers, texts, arrays, dataclasses, containers of these.
    seed : SeedSequence
        Of everything random in it.
    """

    key: str
    arguments: tuple[Any, ...]
    seed: np.random.SeedSequence

    @classmethod
    def of(cls, key: str, *arguments: Any, root: int) -> "Task":
        """A task whose seed follows from ``root`` and its key alone: neither order nor number of tasks matters."""
        words = np.frombuffer(sha256(key.encode()).digest(), np.uint32)
        return cls(key, arguments, np.random.SeedSequence([root, *words.tolist()]))


@dataclass(frozen=True)
class Raised:
    """What a task's exception says, in words: an exception of user code need not survive a journey between machines."""

    told: str
    exit_code: int


@dataclass(frozen=True)
class Finished:
    """What a task returned."""

    result: Any


def attempt(function: Function, task: Task) -> Finished | Raised:
    """Do a task where this is called."""
    try:
        return Finished(function(task.seed, *task.arguments))
    except Exception as error:  # noqa: BLE001 - whatever a task raises is told under its key
        code = getattr(error, "exit_code", 1)
        return Raised(f"{type(error).__name__}: {error}", code if isinstance(code, int) else 1)


def fingerprint(function: Function, task: Task) -> str:
    """A short name for exactly this call: the function's name, the seed and all arguments.

    Raises
    ------
    NotPlain
        If an argument is something whose content cannot be read.
    """
    name = f"{function.__module__}:{function.__qualname__}"
    return sha256(_canonical((name, task.seed, task.arguments)).encode()).hexdigest()[:16]


def _canonical(value: Any) -> str:
    """A text that equal values share. Pickles would not do: equal objects can have different ones."""
    if value is None or isinstance(value, bool | int | float | str | bytes | Decimal | PurePath):
        return f"{type(value).__name__}:{value!r}"
    if isinstance(value, Enum):
        return f"{type(value).__qualname__}.{value.name}"
    if isinstance(value, type):
        return f"type:{value.__module__}:{value.__qualname__}"
    if isinstance(value, np.ndarray) and value.dtype != object:
        return f"array:{value.dtype.str}:{value.shape}:{sha256(value.tobytes()).hexdigest()}"
    if isinstance(value, np.generic):
        return _canonical(value.item())
    if isinstance(value, np.random.SeedSequence):
        return f"seed({_canonical((value.entropy, value.spawn_key))})"
    if isinstance(value, tuple | list):
        return f"{type(value).__name__}({','.join(map(_canonical, value))})"
    if isinstance(value, Mapping):
        return f"map({','.join(sorted(f'{_canonical(k)}={_canonical(v)}' for k, v in value.items()))})"
    if is_dataclass(value):
        entries = {f.name: getattr(value, f.name) for f in fields(value)}
        return f"{type(value).__qualname__}{_canonical(entries)}"
    if callable(getattr(value, "model_dump", None)):  # pydantic's, without importing it
        return f"{type(value).__qualname__}{_canonical(value.model_dump())}"
    raise NotPlain(value)
