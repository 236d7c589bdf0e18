"""What is wrong with a contract's file is named, with its place, before anything is sent."""

from collections.abc import Callable
from pathlib import Path

import pytest

from scenarios.community.forward import tariff_ground
from scenarios.community.tariff_load import TariffScenario, find_tariff
from scenarios.community.tariff_run import prepare, run_tariff
from scenarios.errors import ScenarioError
from scenarios.hosts import SimulatedHost
from scenarios.running import RunOptions

Load = Callable[..., TariffScenario]

TWIN = """
[[community]]
name = "twin"
strategy = "RM"

[[community.member]]
name = "ada"
role = "negotiator"
energy = { day = 600, night = 300 }
old_rates = { day = 0.33, night = 0.27 }
goals = { day = 0.26, night = 0.20 }
limits = { day = 0.32, night = 0.26 }
weights = { day = 0.6, night = 0.4 }
"""


@pytest.mark.parametrize(
    ("changes", "more", "place", "found", "expected"),
    [
        ([], TWIN, "twin.members", "'ada'", "nobody of lane-end"),
        (
            [("weights = { day = 0.6, night = 0.4 }", "weights = { day = 0.6, night = 0.5 }")],
            "",
            "community[1].member[1].weights",
            "(0.6, 0.5)",
            "a sum of 1",
        ),
        (
            [('role = "negotiator"', 'role = "independent"'), ('mediator = "ada"', 'mediator = "ben"')],
            "",
            "strategy",
            "MSV",
            "RM",
        ),
        ([("hours = [[7, 22]]", "hours = [[6, 22]]")], "", "night", "Monday 6:00", "day does not have"),
        ([("hours = [[7, 22]]", "hours = [[8, 22]]")], "", "blocks", "Monday 7:00", "a block for every hour"),
        (
            [
                ("energy = { day = 600, night = 300 }", "energy = { day = 0, night = 0 }"),
                ("energy = { day = -300, night = 200 }", "energy = { day = 0, night = 0 }"),
                ("energy = { day = 500, night = 300 }", "energy = { day = 0, night = 0 }"),
            ],
            "",
            "members.energy",
            "0",
            "some energy",
        ),
        ([], '[[missing]]\nmember = "dan"\nmonth = 1\n', "file", "missing of 'dan'", "one of ada, ben, cyd"),
        (
            [],
            '[[missing]]\nmember = "ada"\nmonth = 4\n',
            "file",
            "missing.month 4",
            "at most contract.months = 3",
        ),
        (
            [],
            '[[meter]]\nmember = "dan"\nload = {}\ndeposit = 1\n',
            "file",
            "1 meters of 'dan'",
            "one of each",
        ),
        ([("vote_days = 7", "vote_days = 10")], "", "signing", "days 20", "more than twice vote_days = 10"),
        (
            [('retailer]\nname = "lumen"', 'retailer]\nname = "ben"')],
            "",
            "file",
            "names used twice: ben",
            "different",
        ),
        ([('mediator = "ada"', 'mediator = "cyd"')], "", "lane-end.mediator", "cyd", "negotiation agent"),
        ([("exit_fee = 5", "exit_fees = 5")], "", "signing.exit_fees", "unknown key", "exit_fee"),
    ],
)
def test_a_file_that_fits_no_contract(
    tariff: Load, changes: list[tuple[str, str]], more: str, place: str, found: str, expected: str
) -> None:
    with pytest.raises(ScenarioError) as caught:
        tariff(*changes, more=more)
    error = caught.value
    assert error.file.name == "lane.toml"
    assert place in error.place
    assert found in error.found
    assert expected in error.expected


@pytest.mark.parametrize(
    ("changes", "more", "place", "found"),
    [
        ([('profile = "H0-A"', 'profile = "H0-Z"')], "", "meter[1].load.profile", "'H0-Z'"),
        ([(", annual_kwh = 3600", "")], "", "meter[1].load.annual_kwh", "none"),
        ([('member = "ada"\nload', 'member = "ada"\nrating = 0.5\nload')], "", "meter[1].rating", "0.5"),
        (
            [("deposit = 300", "deposit = 0.0000001")],
            "",
            "meter[2].deposit",
            "1E-7 token is 0.1000000 token units",
        ),
        ([], '[[exit]]\nmember = "ada"\non = 2027-12-01\n', "exit[1].on", "2027-12-01"),
        ([("window = 86_400", "window = 86_400\nhorizon = 1300")], "", "signing.days", "20"),
    ],
)
def test_what_is_found_before_a_ledger_is_opened(
    tariff: Load, tmp_path: Path, changes: list[tuple[str, str]], more: str, place: str, found: str
) -> None:
    scenario = tariff(*changes, more=more)
    with pytest.raises(ScenarioError) as caught:
        run_tariff(scenario, SimulatedHost(), RunOptions(out=tmp_path / "runs", pictures=False))
    assert (caught.value.place, caught.value.found) == (place, found)
    assert not (tmp_path / "runs").exists()


def test_a_contract_of_the_past_is_refused(tariff: Load) -> None:
    scenario = tariff()
    with pytest.raises(ScenarioError, match=r"contract\.first.*a vote after the ledger's clock, 2027-09-01"):
        tariff_ground(scenario, 1_819_756_800)


def test_a_year_is_not_waited_for(tariff: Load, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="--interval 5"):
        run_tariff(tariff(), SimulatedHost(), RunOptions(interval=5, out=tmp_path))


def test_a_file_with_communities_is_known_by_them(tariff: Load, tmp_path: Path) -> None:
    scenario = tariff()
    prepare(scenario, 1)
    assert find_tariff(str(scenario.path)) == scenario.path
    assert find_tariff("village-day") is None
    other = tmp_path / "day.toml"
    other.write_text('name = "day"\n')
    assert find_tariff(str(other)) is None
