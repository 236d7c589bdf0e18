"""Training as a whole: it learns, goes on after a kill as if there had been none, and says what it refuses."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest

from agents.policy.errors import NotFinite, NothingLegal, SpecMismatch
from agents.policy.network import Policy
from learning.core import Core
from learning.games.double_auction import DoubleAuction, against_linear
from learning.games.rubinstein import Rubinstein, against_theory
from learning.games.rubinstein_value import behaviour, theory, values
from learning.seats import OneSeat
from learning.training.checkpoint import checkpoints, write_bytes
from learning.training.config import LeagueSettings, TrainConfig
from learning.training.curve import read_curve
from learning.training.errors import (
    CheckpointNotWritten,
    ConfigError,
    Diverged,
    FolderTaken,
    NoCheckpoint,
    NotWritten,
    OtherTraining,
)
from learning.training.league import self_play
from learning.training.train import train

SMALL = TrainConfig(
    steps=14 * 32, copies=8, horizon=4, batch=16, epochs=1, hidden=(8,), seed=5, checkpoint_every=4
)
"""Fourteen rollouts, checkpoints before the 1st, 5th, 9th and 13th and in the end."""


def auction(copies: int) -> Core:
    return against_linear(DoubleAuction(copies, grid=12, types=12))


def weights(policy: Policy) -> list[np.ndarray[tuple[int, ...], np.dtype[np.float32]]]:
    return [array for net in (policy.actor, policy.critic) for layer in net for array in layer]


def assert_same(one: Policy, other: Policy) -> None:
    for a, b in zip(weights(one), weights(other), strict=True):
        assert np.array_equal(a, b)


class Killed(Exception):
    pass


def stop_at(steps: int):  # type: ignore[no-untyped-def]
    def progress(what: str, done: int, total: int) -> None:
        if done >= steps:
            raise Killed

    return progress


def test_it_learns_a_small_game(tmp_path: Path) -> None:
    config = TrainConfig(
        steps=16_000, copies=64, horizon=10, batch=160, learning_rate=5e-3, gamma=1.0, hidden=(16,), seed=1
    )
    result = train(lambda n: against_theory(Rubinstein(n, grid=7, offers=10)), config, tmp_path)
    game = Rubinstein(1, grid=7, offers=10)
    plays = behaviour(game, result.policy)
    # Of 7 steps 5/7 is 5 and 2/7 is 2, both on the grid: the opener keeps 5, and the responder gets 2.
    assert values(game, plays, theory(game))[0] == pytest.approx(5 / 7)
    assert values(game, theory(game), plays)[1] == pytest.approx(2 / 7)
    assert result.curve[-1].episode_return > result.curve[0].episode_return
    assert result.curve[-1].entropy < result.curve[0].entropy


def test_what_a_training_leaves_in_its_folder(tmp_path: Path) -> None:
    told = []
    result = train(auction, SMALL, tmp_path, lambda what, done, total: told.append((done, total)))
    assert told[0] == (0, 448)
    assert told[-1] == (448, 448)
    assert result.steps == 448
    assert (result.resumed, result.refused) == (None, ())
    assert_same(Policy.load(tmp_path / "policy.npz"), result.policy)
    assert TrainConfig.from_json(result.policy.config) == SMALL
    assert TrainConfig.from_json((tmp_path / "config.json").read_text()) == SMALL
    assert [p.name for p in checkpoints(tmp_path / "checkpoints")] == [
        "rollout-00000012.checkpoint",
        "rollout-00000014.checkpoint",
    ]
    assert list((tmp_path / "tensorboard").glob("events.*"))
    curve = read_curve(tmp_path / "curve.csv")
    assert curve == list(result.curve)
    assert [point.steps for point in curve] == [32 * (k + 1) for k in range(14)]
    # Every step is an episode of its own.
    assert {point.episodes for point in curve} == {32}
    assert all(0 < point.entropy < np.log(13) + 1e-6 for point in curve)


def test_equal_seeds_give_equal_policies(tmp_path: Path) -> None:
    one, other = (train(auction, SMALL, tmp_path / name).policy for name in ("one", "other"))
    assert one.to_bytes() == other.to_bytes()


PROGRAM = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {here!r})
from tests.learning.training.test_train import SMALL, auction
from learning.training.train import train

def progress(what, done, total):
    if done >= 10 * 32:
        os.kill(os.getpid(), signal.SIGKILL)

train(auction, SMALL, Path({folder!r}), progress)
"""


def test_a_killed_training_goes_on_as_if_there_had_been_no_pause(tmp_path: Path) -> None:
    whole = train(auction, SMALL, tmp_path / "whole")
    folder = tmp_path / "killed"
    program = PROGRAM.format(here=str(Path(__file__).parents[3]), folder=str(folder))
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, env=os.environ, check=False)
    assert run.returncode == -signal.SIGKILL, run.stderr.decode()
    assert not (folder / "policy.npz").exists()
    # Killed in the eleventh rollout; the last checkpoint is from before the ninth, and ten points are written.
    assert len(read_curve(folder / "curve.csv")) == 10
    (folder / "checkpoints" / ".rollout-00000012.checkpoint.1").write_bytes(b"half")
    result = train(auction, SMALL, folder, resume=True)
    assert result.resumed == folder / "checkpoints" / "rollout-00000008.checkpoint"
    assert_same(result.policy, whole.policy)
    assert result.curve == whole.curve
    assert not list((folder / "checkpoints").glob(".*"))


