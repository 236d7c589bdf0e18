"""The environment that costs nothing has the shapes of the other, and both are learned in."""

import numpy as np

from learning.games.rubinstein import Rubinstein, against_theory
from learning.training.config import TrainConfig
from learning.training.speed import ZeroCost, training_speed
from learning.training.vector import VectorEnv


def test_nothing_has_the_shapes_of_the_world() -> None:
    core = against_theory(Rubinstein(6))
    env, nothing = VectorEnv(core), ZeroCost(core.observations, core.masks)
    assert nothing.action_space == env.action_space
    assert nothing.observation_space.shape == env.observation_space.shape
    assert nothing.observation_space.dtype == env.observation_space.dtype
    for one in (env, nothing):
        shown = one.reset()
        assert isinstance(shown, np.ndarray)
        assert np.stack(one.env_method("action_masks")).shape == core.masks.shape
        one.step_async(core.masks.argmax(axis=1))
        seen, rewards, dones, infos = one.step_wait()
        assert isinstance(seen, np.ndarray)
        assert (seen.shape, seen.dtype) == (core.observations.shape, np.dtype(np.float32))
        assert (rewards.shape, rewards.dtype) == ((6,), np.dtype(np.float32))
        assert (dones.shape, dones.dtype, len(infos)) == ((6,), np.dtype(np.bool_), 6)


def test_both_are_learned_in() -> None:
    config = TrainConfig(copies=6, horizon=4, batch=24, epochs=1, hidden=(4,))
    speed = training_speed(against_theory(Rubinstein(6)), config, pairs=1)
    assert speed.real > 0
    assert speed.nothing > 0
    assert np.isclose(speed.ratio, speed.real / speed.nothing)
