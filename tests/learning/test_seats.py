"""One seat's view of a game of several, with the others decided by somebody else."""

import numpy as np
import pytest

from agents.policy.spec import Spec
from learning.core import BoolArray, Float32Array, IntArray
from learning.seats import OneSeat


class Sums:
    """Three seats name a number from 0 to 3; each is paid what the others named. An episode is two steps."""

    seats = 3
    spec = Spec("sums", ("copy", "seat", "step"), ("0", "1", "2", "3"))

    def __init__(self, n: int) -> None:
        self.n = n
        self.observations: Float32Array = np.zeros((n, 3, 3), np.float32)
        self.observations[:, :, 0] = np.arange(n)[:, None]
        self.observations[:, :, 1] = np.arange(3)
        self.masks: BoolArray = np.ones((n, 3, 4), bool)
        self.masks[:, 2, 0] = False
        self.rewards: Float32Array = np.zeros((n, 3), np.float32)
        self.dones: BoolArray = np.zeros(n, bool)
        self.truncated: BoolArray = np.zeros(n, bool)
        self.terminal: Float32Array = np.zeros((n, 3, 3), np.float32)

    def begin(self, seed: int) -> None:
        self.observations[:, :, 2] = 0

    def advance(self, actions: IntArray) -> None:
        self.rewards[:] = actions.sum(axis=1, keepdims=True) - actions
        self.dones[:] = self.observations[:, 0, 2] == 1
        self.truncated[:] = self.dones & (np.arange(self.n) == 0)
        self.terminal[:] = self.observations
        self.observations[:, :, 2] = 1 - self.observations[:, :, 2]


def test_a_seat_sees_its_own_and_the_others_decide_theirs() -> None:
    begun = []

    def others(observations: Float32Array, masks: BoolArray, begins: BoolArray) -> IntArray:
        begun.append(begins.tolist())
        assert observations[:, :, 1].tolist() == [[1, 2], [0, 2], [0, 1], [1, 2]]
        assert observations[:, :, 0].tolist() == [[0, 0], [1, 1], [2, 2], [3, 3]]
        assert masks[:, :, 0].tolist() == [[True, False], [True, False], [True, True], [True, False]]
        # Each names its own seat's number.
        return observations[:, :, 1].astype(np.int64)

    core = OneSeat(Sums(4), np.array([0, 1, 2, 0]), others)
    core.begin(7)
    assert core.observations[:, 1].tolist() == [0, 1, 2, 0]
    assert core.masks[:, 0].tolist() == [True, True, False, True]
    kept = core.observations
    core.advance(np.array([3, 3, 3, 0]))
    assert core.rewards.tolist() == [1 + 2, 0 + 2, 0 + 1, 1 + 2]
    assert core.dones.tolist() == [False] * 4
    core.advance(np.array([3, 3, 3, 0]))
    assert core.dones.tolist() == [True] * 4
    assert core.truncated.tolist() == [True, False, False, False]
    assert core.terminal[:, 1].tolist() == [0, 1, 2, 0]
    core.advance(np.array([3, 3, 3, 0]))
    assert begun == [[True] * 4, [False] * 4, [True] * 4]
    # The arrays stay the same ones.
    assert core.observations is kept
    assert kept[0, 2] == 1


def test_one_seat_for_all_copies_and_a_seat_that_is_not_there() -> None:
    core = OneSeat(Sums(2), 2, lambda o, m, b: np.ones((2, 2), np.int64))
    core.begin(0)
    core.advance(np.array([1, 2]))
    assert core.observations[:, 1].tolist() == [2, 2]
    assert core.rewards.tolist() == [2, 2]
    with pytest.raises(ValueError, match="seat: found 3, expected 0 to 2"):
        OneSeat(Sums(2), 3, lambda o, m, b: np.ones((2, 2), np.int64))
