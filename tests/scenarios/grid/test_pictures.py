"""The pictures: they are drawn for any number of courses, and say what they are given."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scenarios.grid.courses import Course, Courses
from scenarios.grid.pictures import MOST_POINTS, draw_all, spans, when
from scenarios.grid.study import Background, Setting, study


def test_all_pictures_are_drawn(courses: Courses, tmp_path: Path) -> None:
    for number in (1, 2):
        some = replace(courses, courses=courses.courses[:number])
        paths = draw_all(study(some, Setting()), tmp_path / str(number))
        assert [path.name for path in paths] == ["voltages.png", "durations.png", "feeders.png", "map.png"]
        for path in paths:
            content = path.read_bytes()
            assert content.startswith(b"\x89PNG")
            assert len(content) > 10_000


def test_a_long_time_is_shown_by_its_extremes() -> None:
    values = np.arange(10_000.0) % 97
    values[4321] = 500.0
    shown = spans(values, np.maximum)
    assert len(shown) <= MOST_POINTS
    assert shown.max() == 500.0
    assert spans(values, np.minimum).min() == 0.0
    assert spans(values[:100], np.minimum) == pytest.approx(values[:100])


def test_steps_in_words(courses: Courses) -> None:
    found = study(courses, Setting(background=Background.NONE))
    assert when(found, 0) == "day 1, 00:00"
    # 96 quarter hours are a day; 50 more are 12:30 on the second.
    assert when(found, 146) == "day 2, 12:30"


def test_a_year_of_two_homes_is_drawn(courses: Courses, tmp_path: Path) -> None:
    kw = np.tile(courses.courses[0].kw, 600)
    long = replace(courses, courses=(Course("s0", "no battery", kw),), rows=slice(0, 2400))
    paths = draw_all(study(long, Setting()), tmp_path)
    assert all(path.is_file() for path in paths)
