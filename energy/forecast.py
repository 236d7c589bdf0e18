"""Forecasts that are wrong in a stated way, and scenarios around them.

A forecast here is a *pseudo-prediction*: the truth plus Gaussian errors whose size grows with the lag and which lean
on their neighbour's (Chakraborty et al., "Energy loans in residential cooperatives", section 3.3, Eq. 10). Scenarios
are drawn around a forecast in the same way. It is a model of being wrong, not a forecasting method; `persistence` is
the one method here that looks at nothing but the past. All randomness comes from the Generator that is passed in.
"""

import math
from dataclasses import dataclass, fields

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray

from energy.errors import ForecastSpecError

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastError:
    """Sizes of the errors by lag, as fractions of a scale that the caller states (mean load, clear-sky PV, ...).

    The standard deviation at lag l (0 is the next interval) rises from `first` towards `last`:
    sd(l) = last + (first - last) * exp(-l / rise). Standardised errors form a stationary AR(1) chain, so that every
    lag has exactly that deviation and neighbouring lags have exactly the given correlation.

    Attributes
    ----------
    first, last : float
        Standard deviations at lag 0 and far ahead [fraction of the scale], 0 <= first <= last.
    rise : float
        Lags in which the difference falls to 1/e [intervals], > 0.
    correlation : float
        Between the errors of neighbouring lags, in [0, 1).

    Raises
    ------
    ForecastSpecError
        Where one of these rules is broken.
    """

    first: float = 0.05
    last: float = 0.20
    rise: float = 16.0
    correlation: float = 0.8

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
                raise ForecastSpecError(field.name, value, "a finite number")
        if self.first < 0:
            raise ForecastSpecError("first", self.first, "at least 0")
        if self.last < self.first:
            raise ForecastSpecError("last", self.last, f"not below first = {self.first!r}")
        if self.rise <= 0:
            raise ForecastSpecError("rise", self.rise, "more than 0 intervals")
        if not 0 <= self.correlation < 1:
            raise ForecastSpecError("correlation", self.correlation, "in [0, 1)")

    def deviations(self, horizon: int) -> FloatArray:
        """Standard deviation by lag, shape (horizon,) [fraction of the scale]."""
        return self.last + (self.first - self.last) * np.exp(-np.arange(_steps(horizon)) / self.rise)


PERFECT = ForecastError(first=0.0, last=0.0, rise=1.0, correlation=0.0)
"""A forecast that is the truth."""


def _steps(horizon: int) -> int:
    if horizon < 1:
        raise ForecastSpecError("horizon", horizon, "a whole number of intervals, at least 1")
    return horizon


def _series(key: str, values: ArrayLike, *, signed: bool) -> FloatArray:
    series = np.asarray(values, np.float64)
    if series.ndim != 1 or series.size == 0:
        raise ForecastSpecError(key, series.shape, "shape (horizon,), at least one interval")
    wrong = ~np.isfinite(series) if signed else ~(np.isfinite(series) & (series >= 0))
    if wrong.any():
        lag = int(np.argmax(wrong))
        raise ForecastSpecError(
            f"{key}[{lag}]", float(series[lag]), "finite" if signed else "finite and at least 0"
        )
    return series


def sample_errors(error: ForecastError, *, count: int, horizon: int, rng: Generator) -> FloatArray:
    """Draw errors, shape (count, horizon) [fraction of the scale]; rows are independent of one another."""
    if count < 1:
        raise ForecastSpecError("count", count, "a whole number, at least 1")
    draws = rng.standard_normal((count, _steps(horizon)))
    fresh = math.sqrt(1 - error.correlation**2)
    for lag in range(1, horizon):
        draws[:, lag] = error.correlation * draws[:, lag - 1] + fresh * draws[:, lag]
    return draws * error.deviations(horizon)


