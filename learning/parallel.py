"""A batched environment of several seats, one copy of it, as a PettingZoo parallel environment."""

from typing import Any

import gymnasium
import numpy as np
from numpy.typing import NDArray
from pettingzoo import ParallelEnv  # type: ignore[import-untyped]

from learning.core import BoolArray, Float32Array
from learning.seats import SeatsCore

Seen = dict[str, NDArray[Any]]


class SeatsEnv(ParallelEnv[str, Seen, int]):  # type: ignore[misc]
    """One copy of a :class:`~learning.seats.SeatsCore`; agents are ``seat_0``, ``seat_1``, … .

    Actions, features and rewards are the core's. An agent sees ``{"observation": (features,), "action_mask": (actions,)}``,
    the mask as int8, 1 where legal; after the end the mask is that of the episode which begins next.

    Parameters
    ----------
    core
        The environment, with n = 1.

    Raises
    ------
    ValueError
        If it has more copies.
    """

    metadata: dict[str, Any] = {"name": "wattpact_seats", "render_modes": []}  # noqa: RUF012 - PettingZoo's own

    def __init__(self, core: SeatsCore) -> None:
        if core.n != 1:
            raise ValueError(f"core: found {core.n} copies, expected 1")
        self.core = core
        self.render_mode = None
        self.possible_agents = [f"seat_{k}" for k in range(core.seats)]
        self.agents: list[str] = []
        features, actions = len(core.spec.features), len(core.spec.actions)
        self.observation_spaces = {
            agent: gymnasium.spaces.Dict(
                {
                    "observation": gymnasium.spaces.Box(-1.0, 1.0, (features,), np.float32),
                    "action_mask": gymnasium.spaces.MultiBinary(actions),
                }
            )
            for agent in self.possible_agents
        }
        self.action_spaces = {agent: gymnasium.spaces.Discrete(actions) for agent in self.possible_agents}
        self._fresh = False
        self._seeds = np.random.default_rng()

    def observation_space(self, agent: str) -> gymnasium.spaces.Dict:
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> gymnasium.spaces.Discrete[Any]:
        return self.action_spaces[agent]

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Seen], dict[str, dict[str, Any]]]:
        """Begin an episode: with a seed all anew, otherwise the next one."""
        if seed is not None:
            self._seeds = np.random.default_rng(seed)
            self.core.begin(seed)
        elif not self._fresh:
            self.core.begin(int(self._seeds.integers(2**31)))
        self._fresh = False
        self.agents = list(self.possible_agents)
        return self._by_agent(self.core.observations), {agent: {} for agent in self.possible_agents}

    def step(
        self, actions: dict[str, int]
    ) -> tuple[
        dict[str, Seen],
        dict[str, float],
        dict[str, bool],
        dict[str, bool],
        dict[str, dict[str, Any]],
    ]:
        """One action of every seat.

        Raises
        ------
        IllegalChoice
            If a mask forbids one.
        """
        core = self.core
        core.advance(np.array([[actions[agent] for agent in self.possible_agents]], np.int64))
        done, truncated = bool(core.dones[0]), bool(core.truncated[0])
        self._fresh = done
        seen = self._by_agent(core.terminal if done else core.observations)
        rewards = {agent: float(core.rewards[0, k]) for k, agent in enumerate(self.possible_agents)}
        if done:
            self.agents = []
        return (
            seen,
            rewards,
            dict.fromkeys(self.possible_agents, done and not truncated),
            dict.fromkeys(self.possible_agents, done and truncated),
            {agent: {} for agent in self.possible_agents},
        )

    def action_masks(self) -> BoolArray:
        """(seats, actions), True where legal."""
        masks: BoolArray = self.core.masks[0].copy()
        return masks

    def _by_agent(self, every: Float32Array) -> dict[str, Seen]:
        masks = self.core.masks[0]
        return {
            agent: {"observation": every[0, k].copy(), "action_mask": masks[k].astype(np.int8)}
            for k, agent in enumerate(self.possible_agents)
        }
