"""What a case file may not say: the refusal names file, key, value and rule, and ends a command with code 2."""

from pathlib import Path

import pytest

from scenarios.errors import ScenarioError
from scenarios.rec.build import build_case
from tests.scenarios.rec.test_cases import OWN, changed, csv, small


@pytest.mark.parametrize(
    ("old", "new", "place", "found", "expected"),
    [
        # A battery with lo > hi; an efficiency outside (0, 1]; weights that do not sum to 1.
        ("low = 0.2", "low = 0.95", "battery.low", "0.95", "not above hi = 0.9"),
        ("efficiency = 0.8", "efficiency = 1.01", "agent[2].efficiency", "1.01", "in (0, 1]"),
        ("efficiency = 0.9", "efficiency = 0.0", "agent[1].efficiency", "0.0", "in (0, 1]"),
        ("[0.33, 0.67]", "[0.33, 0.66]", "agent[1].weights", "(0.33, 0.66)", "a sum of 1"),
        ("[0.71, 0.29]", "[1.2, -0.2]", "agent[2].weights", "(1.2, -0.2)", "at least 0"),
        # A horizon shorter than τ; more scenarios than memory allows.
        (
            "horizon = 96",
            "horizon = 48\nlast_return = 60",
            "plan",
            "horizon 48 with return times to 60",
            "more than the longest",
        ),
        (
            "scenarios = 100",
            "scenarios = 1000000",
            "plan.scenarios",
            "1000000",
            "what 1024 MiB hold of 2 agents",
        ),
        ("initial = 0.5", "initial = 0.95", "battery.initial", "6.46", "kWh in"),
        (
            "degradation = 0.04 ",
            "degradation = 100 ",
            "agent[1].degradation",
            "1.0",
            "a share of the capacity",
        ),
        ("correlation = 0.8", "correlation = 1.0", "forecast.correlation", "1.0", "in [0, 1)"),
        ("reservation = 52", "reservation = 101", "agent[1].reservation", "101", "less than or equal to 100"),
        ("week = 23", "week = 53", "week", "53", "less than or equal to 52"),
        ("interval_h = 0.25", "interval_h = 0.5", "plan.interval_h", "0.5", "0.25, SimBench's interval"),
        ('"H0-A"', '"H0-X"', "agent[1].load.profile", "'H0-X'", "one of H0-A"),
        ('"PV5"', '"H0-A"', "agent[2].pv.profile", "'H0-A'", "one of PV1"),
        ("annual_kwh = 3200", "annual_kWh = 3200", "agent[1].load.annual_kWh", "unknown key", "annual_kwh"),
        (", annual_kwh = 3200", "", "agent[1].load.annual_kwh", "none", "kWh a year"),
        ("balance = true", "balance = true, kwp = 3.0", "agent[1].pv", "both balance and kwp", "exactly one"),
        ("balance = true", "balance = false", "agent[1].pv", "neither balance nor kwp", "exactly one"),
        ('name = "B"', 'name = "A"', "file", "names used twice: A", "different names"),
        (
            "[battery]",
            "[links]\nefficiency = 1.5\nlimit_kw = 1\n[battery]",
            "links.efficiency",
            "1.5",
            "z in (0, 1]",
        ),
        (
            "[battery]",
            '[links]\nlink = [{ between = ["A", "C"], limit_kw = 1 }]\n[battery]',
            "links.link[1].between",
            "'C'",
            "one of A, B",
        ),
    ],
)
def test_a_wrong_value_is_named_with_its_rule(
    tmp_path: Path, old: str, new: str, place: str, found: str, expected: str
) -> None:
    path = changed(tmp_path, (old, new))
    with pytest.raises(ScenarioError) as error:
        build_case(path)
    assert error.value.exit_code == 2
    assert error.value.file == path
    assert place in error.value.place
    assert found in error.value.found
    assert expected in error.value.expected


def test_profiles_that_end_before_the_horizon_are_refused(tmp_path: Path) -> None:
    csv(tmp_path / "homes.csv", 6 + 95)
    path = small(tmp_path, *OWN)
    with pytest.raises(
        ScenarioError, match=r"homes.csv: rows: found 101, expected .*= 102.*before the horizon"
    ):
        build_case(path)


def test_a_column_that_is_not_there_is_refused(tmp_path: Path) -> None:
    csv(tmp_path / "homes.csv", 120)
    path = small(tmp_path, *OWN[:1], ('"H0-A", annual_kwh = 3200', '"H0-A", column = "c.load"'), *OWN[2:])
    with pytest.raises(ScenarioError, match=r"agent\[1\].load.column: found 'c.load', expected a column of"):
        build_case(path)


@pytest.mark.parametrize(
    ("week", "seed", "place"), [(0, None, "week"), (53, None, "week"), (None, -1, "seed")]
)
def test_weeks_and_seeds_of_the_command_are_checked(week: int | None, seed: int | None, place: str) -> None:
    with pytest.raises(ScenarioError) as error:
        build_case("rec-case2", week=week, seed=seed)
    assert error.value.place == place


def test_only_copies_can_be_counted_anew() -> None:
    with pytest.raises(ScenarioError, match="this case copies no agents"):
        build_case("rec-case2", agents=10)
    assert len(build_case("rec-case2", agents=9).members) == 9
    with pytest.raises(ScenarioError, match="at least the 9 that are copied"):
        build_case("rec-case3", agents=8)


def test_copies_are_of_another_case_with_agents(tmp_path: Path) -> None:
    (tmp_path / "rec-case2.toml").write_text(changed(tmp_path, of="rec-case3").read_text())
    with pytest.raises(ScenarioError, match=r"copies.of: found 'rec-case2', expected a case that has agents"):
        build_case(changed(tmp_path, of="rec-case3"))


def test_a_case_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="rec-case1, rec-case2, rec-case3"):
        build_case("rec-case4")
    with pytest.raises(ScenarioError, match="a readable TOML file"):
        build_case(tmp_path / "none.toml")


def test_a_file_that_is_no_toml_or_no_text(tmp_path: Path) -> None:
    path = tmp_path / "case.toml"
    path.write_text("name =")
    with pytest.raises(ScenarioError, match="syntax"):
        build_case(path)
    path.write_bytes(b"name = '\xff'")
    with pytest.raises(ScenarioError, match="UTF-8"):
        build_case(path)
