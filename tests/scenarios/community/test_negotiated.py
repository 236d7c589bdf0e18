"""The contract of a file: rates, who signs, volumes; and the paper's measures of it."""

from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.community.measures import average_utility, community_benefit, community_cost, weighted_utility
from agents.community.voting import TEAM_STRATEGIES
from scenarios.community.build import Case, build_case
from scenarios.community.compare import allowed, chosen, compare, measured, money, rates_told
from scenarios.community.load import load_communities
from scenarios.community.negotiated import negotiate_contract
from scenarios.community.spread import boundaries, spread
from tests.scenarios.community.files import written
from tests.scenarios.community.test_build import OWN

LONDON = ZoneInfo("Europe/London")


def case_of(path: Path) -> Case:
    loaded = load_communities(str(path))
    return build_case(loaded.path, loaded.table)


def test_periods_are_months_by_the_clock() -> None:
    edges = boundaries(date(2014, 11, 15), 3, LONDON)
    assert [(edge.year, edge.month, edge.day, edge.hour) for edge in edges] == [
        (2014, 11, 15, 0), (2014, 12, 15, 0), (2015, 1, 15, 0), (2015, 2, 15, 0)
    ]  # fmt: skip
    assert boundaries(date(2015, 4, 1), 1, LONDON)[0].astimezone(UTC) == datetime(2015, 3, 31, 23, tzinfo=UTC)


def test_hours_of_a_change_of_clocks_are_counted_as_they_come(tmp_path: Path) -> None:
    # March 2015 loses the hour from 1:00, of the night: 31 · 7 − 1. April has 30 days.
    case = case_of(written(tmp_path))
    assert case.hours == ((31 * 17, 31 * 7 - 1), (30 * 17, 30 * 7))
    autumn = case_of(written(tmp_path, ("2015-03-01", "2015-10-01")))
    assert autumn.hours == ((31 * 17, 31 * 7 + 1), (30 * 17, 30 * 7))


@given(
    st.lists(st.integers(-(10**9), 10**9), min_size=2, max_size=2),
    st.lists(st.tuples(st.integers(0, 500), st.integers(1, 300)), min_size=1, max_size=12),
    st.data(),
)
def test_no_energy_is_lost_in_spreading_it(
    energy: list[int], hours: list[tuple[int, int]], data: st.DataObject
) -> None:
    weights = data.draw(st.lists(st.integers(0, 9), min_size=len(hours), max_size=len(hours)))
    hours = [(max(day, 1), night) for day, night in hours]
    given_weights = [Fraction(weight) for weight in weights] if any(weights) else []
    volumes = spread(tuple(energy), hours, given_weights)
    assert [sum(amounts) for amounts in zip(*volumes, strict=True)] == energy
    for k, total in enumerate(energy):
        parts = [(given_weights[p] if given_weights else 1) * hours[p][k] for p in range(len(hours))]
        if sum(parts):
            for p, part in enumerate(parts):
                assert abs(volumes[p][k] - Fraction(total) * part / sum(parts)) <= 1


def test_a_contract_by_hand(tmp_path: Path) -> None:
    contract = negotiate_contract(case_of(written(tmp_path)))
    assert contract.strategy == "MSV"
    assert contract.rates is not None
    assert contract.rates in contract.case.rules.domain
    assert [member.name for member in contract.members] == ["ash", "elm", "oak"]
    assert contract.left == ()
    assert contract.expected == (1_250_000, 400_000)
    # Oak's months weigh 1 and 3: of its 300 kWh by day, 527 to 3 · 510 hours, 300 · 527 / 2,057 in March.
    assert contract.volumes["oak"][0][0] == round(300_000 * 527 / 2057)
    assert contract.volumes["elm"][1][1] == 0
    assert contract.boundaries[0] == datetime(2015, 3, 1, tzinfo=LONDON)


