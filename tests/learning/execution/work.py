"""What the tests of the executor have done: in a module that workers can import."""

import os
import time
from pathlib import Path
from typing import Any

import numpy as np


def draw(seed: np.random.SeedSequence, count: int) -> list[float]:
    """Random numbers of the task's own seed."""
    return [float(x) for x in np.random.default_rng(seed).random(count)]


def arrays(seed: np.random.SeedSequence, count: int) -> dict[str, Any]:
    return {"drawn": np.random.default_rng(seed).random(count), "count": np.array(count)}


def note(seed: np.random.SeedSequence, folder: str, name: str) -> str:
    """Leaves a line for each time that it was called."""
    with (Path(folder) / name).open("a") as file:
        file.write("called\n")
    return name


def die_first(seed: np.random.SeedSequence, folder: str, name: str, deaths: int) -> str:
    """Kills its process the first ``deaths`` times."""
    note(seed, folder, name)
    if len((Path(folder) / name).read_text().splitlines()) <= deaths:
        time.sleep(0.2)  # so that a quicker task beside it is over
        os._exit(7)
    return name


def refuse(seed: np.random.SeedSequence, number: int) -> int:
    if number == 2:
        raise ValueError("two is refused")
    return number


def tell(seed: np.random.SeedSequence, value: Any) -> Any:
    return value
