"""What stands between our sessions and NegMAS's."""

from typing import Final

INSTALL: Final = "make negmas, then run with .venv-negmas/bin/python (or: pip install negmas==0.16.0)"


class NegmasMissing(ImportError):
    """NegMAS is not installed in this environment; it is an extra."""

    exit_code = 2

    def __init__(self) -> None:
        super().__init__(f"negmas: found no such package, expected it to be installed: {INSTALL}")


class NegmasMismatch(ValueError):
    """A session that the other side's rules have no word for."""

    exit_code = 2

    def __init__(self, key: str, found: object, expected: str) -> None:
        self.key, self.found, self.expected = key, found, expected
        super().__init__(f"{key}: found {found!r}, expected {expected}")
