"""What can go wrong with many tasks, each by its name and the task's key."""


class ExecutionError(Exception):
    """Tasks that cannot be done, or were not; ``exit_code`` 2 where what was asked for is wrong."""

    exit_code = 2


class SameKey(ExecutionError):
    """Two tasks by one key."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(f"tasks: found the key {key!r} twice, expected a key of its own for each")


class NotPlain(ExecutionError):
    """An argument without a fingerprint: it could not be told whether a kept result is still its own."""

    def __init__(self, found: object) -> None:
        super().__init__(
            f"arguments: found a {type(found).__name__}, expected numbers, texts, arrays, dataclasses and "
            "containers of these"
        )


class NotKept(ExecutionError):
    """A result that no file can hold."""

    def __init__(self, key: str, found: object) -> None:
        self.key = key
        super().__init__(f"result of {key}: found {found}, expected JSON values, or arrays by name")


class TaskFailed(ExecutionError):
    """A task raised; finished ones are kept."""

    def __init__(self, key: str, told: str, exit_code: int) -> None:
        self.key, self.told, self.exit_code = key, told, exit_code
        super().__init__(f"task {key}: {told}")


class WorkersDied(ExecutionError):
    """Worker processes ended again and again while a task ran; finished ones are kept."""

    exit_code = 1

    def __init__(self, keys: tuple[str, ...], times: int) -> None:
        self.keys, self.times = keys, times
        shown = ", ".join(keys[:3]) + (f" and {len(keys) - 3} more" if len(keys) > 3 else "")
        super().__init__(f"workers died {times} times, expected them to finish; not done: {shown}")


class UnknownBackend(ExecutionError):
    """No such place to run tasks at."""

    def __init__(self, found: str, known: tuple[str, ...]) -> None:
        super().__init__(f"backend: found {found!r}, expected {' or '.join(known)}")


class BackendMissing(ExecutionError):
    """A package that a backend needs is not installed."""

    def __init__(self, backend: str, package: str) -> None:
        super().__init__(
            f"backend {backend}: found no package {package!r}, expected it: pip install 'wattpact[{package}]'"
        )


class NoCluster(ExecutionError):
    """Nothing that could be connected to."""

    def __init__(self, address: str, told: str) -> None:
        self.address = address
        super().__init__(f"address: found no Ray cluster at {address!r} ({told}), expected one, or 'local'")
