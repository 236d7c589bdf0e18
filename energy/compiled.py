"""How functions are compiled: serial, without the interpreter's lock, cached on disk, and with the arithmetic of IEEE 754.

Nothing is reordered (no "fast math"), so that a compiled function and its plain twin agree to rounding.
"""

from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from types import FunctionType
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., object])


def compiled(function: F) -> F:
    """``function`` compiled on its first call; the machine code is kept beside the source.

    It is made again when its own file changes: a function that calls one of another file is one for `compiled_here`.
    """
    return cast(F, numba.njit(nogil=True, cache=True, error_model="numpy")(function))


def compiled_here(function: F) -> F:
    """As `compiled`, kept in this process only: for a function that closes over others or calls those of other files."""
    return cast(F, numba.njit(nogil=True, error_model="numpy")(function))


def compiled_together(function: F) -> F:
    """As `compiled`, for a function that calls those of other files: made again when any source of these rooms changes.

    It makes no arrays: what it needs to work in is given to it, and one array is copied into another element by element.
    """
    return _kept(function)


def compiled_with(function: F, **callees: Callable[..., object]) -> F:
    """As `compiled_together`, for a plain function that calls others by these names: they are called compiled.

    The plain function itself stays as it is, to be read, tested and called as the oracle.
    """
    twin = FunctionType(
        function.__code__, {**function.__globals__, **callees}, function.__name__, function.__defaults__
    )
    twin.__qualname__, twin.__module__ = function.__qualname__, function.__module__
    return cast(F, _kept(twin))


def _kept(function: F) -> F:
    # Inlined, since what passes between them is dozens of arrays, whose handing over took longer than the work. Without
    # numba's counts of references ("nrt"), for the same reason: all arrays are the caller's, and outlive the call.
    options: dict[str, Any] = {
        "nogil": True,
        "cache": True,
        "error_model": "numpy",
        "forceinline": True,
        "_nrt": False,
    }
    dispatcher = numba.njit(**options)(function)
    # numba asks only whether the function's own file changed, and would keep what an altered callee was linked into.
    dispatcher._cache._cache_file._source_stamp = _sources()
    return cast(F, dispatcher)


@lru_cache(maxsize=1)
def _sources() -> str:
    """A hash of every source that compiled functions are made from."""
    root, digest = Path(__file__).resolve().parents[1], sha256()
    for room in ("energy", "market", "agents", "learning"):
        for path in sorted((root / room).rglob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()
