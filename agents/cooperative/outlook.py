"""What an agent expects of its own net demand: a pseudo-prediction and scenarios around it (Eq. 10).

The random numbers depend on the seed, the agent and the period alone, so the order in which agents are asked, and by
how many threads, changes nothing. The same as ``energy.forecast.predict_net`` and ``scenarios`` one after the other, to
the last bit, but compiled: a week of 100 agents draws 67,200 sets of scenarios.
"""

import math

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from agents.cooperative.members import Member
from energy.compiled import compiled

FloatArray = NDArray[np.float64]


def agent_rng(seed: int, agent: int, period: int) -> Generator:
    """The stream of `agent` in `period`."""
    return np.random.default_rng((seed, 1, agent, period))


def period_rng(seed: int, period: int) -> Generator:
    """The stream of what concerns all in `period`: the order of selection, and chance in it."""
    return np.random.default_rng((seed, 0, period))


def expected_net(member: Member, truth_kwh: FloatArray, *, count: int, rng: Generator) -> FloatArray:
    """`count` courses of the net demand as `member` expects them, shape (count, horizon) [kWh].

    `truth_kwh` of shape (horizon,) is what will happen. The prediction is the truth plus Gaussian errors by lag
    ("pseudo-predictions", section 3.3), and the scenarios are the prediction plus errors of the same kind.
    """
    error, horizon = member.error, len(truth_kwh)
    draws = rng.standard_normal((1 + count, horizon))
    fresh = math.sqrt(1 - error.correlation**2)
    needs = np.empty((count, horizon))
    _courses(
        draws, truth_kwh, error.deviations(horizon), member.error_scale_kwh, error.correlation, fresh, needs
    )
    return needs


@compiled
def _courses(
    draws: FloatArray,
    truth: FloatArray,
    deviations: FloatArray,
    scale: float,
    correlation: float,
    fresh: float,
    out: FloatArray,
) -> None:
    """Row 0 of `draws` makes the prediction, the others the scenarios; errors of a row are an AR(1) chain."""
    horizon = truth.size
    prediction = np.empty(horizon)
    for s in range(len(draws)):
        chain = 0.0
        for lag in range(horizon):
            chain = draws[s, lag] if lag == 0 else correlation * chain + fresh * draws[s, lag]
            error = scale * (chain * deviations[lag])
            if s == 0:
                prediction[lag] = truth[lag] + error
            else:
                out[s - 1, lag] = prediction[lag] + error
