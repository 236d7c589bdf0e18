"""What can be wrong with a training's configuration, its folder and its checkpoints."""

from pathlib import Path


class TrainingError(ValueError):
    """A training that cannot start or go on like this."""

    exit_code = 2


class ConfigError(TrainingError):
    """A value with which a training has no meaning."""

    def __init__(self, key: str, found: object, expected: str) -> None:
        self.key = key
        super().__init__(f"training.{key}: found {found!r}, expected {expected}")


class OtherTraining(TrainingError):
    """A folder that holds another training than the one to go on with."""

    def __init__(self, folder: Path, key: str, found: object, expected: object) -> None:
        self.key = key
        super().__init__(f"{folder}: found a training with {key} = {found!r}, expected {expected!r}")


class FolderTaken(TrainingError):
    """A new training in a folder that holds one."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"{folder}: found a training, expected an empty folder, or to resume it")


class CheckpointDamaged(TrainingError):
    """A checkpoint that is not whole."""

    def __init__(self, path: Path, found: str) -> None:
        self.path = path
        super().__init__(f"{path}: found {found}, expected a whole checkpoint")


class NoCheckpoint(TrainingError):
    """Nothing to resume from."""

    def __init__(self, folder: Path, refused: tuple[str, ...] = ()) -> None:
        why = f" ({'; '.join(refused)})" if refused else ""
        super().__init__(f"{folder}: found no whole checkpoint{why}, expected one to resume from")


class CheckpointNotWritten(TrainingError):
    """The disk refused a checkpoint; the ones before are as they were."""

    def __init__(self, path: Path, why: str, last: Path | None) -> None:
        self.path, self.last = path, last
        kept = f"{last.name} is kept" if last else "there is none before it"
        super().__init__(f"{path}: found that it cannot be written ({why}), expected room for it; {kept}")


class NotWritten(TrainingError):
    """The disk refused another file of a training; its checkpoints are as they were."""

    def __init__(self, folder: Path, why: str) -> None:
        super().__init__(
            f"{folder}: found that it cannot be written ({why}), expected room; checkpoints are kept"
        )


class Diverged(TrainingError):
    """A loss that is no number any more; the last checkpoint is kept."""

    def __init__(self, name: str, found: float, steps: int) -> None:
        super().__init__(f"{name} after {steps} steps: found {found}, expected a finite number")
