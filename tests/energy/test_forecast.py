"""Forecasts: their moments within what the sample size allows, their bounds, and their refusals.

Tolerances are five standard errors of each estimate for Gaussian samples (mean: sd / sqrt(n), sd: sd / sqrt(2 n),
correlation: (1 - rho^2) / sqrt(n)), so a right implementation fails for fewer than one seed in ten thousand.
"""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from energy.errors import ForecastSpecError
from energy.forecast import (
    PERFECT,
    ForecastError,
    clear_sky,
    persistence,
    predict_load,
    predict_net,
    predict_pv,
    sample_errors,
    scenarios,
)
from energy.profiles import day_rows, load_simbench

ERROR = ForecastError(first=0.1, last=0.3, rise=8.0, correlation=0.7)
N = 20_000


def test_deviations_by_hand() -> None:
    # sd(0) = first; sd(8) = 0.3 - 0.2 / e = 0.226424...; far ahead: last.
    sizes = ERROR.deviations(400)
    assert sizes[0] == pytest.approx(0.1)
    assert sizes[8] == pytest.approx(0.3 - 0.2 / math.e)
    assert sizes[-1] == pytest.approx(0.3)
    assert (np.diff(sizes) >= 0).all()


def test_moments_of_the_errors() -> None:
    drawn = sample_errors(ERROR, count=N, horizon=24, rng=np.random.default_rng(11))
    sizes = ERROR.deviations(24)
    assert drawn.shape == (N, 24)
    assert (np.abs(drawn.mean(axis=0)) < 5 * sizes / math.sqrt(N)).all()
    assert (np.abs(drawn.std(axis=0) - sizes) < 5 * sizes / math.sqrt(2 * N)).all()
    correlation = np.corrcoef(drawn.T)
    for gap in (1, 2, 5):
        rho = ERROR.correlation**gap
        assert (np.abs(np.diag(correlation, gap) - rho) < 5 * (1 - rho**2) / math.sqrt(N)).all(), gap


def test_scenarios_are_prediction_plus_scaled_errors() -> None:
    prediction, scale = np.linspace(-1, 1, 12), np.linspace(0, 2, 12)
    got = scenarios(prediction, error=ERROR, scale=scale, count=50, rng=np.random.default_rng(3))
    drawn = sample_errors(ERROR, count=50, horizon=12, rng=np.random.default_rng(3))
    assert np.allclose(got, prediction + scale * drawn, rtol=0, atol=1e-15)
    assert (got[:, 0] == -1).all()  # scale 0: nothing is uncertain


def test_the_same_generator_state_gives_the_same_forecast() -> None:
    truth = np.linspace(0.1, 0.9, 96)
    a, b = (predict_load(truth, error=ERROR, scale=0.5, rng=np.random.default_rng(5)) for _ in range(2))
    c = predict_load(truth, error=ERROR, scale=0.5, rng=np.random.default_rng(6))
    assert np.array_equal(a, b)
    assert not np.array_equal(a, c)


def test_a_perfect_forecast_is_the_truth() -> None:
    truth = np.linspace(0, 1, 10)
    rng = np.random.default_rng(0)
    assert np.array_equal(predict_load(truth, error=PERFECT, scale=1.0, rng=rng), truth)
    assert np.array_equal(predict_pv(truth, error=PERFECT, envelope=1.0, rng=rng), truth)
    assert np.array_equal(predict_net(truth - 0.5, error=PERFECT, scale=1.0, rng=rng), truth - 0.5)


@settings(max_examples=50)
@given(seed=st.integers(0, 2**32 - 1), last=st.floats(0.3, 3))
def test_bounds_hold_on_simbench_days(seed: int, last: float) -> None:
    profiles = load_simbench()
    rows = day_rows(160, days=2)
    load = profiles.load_kw("H0-A", annual_kwh=4000)[rows]
    pv = profiles.pv_kw("PV3", kwp=5.0)
    envelope = clear_sky(pv)[rows]
    rng = np.random.default_rng(seed)
    error = ForecastError(first=0.1, last=last, rise=4.0, correlation=0.5)
    load_ahead = predict_load(load, error=error, scale=load.mean(), rng=rng)
    pv_ahead = predict_pv(pv[rows], error=error, envelope=envelope, rng=rng)
    assert (load_ahead >= 0).all()
    assert (pv_ahead >= 0).all()
    assert (pv_ahead <= envelope).all()
    night = envelope == 0
    assert night.any()
    assert (pv_ahead[night] == 0).all()
    assert not np.array_equal(pv_ahead[~night], pv[rows][~night])


def test_clear_sky_by_hand() -> None:
    # Three days of two intervals; one day either side: column maxima over neighbours.
    days = np.array([0, 1, 0, 5, 0, 2], float)
    assert clear_sky(days, steps_per_day=2, days=1).tolist() == [0, 5, 0, 5, 0, 5]
    assert clear_sky(days, steps_per_day=2, days=0).tolist() == days.tolist()
    far = np.array([9, 1, 2, 3], float)
    assert clear_sky(far, steps_per_day=1, days=1).tolist() == [9, 9, 3, 3]
    assert clear_sky(far, steps_per_day=1, days=99).tolist() == [9] * 4


def test_persistence_by_hand() -> None:
    assert persistence([9, 1, 2, 3], horizon=7, period=3).tolist() == [1, 2, 3, 1, 2, 3, 1]
    assert persistence([9, 1, 2, 3], horizon=2, period=1).tolist() == [3, 3]
    with pytest.raises(ForecastSpecError, match="period of 96"):
        persistence(np.zeros(95), horizon=4)


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        ({"first": -0.1}, "first"),
        ({"last": 0.01}, "last"),
        ({"rise": 0.0}, "rise"),
        ({"correlation": 1.0}, "correlation"),
        ({"correlation": -0.1}, "correlation"),
        ({"first": float("nan")}, "first"),
    ],
)
def test_wrong_error_models_are_refused(wrong: dict[str, float], key: str) -> None:
    with pytest.raises(ForecastSpecError) as caught:
        ForecastError(**wrong)
    assert caught.value.key == key


def test_wrong_calls_are_refused() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ForecastSpecError, match=r"truth\[1\]"):
        predict_load([1.0, -0.1], error=ERROR, scale=1.0, rng=rng)
    with pytest.raises(ForecastSpecError, match=r"truth\[0\]"):
        predict_load([float("nan")], error=ERROR, scale=1.0, rng=rng)
    with pytest.raises(ForecastSpecError, match="at least the truth"):
        predict_pv([0.5, 0.5], error=ERROR, envelope=[1.0, 0.4], rng=rng)
    with pytest.raises(ForecastSpecError, match="horizon"):
        sample_errors(ERROR, count=1, horizon=0, rng=rng)
    with pytest.raises(ForecastSpecError, match="count"):
        sample_errors(ERROR, count=0, horizon=1, rng=rng)
    with pytest.raises(ForecastSpecError, match="scale"):
        scenarios([1.0], error=ERROR, scale=-1.0, count=1, rng=rng)
    with pytest.raises(ForecastSpecError, match="whole number of days"):
        clear_sky(np.zeros(97))
