"""What an agent expects of its own net demand: a pseudo-prediction and scenarios around it (Eq. 10).

The random numbers depend on the seed, the agent and the period alone, so the order in which agents are asked, and by
how many threads, changes nothing.
"""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from agents.cooperative.members import Member
from energy.forecast import predict_net, scenarios

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
    prediction = predict_net(truth_kwh, error=member.error, scale=member.error_scale_kwh, rng=rng)
    return scenarios(prediction, error=member.error, scale=member.error_scale_kwh, count=count, rng=rng)