def test_self_play_goes_on_with_its_league(tmp_path: Path) -> None:
    league = LeagueSettings(snapshot_every=2, size=3)
    config = TrainConfig(
        steps=8 * 64, copies=8, horizon=8, batch=32, epochs=1, hidden=(8,), checkpoint_every=4, league=league
    )
    make = self_play(lambda n: Rubinstein(n, grid=5, offers=4), league)
    whole = train(make, config, tmp_path / "whole")
    with pytest.raises(Killed):
        train(make, config, tmp_path / "killed", stop_at(6 * 64))
    result = train(make, config, tmp_path / "killed", resume=True)
    assert result.resumed is not None
    assert_same(result.policy, whole.policy)
    with pytest.raises(ConfigError, match=r"training\.league: found None"):
        train(make, SMALL, tmp_path / "other")


def test_a_finished_training_is_only_read_again(tmp_path: Path) -> None:
    result = train(auction, SMALL, tmp_path)
    again = train(auction, SMALL, tmp_path, resume=True)
    assert_same(again.policy, result.policy)
    assert again.curve == result.curve


def test_a_full_disk_ends_a_training_that_can_go_on_later(tmp_path: Path) -> None:
    whole = train(auction, SMALL, tmp_path / "whole")
    written: list[str] = []

    def write(file: BinaryIO, content: bytes) -> None:
        if len(written) == 2:
            file.write(content[:100])
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(file.name)
        write_bytes(file, content)

    folder = tmp_path / "full"
    with pytest.raises(CheckpointNotWritten, match=r"No space left.*rollout-00000004\.checkpoint is kept"):
        train(auction, SMALL, folder, write=write)
    result = train(auction, SMALL, folder, resume=True)
    assert result.resumed == folder / "checkpoints" / "rollout-00000004.checkpoint"
    assert_same(result.policy, whole.policy)


def test_a_full_disk_at_another_file_is_named_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Policy, path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Policy, "save", full)
        with pytest.raises(NotWritten, match="No space left"):
            train(auction, SMALL, tmp_path)
    assert (train(auction, SMALL, tmp_path, resume=True).path).is_file()


def test_a_checkpoint_that_was_cut_short_is_passed_over_and_told(tmp_path: Path) -> None:
    whole = train(auction, SMALL, tmp_path / "whole")
    with pytest.raises(Killed):
        train(auction, SMALL, tmp_path / "cut", stop_at(10 * 32))
    older, newer = checkpoints(tmp_path / "cut" / "checkpoints")
    content = newer.read_bytes()
    newer.write_bytes(content[:-100])
    result = train(auction, SMALL, tmp_path / "cut", resume=True)
    assert result.resumed == older
    assert len(result.refused) == 1
    assert newer.name in result.refused[0]
    assert_same(result.policy, whole.policy)


def test_folders_that_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NoCheckpoint):
        train(auction, SMALL, tmp_path / "none", resume=True)
    with pytest.raises(Killed):
        train(auction, SMALL, tmp_path, stop_at(64))
    with pytest.raises(FolderTaken):
        train(auction, SMALL, tmp_path)
    other = TrainConfig.from_table({**SMALL.__dict__, "gamma": 0.5})
    with pytest.raises(OtherTraining, match=r"found a training with gamma = 0\.99, expected 0\.5"):
        train(auction, other, tmp_path, resume=True)
    with pytest.raises(OtherTraining, match="the world's actions"):
        train(lambda n: against_linear(DoubleAuction(n, grid=13)), SMALL, tmp_path, resume=True)


def test_a_start_from_a_policy(tmp_path: Path) -> None:
    first = train(auction, SMALL, tmp_path / "first")
    still = TrainConfig.from_table({**SMALL.__dict__, "learning_rate": 0.0, "steps": 32})
    assert_same(train(auction, still, tmp_path / "second", start=first.policy).policy, first.policy)
    with pytest.raises(SpecMismatch):
        train(lambda n: against_theory(Rubinstein(n)), still, tmp_path / "third", start=first.policy)


@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning", "ignore:invalid value:RuntimeWarning")
def test_a_loss_that_is_no_number_ends_the_training(tmp_path: Path) -> None:
    class Broken(DoubleAuction):
        def advance(self, actions: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> None:
            super().advance(actions)
            self.rewards[:] = 1e25

    with pytest.raises(Diverged, match="value_loss after 32 steps: found inf"):
        train(lambda n: against_linear(Broken(n)), SMALL, tmp_path)
    assert len(checkpoints(tmp_path / "checkpoints")) == 1


@pytest.mark.parametrize(
    ("late", "error", "said"),
    [
        (False, NotFinite, "observation.value: found nan"),
        (True, NotFinite, "observation.value: found nan"),
        (True, NothingLegal, "mask of row 3: found no legal action"),
    ],
)
def test_a_world_that_shows_no_number_or_allows_nothing(
    late: bool, error: type[Exception], said: str, tmp_path: Path
) -> None:
    class Broken(DoubleAuction):
        steps = 0

        def _draw(self) -> None:
            super()._draw()
            self.steps += 1
            if late and self.steps < 20:
                return
            if error is NotFinite:
                self.observations[3, :, 0] = np.nan
            else:
                self.masks[3] = False

    with pytest.raises(error, match=said):
        train(lambda n: OneSeat(Broken(n), 0, lambda o, m, b: np.zeros((n, 1), np.int64)), SMALL, tmp_path)
    assert len(checkpoints(tmp_path / "checkpoints")) == (2 if late else 1)
