"""Weeks that are kept and found again, figures of a week, and how they spread over weeks."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from agents.cooperative.mechanism import PaperMechanism
from agents.cooperative.record import SessionRecord, WeekRecord
from energy.errors import SpecError
from scenarios.rec.build import build_case
from scenarios.reproduce.rec.many import gain_share, sample, whole_numbers
from scenarios.reproduce.rec.measures import bootstrap, exchanged_by_pairs
from scenarios.reproduce.rec.mechanisms import PAPER, RANDOM
from scenarios.reproduce.rec.play import play
from scenarios.reproduce.rec.sessions import experiment, seen, telling
from scenarios.reproduce.rec.store import digest, path_of, read, save
from tests.scenarios.reproduce.rec.small import small_case


def test_a_week_comes_back_as_it_was(tmp_path: Path) -> None:
    case = build_case(small_case(tmp_path, 2, agents=3))
    week = play(case, [PAPER], tmp_path / "c", workers=1, planner=False, progress=lambda *told: None).s2[
        PAPER
    ]
    path = path_of(tmp_path, case, "x", PaperMechanism())
    assert read(path) is None
    save(path, week)
    again = read(path)
    assert again is not None
    # repr, as NaN (a distance without a Nash solution) equals nothing.
    assert repr(again.sessions) == repr(week.sessions)
    for key in ("net", "exchange", "flow", "residual", "soc"):
        np.testing.assert_array_equal(getattr(again, key), getattr(week, key))


def test_a_week_without_sessions_comes_back(tmp_path: Path) -> None:
    case = build_case(small_case(tmp_path, 2, agents=2))
    alone = play(case, [], tmp_path, workers=1, planner=False, progress=lambda *told: None).s1
    save(tmp_path / "alone.npz", alone)
    again = read(tmp_path / "alone.npz")
    assert again is not None
    assert again.sessions == ()


def test_what_a_week_depends_on_is_what_it_is_found_by(tmp_path: Path) -> None:
    case = build_case(small_case(tmp_path, 2, agents=3))
    same = digest(case, PaperMechanism())
    assert digest(build_case(case.path), PaperMechanism()) == same
    changed = [
        digest(case, PaperMechanism(literal_aspiration=True)),
        digest(replace(case, seed=1), PaperMechanism()),
        digest(replace(case, net_kwh=case.net_kwh + 1e-9), PaperMechanism()),
        digest(replace(case, members=case.members[:2]), PaperMechanism()),
        digest(replace(case, plan=replace(case.plan, deadline=10)), PaperMechanism()),
    ]
    assert len({same, *changed}) == 6


def test_a_sample_has_figures_of_every_strategy(tmp_path: Path) -> None:
    path = small_case(tmp_path, 2, agents=3)
    found = sample(path, 23, 1, [RANDOM, PAPER], tmp_path / "c", planner=True)
    assert set(found.figures) == {"s0", "s1", "random matching", "double auction", RANDOM, PAPER}
    s1 = found.figures["s1"]
    assert s1.gain == 0.0
    assert s1.above == 0
    assert math.isnan(s1.success)
    assert found.optima is not None
    best = [found.optima.loans_bound, found.optima.free_bound]
    assert None not in best
    for figures in found.figures.values():
        assert figures.sws <= found.optima.loans_bound + 1e-6
        assert figures.net_mean <= figures.home_mean * figures.agents + 1e-12
    # repr, as NaN equals nothing.
    assert repr(found) == repr(sample(path, 23, 1, [RANDOM, PAPER], tmp_path / "c", planner=True))


def session(period: int, a: int, b: int, q: float, tau: int) -> SessionRecord:
    nothing = dict.fromkeys(
        ("utility_a", "utility_b", "no_deal_a", "no_deal_b", "aspiration_a", "aspiration_b", "nash_q"), 0.0
    )
    return SessionRecord(
        period=period, a=a, b=b, agreed=True, q=q, tau=tau, rounds=1, accepted_by=b, nash_tau=0, nash_a=0.0,
        nash_b=0.0, distance_agreement=0.0, distance_no_deal=0.0, **nothing
    )  # fmt: skip


def test_legs_of_one_pair_settle_against_each_other_and_pairs_add_up() -> None:
    # 0 gives 1 0.4 in period 0, back in 2; 1 gives 0 0.3 in period 2, back in 3; 1 gives 2 0.2 in period 2, back in 3.
    sessions = (session(0, 0, 1, 0.4, 2), session(2, 1, 0, 0.3, 1), session(2, 1, 2, 0.2, 1))
    still = np.zeros((3, 4))
    week = WeekRecord(
        net=still, exchange=still, flow=still, residual=still, soc=np.zeros((3, 5)), sessions=sessions
    )
    pair, total = exchanged_by_pairs(week)
    assert pair.tolist() == pytest.approx([0.4, 0, 0.7, 0.3])
    assert total.tolist() == pytest.approx([0.4, 0, 0.9, 0.5])


def test_the_interval_of_equal_weeks_has_no_width_and_seeds_are_no_weeks() -> None:
    rng = np.random.default_rng(0)
    weeks = np.array([1, 1, 2, 2])
    same = bootstrap(np.array([1.0, 3.0, 1.0, 3.0]), weeks, rng)
    assert (same.mean, same.low, same.high, same.least, same.most) == (2.0, 2.0, 2.0, 1.0, 3.0)
    differing = bootstrap(np.array([1.0, 1.0, 3.0, np.nan]), weeks, rng)
    assert differing.mean == pytest.approx(5 / 3)
    assert (differing.low, differing.high) == (1.0, 3.0)


def test_lists_of_numbers() -> None:
    assert whole_numbers("--weeks", "3,10, 16-18,3") == (3, 10, 16, 17, 18)
    assert whole_numbers("--weeks", "") == ()
    with pytest.raises(SpecError, match="--seeds: found '1-x'"):
        whole_numbers("--seeds", "1-x")


def test_the_share_of_a_planner_that_gains_nothing_is_no_number() -> None:
    assert gain_share(-3.0, -4.0, -2.0) == 0.5
    assert math.isnan(gain_share(-4.0, -4.0, -4.0))


def test_the_session_that_is_drawn_ends_with_the_offer_that_was_agreed(tmp_path: Path) -> None:
    case = build_case(small_case(tmp_path, 1, agents=2))
    members, week = experiment(case)
    number = telling(week)
    assert number is not None
    shown = seen(case, members, week, number)
    r = shown.record
    by_a, by_b = shown.offers()
    # A offers in rounds 0, 2, …; who did not accept made the last offer.
    last = by_b[-1] if r.accepted_by == r.a else by_a[-1]
    assert shown.domain.contract(int(last)) == (r.q, r.tau)
    assert shown.u_a.flat[last] == pytest.approx(r.utility_a)
    assert shown.u_b.flat[last] == pytest.approx(r.utility_b)
    assert min(shown.quantile_of(0), shown.quantile_of(1)) >= 0.8
