"""What the tests of the grid share: courses by hand, and a case of two homes that simulates at once."""

from pathlib import Path

import numpy as np
import pytest

from scenarios.grid.courses import Course, Courses

CASE = """\
name = "rec-pair"
title = "Two homes"
week = 23

[plan]
periods = 24
horizon = 8
scenarios = 3

[forecast]
first = 0.0
last = 0.0
rise = 1
correlation = 0.0

[[agent]]
name = "1"
reservation = 70
weights = [0.5, 0.5]
capacity_kwh = 6.8
efficiency = 0.90
degradation = 0.04
load = { profile = "H0-A", annual_kwh = 3200 }
pv = { profile = "PV1", balance = true }

[[agent]]
name = "ash"
reservation = 70
weights = [0.4, 0.6]
capacity_kwh = 7.0
efficiency = 0.90
degradation = 0.04
load = { profile = "H0-B", annual_kwh = 4100 }
"""


@pytest.fixture
def case(tmp_path: Path) -> Path:
    path = tmp_path / "rec-pair.toml"
    path.write_text(CASE)
    return path


@pytest.fixture
def courses() -> Courses:
    """Two homes over four steps: they draw, rest, feed in and draw; beside it the same at half the power."""
    kw = np.array([[3.0, 0.0, -6.0, 1.0], [2.0, 0.0, -4.0, -1.0]])
    return Courses(
        name="pair",
        title="Two homes",
        homes=("oak", "ash"),
        courses=(Course("s1", "own battery", kw), Course("s2", "loans", kw / 2)),
        interval_h=0.25,
        rows=slice(100, 104),
        source="by hand",
    )
