"""Checkpoints: whole or not there, two kept, and a full disk that takes nothing away."""

import errno
from pathlib import Path
from typing import BinaryIO

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from learning.training.checkpoint import (
    checkpoints,
    drop_halves,
    last_whole,
    read_checkpoint,
    write_checkpoint,
)
from learning.training.errors import CheckpointDamaged, CheckpointNotWritten, NoCheckpoint


def full_disk(file: BinaryIO, content: bytes) -> None:
    file.write(content[: len(content) // 2])
    raise OSError(errno.ENOSPC, "No space left on device")


def test_the_last_two_are_kept(tmp_path: Path) -> None:
    for rollout in (0, 8, 16, 24):
        write_checkpoint(
            tmp_path, rollout, {"rollouts": rollout, "weights": torch.full((3,), float(rollout))}
        )
    assert [path.name for path in checkpoints(tmp_path)] == [
        "rollout-00000016.checkpoint",
        "rollout-00000024.checkpoint",
    ]
    path, state, refused = last_whole(tmp_path)
    assert (path.name, state["rollouts"], refused) == ("rollout-00000024.checkpoint", 24, ())
    assert state["weights"].tolist() == [24, 24, 24]


def test_a_full_disk_takes_nothing_away(tmp_path: Path) -> None:
    write_checkpoint(tmp_path, 0, {"rollouts": 0})
    write_checkpoint(tmp_path, 8, {"rollouts": 8})
    with pytest.raises(
        CheckpointNotWritten, match=r"No space left.*rollout-00000008\.checkpoint is kept"
    ) as refused:
        write_checkpoint(tmp_path, 16, {"rollouts": 16}, full_disk)
    assert refused.value.exit_code == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "rollout-00000000.checkpoint",
        "rollout-00000008.checkpoint",
    ]
    assert last_whole(tmp_path)[1] == {"rollouts": 8}


def test_a_full_disk_at_the_first(tmp_path: Path) -> None:
    with pytest.raises(CheckpointNotWritten, match="there is none before it"):
        write_checkpoint(tmp_path, 0, {}, full_disk)
    with pytest.raises(NoCheckpoint, match="found no whole checkpoint, expected"):
        last_whole(tmp_path)


@given(cut=st.floats(0, 1, exclude_max=True))
def test_a_file_that_was_cut_short_is_passed_over(
    tmp_path_factory: pytest.TempPathFactory, cut: float
) -> None:
    folder = tmp_path_factory.mktemp("cut")
    write_checkpoint(folder, 0, {"rollouts": 0})
    late = write_checkpoint(folder, 8, {"rollouts": 8})
    content = late.read_bytes()
    late.write_bytes(content[: int(cut * len(content))])
    with pytest.raises(CheckpointDamaged, match="expected a whole checkpoint"):
        read_checkpoint(late)
    path, state, refused = last_whole(folder)
    assert (path.name, state) == ("rollout-00000000.checkpoint", {"rollouts": 0})
    assert len(refused) == 1
    assert late.name in refused[0]


def test_none_whole_says_why(tmp_path: Path) -> None:
    path = write_checkpoint(tmp_path, 0, {"rollouts": 0})
    changed = bytearray(path.read_bytes())
    changed[-1] ^= 1
    path.write_bytes(changed)
    with pytest.raises(NoCheckpoint, match="cut short or changed"):
        last_whole(tmp_path)


def test_halves_of_a_killed_training_go(tmp_path: Path) -> None:
    write_checkpoint(tmp_path, 0, {})
    (tmp_path / ".rollout-00000008.checkpoint.123").write_bytes(b"half")
    drop_halves(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["rollout-00000000.checkpoint"]
