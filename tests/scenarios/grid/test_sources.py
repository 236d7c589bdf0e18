"""Where courses come from: a simulated cooperative and a finished run, each against what is computed another way."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from agents.cooperative.exchange import Exchange
from agents.cooperative.record import SessionRecord
from energy.battery import run as battery_run
from energy.profiles import load_simbench, week_rows
from scenarios.errors import ScenarioError
from scenarios.grid.choose import choose
from scenarios.grid.from_case import YEAR_STEPS, case_courses
from scenarios.grid.from_run import newest_run, run_courses
from scenarios.hosts import SimulatedHost
from scenarios.load import load
from scenarios.rec.build import build_case
from scenarios.report.folder import RunFolder
from scenarios.running import RunOptions, run_scenario


@dataclass
class _OneLoan:
    """A mechanism that makes home 0 lend 0.5 kWh to home 1 in period 3, for five periods."""

    def begin(self, n: int) -> "_OneLoan":
        return self

    def negotiate(self, exchange: Exchange) -> Sequence[SessionRecord]:
        if exchange.period == 3:
            exchange.commit(0, 1, 0.5, 5)
        return ()


def test_a_case_is_what_its_homes_connections_carry(case: Path) -> None:
    found = case_courses(case, exchange=True, mechanism=_OneLoan())
    built = build_case(case)
    net = built.net_kwh[:, :24]
    assert [course.key for course in found.courses] == ["s0", "s1", "s2"]
    assert found.homes == ("home 1", "ash")
    first = week_rows(23).start
    assert (found.rows, found.interval_h, found.steps) == (slice(first, first + 24), 0.25, 24)
    # ash has no roof: its course without a battery is its load, in kW.
    load = load_simbench().load_kw("H0-B", annual_kwh=4100)
    assert found.courses[0].kw[1] == pytest.approx(load[first : first + 24])
    # With loans the battery works for need + legs, but only what it takes and gives is on the wire, never the legs.
    legs = np.zeros((2, 24))
    legs[0, 3], legs[1, 3], legs[0, 8], legs[1, 8] = 0.5, -0.5, -0.5, 0.5
    for course, extra in ((found.courses[1], 0 * legs), (found.courses[2], legs)):
        for i, member in enumerate(built.members):
            flow = battery_run(member.model.battery, member.initial_soc_kwh, net[i] + extra[i]).flow
            assert course.kw[i] == pytest.approx((net[i] + flow) / 0.25, abs=1e-9)


def test_a_week_without_loans_and_another_week(case: Path) -> None:
    told: list[str] = []
    found = case_courses(case, week=5, exchange=False, progress=lambda what, done, total: told.append(what))
    assert [course.key for course in found.courses] == ["s0", "s1"]
    assert found.rows == slice(4 * 672, 4 * 672 + 24)
    assert set(told) == {"Own batteries"}


def test_a_year_is_every_row_of_it(case: Path) -> None:
    found = case_courses(case, year=True, exchange=False)
    load = load_simbench().load_kw("H0-B", annual_kwh=4100)
    assert (found.rows, found.steps) == (slice(0, YEAR_STEPS), YEAR_STEPS)
    assert found.courses[0].kw[1] == pytest.approx(load)
    assert found.courses[1].kw.shape == (2, YEAR_STEPS)


Write = Callable[..., Path]


def test_a_run_is_what_its_meters_read(write: Write, tmp_path: Path) -> None:
    path = write()
    result = run_scenario(load(str(path)), SimulatedHost(), RunOptions(out=tmp_path / "runs", pictures=False))
    found = run_courses(result.folder.path, str(path))
    assert [course.key for course in found.courses] == ["alone", "market"]
    assert found.homes == ("ash", "oak")
    # Ash has 0.6 kW to spare and oak is short of 0.4 kW; neither has a battery, so the market moves nothing.
    for course in found.courses:
        assert course.kw == pytest.approx(np.array([[-0.6] * 8, [0.4] * 8]), abs=1e-9)
    assert found.rows is None
    assert newest_run(tmp_path / "runs", "small") == result.folder.path
    assert choose(str(result.folder.path), scenario=str(path)).homes == found.homes


def test_runs_that_are_none_are_refused(write: Write, tmp_path: Path) -> None:
    path = write()
    result = run_scenario(load(str(path)), SimulatedHost(), RunOptions(out=tmp_path / "runs", pictures=False))
    folder = result.folder
    path.write_text(path.read_text().replace("seed = 3", "seed = 4"))
    with pytest.raises(ScenarioError, match="sha256"):
        run_courses(folder.path, str(path))
    readings = folder.tables / "readings.parquet"
    readings.rename(readings.with_suffix(".away"))
    (folder.path / "homes.csv").write_text((tmp_path / "homes.csv").read_text())
    with pytest.raises(ScenarioError, match=r"readings.parquet: file: found none"):
        run_courses(folder.path)
    folder.update(status="interrupted")
    with pytest.raises(
        ScenarioError, match="status: found interrupted, expected the folder of a finished run"
    ):
        run_courses(folder.path)
    assert newest_run(tmp_path / "runs", "small") is None
    with pytest.raises(ScenarioError, match="status: found none"):
        run_courses(tmp_path)


def test_a_run_of_gas_is_refused(tmp_path: Path) -> None:
    gas = load("eip-case")
    (tmp_path / "scenario.toml").write_bytes(gas.path.read_bytes())
    RunFolder(tmp_path).write({"status": "finished", "scenario_sha256": gas.sha256, "seed": 0})
    with pytest.raises(ScenarioError, match="utility: found gas, expected electricity"):
        run_courses(tmp_path)


def test_what_is_neither_run_nor_case_is_refused(case: Path, tmp_path: Path) -> None:
    with pytest.raises(
        ScenarioError, match=r"found 'nowhere', expected a run's folder, .*rec-case2.*village-day"
    ):
        choose("nowhere")
    with pytest.raises(ScenarioError, match="`wattpact run village-day` makes one"):
        choose("village-day", runs=tmp_path)
    with pytest.raises(ScenarioError, match="--week: found 5"):
        choose(str(tmp_path), week=5)
    with pytest.raises(ScenarioError, match="--year: found True"):
        choose(str(tmp_path), year=True)
    with pytest.raises(ScenarioError, match="only with a run's folder"):
        choose(str(case), scenario="village-day")
    assert [course.key for course in choose(str(case), exchange=False).courses] == ["s0", "s1"]
