"""Several batched environments as one: a policy that is to do well in all of them learns in all of them at once.

For example a park whose other parties are scripted, and one in which a league of past selves plays them.
"""

from collections.abc import Sequence

import numpy as np

from agents.policy.errors import IllegalChoice
from learning.core import BoolArray, Core, Float32Array, IntArray


class Mixed:
    """A ``Core`` whose copies are those of its parts, one part after the other.

    Parameters
    ----------
    parts
        Environments with the same spec.

    Raises
    ------
    SpecMismatch
        If one shows or allows something else than the first.
    """

    def __init__(self, parts: Sequence[Core]) -> None:
        self.parts = tuple(parts)
        self.spec = self.parts[0].spec
        for part in self.parts:
            self.spec.check(part.spec)
        self.n = sum(part.n for part in self.parts)
        ends = np.cumsum([part.n for part in self.parts]).tolist()
        self._places = [slice(end - part.n, end) for end, part in zip(ends, self.parts, strict=True)]
        features, actions = len(self.spec.features), len(self.spec.actions)
        self.observations: Float32Array = np.zeros((self.n, features), np.float32)
        self.masks: BoolArray = np.ones((self.n, actions), bool)
        self.rewards: Float32Array = np.zeros(self.n, np.float32)
        self.dones: BoolArray = np.zeros(self.n, bool)
        self.truncated: BoolArray = np.zeros(self.n, bool)
        self.terminal: Float32Array = np.zeros((self.n, features), np.float32)

    def begin(self, seed: int) -> None:
        """Start all parts anew, each with a seed of its own."""
        for number, part in enumerate(self.parts):
            part.begin(int(np.random.SeedSequence([seed, number]).generate_state(1)[0] >> 1))
        self._look()

    def advance(self, actions: IntArray) -> None:
        """One action in each copy, (n,).

        Raises
        ------
        IllegalChoice
            If an action is masked; nothing has changed then. The row is that of all copies.
        """
        legal = np.take_along_axis(self.masks, actions[:, None], axis=1)[:, 0]
        if not legal.all():
            row = int(np.argmin(legal))
            raise IllegalChoice(row, int(actions[row]))
        for part, place in zip(self.parts, self._places, strict=True):
            part.advance(actions[place])
        self._look()

    def _look(self) -> None:
        for part, place in zip(self.parts, self._places, strict=True):
            self.observations[place] = part.observations
            self.masks[place] = part.masks
            self.rewards[place] = part.rewards
            self.dones[place] = part.dones
            self.truncated[place] = part.truncated
            self.terminal[place] = part.terminal