def scenarios(
    prediction: ArrayLike,
    *,
    error: ForecastError,
    scale: ArrayLike,
    count: int,
    rng: Generator,
    low: ArrayLike | None = None,
    high: ArrayLike | None = None,
) -> FloatArray:
    """`count` equally likely courses around `prediction`, shape (count, horizon), in the prediction's unit.

    Parameters
    ----------
    prediction : array_like, shape (horizon,)
        Any unit (kWh a step, kW); may be negative (net load).
    error : ForecastError
        Sizes by lag, as fractions of `scale`.
    scale : float or array_like, shape (horizon,)
        What the fractions refer to, in the prediction's unit, >= 0. Where it is 0, nothing is uncertain.
    low, high : float or array_like, optional
        Bounds that physics sets; values beyond are cut to them, which then shifts mean and deviation near a bound.
    """
    center = _series("prediction", prediction, signed=True)
    sizes = _series("scale", np.broadcast_to(np.asarray(scale, np.float64), center.shape), signed=False)
    drawn = sample_errors(error, count=count, horizon=center.size, rng=rng)
    courses: FloatArray = center + sizes * drawn
    if low is not None or high is not None:
        courses = np.clip(courses, low, high)
    return courses


def predict_net(truth: ArrayLike, *, error: ForecastError, scale: ArrayLike, rng: Generator) -> FloatArray:
    """Pseudo-prediction of a signed course (net load), shape (horizon,); arguments as in `scenarios`."""
    return scenarios(truth, error=error, scale=scale, count=1, rng=rng).reshape(-1)


def predict_load(truth: ArrayLike, *, error: ForecastError, scale: ArrayLike, rng: Generator) -> FloatArray:
    """Pseudo-prediction of a load, shape (horizon,), never negative; the mean load is a good scale."""
    load = _series("truth", truth, signed=False)
    return scenarios(load, error=error, scale=scale, count=1, rng=rng, low=0.0).reshape(-1)


def predict_pv(truth: ArrayLike, *, error: ForecastError, envelope: ArrayLike, rng: Generator) -> FloatArray:
    """Pseudo-prediction of a PV course, shape (horizon,), within [0, envelope].

    `envelope` is the most that the sun can give at each interval (see `clear_sky`), in the unit of `truth`; it is the
    scale of the errors too. At night it is 0, and so is the forecast: clouds are uncertain, sunset is not.
    """
    pv = _series("truth", truth, signed=False)
    top = _series("envelope", np.broadcast_to(np.asarray(envelope, np.float64), pv.shape), signed=False)
    above = pv > top
    if above.any():
        lag = int(np.argmax(above))
        raise ForecastSpecError(
            f"envelope[{lag}]", float(top[lag]), f"at least the truth, {float(pv[lag])!r}"
        )
    return scenarios(pv, error=error, scale=top, count=1, rng=rng, low=0.0, high=top).reshape(-1)


def clear_sky(pv: ArrayLike, *, steps_per_day: int = 96, days: int = 7) -> FloatArray:
    """Most that the sun gave at the same time of day within `days` days before and after, shape (steps,).

    A stand-in for a clear-sky model that needs neither place nor panel: it knows sunrise, sunset and season from the
    profile itself. `pv` has whole days; windows are shorter at both ends.
    """
    course = _series("pv", pv, signed=False)
    if steps_per_day < 1 or course.size % steps_per_day:
        raise ForecastSpecError("pv", course.size, f"a whole number of days of {steps_per_day} intervals")
    if days < 0:
        raise ForecastSpecError("days", days, "at least 0")
    by_day = course.reshape(-1, steps_per_day)
    top = by_day.copy()
    for shift in range(1, min(days, len(by_day) - 1) + 1):
        np.maximum(top[shift:], by_day[:-shift], out=top[shift:])
        np.maximum(top[:-shift], by_day[shift:], out=top[:-shift])
    return top.reshape(-1)


def persistence(history: ArrayLike, *, horizon: int, period: int = 96) -> FloatArray:
    """The forecast that the last `period` intervals repeat (tomorrow is as today), shape (horizon,).

    Raises
    ------
    ForecastSpecError
        If `history` is shorter than `period`.
    """
    past = _series("history", history, signed=True)
    if period < 1 or past.size < period:
        raise ForecastSpecError("history", past.size, f"at least one period of {period} intervals")
    return past[past.size - period + np.arange(_steps(horizon)) % period]
