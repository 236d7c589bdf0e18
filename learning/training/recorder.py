"""What happens between two rollouts of a training: seeds, snapshots, checkpoints, the learning curve, progress.

Everything random from one checkpoint to the next (the worlds, what torch and numpy draw) is begun anew at the
checkpoint, from the training's seed and the number of rollouts. So a training that goes on from a checkpoint
makes what it would have made without a pause, and no state of a generator or a world has to be stored.
"""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from sb3_contrib import MaskablePPO
from stable_baselines3.common.callbacks import BaseCallback

from agents.policy.errors import NotFinite, NothingLegal
from learning.core import Core
from learning.training.checkpoint import State, Write, write_bytes, write_checkpoint
from learning.training.config import TrainConfig
from learning.training.curve import Curve, Point
from learning.training.errors import Diverged
from learning.training.export import export
from learning.training.league import League

Progress = Callable[[str, int, int], None]
"""What is being done, how much of it is done, and how much there is."""


def seed_at(seed: int, rollout: int) -> int:
    """The seed of all that is random from a checkpoint on."""
    return int(np.random.SeedSequence([seed, rollout]).generate_state(1)[0] >> 1)


class Recorder(BaseCallback):
    """Called by stable-baselines3.

    Parameters
    ----------
    config
        The training's.
    core
        Its world.
    folder
        Where checkpoints go.
    curve
        Where points go.
    progress
        Is told the steps.
    league
        The learner's past selves, in self-play.
    restored
        What a checkpoint said, if the training goes on from one.
    write
        Writes a checkpoint's content.
    """

    def __init__(
        self,
        config: TrainConfig,
        core: Core,
        folder: Path,
        curve: Curve,
        progress: Progress,
        league: League | None = None,
        restored: State | None = None,
        write: Write = write_bytes,
    ) -> None:
        super().__init__()
        self.config, self.core, self.folder, self.curve = config, core, folder, curve
        self.progress, self.league, self.restored, self.write = progress, league, restored, write
        self.rollouts = 0 if restored is None else int(restored["rollouts"])
        self.returns = np.zeros(config.copies)
        self.ended: list[np.ndarray[Any, np.dtype[np.float64]]] = []
        self.updated = False

    @property
    def ppo(self) -> MaskablePPO:
        """The model, whose kind is known here."""
        assert isinstance(self.model, MaskablePPO)
        return self.model

    def _on_training_start(self) -> None:
        if self.restored is None:
            return
        self.ppo.policy.load_state_dict(self.restored["policy"])
        self.ppo.policy.optimizer.load_state_dict(self.restored["optimizer"])
        self.ppo._n_updates = int(self.restored["updates"])
        if self.league is not None:
            self.league.restore(self.restored["league"])

    def _on_rollout_start(self) -> None:
        if self.updated:
            self._point()
        goes_on = self.restored is not None
        self.restored = None
        if (
            self.league is not None
            and not goes_on
            and self.rollouts % self.league.settings.snapshot_every == 0
        ):
            self.league.add(export(self.ppo, self.core.spec))
        if self.rollouts % self.config.checkpoint_every == 0:
            if not goes_on:
                self.checkpoint()
            self._begin_anew()
        rest = 1 - self.ppo.num_timesteps / (self.config.rollouts * self.config.rollout)
        self.ppo.ent_coef = self.config.entropy_end + rest * (self.config.entropy - self.config.entropy_end)
        self.progress("training", self.ppo.num_timesteps, self.config.rollouts * self.config.rollout)

    def _on_step(self) -> bool:
        self.returns += self.locals["rewards"]
        dones = self.locals["dones"]
        if dones.any():
            self.ended.append(self.returns[dones])
            self.returns[dones] = 0
        self._check_world()
        return True

    def _on_rollout_end(self) -> None:
        self.rollouts += 1
        self.updated = True
        if self.ended:
            every = np.concatenate(self.ended)
            self.logger.record("rollout/episode_return", float(every.mean()))
            self.logger.record("rollout/episodes", len(every))

    def _on_training_end(self) -> None:
        if self.updated:
            self._point()
            self.checkpoint()
        self.logger.dump(self.ppo.num_timesteps)
        self.progress("training", self.ppo.num_timesteps, self.ppo.num_timesteps)

    def checkpoint(self) -> Path:
        """Write what the training needs to go on."""
        state: State = {
            "rollouts": self.rollouts,
            "steps": self.ppo.num_timesteps,
            "updates": self.ppo._n_updates,
            "policy": self.ppo.policy.state_dict(),
            "optimizer": self.ppo.policy.optimizer.state_dict(),
            "league": None if self.league is None else self.league.state(),
        }
        return write_checkpoint(self.folder, self.rollouts, state, self.write)

    def _begin_anew(self) -> None:
        model = self.ppo
        assert model.env is not None
        model.set_random_seed(seed_at(self.config.seed, self.rollouts))
        model._last_obs = model.env.reset()  # type: ignore[assignment]  # as `learn` itself does at its start
        model._last_episode_starts = np.ones(model.env.num_envs, bool)
        self.returns[:] = 0
        self._check_world()

    def _check_world(self) -> None:
        """Refuse to decide on what is no number, or among nothing."""
        seen, masks = self.core.observations, self.core.masks
        if not np.isfinite(seen).all():
            row, feature = np.argwhere(~np.isfinite(seen))[0]
            raise NotFinite(self.core.spec.features[feature], float(seen[row, feature]))
        some = masks.any(axis=1)
        if not some.all():
            raise NothingLegal(int(np.argmin(some)))

    def _point(self) -> None:
        told = self.logger.name_to_value
        every = np.concatenate(self.ended) if self.ended else np.full(1, math.nan)
        point = Point(
            steps=self.ppo.num_timesteps,
            episodes=len(every) if self.ended else 0,
            episode_return=float(every.mean()),
            spread=float(every.std()),
            entropy=-float(told["train/entropy_loss"]),
            value_loss=float(told["train/value_loss"]),
            explained=float(told["train/explained_variance"]),
            divergence=float(told["train/approx_kl"]),
        )
        self.ended = []
        self.updated = False
        for name in ("entropy", "value_loss", "divergence"):
            if not math.isfinite(found := getattr(point, name)):
                raise Diverged(name, found, point.steps)
        self.curve.add(point)
