"""A small contract: three members, three months, and a changeable file of it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from scenarios.community.tariff_load import TariffScenario, load_tariff

TARIFF = """\
name = "lane"
title = "Three in a lane"
seed = 3
zone = "Europe/Berlin"
turns = 10
rates = { lowest = 0.05, highest = 0.60, tick = 0.001 }
contract = { first = 2027-09-01, months = 3 }

[ledger]
window = 86_400

[signing]
days = 20
vote_days = 7
posts_leaf = ["ada"]
exit_fee = 5
retailer_deposit = 400

[[block]]
name = "day"
hours = [[7, 22]]

[[block]]
name = "night"
hours = [[0, 7], [22, 24]]

[retailer]
name = "lumen"
goals = { day = 0.34, night = 0.28 }
limits = { day = 0.26, night = 0.20 }

[[community]]
name = "lane-end"
strategy = "MSV"
mediator = "ada"

[[community.member]]
name = "ada"
role = "negotiator"
energy = { day = 600, night = 300 }
old_rates = { day = 0.33, night = 0.27 }
goals = { day = 0.26, night = 0.20 }
limits = { day = 0.32, night = 0.26 }
weights = { day = 0.6, night = 0.4 }

[[community.member]]
name = "ben"
kind = "prosumer"
role = "negotiator"
energy = { day = -300, night = 200 }
old_rates = { day = 0.30, night = 0.30 }
goals = { day = 0.34, night = 0.20 }
limits = { day = 0.20, night = 0.29 }
weights = { day = 0.5, night = 0.5 }

[[community.member]]
name = "cyd"
role = "dependent"
energy = { day = 500, night = 300 }
old_rates = { day = 0.34, night = 0.28 }
goals = { day = 0.26, night = 0.20 }
limits = { day = 0.33, night = 0.27 }
weights = { day = 0.6, night = 0.4 }

[[meter]]
member = "ada"
load = { profile = "H0-A", annual_kwh = 3600 }
deposit = 900

[[meter]]
member = "ben"
load = { profile = "H0-B", annual_kwh = 2400 }
pv = { profile = "PV3", kwp = 6.0 }
deposit = 300
joins = "call"

[[meter]]
member = "cyd"
load = { profile = "H0-G", annual_kwh = 3000 }
deposit = 900
"""


@pytest.fixture
def tariff(tmp_path: Path) -> Callable[..., TariffScenario]:
    """Load the small contract with texts replaced and tables added."""

    def loader(*changes: tuple[str, str], more: str = "") -> TariffScenario:
        text = TARIFF
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        path = tmp_path / "lane.toml"
        path.write_text(text + more)
        return load_tariff(path)

    return loader
