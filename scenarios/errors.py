"""What is wrong with a file that a user gave: which file, where in it, what was found, what was expected."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=False, eq=False)
class ScenarioError(Exception):
    """A scenario cannot be used; nothing has been started."""

    file: Path
    place: str
    """Key, as ``party[2].battery.efficiency``."""
    found: str
    expected: str

    exit_code = 2

    def __str__(self) -> str:
        return f"{self.file}: {self.place}: found {self.found}, expected {self.expected}"
