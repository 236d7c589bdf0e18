"""What stable-baselines3 reads of a step: infos that are made when looked at say what they would have said at once."""

import copy
import pickle

import numpy as np
import pytest
import torch
from sb3_contrib import MaskablePPO
from stable_baselines3 import DQN, PPO
from stable_baselines3.common.vec_env import VecMonitor, VecNormalize

from agents.policy.spec import Spec
from learning.core import BoolArray, Core, Float32Array, IntArray
from learning.training.vector import VectorEnv


class Countdown:
    """The episode of copy c lasts c + 1 steps and pays 1 in each; it shows c and its step; odd copies run out of time."""

    spec = Spec("countdown", ("copy", "step"), ("stay", "go"))

    def __init__(self, n: int) -> None:
        self.n = n
        self.observations: Float32Array = np.zeros((n, 2), np.float32)
        self.masks: BoolArray = np.ones((n, 2), bool)
        self.rewards: Float32Array = np.ones(n, np.float32)
        self.dones: BoolArray = np.zeros(n, bool)
        self.truncated: BoolArray = np.zeros(n, bool)
        self.terminal: Float32Array = np.zeros((n, 2), np.float32)
        self.begin(0)

    def begin(self, seed: int) -> None:
        self.observations[:, 0] = np.arange(self.n) / 8
        self.observations[:, 1] = 0

    def advance(self, actions: IntArray) -> None:
        self.observations[:, 1] += 0.125
        self.dones[:] = self.observations[:, 1] > self.observations[:, 0]
        self.truncated[:] = self.dones & (np.arange(self.n) % 2 == 1)
        self.terminal[:] = self.observations
        self.observations[self.dones, 1] = 0


def step(env: VectorEnv) -> list[dict[str, object]]:
    return env.step(np.zeros(env.num_envs, np.int64))[3]


def test_infos_say_what_ended_however_late_they_are_read() -> None:
    core: Core = Countdown(4)
    env = VectorEnv(core)
    env.reset()
    steps = [step(env) for _ in range(4)]
    # Copy 0 ends in each step, copy 1 in every second, copy 2 in the third, copy 3 in the fourth.
    ended = [[bool(info) for info in infos] for infos in steps]
    assert ended == [
        [True, False, False, False],
        [True, True, False, False],
        [True, False, True, False],
        [True, True, False, True],
    ]
    last = steps[3][3]
    assert np.array_equal(last["terminal_observation"], [3 / 8, 4 / 8])  # type: ignore[arg-type]
    assert (last["TimeLimit.truncated"], last["episode"]) == (True, {"r": 4.0, "l": 4})
    assert steps[2][2]["TimeLimit.truncated"] is False


def test_infos_are_a_list_to_whoever_treats_them_as_one() -> None:
    env = VectorEnv(Countdown(3))
    env.reset()
    assert len(step(env)) == 3
    assert step(env)[:1][0]["episode"] == {"r": 1.0, "l": 1}
    for read in (list, copy.copy, copy.deepcopy, lambda infos: pickle.loads(pickle.dumps(infos))):
        assert [bool(info) for info in read(step(env))].count(True) >= 1
    infos = step(env)
    infos[1]["mine"] = 1
    assert infos[1]["mine"] == 1
    with pytest.raises(AttributeError):
        infos.nothing  # type: ignore[attr-defined]  # noqa: B018


def test_wrappers_read_and_write_them() -> None:
    env = VecNormalize(VecMonitor(VectorEnv(Countdown(4))), norm_reward=False, clip_obs=0.25)
    env.reset()
    for _ in range(2):
        infos = env.step(np.zeros(4, np.int64))[3]
    assert infos[1]["episode"]["r"] == 2.0
    assert np.abs(infos[1]["terminal_observation"]).max() == 0.25  # what it said is normalised in its place


@pytest.mark.parametrize("kind", [PPO, MaskablePPO])
def test_a_trainer_adds_the_value_of_where_an_episode_was_cut(kind: type[PPO] | type[MaskablePPO]) -> None:
    model = kind(
        "MlpPolicy", VectorEnv(Countdown(4)), n_steps=4, batch_size=16, gamma=0.5, device="cpu", seed=1
    )
    with torch.no_grad():
        cut = [model.policy.predict_values(torch.tensor([[c / 8, (c + 1) / 8]])).item() for c in range(4)]
    _, callback = model._setup_learn(16)
    model.collect_rollouts(model.env, callback, model.rollout_buffer, 4)  # type: ignore[arg-type]
    expected = np.ones((4, 4))
    expected[[1, 3], 1] += 0.5 * cut[1]
    expected[3, 3] += 0.5 * cut[3]
    assert np.allclose(model.rollout_buffer.rewards, expected, atol=1e-6)
    assert model.ep_info_buffer is not None
    # Copy 0 four episodes, copy 1 two, copies 2 and 3 one.
    assert sorted(info["l"] for info in model.ep_info_buffer) == [1, 1, 1, 1, 2, 2, 3, 4]


def test_a_trainer_that_replays_stores_the_last_observation() -> None:
    model = DQN(
        "MlpPolicy", VectorEnv(Countdown(2)), learning_starts=100, buffer_size=16, device="cpu", seed=1
    )
    model.learn(4)
    stored = model.replay_buffer
    assert stored is not None
    assert stored.next_observations[0, 0].tolist() == [0.0, 0.125]
    assert stored.next_observations[1, 1].tolist() == [0.125, 0.25]
