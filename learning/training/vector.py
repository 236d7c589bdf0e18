"""A batched environment as stable-baselines3 sees one: natively, without a copy of it for each worker."""

from collections.abc import Sequence
from typing import Any

import gymnasium
import numpy as np
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import VecEnv

from learning.core import BoolArray, Core, Float32Array

Indices = int | Sequence[int] | None


class VectorEnv(VecEnv):
    """A :class:`~learning.core.Core` as a VecEnv with action masks; an episode that ends begins anew in the same step.

    Each step hands out arrays of its own: stable-baselines3 keeps observations and adds into rewards. ``infos`` of rows
    whose episode goes on are one empty dictionary, which nobody writes into.

    Parameters
    ----------
    core
        The environment.
    seed
        Of the first :meth:`reset`; :meth:`seed` gives another.
    """

    def __init__(self, core: Core, seed: int = 0) -> None:
        self.core = core
        self.render_mode = None
        self._seed = seed
        self._going_on: dict[str, Any] = {}
        self._infos: list[dict[str, Any]] = [self._going_on] * core.n
        self._actions = np.zeros(core.n, np.int64)
        self._returns = np.zeros(core.n)
        self._lengths = np.zeros(core.n, np.int64)
        features = len(core.spec.features)
        super().__init__(
            core.n,
            gymnasium.spaces.Box(-1.0, 1.0, (features,), np.float32),
            gymnasium.spaces.Discrete(len(core.spec.actions)),
        )

    def reset(self) -> Float32Array:
        """Begin all copies anew with the seed of :meth:`seed`, which is used once, or the next one."""
        self.core.begin(self._seed)
        self._seed += 1
        self._returns[:] = 0
        self._lengths[:] = 0
        return self.core.observations.copy()

    def step_async(self, actions: NDArray[Any]) -> None:
        self._actions = actions.astype(np.int64)

    def step_wait(self) -> tuple[Float32Array, Float32Array, BoolArray, list[dict[str, Any]]]:
        core = self.core
        core.advance(self._actions)
        self._returns += core.rewards
        self._lengths += 1
        infos = self._infos
        ended = np.flatnonzero(core.dones)
        if len(ended):
            infos = self._infos.copy()
            last, short = core.terminal[ended], core.truncated[ended].tolist()
            returns, lengths = self._returns[ended].tolist(), self._lengths[ended].tolist()
            for k, row in enumerate(ended.tolist()):
                infos[row] = {
                    "terminal_observation": last[k],
                    "TimeLimit.truncated": short[k],
                    "episode": {"r": returns[k], "l": lengths[k]},
                }
            self._returns[ended] = 0
            self._lengths[ended] = 0
        return core.observations.copy(), core.rewards.copy(), core.dones.copy(), infos

    def action_masks(self) -> BoolArray:
        """(n, actions), True where legal."""
        return self.core.masks

    def seed(self, seed: int | None = None) -> Sequence[int | None]:
        if seed is not None:
            self._seed = seed
        return [self._seed] * self.num_envs

    def close(self) -> None:
        """Nothing to close."""

    def has_attr(self, attr_name: str) -> bool:
        return hasattr(self, attr_name)

    def get_attr(self, attr_name: str, indices: Indices = None) -> list[Any]:  # type: ignore[override]
        return [getattr(self, attr_name)] * len(self._rows(indices))

    def set_attr(self, attr_name: str, value: Any, indices: Indices = None) -> None:  # type: ignore[override]
        """Refused: nothing of one copy can be set."""
        raise AttributeError(f"{attr_name}: found {value!r}, expected no attribute to be set")

    def env_method(  # type: ignore[override]
        self, method_name: str, *arguments: Any, indices: Indices = None, **named: Any
    ) -> Any:
        if method_name == "action_masks" and indices is None:
            return self.action_masks()  # (n, actions), which is what a stack of its rows would be
        found = getattr(self, method_name)(*arguments, **named)
        return [found[row] for row in self._rows(indices)]

    def env_is_wrapped(self, wrapper_class: Any, indices: Indices = None) -> list[bool]:  # type: ignore[override]
        return [False] * len(self._rows(indices))

    def _rows(self, indices: Indices) -> Sequence[int]:
        if indices is None:
            return range(self.num_envs)
        return [indices] if isinstance(indices, int) else list(indices)
