"""How fast the trainer learns, in a world and in one that costs nothing: what a world costs a training."""

import time
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import VecEnv

from learning.core import BoolArray, Core, Float32Array
from learning.training.config import TrainConfig
from learning.training.train import make_model, torch_as_told
from learning.training.vector import VectorEnv

NEVER: Final = 10**9


class ZeroCost(VecEnv):
    """An environment that always shows the same and pays nothing: no step of any other can be cheaper.

    Parameters
    ----------
    observations, masks
        What it shows, (n, features) and (n, actions).
    """

    def __init__(self, observations: Float32Array, masks: BoolArray) -> None:
        n, features = observations.shape
        super().__init__(
            n,
            spaces.Box(-np.inf, np.inf, (features,), np.float32),
            spaces.Discrete(masks.shape[1]),
        )
        self.shown = observations.copy()
        self.legal = list(masks.copy())
        self.paid = np.zeros(n, np.float32)
        self.ended = np.zeros(n, bool)
        self.told: list[dict[str, Any]] = [{} for _ in range(n)]

    def reset(self) -> Float32Array:
        return self.shown

    def step_async(self, actions: NDArray[Any]) -> None:
        return None

    def step_wait(self) -> tuple[Float32Array, Float32Array, BoolArray, list[dict[str, Any]]]:
        return self.shown, self.paid, self.ended, self.told

    def env_method(self, method_name: str, *args: Any, indices: Any = None, **kwargs: Any) -> list[Any]:
        return self.legal

    def has_attr(self, attr_name: str) -> bool:
        return attr_name == "action_masks"

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        return [None] * self.num_envs

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        return None

    def env_is_wrapped(self, wrapper_class: type[Any], indices: Any = None) -> list[bool]:
        return [False] * self.num_envs

    def close(self) -> None:
        return None


@dataclass(frozen=True, kw_only=True)
class Speed:
    """Decisions learned from a second.

    Attributes
    ----------
    real, nothing : float
        In the world, and in an environment that costs nothing; medians.
    ratio : float
        Of the two, the median over pairs.
    """

    real: float
    nothing: float
    ratio: float


def training_speed(core: Core, config: TrainConfig, pairs: int) -> Speed:
    """The trainer's speed in ``core`` and in a :class:`ZeroCost` that shows what it shows.

    A rollout with its update is timed in each, ``pairs`` times, in changing order, after one in each that does
    not count; in its own time on the processor, because other programs would fall on the two unevenly. What
    the second environment shows and allows are the core's after some random steps.
    """
    rng = np.random.default_rng(config.seed)
    core.begin(config.seed)
    for _ in range(8):
        core.advance(np.argmax(rng.random(core.masks.shape) * core.masks, axis=1))
    nothing = ZeroCost(core.observations, core.masks)
    with torch_as_told(config.threads):
        models = [make_model(env, config) for env in (VectorEnv(core), nothing)]
        seconds: list[list[float]] = [[], []]
        for pair in range(pairs + 1):
            both = list(zip(models, seconds, strict=True))
            for model, taken in both if pair % 2 else reversed(both):
                begun = time.process_time()
                model.learn(config.rollout, log_interval=NEVER, reset_num_timesteps=False)
                taken.append(time.process_time() - begun)
    real, zero = seconds[0][1:], seconds[1][1:]
    return Speed(
        real=config.rollout / median(real),
        nothing=config.rollout / median(zero),
        ratio=median(free / costly for costly, free in zip(real, zero, strict=True)),
    )
