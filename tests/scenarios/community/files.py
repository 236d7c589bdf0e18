"""A small community file, and changes to it by replacing text."""

from pathlib import Path

SMALL = """\
name = "small"
turns = 12
zone = "Europe/London"
rates = { highest = 40, tick = 0.01 }
contract = { first = 2015-03-01, months = 2 }

[[block]]
name = "day"
hours = [[7, 24]]

[[block]]
name = "night"
hours = [[0, 7]]

[retailer]
goals = { day = 20, night = 12 }
limits = { day = 14, night = 8 }

[[community]]
name = "mill"
strategy = "MSV"
trust = 0

[[community.member]]
name = "ash"
role = "negotiator"
energy = { day = 900, night = 100 }
old_rates = { day = 18, night = 11 }
goals = { day = 13, night = 7 }
limits = { day = 18, night = 11 }
weights = { day = 0.5, night = 0.5 }

[[community.member]]
name = "oak"
role = "negotiator"
energy = { day = 300, night = 300 }
months = [1, 3]
old_rates = { day = 19, night = 10 }
goals = { day = 13, night = 7 }
limits = { day = 19, night = 10 }
weights = { day = 0.25, night = 0.75 }
tactic = { rate = 0.5 }

[[community.member]]
name = "elm"
role = "independent"
energy = { day = 50, night = 0 }
old_rates = { day = 21, night = 13 }
goals = { day = 13, night = 7 }
limits = { day = 21, night = 13 }
weights = { day = 1.0, night = 0.0 }
"""
"""Two negotiate and one votes, two months with the change to summer time in the first."""


def written(folder: Path, *changes: tuple[str, str], text: str = SMALL) -> Path:
    """The file in ``folder`` with each (old, new) replaced; every old text has to be there."""
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    path = folder / "small.toml"
    path.write_text(text, encoding="utf-8")
    return path
