"""From a file to communities: what the small one says, and what each wrong one is refused with."""

from pathlib import Path

import pytest

from agents.community.errors import (
    CommunityError,
    MediatorError,
    MemberError,
    MemberTwice,
    MissingHours,
    NoNegotiationAgent,
    OverlappingBlocks,
    PreferencesError,
    StrategyNotAllowed,
    UnknownTeamStrategy,
    WeightsError,
    ZeroEnergy,
)
from agents.community.tactics import ByTime
from agents.strategy import ModuleNotLoaded, NotAStrategy
from energy.errors import SpecError
from scenarios.community.build import Case, build_case, retailer_of, size_premium
from scenarios.community.load import load_communities, shipped
from scenarios.errors import ScenarioError
from tests.scenarios.community.files import SMALL, written


def case_of(path: Path) -> Case:
    loaded = load_communities(str(path))
    return build_case(loaded.path, loaded.table)


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_file_is_valid(name: str) -> None:
    assert load_communities(name).table.name == name
    loaded = load_communities(name)
    build_case(loaded.path, loaded.table)


def test_a_file_in_whole_numbers(tmp_path: Path) -> None:
    case = case_of(written(tmp_path))
    _, community = case.community("mill")
    ash, elm, oak = community.members
    # 13 tokens per kWh are 13,000 token units per Wh; kWh are 1,000 Wh.
    assert ash.preferences.goals == (13_000, 7000)
    assert oak.energy == (300_000, 300_000)
    assert ash.tactics == (ByTime(12, 1.0),) * 2
    assert oak.tactics == (ByTime(12, 0.5),) * 2
    assert elm.tactics == ()
    assert [issue.tick for issue in case.rules.domain.issues] == [10, 10]
    retailer = retailer_of(case, community)
    assert retailer.preferences.limits == (14_000, 8000)
    # By each block's share of 1,250 by day and 400 by night.
    assert retailer.preferences.weights == (1250 / 1650, 400 / 1650)


def test_small_contracts_cost_more_to_serve(tmp_path: Path) -> None:
    changed = written(
        tmp_path,
        (
            "limits = { day = 14, night = 8 }\n",
            "limits = { day = 14, night = 8 }\nsize = { reference = 1_000_000, per_decade = 0.1 }\n",
        ),
    )
    case = case_of(changed)
    # 1,650 kWh in 61 days less an hour, 1,463 hours: 9,880 kWh a year, 2.005 powers of ten below the reference.
    assert size_premium(case, 1_650_000) == pytest.approx(0.1 * 2.00526, abs=1e-5)
    assert size_premium(case, 10**12) == 0
    # 14,000 · 1.200526 = 16,807.4, up to the next tick of 10.
    assert retailer_of(case, case.communities[0]).preferences.limits[0] == 16_810


LAST = "weights = { day = 1.0, night = 0.0 }\n"
SECOND = SMALL[SMALL.index("[[community]]") : SMALL.index('[[community.member]]\nname = "oak"')]


