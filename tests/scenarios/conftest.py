"""What the tests of the scenarios share: a small valid scenario and a simulated run of it."""

from collections.abc import Callable
from pathlib import Path

import pytest

SMALL = """\
name = "small"
title = "Two homes"
utility = "electricity"
seed = 3
intervals = 8

[market]
horizon = 4
max_rounds = 20
onchain_every = 2

[provider]
name = "grid"
funds = 50
tariff = [{ from = 0, buy = 0.08, sell = 0.30 }]

[data]
source = "csv"
file = "homes.csv"

[[party]]
name = "ash"
load = { column = "ash.load" }
pv = { column = "ash.pv" }
forecast = { first = 0.0, last = 0.0 }

[[party]]
name = "oak"
load = { column = "oak.load" }
forecast = { first = 0.0, last = 0.0 }
"""


def profiles(rows: int = 8) -> str:
    """Ash has 0.6 kW to spare (0.15 kWh an interval), oak is short of 0.4 kW (0.10 kWh), in every interval."""
    lines = ["time,ash.load [kW],ash.pv [kW],oak.load [kW]"]
    lines += [f"2024-06-03T{i // 4:02d}:{15 * (i % 4):02d},0.4,1.0,0.4" for i in range(rows)]
    return "\n".join(lines) + "\n"


LOANS = """\
name = "lending"
title = "Three homes that lend"
utility = "electricity"
seed = 3
intervals = 12

[market]
horizon = 12
max_rounds = 20

[provider]
name = "grid"
funds = 50
tariff = [{ from = 0, buy = 0.08, sell = 0.30 }]

[data]
source = "csv"
file = "homes.csv"

[loans]
step = 0.05
most = 2
horizon = 12
scenarios = 5
price = 0.30
cover = 0.36
max_rounds = 60

[[party]]
name = "ash"
load = { column = "ash.load" }
pv = { column = "ash.pv" }
forecast = { first = 0.0, last = 0.0 }
loans = { weights = { autarky = 1.0 }, aspiration = 0.0 }

[[party]]
name = "oak"
load = { column = "oak.load" }
pv = { column = "oak.pv" }
forecast = { first = 0.0, last = 0.0 }
battery = { capacity_kwh = 1.0, initial = 0.2 }
loans = { weights = { flexibility = 0.25, autarky = 0.75 }, aspiration = 0.0 }

[[party]]
name = "elm"
load = { column = "oak.load" }
"""
"""Ash has 0.1 kWh over in the first four intervals of twelve and is short of as much in the last four; oak the reverse.
Forecasts are perfect. Elm buys what neither lends."""


def lending_profiles() -> str:
    """Power in kW of 24 intervals: the run's twelve, and as many that a loan is weighed in."""
    lines = ["time,ash.load [kW],ash.pv [kW],oak.load [kW],oak.pv [kW]"]
    for i in range(24):
        ash, oak = ((0.4, 0.0), (0.0, 0.4), (0.0, 0.0))[0 if i % 12 < 4 else 1 if i % 12 >= 8 else 2]
        lines.append(
            f"2024-06-03T{i // 4:02d}:{15 * (i % 4):02d},0.4,{0.4 + ash - oak},0.4,{0.4 - ash + oak}"
        )
    return "\n".join(lines) + "\n"


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a scenario and its data beside each other; returns the scenario's path."""

    def writer(text: str = SMALL, data: str | None = None) -> Path:
        path = tmp_path / "small.toml"
        path.write_text(text)
        (tmp_path / "homes.csv").write_text(profiles() if data is None else data)
        return path

    return writer
