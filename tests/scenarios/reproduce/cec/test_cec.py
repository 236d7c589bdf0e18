"""The community case: its inputs follow their stated rules, rules judge as the text says, and the sweep is the same again."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from learning.execution.run import backend_of
from scenarios.community.build import Case, build_case, size_premium
from scenarios.community.compare import MemberOutcome
from scenarios.community.load import load_communities
from scenarios.reproduce.cec.play import kind_of, play, skill
from scenarios.reproduce.cec.statements import STATEMENTS, Played
from scenarios.reproduce.cec.sweep import Share, by_feature, share, sweep
from scenarios.reproduce.cec.year_before import benefits_by_rise, paying, tariffs_before

BY_ID = {statement.id: statement for statement in STATEMENTS}


@pytest.fixture(scope="module")
def case() -> Case:
    loaded = load_communities("public-buildings")
    return build_case(loaded.path, loaded.table)


def test_own_tariffs_are_what_each_comes_to_alone(case: Case) -> None:
    members = {member.name: member.old_rates for one in case.communities for member in one.members}
    assert members == tariffs_before(case)
    assert members["college"] == members["junior"], "they were aggregated before"
    # The same whatever the file says that they pay.
    assert tariffs_before(paying(case, dict.fromkeys(members, (1, 1)))) == members


def test_inputs_follow_the_rules_that_the_file_states(case: Case) -> None:
    retailer = case.table.retailer
    last = {name: float(rate) for name, rate in retailer.limits.items()}
    assert {name: float(rate) for name, rate in retailer.goals.items()} == {
        name: pytest.approx(1.15 * rate, abs=0.005) for name, rate in last.items()
    }
    for community in case.table.communities:
        for member in community.members:
            (minds,) = [name for name, weight in member.weights.items() if weight == 0.75]
            energy = int(1000 * sum(member.energy.values()))
            for name, rate in last.items():
                middle = 2.15 / 2 * rate
                goal = (0.94 if name == minds else 1.0) * middle
                assert float(member.goals[name]) == pytest.approx(goal, abs=0.005001)
                limit = 1.05 * middle * (1 + size_premium(case, energy))
                assert float(member.limits[name]) == pytest.approx(limit, abs=0.005001)
            if member.role == "negotiator":
                other = next(name for name in last if name != minds)
                assert member.tactics[other].rate == 4 * member.tactics[minds].rate


def test_the_communities_are_those_of_the_text(case: Case) -> None:
    assert [kind_of(one) for one in case.communities] == ["sectored", "aggregated-before", "spoken-for"]
    assert [len(one.members) for one in case.communities] == [3, 2, 3]
    assert [len(one.negotiators) for one in case.communities] == [3, 1, 1]
    ministries, college, schools = case.communities
    assert skill(ministries, "defence") == pytest.approx(0.5)
    assert skill(college, "college") == pytest.approx(0.5)
    assert skill(schools, "ludgrove") == pytest.approx(2)
    assert case.table.illustrative


def test_what_the_case_gives(case: Case) -> None:
    first = play(case, "ministries")
    assert (first.mediator, first.members) == ("defence", 3)
    assert first.mediator_weight == pytest.approx(14.5 / 22.3)
    # What follows from definitions and from who is who; the rest is told as it comes.
    for name in ("ssv-msv", "csv-usv", "sdv-rm", "idm-expert"):
        assert BY_ID[name].verdict(first) == 1, name
    assert BY_ID["idm-poor"].verdict(play(case, "st-georges")) is None
    assert BY_ID["together-before"].verdict(play(case, "st-georges")) == 1


def test_benefits_fall_with_what_electricity_cost_before(case: Case) -> None:
    found = benefits_by_rise(case)
    assert list(found) == sorted(found)
    for member in ("defence", "college", "ludgrove"):
        values = [found[rise][member] for rise in found]
        assert values == sorted(values, reverse=True)
        assert values[0] > values[-1]


class Made:
    """A strategy's outcome with figures given, where a rule asks for nothing else."""

    def __init__(self, **figures: Any) -> None:
        self.__dict__.update({"rates": (1, 1), "left": (), "turns": 5, "cost": 100, "average_utility": 0.5, "weighted_utility": 0.5, "members": ()} | figures)  # fmt: skip
        self.contract = self


def made(
    kind: str = "sectored", *, members: int = 3, skill: float = 1.0, weight: float = 0.4, **by_name: Made
) -> Played:
    names = ("RM", "RM-IDM", "SSV", "MSV", "CSV", "USV", "SBV", "SDV")
    outcomes = {name: by_name.get(name.replace("-", "_"), Made()) for name in names}
    return Played(
        kind=kind,  # type: ignore[arg-type]
        outcomes=outcomes,  # type: ignore[arg-type]
        members=members,
        mediator="a",
        mediator_skill=skill,
        mediator_weight=weight,
    )


def gains(*benefits: int) -> Made:
    """Members with old costs of 100, of ascending weight."""
    rows = [
        MemberOutcome(
            name=str(i), signed=True, old_cost=100, cost=100 - b, benefit=b, utility=0.0, weight=float(i)
        )
        for i, b in enumerate(benefits)
    ]
    return Made(members=tuple(rows))


