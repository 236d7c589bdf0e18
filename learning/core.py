"""What a batched environment is: n copies of one world in arrays, stepped together by compiled functions.

Everything else wraps it: ``learning.vector`` makes it a VecEnv for stable-baselines3, ``learning.scalar`` a Gymnasium
environment (n = 1), ``learning.parallel`` a PettingZoo one. There is no second implementation of any world.
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from agents.policy.spec import Spec

Float32Array = NDArray[np.float32]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


class Core(Protocol):
    """n copies of one environment; an episode that ends begins anew in the same step.

    The arrays are the environment's own and are written again by the next :meth:`advance`: whoever keeps them copies
    them.
    """

    n: int
    spec: Spec
    """Names of features and actions, and whatever else a policy must agree with."""
    observations: Float32Array
    """(n, features), what the next action is chosen from; finite."""
    masks: BoolArray
    """(n, actions), True where legal; never all False in a row."""
    rewards: Float32Array
    """(n,), of the last action."""
    dones: BoolArray
    """(n,), whether the last action ended its episode."""
    truncated: BoolArray
    """(n,), whether it ended for lack of time rather than by the world's rules; only where done."""
    terminal: Float32Array
    """(n, features), the last observation of an episode, valid where done."""

    def begin(self, seed: int) -> None:
        """Start all copies anew; equal seeds, equal worlds."""
        ...

    def advance(self, actions: IntArray) -> None:
        """One action in each copy, (n,).

        Raises
        ------
        IllegalChoice
            If an action is masked; nothing has changed then.
        """
        ...