@pytest.mark.parametrize(
    ("old", "new", "error", "told"),
    [
        (LAST, LAST + "\n" + SECOND.replace("mill", "farm"), MemberTwice, "nobody of mill"),
        ('name = "oak"', 'name = "ash"', MemberTwice, "every name once"),
        ("weights = { day = 0.5, night = 0.5 }", "weights = { day = 0.5, night = 0.6 }", PreferencesError, "a sum of 1"),
        ("trust = 0\n", "trust = 0\nweights = { ash = 0.5, oak = 0.3, elm = 0.1 }\n", WeightsError, "a sum of 1"),
        ("trust = 0\n", "trust = 0\nweights = { ash = 0.5, oak = 0.5 }\n", WeightsError, "one for each member"),
        ('name = "oak"\nrole = "negotiator"', 'name = "oak"\nrole = "independent"', None, "tactic"),
        ('strategy = "MSV"', 'strategy = "MSW"', UnknownTeamStrategy, "MSV?"),
        ("trust = 0\n", 'trust = 0\ninteraction = "informative"\n', StrategyNotAllowed, "responsive at least"),
        ("trust = 0\n", 'trust = 0\nmediator = "elm"\n', MediatorError, "a negotiation agent"),
        ("trust = 0\n", 'trust = 0\nmediator = "by-luck"\n', CommunityError, "one of its members"),
        ("hours = [[0, 7]]", "hours = [[0, 8]]", OverlappingBlocks, "Monday 7:00"),
        ("hours = [[0, 7]]", "hours = [[1, 7]]", MissingHours, "Monday 0:00"),
        ("hours = [[0, 7]]", 'hours = [[0, 7]]\ndays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]', MissingHours, "Sunday 0:00"),
        ("{ day = 900, night = 100 }", "{ day = -900, night = 100 }", MemberError, "nothing fed in by a consumer"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(
    tmp_path: Path, old: str, new: str, error: type[Exception] | None, told: str
) -> None:
    path = written(tmp_path, (old, new))
    with pytest.raises(ScenarioError if error is None else error, match=told) as caught:
        case_of(path)
    assert caught.value.exit_code == 2  # type: ignore[attr-defined]
    if isinstance(caught.value, SpecError):
        assert f"in {path}" in caught.value.__notes__


def test_strategies_that_its_roles_do_not_allow(tmp_path: Path) -> None:
    one = ('name = "oak"\nrole = "negotiator"', 'name = "oak"\nrole = "dependent"')
    with pytest.raises(StrategyNotAllowed, match="RM or RM-IDM"):
        case_of(written(tmp_path, one, ("tactic = { rate = 0.5 }\n", "")))
    nobody = [("negotiator", "independent"), ("tactic = { rate = 0.5 }\n", "")]
    with pytest.raises(NoNegotiationAgent):
        case_of(written(tmp_path, *nobody))


def test_a_contract_over_zero_energy(tmp_path: Path) -> None:
    nothing = "{ day = 0, night = 0 }"
    changes = [(f"energy = {old}", f"energy = {nothing}") for old in ("{ day = 900, night = 100 }", "{ day = 300, night = 300 }", "{ day = 50, night = 0 }")]  # fmt: skip
    with pytest.raises(ZeroEnergy):
        case_of(written(tmp_path, *changes))


@pytest.mark.parametrize(
    ("old", "new", "place", "expected"),
    [
        ("turns = 12", "turn = 12", "turn", "did you mean turns?"),
        ("highest = 40", "highest = 40, lowest = 40", "rates", "lowest < highest"),
        ("highest = 40, tick = 0.01", "highest = 40, tick = 0.0001", "rates.tick", "whole number"),
        ("2015-03-01", "2015-03-31", "contract", "1 to 28"),
        ('"Europe/London"', '"Europe/Londn"', "zone", "IANA"),
        ("months = [1, 3]", "months = [1, 3, 4]", "community[1].member[2].months", "2, one a period"),
        ("months = [1, 3]", "months = [0, 0]", "community[1].member[2].months", "not all 0"),
        ("goals = { day = 20,", "goals = { day = 14,", "retailer.goals.day", "above its limit 14"),
        ("old_rates = { day = 18, ", "old_rates = { ", "community[1].member[1].old_rates", "one for each block: day, night"),
        ("day = 900,", "day = 900.0005,", "community[1].member[1].energy.day", "whole number"),
        ("tactic = { rate = 0.5 }", "tactics = { dusk = { rate = 0.5 } }", "community[1].member[2].tactics", "names of blocks"),
        ("weights = { day = 1.0, night = 0.0 }", "weights = { day = 1.0, night = 0.0 }\ntactic = {}", "community[1].member[3].tactic", "no offers"),
        ('role = "independent"', 'role = "idle"', "community[1].member[3].role", "'independent'"),
        ("hours = [[7, 24]]", "hours = []", "block[1].hours", "at least 1 item"),
    ],
)  # fmt: skip
def test_keys_that_are_wrong_are_named(tmp_path: Path, old: str, new: str, place: str, expected: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        case_of(written(tmp_path, (old, new)))
    assert caught.value.place == place
    assert expected in caught.value.expected


def test_files_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="did you mean public-buildings"):
        load_communities("public-building")
    with pytest.raises(ScenarioError, match="a readable TOML file"):
        load_communities(str(tmp_path / "none.toml"))
    path = tmp_path / "small.toml"
    path.write_bytes(b"name = \xff")
    with pytest.raises(ScenarioError, match="UTF-8"):
        load_communities(str(path))
    path.write_text("name =")
    with pytest.raises(ScenarioError, match="valid TOML"):
        load_communities(str(path))
    case = case_of(written(tmp_path))
    with pytest.raises(ScenarioError, match="did you mean mill"):
        case.community("mil")


OWN = """\
from agents.community.strategies import TeamStrategy, send

class Cheapest(TeamStrategy):
    name = "cheapest"

    def decide(self, meeting):
        return send(meeting, min(meeting.offers(), key=sum))

class Half(TeamStrategy):
    name = "half"

class Nameless(TeamStrategy):
    def decide(self, meeting):
        return None

class Needy(Cheapest):
    name = "needy"

    def __init__(self, needs):
        pass

class Stranger:
    pass
"""


def test_a_strategy_of_ones_own_stands_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(OWN)
    case = case_of(written(tmp_path, ('"MSV"', '"mine:Cheapest"')))
    assert case.table.communities[0].strategy == "mine:Cheapest"
    for name, told in (
        ("Half", "decide"),
        ("Nameless", "a name"),
        ("Needy", "without arguments"),
        ("Stranger", "a subclass of TeamStrategy"),
        ("Nobody", "a class 'Nobody'"),
    ):
        with pytest.raises(NotAStrategy, match=told):
            case_of(written(tmp_path, ('"MSV"', f'"mine:{name}"')))
    with pytest.raises(ModuleNotLoaded):
        case_of(written(tmp_path, ('"MSV"', '"their:Cheapest"')))
