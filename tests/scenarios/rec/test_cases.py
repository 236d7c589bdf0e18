"""The paper's cases as files: the tables' rows word for word, homes whose year balances, and what can be changed."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from agents.cooperative.peers import NashPeers, OwnPeers, RandomPeers
from agents.cooperative.week import simulate
from energy.profiles import load_simbench, week_rows
from scenarios.load import SHIPPED, shipped
from scenarios.rec.build import Case, build_case
from scenarios.rec.load import load_case, shipped_cases

TABLE_3 = [(52, 0.33, 0.67, 6.8, 0.9), (50, 0.71, 0.29, 7.0, 0.8)]
TABLE_4 = [
    (70, 0.33, 0.67, 0.90, 0.04),
    (70, 0.67, 0.33, 0.90, 0.04),
    (60, 0.33, 0.67, 0.85, 0.02),
    (60, 0.67, 0.33, 0.80, 0.02),
    (75, 0.33, 0.67, 0.90, 0.02),
    (75, 0.67, 0.33, 0.90, 0.04),
    (80, 0.33, 0.67, 0.85, 0.04),
    (80, 0.67, 0.33, 0.80, 0.02),
    (85, 0.33, 0.67, 0.75, 0.02),
]


def test_the_three_cases_ship_and_are_no_market_days() -> None:
    assert shipped_cases() == ["rec-case1", "rec-case2", "rec-case3"]
    assert not set(shipped_cases()) & set(shipped())


@pytest.mark.parametrize("name", ["rec-case1", "rec-case2", "rec-case3"])
def test_table_2(name: str) -> None:
    plan = build_case(name).plan
    assert (plan.periods, plan.horizon, plan.scenarios, plan.deadline) == (672, 96, 100, 5000)
    assert plan.domain.shape == (15, 95)
    assert plan.domain.quantities == tuple(round(k * 0.1, 1) for k in range(-7, 8))
    assert plan.domain.return_times == tuple(range(1, 96))
    assert plan.links.most_kwh is None


def test_table_3() -> None:
    members = build_case("rec-case1").members
    rows = [
        (
            m.aspiration_quantile * 100,
            *m.model.weights,
            m.model.battery.capacity_kwh,
            m.model.battery.efficiency,
        )
        for m in members
    ]
    np.testing.assert_allclose(rows, TABLE_3)
    assert [m.name for m in members] == ["A", "B"]
    assert all(m.model.battery.degradation_per_step == pytest.approx(0.0004) for m in members)


def test_table_4() -> None:
    members = build_case("rec-case2").members
    rows = [
        (
            m.aspiration_quantile * 100,
            *m.model.weights,
            m.model.battery.efficiency,
            m.model.battery.degradation_per_step * 100,
        )
        for m in members
    ]
    np.testing.assert_allclose(rows, TABLE_4)


@pytest.mark.parametrize("name", ["rec-case1", "rec-case2"])
def test_batteries_are_those_of_section_5_1(name: str) -> None:
    for member in build_case(name).members:
        battery = member.model.battery
        assert (battery.charge_limit_kw, battery.discharge_limit_kw) == (1.3, 3.3)
        assert (battery.lo, battery.hi) == (0.2, 0.9)
        assert member.initial_soc_kwh == pytest.approx(0.5 * battery.capacity_kwh)


@pytest.mark.parametrize("name", ["rec-case1", "rec-case2", "rec-case3"])
def test_every_homes_year_balances(name: str) -> None:
    year, case = load_simbench(), build_case(name)
    for row, home in zip(case.rows, case.homes, strict=True):
        assert row.pv is not None
        made = year.pv_kw(str(row.pv.profile), kwp=home.kwp).sum() * 0.25
        used = year.load_kw(str(row.load.profile), annual_kwh=row.load.annual_kwh).sum() * 0.25
        assert made == pytest.approx(used)
        # 950 kWh a year for each kWp.
        assert home.kwp == pytest.approx(used / 950)
        assert home.mean_load_kwh == pytest.approx(used / 35136)


def test_a_week_is_its_rows_of_the_year_and_the_day_after() -> None:
    case, year = build_case("rec-case2", week=10), load_simbench()
    assert case.net_kwh.shape == (9, 672 + 96)
    rows = slice(week_rows(10).start, week_rows(10).stop + 96)
    load = year.load_kw("H0-A", annual_kwh=3200)[rows] * 0.25
    pv = year.pv_kw("PV1", kwp=3200 / 950)[rows] * 0.25
    np.testing.assert_allclose(case.net_kwh[0], load - pv)


def test_a_shifted_load_is_that_of_other_days_under_the_same_sky() -> None:
    case, year = build_case("rec-case2", week=10), load_simbench()
    row = case.rows[5]
    assert row.load.shift_days == -7
    first = week_rows(9).start
    load = year.load_kw("H0-A", annual_kwh=4600)[first : first + 768] * 0.25
    np.testing.assert_allclose(case.homes[5].load_kwh, load)
    pv = year.pv_kw("PV2", kwp=4600 / 950)[week_rows(10)] * 0.25
    np.testing.assert_allclose(case.homes[5].pv_kwh[:672], pv)


def test_the_year_is_a_ring() -> None:
    """Week 52 and the shift of 14 days of agent 9 reach beyond 31 December."""
    case, year = build_case("rec-case2", week=52), load_simbench()
    start = week_rows(52).start + 14 * 96
    expected = np.roll(year.load_kw("H0-L", annual_kwh=2900), -start)[:768] * 0.25
    np.testing.assert_allclose(case.homes[8].load_kwh, expected)


def test_week_and_seed_are_the_files_unless_given() -> None:
    case = build_case("rec-case2")
    assert (case.week, case.seed) == (23, 0)
    other = build_case("rec-case2", week=5, seed=4)
    assert (other.week, other.seed) == (5, 4)
    # The seed is that of forecasts; homes of case 2 are the same.
    np.testing.assert_array_equal(case.net_kwh, build_case("rec-case2", seed=4).net_kwh)


@pytest.mark.parametrize("agents", [9, 25, 50, 100, 200])
def test_case_3_has_as_many_agents_as_asked_for(agents: int) -> None:
    case = build_case("rec-case3", agents=agents)
    assert len(case.members) == len(case.homes) == len(case.net_kwh) == agents
    assert len({m.name for m in case.members}) == agents


def test_case_3_holds_case_2_and_smaller_ones_of_itself() -> None:
    nine, fifty, all_ = (
        build_case("rec-case2"),
        build_case("rec-case3", agents=50),
        build_case("rec-case3"),
    )
    np.testing.assert_array_equal(all_.net_kwh[:9], nine.net_kwh)
    np.testing.assert_array_equal(all_.net_kwh[:50], fifty.net_kwh)
    assert all_.members[:9] == nine.members
    assert all_.members[:50] == fifty.members


def test_copies_vary_a_little_and_by_seed() -> None:
    case = build_case("rec-case3")
    nine = case.rows[:9]
    for number, row in enumerate(case.rows[9:], start=9):
        of = nine[number % 9]
        assert row.name == f"{of.name}-{number + 1}"
        assert abs(row.load.shift_days - of.load.shift_days) <= 3
        # Five standard deviations of those that the file states.
        assert row.load.annual_kwh == pytest.approx(of.load.annual_kwh, rel=0.25)
        assert row.capacity_kwh == pytest.approx(of.capacity_kwh, rel=0.25)
        assert row.weights[0] == pytest.approx(of.weights[0], abs=0.15)
        assert sum(row.weights) == pytest.approx(1.0)
        assert row.reservation == pytest.approx(of.reservation, abs=10)
        assert (row.efficiency, row.degradation, row.pv) == (of.efficiency, of.degradation, of.pv)
    assert len({row.capacity_kwh for row in case.rows[9:]}) == 91
    assert build_case("rec-case3", seed=1).rows[9:] != case.rows[9:]


def changed(tmp_path: Path, *changes: tuple[str, str], of: str = "rec-case1") -> Path:
    text = (SHIPPED / f"{of}.toml").read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = tmp_path / "case.toml"
    path.write_text(text)
    return path


def small(tmp_path: Path, *changes: tuple[str, str]) -> Path:
    quick = (("periods = 672", "periods = 6"), ("scenarios = 100", "scenarios = 3"))
    return changed(tmp_path, *quick, *changes)


@pytest.mark.parametrize(
    ("kind", "peers"), [("random", RandomPeers()), ("nash", NashPeers(0.2)), ("own", OwnPeers(0.2))]
)
def test_the_file_says_how_peers_are_chosen(tmp_path: Path, kind: str, peers: object) -> None:
    path = changed(tmp_path, ("[battery]", f'[peers]\nkind = "{kind}"\nepsilon = 0.2\n\n[battery]'))
    assert build_case(path).mechanism.peers == peers


def test_links_and_domain_of_a_file(tmp_path: Path) -> None:
    links = '[links]\nefficiency = 0.5\nlink = [{ between = ["B", "A"], limit_kw = 2.0 }]\n\n[battery]'
    path = small(tmp_path, ("[battery]", links), ("first_return = 1", "first_return = 2\nlast_return = 9"))
    plan = build_case(path).plan
    assert plan.domain.return_times == tuple(range(2, 10))
    assert plan.links.most_kwh is not None
    # 2 kW × 0.25 h × z.
    assert plan.links.most_kwh.tolist() == [[np.inf, 0.25], [0.25, np.inf]]


def test_a_link_limit_for_all(tmp_path: Path) -> None:
    plan = build_case(small(tmp_path, ("[battery]", "[links]\nlimit_kw = 4.0\n\n[battery]"))).plan
    assert plan.links.most_kwh is not None
    assert plan.links.most_kwh.tolist() == [[1.0, 1.0], [1.0, 1.0]]


def csv(path: Path, rows: int) -> None:
    start = datetime(2024, 6, 3, tzinfo=UTC)
    lines = ["time,a.load [kW],a.pv [kW],b.load [kW]"]
    for k in range(rows):
        stamp = (start + timedelta(minutes=15 * k)).isoformat()
        lines.append(f"{stamp},{0.4 + 0.1 * (k % 3)},{1.0 if 3 <= k < 9 else 0.0},0.8")
    path.write_text("\n".join(lines) + "\n")


OWN = (
    ("[battery]", '[data]\nsource = "csv"\nfile = "homes.csv"\n\n[battery]'),
    ('load = { profile = "H0-A", annual_kwh = 3200 }', 'load = { column = "a.load" }'),
    ('pv = { profile = "PV1", balance = true }', 'pv = { column = "a.pv" }'),
    ('load = { profile = "H0-G", annual_kwh = 4400 }', 'load = { column = "b.load" }'),
    ('pv = { profile = "PV5", balance = true }', ""),
)


def own_case(tmp_path: Path, rows: int) -> Case:
    csv(tmp_path / "homes.csv", rows)
    return build_case(small(tmp_path, *OWN))


def test_own_profiles_make_a_case(tmp_path: Path) -> None:
    case = own_case(tmp_path, 6 + 96)
    assert case.net_kwh.shape == (2, 102)
    np.testing.assert_allclose(case.net_kwh[0, :4], [0.1, 0.125, 0.15, 0.1 - 0.25])
    np.testing.assert_allclose(case.net_kwh[1], 0.2)
    assert case.members[1].error_scale_kwh == pytest.approx(0.2)
    record = simulate(
        case.members, net_kwh=case.net_kwh, plan=case.plan, mechanism=case.mechanism, seed=case.seed
    )
    assert len(record.sessions) == 5


def test_the_file_and_the_data_are_named_by_their_hashes() -> None:
    case = build_case("rec-case2")
    assert case.file_sha256 == load_case("rec-case2").sha256
    assert case.data_sha256 == load_simbench().sha256
    assert "SimBench" in case.source
