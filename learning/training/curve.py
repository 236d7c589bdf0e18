"""The learning curve of a training: a row a rollout, as CSV, continued by a training that goes on after a kill."""

import csv
import os
from dataclasses import astuple, dataclass, fields
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Point:
    """One rollout and the update after it.

    Attributes
    ----------
    steps : int
        Decisions so far, of all copies.
    episodes : int
        Episodes that ended in this rollout.
    episode_return : float
        Their mean sum of rewards; NaN without any.
    spread : float
        Standard deviation of it from episode to episode; NaN without any.
    entropy : float
        Of the actor's choices [nat].
    value_loss : float
        Mean squared error of the critic.
    explained : float
        Part of the returns' variance that the critic explains.
    divergence : float
        Approximate Kullback-Leibler divergence of the update [nat].
    """

    steps: int
    episodes: int
    episode_return: float
    spread: float
    entropy: float
    value_loss: float
    explained: float
    divergence: float


class Curve:
    """Writes points as they come.

    Parameters
    ----------
    path
        The CSV.
    steps
        Rows beyond these are dropped: the training goes on from there.
    """

    def __init__(self, path: Path, steps: int) -> None:
        self.path = path
        self.points = [point for point in read_curve(path) if point.steps <= steps] if steps else []
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        with temporary.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([field.name for field in fields(Point)])
            writer.writerows(astuple(point) for point in self.points)
        temporary.replace(path)

    def add(self, point: Point) -> None:
        """Append a row."""
        self.points.append(point)
        with self.path.open("a", newline="") as file:
            csv.writer(file).writerow(astuple(point))


def read_curve(path: Path) -> list[Point]:
    """The whole rows of a learning curve; none without a file. A row that a kill cut short is left out."""
    if not path.is_file():
        return []
    names = [field.name for field in fields(Point)]
    points = []
    for row in list(csv.reader(path.read_text().splitlines(keepends=True)))[1:]:
        if len(row) != len(names):
            continue
        try:
            points.append(
                Point(
                    steps=int(row[0]),
                    episodes=int(row[1]),
                    **{name: float(value) for name, value in zip(names[2:], row[2:], strict=True)},
                )
            )
        except ValueError:
            continue
    return points
