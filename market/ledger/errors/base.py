"""What every refusal of a ledger is: an exception that carries the values of the Solidity error that it stands for."""

from dataclasses import dataclass, fields
from typing import Any, TypeVar, dataclass_transform


class LedgerError(Exception):
    """A ledger refused an operation and changed nothing."""

    exit_code = 2

    def __str__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in self.values().items())})"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), tuple(self.values().values())

    def values(self) -> dict[str, Any]:
        """The offending values by name, in the order of the Solidity declaration."""
        return {f.name: getattr(self, f.name) for f in fields(self)}  # type: ignore[arg-type]


T = TypeVar("T", bound=LedgerError)


@dataclass_transform()
def refusal(cls: type[T]) -> type[T]:
    """Make a class of annotated fields an exception with these values."""
    return dataclass(eq=True, unsafe_hash=True, repr=False)(cls)
