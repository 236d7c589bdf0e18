"""A wrong scenario is refused with its file, key, what was found and what was expected."""

from collections.abc import Callable
from pathlib import Path

import pytest

from scenarios.composition import check_strategies, faults_of
from scenarios.errors import ScenarioError
from scenarios.load import load, shipped
from scenarios.market_setup import market_setup
from scenarios.places import build_places
from tests.scenarios.conftest import SMALL

Write = Callable[..., Path]


def prepare(path: Path) -> None:
    """The whole way from file to market."""
    scenario = load(str(path))
    check_strategies(scenario)
    faults_of(scenario)
    build_places(scenario, 0)
    market_setup(scenario, epoch=0)


def refusal(path: Path) -> ScenarioError:
    """What the way from file to market says of a scenario that is wrong."""
    with pytest.raises(ScenarioError) as caught:
        prepare(path)
    assert caught.value.exit_code == 2
    assert caught.value.file.parent == path.parent
    assert str(caught.value) == (
        f"{caught.value.file}: {caught.value.place}: found {caught.value.found}, expected {caught.value.expected}"
    )
    return caught.value


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_scenario_is_valid(name: str) -> None:
    scenario = load(name)
    assert scenario.table.name == name
    check_strategies(scenario)
    build_places(scenario, scenario.table.seed)
    market_setup(scenario, epoch=0)


def test_the_small_scenario_is_valid(write: Write) -> None:
    assert [party.name for party in load(str(write())).table.party] == ["ash", "oak"]


@pytest.mark.parametrize(
    ("old", "new", "place", "found", "expected"),
    [
        ('title = "Two homes"\n', "", "title", "no such key", "given"),
        (
            "intervals = 8\n",
            "interval = 8\nintervals = 8\n",
            "interval",
            "unknown key",
            "did you mean intervals?",
        ),
        ("intervals = 8", "intervals = -1", "intervals", "-1", "greater than 0"),
        ("funds = 50", "funds = nan", "provider.funds", "NaN", "finite"),
        ("funds = 50", "funds = 0.1234567", "provider.funds", "0.1234567 token", "whole number"),
        (
            'source = "csv"',
            'source = "smart meter"',
            "data.source",
            "smart meter",
            "'simbench', 'csv' or 'none'",
        ),
        ("buy = 0.08", "buy = 0.50", "provider.tariff[1]", "buy 0.50 is above sell 0.30", "buy ≤ sell"),
        ("buy = 0.08", "buy = 0.0801234", "provider.tariff[1].buy", "0.0801234 token/kWh", "whole number"),
        ("from = 0", "from = 3", "provider", "[3]", "ascending from 0"),
        ('name = "oak"', 'name = "ash"', "file", "ash", "different names"),
        ('name = "oak"', 'name = "oak tree"', "party[2].name", "oak tree", "pattern"),
        ('column = "oak.load"', 'profile = "H0-A"', "party[2].load.column", "none", "a column of"),
        ("horizon = 4", "horizon = 4\nlead = 5", "market.lead", "5", "at most horizon = 4"),
        ("max_rounds = 20", "max_rounds = 1", "market.max_rounds", "1", "greater than or equal to 2"),
        ("intervals = 8", "intervals = 9", "rows", "8", "at least intervals = 9"),
        (
            '[[party]]\nname = "ash"',
            '[[party]]\nbattery = { capacity_kwh = 5.0, low = 0.9, high = 0.2, initial = 0.5 }\nname = "ash"',
            "party[1].battery.",
            "0.9",
            "",
        ),
        (
            '[[party]]\nname = "ash"',
            '[[party]]\nbattery = { capacity_kwh = 5.0, efficiency = 1.2 }\nname = "ash"',
            "party[1].battery.efficiency",
            "1.2",
            "",
        ),
        (
            '[[party]]\nname = "ash"',
            '[[party]]\nstrategy = "concesion"\nname = "ash"',
            "party[1].strategy",
            "'concesion'",
            "concession",
        ),
        (
            '[[party]]\nname = "ash"',
            '[[party]]\nparameters = { price = { cr = -1 } }\nname = "ash"',
            "party[1].parameters.price.cr",
            "-1",
            "more than 0",
        ),
    ],
)
def test_each_wrong_value_is_named(
    write: Write, old: str, new: str, place: str, found: str, expected: str
) -> None:
    assert old in SMALL
    error = refusal(write(SMALL.replace(old, new, 1)))
    assert error.place.startswith(place)
    assert found in error.found
    assert expected in error.expected


@pytest.mark.parametrize(
    ("table", "place", "found"),
    [
        ('kind = "silent-meter"\nmeter = "elm"\nfirst = 0\nlast = 1', "fault[1]", "'elm'"),
        ('kind = "silent-metre"\nmeter = "ash"\nfirst = 0\nlast = 1', "fault[1].kind", "'silent-metre'"),
        ('kind = "silent-meter"\nmeter = "ash"\nfirst = 2\nlast = 1', "fault[1].last", "1"),
        ('kind = "reads-less"\nmeter = "ash"\nfirst = 0\nlast = 1\nfactor = 1.5', "fault[1].factor", "1.5"),
    ],
)
def test_each_wrong_fault_is_named(write: Write, table: str, place: str, found: str) -> None:
    error = refusal(write(f"{SMALL}\n[[fault]]\n{table}\n"))
    assert (error.place, error.found) == (place, found)


def test_a_file_that_is_no_toml_or_no_text_is_refused(write: Write, tmp_path: Path) -> None:
    assert refusal(write("name = ")).place == "syntax"
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b'name = "\xff"')
    assert refusal(binary).expected == "UTF-8"


def test_an_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(ScenarioError, match=r"did you mean village-day\?"):
        load("vilage-day")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.toml").found == "none"
