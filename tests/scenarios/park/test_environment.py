"""The park for those who come from Gymnasium."""

import gymnasium
import numpy as np

from learning.park.core import OneSeatPark
from learning.scalar import masks_of
from scenarios.environments import DAYS
from scenarios.load import load
from scenarios.park import park_bank


def test_the_registered_park_steps_as_the_batched_one() -> None:
    env = gymnasium.make("Wattpact/Park-v0")
    core = OneSeatPark(park_bank(load("park-day"), range(DAYS)), 1)
    seen, _ = env.reset(seed=11)
    core.begin(11)
    rng, ended = np.random.default_rng(0), False
    while not ended:
        assert seen.tolist() == core.observations[0].tolist()
        assert env.observation_space.contains(seen)
        masks = masks_of(env)
        action = int(rng.choice(np.flatnonzero(masks)))
        seen, reward, ended, cut, _ = env.step(action)
        core.advance(np.array([action]))
        assert (float(reward), ended, cut) == (float(core.rewards[0]), bool(core.dones[0]), False)
    assert seen.tolist() == core.terminal[0].tolist()
