"""The measurement of case 3: what the slope means, and that a small run of it is the case."""

import math

import pytest

from agents.cooperative.week import no_flexibility
from agents.cooperative.welfare import performance, social_welfare
from scenarios.bench.case3 import fitted_factor, run_case
from scenarios.rec.build import build_case


def test_the_slope_is_the_factor_between_the_ends_of_the_line() -> None:
    assert fitted_factor({25: 0.3, 50: 0.3, 100: 0.3, 200: 0.3}) == pytest.approx(1.0)
    # Time per agent growing as n^0.5: √8 from 25 to 200.
    grown = {n: 0.1 * math.sqrt(n) for n in (25, 50, 100, 200)}
    assert fitted_factor(grown) == pytest.approx(math.sqrt(8))
    assert fitted_factor({25: 7.0}) == 1.0


def test_a_small_run_is_the_case() -> None:
    seen: list[int] = []
    measured = run_case(
        agents=9, periods=4, workers=2, on_period=lambda done, of: seen.append(done), warm=True
    )
    assert seen == [1, 2, 3, 4]
    assert measured.negotiating > 0
    assert measured.seconds > 0
    assert measured.peak_mib > 1
    case = build_case("rec-case2")
    periods = case.net_kwh[:, :4]
    expected = -sum(m.model.weights[1] * abs(periods[i]).sum() for i, m in enumerate(case.members))
    assert measured.welfare[0] == pytest.approx(expected)
    assert (
        social_welfare(
            performance(case.members, no_flexibility(case.members, net_kwh=case.net_kwh, plan=case.plan))
        )
        < expected
    )
