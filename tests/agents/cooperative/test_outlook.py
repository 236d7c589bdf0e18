"""What agents expect: the compiled courses are those of ``energy.forecast``, and depend on nothing but their seed."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.cooperative.members import Member
from agents.cooperative.outlook import agent_rng, expected_net, period_rng
from agents.loans.model import ProsumerModel
from energy.battery import Battery
from energy.forecast import PERFECT, ForecastError, predict_net, scenarios


def member(error: ForecastError, scale: float) -> Member:
    return Member(
        name="home",
        model=ProsumerModel(battery=Battery(capacity_kwh=7.0)),
        initial_soc_kwh=3.5,
        aspiration_quantile=0.7,
        error=error,
        error_scale_kwh=scale,
    )


@settings(max_examples=30, deadline=None)
@given(
    first=st.floats(0, 0.5),
    more=st.floats(0, 1),
    rise=st.floats(0.5, 50),
    correlation=st.floats(0, 0.99),
    scale=st.floats(0, 3),
    seed=st.integers(0, 2**31),
    count=st.integers(1, 12),
    horizon=st.integers(1, 30),
)
def test_courses_are_those_of_the_forecast_room(
    first: float,
    more: float,
    rise: float,
    correlation: float,
    scale: float,
    seed: int,
    count: int,
    horizon: int,
) -> None:
    error = ForecastError(first=first, last=first + more, rise=rise, correlation=correlation)
    truth = np.random.default_rng(seed).normal(size=horizon)
    rng = np.random.default_rng(seed)
    prediction = predict_net(truth, error=error, scale=scale, rng=rng)
    expected = scenarios(prediction, error=error, scale=scale, count=count, rng=rng)
    found = expected_net(member(error, scale), truth, count=count, rng=np.random.default_rng(seed))
    np.testing.assert_array_equal(found, expected)


def test_a_perfect_forecast_is_the_truth() -> None:
    truth = np.array([0.4, -1.2, 0.0])
    found = expected_net(member(PERFECT, 1.0), truth, count=3, rng=np.random.default_rng(1))
    np.testing.assert_array_equal(found, np.tile(truth, (3, 1)))


def test_streams_differ_by_seed_agent_and_period() -> None:
    draws = {
        rng.standard_normal()
        for rng in (
            agent_rng(0, 0, 0),
            agent_rng(0, 0, 1),
            agent_rng(0, 1, 0),
            agent_rng(1, 0, 0),
            period_rng(0, 0),
            period_rng(0, 1),
            period_rng(1, 0),
        )
    }
    assert len(draws) == 7
    assert agent_rng(3, 4, 5).standard_normal() == agent_rng(3, 4, 5).standard_normal()
