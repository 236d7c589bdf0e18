"""How functions are compiled: serial, without the interpreter's lock, cached on disk, and with the arithmetic of IEEE 754.

Nothing is reordered (no "fast math"), so that a compiled function and its plain twin agree to rounding.
"""

from collections.abc import Callable
from typing import TypeVar, cast

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
