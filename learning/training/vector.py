"""A batched environment as stable-baselines3 sees one: natively, without a copy of it for each worker."""

from collections import UserList
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import gymnasium
import numpy as np
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import VecEnv

from learning.core import BoolArray, Core, Float32Array

Indices = int | Sequence[int] | None


@dataclass(frozen=True, slots=True)
class Ended:
    """What a step leaves of the episodes that it ended.

    Attributes
    ----------
    n : int
        Copies in all.
    rows : (k,)
        In which an episode ended.
    observations : (k, features)
        The last of each.
    truncated : (k,)
    returns, lengths : (k,)
        Rewards in all, and steps.
    """

    n: int
    rows: NDArray[np.intp]
    observations: Float32Array
    truncated: BoolArray
    returns: NDArray[np.float64]
    lengths: NDArray[np.int64]

    def infos(self) -> list[dict[str, Any]]:
        """One of each copy, as stable-baselines3 wants them."""
        every: list[dict[str, Any]] = [{} for _ in range(self.n)]
        for row, seen, short, earned, steps in zip(
            self.rows.tolist(),
            self.observations,
            self.truncated.tolist(),
            self.returns.tolist(),
            self.lengths.tolist(),
            strict=True,
        ):
            every[row] = {
                "terminal_observation": seen,
                "TimeLimit.truncated": short,
                "episode": {"r": earned, "l": steps},
            }
        return every


class Infos(UserList[dict[str, Any]]):
    """The infos of one step, which are made when somebody first looks at one: most who step do not."""

    def __init__(self, infos: Iterable[dict[str, Any]] | Ended = ()) -> None:
        if isinstance(infos, Ended):
            self._ended = infos
        else:
            super().__init__(infos)

    def __getattr__(self, name: str) -> Any:
        if name != "data" or "_ended" not in self.__dict__:
            raise AttributeError(name)
        self.data = self.__dict__.pop("_ended").infos()
        return self.data

    def __copy__(self) -> "Infos":
        return Infos(self)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.data)


class VectorEnv(VecEnv):
    """A :class:`~learning.core.Core` as a VecEnv with action masks; an episode that ends begins anew in the same step.

    Each step hands out arrays and infos of its own: stable-baselines3 keeps observations and adds into rewards.

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
        rows = np.flatnonzero(core.dones)
        ended = Ended(
            core.n,
            rows,
            core.terminal[rows],
            core.truncated[rows],
            self._returns[rows],
            self._lengths[rows],
        )
        self._returns[rows] = 0
        self._lengths[rows] = 0
        return core.observations.copy(), core.rewards.copy(), core.dones.copy(), Infos(ended)  # type: ignore[return-value]

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