def test_whoever_would_rather_not_leaves_before_it_is_signed(tmp_path: Path) -> None:
    content = (
        'old_rates = { day = 21, night = 13 }\ngoals = { day = 13, night = 7 }\nlimits = { day = 21, night = 13 }',
        'old_rates = { day = 9, night = 5 }\ngoals = { day = 8, night = 4 }\nlimits = { day = 9, night = 5 }',
    )  # fmt: skip
    left = negotiate_contract(case_of(written(tmp_path, content)))
    assert left.left == ("elm",)
    assert [member.name for member in left.members] == ["ash", "oak"]
    assert left.expected == (1_200_000, 400_000)
    outcome = measured(left)
    assert (outcome.member("elm").cost, outcome.member("elm").benefit) == (50_000 * 9000, 0)
    stays = negotiate_contract(
        case_of(written(tmp_path, content, ("trust = 0\n", "trust = 0\nleave = false\n")))
    )
    assert stays.left == ()
    assert measured(stays).member("elm").benefit < 0


def test_measures_are_the_papers(tmp_path: Path) -> None:
    case = case_of(written(tmp_path))
    for outcome in compare(case, None, allowed(case, None)):
        rates = outcome.rates
        assert rates is not None
        members = case.communities[0].informed()
        assert outcome.cost == community_cost(members, rates)
        assert outcome.benefit == community_benefit(members, rates)
        assert outcome.average_utility == pytest.approx(average_utility(members, rates))
        assert outcome.weighted_utility == pytest.approx(weighted_utility(members, rates))
        assert outcome.told() == "agreed"
    weighted = ("trust = 0\n", "trust = 0\nweights = { ash = 0.0, oak = 1.0, elm = 0.0 }\n")
    (alone,) = compare(case_of(written(tmp_path, weighted)), None, ["RM"])
    assert alone.weighted_utility == pytest.approx(alone.member("oak").utility)


def test_without_an_agreement_all_go_on_as_before(tmp_path: Path) -> None:
    hard = (
        "goals = { day = 20, night = 12 }\nlimits = { day = 14, night = 8 }",
        "goals = { day = 39, night = 39 }\nlimits = { day = 30, night = 30 }",
    )
    case = case_of(written(tmp_path, hard))
    for outcome in compare(case, None, allowed(case, None)):
        assert outcome.rates is None
        assert outcome.contract.members == ()
        assert outcome.contract.expected == ()
        # 900 · 18 + 100 · 11 + 300 · 19 + 300 · 10 + 50 · 21 tokens, in units.
        assert outcome.cost == (16_200 + 1100 + 5700 + 3000 + 1050) * 10**6
        assert outcome.benefit == 0
        assert outcome.told() in ("out of turns", "community withdrew", "retailer withdrew")
        assert outcome.machine_form()["rates"] is None
        assert rates_told(case, outcome.rates) == "—"


def test_strategies_are_chosen_by_roles_or_by_name(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(OWN)
    case = case_of(written(tmp_path))
    assert chosen(case, None, "all") == tuple(TEAM_STRATEGIES)
    one = ('name = "oak"\nrole = "negotiator"', 'name = "oak"\nrole = "dependent"')
    spoken = case_of(written(tmp_path, one, ("tactic = { rate = 0.5 }\n", ""), ('"MSV"', '"RM"')))
    assert chosen(spoken, None, "all") == ("RM", "RM-IDM")
    names = chosen(case, None, "SBV, mine:Cheapest")
    own = compare(case, None, names)[1]
    assert own.strategy == "cheapest"


def test_a_strategy_that_fails_is_told(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text(
        OWN.replace("min(meeting.offers(), key=sum)", "1 / 0").replace("mine", "bad")
    )
    (outcome,) = compare(case_of(written(tmp_path)), None, ["bad:Cheapest"])
    assert outcome.told() == "community withdrew (ZeroDivisionError: division by zero)"


def test_money_is_shown_in_the_files_currency(tmp_path: Path) -> None:
    pounds = ("turns = 12", 'turns = 12\ncurrency = { name = "£", tokens = 100 }')
    assert money(case_of(written(tmp_path, pounds)), 123_456_000_000) == "£1,235"
    assert money(case_of(written(tmp_path)), -1_500_000, digits=1) == "−1.5 tokens"
    assert money(case_of(written(tmp_path)), -400_000) == "0 tokens"