@pytest.mark.parametrize(
    ("name", "played", "verdict"),
    [
        ("ssv-msv", made(), 1),
        ("ssv-msv", made(MSV=Made(rates=None)), -1),
        ("ssv-msv", made(members=4), None),
        ("sdv-rm", made(weight=0.6, SDV=Made(rates=(2, 1))), -1),
        ("sdv-rm", made(weight=0.5), None),
        ("idm-expert", made(skill=0.5), 1),
        ("idm-expert", made(skill=0.6), None),
        ("idm-poor", made("spoken-for", skill=2.0), 0),
        ("idm-poor", made("spoken-for", skill=2.0, RM_IDM=Made(average_utility=0.6)), 1),
        ("consensus-cheaper", made(CSV=Made(cost=90), USV=Made(cost=90)), 1),
        ("consensus-cheaper", made(CSV=Made(cost=90), USV=Made(cost=101)), 0),
        ("consensus-cheaper", made(CSV=Made(cost=101), USV=Made(cost=102)), -1),
        ("consensus-cheaper", made(USV=Made(rates=None)), None),
        ("consensus-weighted", made(CSV=Made(weighted_utility=0.6), USV=Made(weighted_utility=0.6)), 1),
        ("majority-average", made(SSV=Made(average_utility=0.6), MSV=Made(average_utility=0.6)), 1),
        ("borda-best", made(SBV=Made(average_utility=0.6)), 1),
        ("borda-best", made(RM=Made(average_utility=0.6)), -1),
        ("borda-best", made(SBV=Made(rates=None)), None),
        ("borda-longer", made(SBV=Made(turns=6)), 1),
        ("all-gain", made(USV=gains(1, 2, 3)), 1),
        ("all-gain", made(USV=gains(0, 2, 3)), 0),
        ("all-gain", made(USV=gains(-1, 2, 3)), -1),
        ("small-gain-most", made(USV=gains(5, 4, 3)), 1),
        ("small-gain-most", made(USV=gains(1, 2, 3)), -1),
        ("together-before", made("aggregated-before", RM=gains(-1, -2)), 1),
        ("together-before", made("aggregated-before", RM=gains(-1, 2)), -1),
        ("poor-harms", made("spoken-for", skill=3, RM=gains(-1, 2)), 1),
        ("poor-harms", made("spoken-for", skill=3, RM=gains(1, 2)), -1),
        ("poor-harms", made("spoken-for", skill=1, RM=gains(1, 2)), None),
    ],
)  # fmt: skip
def test_rules_judge_as_the_text_says(name: str, played: Played, verdict: int | None) -> None:
    assert BY_ID[name].verdict(played) == verdict


def test_a_share_with_its_interval() -> None:
    # Wilson's interval of 8 of 10, z = 1.96: (0.8 + 0.19207 ± 1.96·√(0.016 + 0.0096))/1.38415.
    eight = Share(10, 8, 1)
    assert eight.interval == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert eight.told() == "80 % [49, 94] of 10, no difference in 10 %"
    assert Share(0, 0, 0).told() == "in none of the drawn communities to be judged"
    assert math.isnan(Share(0, 0, 0).share)


def test_shares_by_what_was_drawn() -> None:
    rows = [
        {"features": {"members": m, "spread": m / 7}, "verdicts": {"ssv-msv": 1 if m > 3 else -1}}
        for m in (2, 3, 4, 4)
    ]
    assert share(rows, "ssv-msv") == Share(4, 2, 0)
    assert [(x, one.of, one.holds) for x, one in by_feature(rows, "ssv-msv", "members")] == [
        (2, 1, 0), (3, 1, 0), (4, 2, 2)
    ]  # fmt: skip
    assert sum(one.of for _, one in by_feature(rows, "ssv-msv", "spread", bins=2)) == 4
    assert by_feature(rows, "sdv-rm", "members") == []


def test_a_sweep_is_the_same_again_and_does_not_depend_on_its_length(tmp_path: Path) -> None:
    quiet: Callable[[str, int, int], None] = lambda what, done, total: None  # noqa: E731
    once = sweep(24, seed=3, backend=backend_of("joblib", jobs=1), progress=quiet)
    again = sweep(20, seed=3, backend=backend_of("joblib", jobs=1), progress=quiet, keep=tmp_path)
    assert len(once) == 24
    assert once[:20] == again
    assert {row["kind"] for row in once} == {"sectored", "spoken-for", "aggregated-before"}
    for row in once:
        assert row["verdicts"]
        assert set(row["verdicts"].values()) <= {-1, 0, 1}
        assert row["verdicts"].get("csv-usv", 1) == 1, "by definition"


def test_every_statement_is_of_the_issue() -> None:
    assert len(BY_ID) == len(STATEMENTS) == 14
    assert all(each.why and each.kinds for each in STATEMENTS)
    assert "60,978.42" in BY_ID["consensus-cheaper"].paper
