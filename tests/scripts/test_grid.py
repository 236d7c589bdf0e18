"""``wattpact grid`` as a user calls it: exit codes, one message, the last line of JSON, the table."""

import json
from pathlib import Path

import pytest

from energy.grid import grid_state
from scripts.cli import dispatch
from scripts.grid import main

CASE = """\
name = "rec-pair"
title = "Two homes"
week = 23

[plan]
periods = 12
horizon = 4
scenarios = 2

[forecast]
first = 0.0
last = 0.0
rise = 1
correlation = 0.0

[[agent]]
name = "1"
reservation = 70
weights = [0.5, 0.5]
capacity_kwh = 6.8
efficiency = 0.90
degradation = 0.04
load = { profile = "H0-A", annual_kwh = 3200 }
pv = { profile = "PV1", balance = true }

[[agent]]
name = "2"
reservation = 70
weights = [0.4, 0.6]
capacity_kwh = 7.0
efficiency = 0.90
degradation = 0.04
load = { profile = "H0-B", annual_kwh = 4100 }
"""

FIGURES = {
    "least_pu",
    "most_pu",
    "share_outside_10",
    "share_outside_3",
    "most_line_percent",
    "mean_worst_line_percent",
    "most_transformer_percent",
    "most_drawn_kw",
    "most_fed_back_kw",
    "drawn_kwh",
    "fed_back_kwh",
    "losses_kwh",
}


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pair.toml").write_text(CASE)
    return tmp_path


def test_a_case_gives_one_line_of_json_and_pictures(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        dispatch(["grid", "pair.toml", "--no-exchange", "--json"])
    assert end.value.code == 0
    (line,) = capsys.readouterr().out.splitlines()
    found = json.loads(line)
    assert (found["name"], found["grid"], found["homes"], found["steps"]) == ("rec-pair", "rural1", 2, 12)
    assert list(found["outcomes"]) == ["s0", "s1"]
    assert all(set(figures) == FIGURES for figures in found["outcomes"].values())
    assert found["reference"] is None
    assert len(found["pictures"]) == 4
    assert all((case / path).is_file() for path in found["pictures"])
    assert (case / "runs" / "grid-rec-pair" / "voltages.png") == case / found["pictures"][0]


def test_a_person_gets_a_table(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main("pair.toml", grid="semiurb4", background="none", exchange=False, pictures=False)
    said = capsys.readouterr().out
    assert "Two homes, week 23 on semiurb4" in said
    assert "2 homes and nobody else" in said
    for row in ("lowest voltage", "most loaded line", "lost in lines and transformer"):
        assert row in said
    assert "own battery" in said
    assert "loans" not in said
    assert "ODbL" in said


def test_the_reference_is_compared_and_a_difference_is_code_1(
    case: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Stand-ins for pandapower, with which the solution is compared in the tests of energy/grid.
    monkeypatch.setattr("scenarios.grid.check.reference_state", grid_state)
    arguments = {"exchange": False, "pictures": False, "reference": True, "sample": 4}
    main("pair.toml", as_json=True, **arguments)  # type: ignore[arg-type]
    found = json.loads(capsys.readouterr().out)
    assert found["reference"]["equal"] is True
    assert found["reference"]["steps"] == 8

    def other(grid, p_kw, q_kvar, **progress):  # type: ignore[no-untyped-def]
        return grid_state(grid, 1.01 * p_kw, q_kvar)

    monkeypatch.setattr("scenarios.grid.check.reference_state", other)
    with pytest.raises(SystemExit) as end:
        main("pair.toml", **arguments)  # type: ignore[arg-type]
    assert end.value.code == 1
    assert "pandapower: different" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "grid: found 'nowhere', expected a run's folder"),
        (["pair.toml", "--grid", "rural9"], "grid: found 'rural9', expected one of rural1"),
        (["pair.toml", "--place", "near"], "--place: found 'near', expected one of order, far, random"),
        (["pair.toml", "--background", "all"], "--background: found 'all', expected one of customers, none"),
        (["pair.toml", "--power-factor", "0"], "power_factor: found 0.0, expected cos φ in (0, 1]"),
        (["pair.toml", "--slack", "0"], "slack_pu: found 0.0, expected a voltage above 0 p.u."),
        (["pair.toml", "--week", "60"], "week: found 60, expected a week of the year, 1 to 52"),
        (["village-day"], "expected a finished run of it there: `wattpact run village-day` makes one"),
    ],
)
def test_wrong_input_is_code_2_and_one_message(
    case: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    with pytest.raises(SystemExit) as end:
        dispatch(["grid", *arguments, "--no-exchange", "--no-pictures", "--json"])
    assert end.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("error: ")
    assert message in said.err
    assert not (case / "runs").exists()


def test_a_grid_that_cannot_carry_it_is_code_1(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # At a tenth of its voltage a line carries a hundredth of its power.
    with pytest.raises(SystemExit) as end:
        dispatch(["grid", "pair.toml", "--slack", "0.1", "--no-exchange", "--no-pictures", "--json"])
    assert end.value.code == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "the grid cannot carry this power" in said.err
