"""A measured figure, its baseline, and the bound it has to keep."""

from dataclasses import dataclass


class BenchFailed(Exception):
    """A run that was to be measured failed."""

    exit_code = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure as ``bench --json`` prints it.

    ``baseline`` and ``ratio`` (value / baseline) are None where there is none; ``bound`` is None for a figure that is
    only listed beside the others. ``ok`` says whether the bound holds (True without one).
    """

    name: str
    value: float
    unit: str
    baseline: float | None
    ratio: float | None
    bound: float | None
    ok: bool


def figure(
    name: str,
    value: float,
    unit: str,
    *,
    at_most: float | None = None,
    at_least: float | None = None,
    baseline: float | None = None,
) -> Figure:
    """A figure that is good when it keeps its one bound, above or below, or has none."""
    return Figure(
        name=name,
        value=round(value, 4),
        unit=unit,
        baseline=None if baseline is None else round(baseline, 4),
        ratio=None if not baseline else round(value / baseline, 4),
        bound=at_least if at_most is None else at_most,
        ok=(at_most is None or value <= at_most) and (at_least is None or value >= at_least),
    )
