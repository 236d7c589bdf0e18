"""What homes' connections carry over time, with and without exchange: the input of a study of the grid."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Course:
    """The same homes and times under one arrangement.

    Attributes
    ----------
    key : str
        Short name, as in ``--json``.
    label : str
        As people read it.
    kw : ndarray, shape (homes, steps)
        Mean power at each connection in each step [kW], positive when it draws.
    """

    key: str
    label: str
    kw: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Courses:
    """Courses to compare, all of one shape; the first is what the others are set against.

    Attributes
    ----------
    name, title : str
        Of the scenario or case.
    homes : tuple of str
    courses : tuple of Course
    interval_h : float
        Length of a step [h].
    rows : slice or None
        Rows of the SimBench year that the steps are; None where they are of another time.
    source : str
        Whose profiles they are.
    """

    name: str
    title: str
    homes: tuple[str, ...]
    courses: tuple[Course, ...]
    interval_h: float
    rows: slice | None
    source: str

    @property
    def steps(self) -> int:
        """Number of steps."""
        return int(self.courses[0].kw.shape[1])
