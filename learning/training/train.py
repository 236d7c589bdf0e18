"""Learning a policy in any ``Core``: PPO with masks, one configuration, a folder that a killed training goes on from.

The folder holds ``config.json`` and ``spec.json``, ``checkpoints/`` (the last two), ``curve.csv``,
``tensorboard/`` and in the end ``policy.npz``.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from sb3_contrib import MaskablePPO
from stable_baselines3.common.logger import configure
from stable_baselines3.common.vec_env import VecEnv
from torch.distributions import Distribution

from agents.policy.network import Policy
from learning.core import Core
from learning.training.checkpoint import Write, checkpoints, drop_halves, last_whole, write_bytes
from learning.training.config import TrainConfig
from learning.training.curve import Curve, Point
from learning.training.errors import ConfigError, FolderTaken, NotWritten, OtherTraining
from learning.training.export import ACTIVATIONS, export, start_from
from learning.training.league import league_of
from learning.training.recorder import Progress, Recorder
from learning.training.vector import VectorEnv


@dataclass(frozen=True, kw_only=True)
class TrainResult:
    """What a training made.

    Attributes
    ----------
    policy : Policy
        In the end.
    path : Path
        Where it stands.
    curve : tuple of Point
        A point a rollout, those before a pause too.
    steps : int
        Decisions learned from, those before a pause too.
    seconds : float
        Of this run.
    resumed : Path or None
        The checkpoint it went on from.
    refused : tuple of str
        What was wrong with newer checkpoints than that.
    """

    policy: Policy
    path: Path
    curve: tuple[Point, ...]
    steps: int
    seconds: float
    resumed: Path | None
    refused: tuple[str, ...]


def train(
    make_core: Callable[[int], Core],
    config: TrainConfig,
    folder: Path,
    progress: Progress = lambda what, done, total: None,
    *,
    resume: bool = False,
    start: Policy | None = None,
    write: Write = write_bytes,
) -> TrainResult:
    """Train from scratch, from ``start``, or from where a training in ``folder`` was.

    Parameters
    ----------
    make_core
        Makes so many copies of the world; for self-play ``learning.training.league.self_play``, for several
        kinds of opponents at once ``learning.mixed.Mixed``.
    config
        Everything else.
    folder
        Of this training; made if missing.
    progress
        Is told the steps after every rollout.
    resume
        Go on from the last whole checkpoint. What comes out is what would have come without a pause:
        everything random is begun anew at each checkpoint, from the seed and the number of rollouts.
    start
        Weights to begin with (of the same sizes); not with ``resume``.
    write
        Writes a checkpoint's content to an open file.

    Raises
    ------
    FolderTaken
        If there is a training in the folder and it is not to be resumed.
    OtherTraining
        If the training to resume has another configuration or another world.
    NoCheckpoint
        If there is nothing to resume from.
    CheckpointNotWritten
        If the disk is full; the last checkpoint is kept.
    NotWritten
        If it is full for another file.
    Diverged
        If a loss is no number any more; the last checkpoint is kept.
    NotFinite, NothingLegal
        If the world shows a NaN or allows nothing; the last checkpoint is kept.
    SpecMismatch
        If ``start`` was learned for another world.
    """
    begun = time.perf_counter()
    core = make_core(config.copies)
    league = league_of(core)
    if config.league != (league and league.settings):
        raise ConfigError("league", config.league, f"{league and league.settings}, as the world has")
    kept = folder / "checkpoints"
    if resume:
        _same(folder, config, core)
        resumed, restored, refused = last_whole(kept)
    else:
        if kept.is_dir() and checkpoints(kept):
            raise FolderTaken(folder)
        resumed, restored, refused = None, None, ()
        kept.mkdir(parents=True, exist_ok=True)
        (folder / "config.json").write_text(config.to_json() + "\n")
        (folder / "spec.json").write_text(core.spec.to_json() + "\n")
    drop_halves(kept)
    steps = 0 if restored is None else int(restored["steps"])
    curve = Curve(folder / "curve.csv", steps)
    with torch_as_told(config.threads):
        model = make_model(VectorEnv(core), config)
        if start is not None and not resume:
            start.spec.check(core.spec)
            start_from(model, start)
        model.num_timesteps = steps
        logger = configure(str(folder / "tensorboard"), ["tensorboard"])
        model.set_logger(logger)
        recorder = Recorder(config, core, kept, curve, progress, league, restored, write)
        path = folder / "policy.npz"
        try:
            model.learn(
                config.rollouts * config.rollout - steps, callback=recorder, reset_num_timesteps=False
            )
            policy = export(model, core.spec, config.to_json())
            policy.save(path)
        except OSError as error:
            raise NotWritten(folder, str(error)) from error
        finally:
            logger.close()
    return TrainResult(
        policy=policy,
        path=path,
        curve=tuple(curve.points),
        steps=model.num_timesteps,
        seconds=time.perf_counter() - begun,
        resumed=resumed,
        refused=refused,
    )


def make_model(env: VecEnv, config: TrainConfig) -> MaskablePPO:
    """An untrained model for a world in the form that stable-baselines3 takes."""
    first, last = config.learning_rate, config.learning_rate_end
    return MaskablePPO(
        "MlpPolicy",
        env,
        learning_rate=lambda rest: last + rest * (first - last),
        n_steps=config.horizon,
        batch_size=config.batch,
        n_epochs=config.epochs,
        gamma=config.gamma,
        gae_lambda=config.gae_lambda,
        clip_range=config.clip,
        ent_coef=config.entropy,
        vf_coef=config.value_weight,
        max_grad_norm=config.max_gradient,
        policy_kwargs={"net_arch": list(config.hidden), "activation_fn": ACTIVATIONS[config.activation]},
        seed=config.seed,
        device="cpu",
    )


@contextmanager
def torch_as_told(threads: int) -> Iterator[None]:
    """So many threads; and distributions that are not checked.

    sb3-contrib normalises masked logits in float32, which torch's check of probabilities refuses by rounding
    where there are hundreds of actions. What is checked instead is what goes in and comes out.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    Distribution.set_default_validate_args(False)
    try:
        yield
    finally:
        torch.set_num_threads(before)
        Distribution.set_default_validate_args(True)


def _same(folder: Path, config: TrainConfig, core: Core) -> None:
    """Refuse to go on with another configuration or world than the folder's."""
    path = folder / "config.json"
    if path.is_file():
        found, expected = asdict(TrainConfig.from_json(path.read_text())), asdict(config)
        for key, value in expected.items():
            if found[key] != value:
                raise OtherTraining(folder, key, found[key], value)
    path = folder / "spec.json"
    if path.is_file():
        there, here = json.loads(path.read_text()), json.loads(core.spec.to_json())
        for key, value in here.items():
            if there.get(key) != value:
                raise OtherTraining(folder, f"the world's {key}", there.get(key), value)
