"""A wrong scenario is refused with its file, key, what was found and what was expected."""

from collections.abc import Callable
from pathlib import Path

import pytest

from scenarios.composition import check_strategies, faults_of
from scenarios.errors import ScenarioError
from scenarios.load import load, shipped
from scenarios.market_setup import market_setup
from scenarios.places import build_places
from tests.scenarios.conftest import LOANS, SMALL, lending_profiles

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
    ("old", "new", "place", "found", "expected"),
    [
        ("cover = 0.36", "cover = 0.20", "loans", "cover 0.20 is below price 0.30", "at least that"),
        (
            "price = 0.30\ncover",
            "price = 0.3001234\ncover",
            "loans.price",
            "0.3001234 token/kWh",
            "whole number",
        ),
        ("step = 0.05", "step = 0.05005", "loans.step", "0.05005 kWh", "whole number"),
        ("most = 2", "most = 0", "loans.most", "0", "greater than or equal to 1"),
        (
            "most = 2\nhorizon = 12",
            "most = 2\nhorizon = 12\nlast_return = 12",
            "loans",
            "last_return is 12",
            "from first_return = 1 to 11, one less than horizon",
        ),
        (
            "[market]\nhorizon = 12",
            "[market]\nhorizon = 1",
            "loans.last_return",
            "0, first_return = 1",
            "at most market.horizon = 1",
        ),
        (
            "horizon = 12\nscenarios",
            "horizon = 13\nscenarios",
            "rows",
            "24",
            "intervals = 12 + loans.horizon = 13",
        ),
        ("scenarios = 5", "scenarios = 900000", "loans", "scenarios × horizon is 10800000", "of the memory"),
        ("scenarios = 5", "scenarios = 0", "loans.scenarios", "0", "greater than or equal to 1"),
        ("scenarios = 5", "scenarios = 5\nsure = 0", "loans.sure", "0", "greater than 0"),
        ("scenarios = 5", 'scenarios = 5\npeers = "nash"', "loans.peers", "'nash'", "'random' or 'own'"),
        (
            "{ flexibility = 0.25, autarky = 0.75 }",
            "{ flexibility = 0.25, autarky = 0.70 }",
            "party[2].loans",
            "with sum 0.95",
            "sum 1",
        ),
        (
            "{ flexibility = 0.25, autarky = 0.75 }",
            "{ flexibility = -0.5, autarky = 1.5 }",
            "party[2].loans",
            "-0.5",
            "at least 0 each",
        ),
        ("{ flexibility = 0.25, autarky = 0.75 }", "{}", "party[2].loans", "{}", "sum 1"),
        ("{ autarky = 1.0 }", "{ frugality = 1.0 }", "party[1].loans", "'frugality'", "some of flexibility"),
        (
            "aspiration = 0.0 }",
            "aspiration = 1.2 }",
            "party[1].loans.aspiration",
            "1.2",
            "less than or equal to 1",
        ),
        ("aspiration = 0.0 }", "least_gain = 0 }", "party[1].loans.least_gain", "0", "greater than 0"),
        (
            "aspiration = 0.0 }",
            "deposit = -1 }",
            "party[1].loans.deposit",
            "-1",
            "greater than or equal to 0",
        ),
        ("[market]", '[market]\npace = "step"', "file", "'step'", "'interval' in a market with loans"),
        (
            "loans = { weights = { autarky = 1.0 }, aspiration = 0.0 }\n",
            "",
            "file",
            "parties with a loans table: 1",
            "at least 2",
        ),
    ],
)
def test_each_wrong_value_of_loans_is_named(
    write: Write, old: str, new: str, place: str, found: str, expected: str
) -> None:
    assert old in LOANS
    path = write(LOANS.replace(old, new, 1), lending_profiles())
    error = refusal(path)
    assert error.place == place
    assert found in error.found
    assert expected in error.expected


def test_lenders_need_a_market_with_loans(write: Write) -> None:
    error = refusal(write(SMALL.replace('name = "ash"\n', 'name = "ash"\nloans = {}\n', 1)))
    assert (error.place, error.found) == ("file", "loans is missing")
    assert "ash lends and borrows" in error.expected


def test_a_firm_does_not_lend(write: Write) -> None:
    firm = 'name = "oak"\nkind = "firm"\nstore = { capacity = 10 }\n'
    error = refusal(write(LOANS.replace('name = "oak"\n', firm, 1), lending_profiles()))
    assert (error.place, error.expected) == ("party[2]", "none for a firm: homes lend and borrow")


def test_days_at_the_end_of_the_year_are_too_short_for_loans(write: Write) -> None:
    """A day on 31 December has no 96 intervals behind it in which a loan could be weighed."""
    text = (
        load("village-loans")
        .path.read_text()
        .replace("2016-03-22", "2016-12-31")
        .replace("shift_days = 14", "shift_days = 0")
    )
    error = refusal(write(text))
    assert error.place == "data.date"
    assert "2016-12-31" in error.found


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
