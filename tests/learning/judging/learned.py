"""A policy whose play can be foretold, for tests that need one."""

import numpy as np

from agents.policy.negotiator import ACCEPT
from agents.policy.network import Policy
from agents.policy.session_view import FEATURES, session_spec


def stubborn(rounds: int, level: int = 15) -> Policy:
    """Always offers at one of 16 levels, and takes only what is worth that much."""
    weights = np.zeros((len(FEATURES), ACCEPT + 1), np.float32)
    biases = np.full(ACCEPT + 1, -9.0, np.float32)
    # Its wish to take grows with what stands, past its wish to offer where that is worth a little less than the level.
    biases[level], biases[ACCEPT] = 0.0, 10.0 * (0.01 - level / 15)
    weights[FEATURES.index("standing_utility"), ACCEPT] = 10.0
    nothing = (np.zeros((len(FEATURES), 1), np.float32), np.zeros(1, np.float32))
    return Policy(session_spec(0, rounds, levels=True), ((weights, biases),), (nothing,))
