"""Checkpoints of a training: whole or not there, the last two kept, and read without running code.

A file is a line of its own (format and SHA-256 of the rest) and what torch writes for tensors and numbers.
"""

import os
from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, Final

import torch

from learning.training.errors import CheckpointDamaged, CheckpointNotWritten, NoCheckpoint

KEPT: Final = 2
_MARK: Final = b"wattpact-checkpoint 1 "
_HEADER: Final = len(_MARK) + 64 + 1

State = dict[str, Any]
Write = Callable[[BinaryIO, bytes], object]


def write_bytes(file: BinaryIO, content: bytes) -> None:
    """Write and wait until the disk has it."""
    file.write(content)
    file.flush()
    os.fsync(file.fileno())


def checkpoints(folder: Path) -> list[Path]:
    """The checkpoints of a folder, oldest first; temporary files are none."""
    return sorted(folder.glob("rollout-*.checkpoint"))


def write_checkpoint(folder: Path, rollout: int, state: State, write: Write = write_bytes) -> Path:
    """Write a checkpoint and drop all but the last :data:`KEPT`.

    Raises
    ------
    CheckpointNotWritten
        If the disk refuses (as a full one does); the checkpoints before are kept and nothing else remains.
    """
    path = folder / f"rollout-{rollout:08}.checkpoint"
    before = [known for known in checkpoints(folder) if known != path]
    body = BytesIO()
    torch.save(state, body)
    content = body.getvalue()
    temporary = folder / f".{path.name}.{os.getpid()}"
    try:
        with temporary.open("wb") as file:
            write(file, _MARK + sha256(content).hexdigest().encode() + b"\n" + content)
        temporary.replace(path)
        _sync_folder(folder)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise CheckpointNotWritten(path, str(error), before[-1] if before else None) from error
    for old in [*before, path][:-KEPT]:
        old.unlink(missing_ok=True)
    return path


def read_checkpoint(path: Path) -> State:
    """What was written.

    Raises
    ------
    CheckpointDamaged
        If it is cut short or changed.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CheckpointDamaged(path, str(error)) from error
    header, body = content[:_HEADER], content[_HEADER:]
    if not header.startswith(_MARK):
        raise CheckpointDamaged(path, f"{len(content)} bytes without its first line")
    if header[len(_MARK) : -1] != sha256(body).hexdigest().encode():
        raise CheckpointDamaged(path, f"{len(body)} bytes that are cut short or changed")
    state: State = torch.load(BytesIO(body), weights_only=True)
    return state


def drop_halves(folder: Path) -> None:
    """Remove what a killed training left of a checkpoint that it was writing."""
    for path in folder.glob(".rollout-*"):
        path.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    # A rename is in the folder, which has its own place on the disk.
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def last_whole(folder: Path) -> tuple[Path, State, tuple[str, ...]]:
    """The newest checkpoint that is whole, what it says, and why newer ones were refused.

    Raises
    ------
    NoCheckpoint
        If there is none.
    """
    refused: list[str] = []
    for path in reversed(checkpoints(folder)):
        try:
            return path, read_checkpoint(path), tuple(refused)
        except CheckpointDamaged as error:
            refused.append(str(error))
    raise NoCheckpoint(folder, tuple(refused))
