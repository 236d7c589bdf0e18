"""What is wrong with a parameter of a part, and the checks that the parts share."""

import math
from collections.abc import Collection


class PartError(ValueError):
    """A parameter with which a part has no meaning; ``exit_code`` is that of bad input."""

    exit_code = 2

    def __init__(self, key: str, found: object, expected: str) -> None:
        self.key, self.found, self.expected = key, found, expected
        super().__init__(f"{key}: found {found!r}, expected {expected}")


def require_number(
    part: object, key: str, *, least: float = -math.inf, most: float = math.inf, open_low: bool = False
) -> None:
    """Refuse what is no finite number in ``[least, most]``, or in ``(least, most]`` if ``open_low``."""
    value = getattr(part, key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise PartError(key, value, "a finite number")
    if value < least or value > most or (open_low and value == least):
        low = "" if least == -math.inf else f"more than {least:g}" if open_low else f"at least {least:g}"
        high = "" if most == math.inf else f"at most {most:g}"
        raise PartError(key, value, " and ".join(rule for rule in (low, high) if rule))


def require_count(part: object, key: str, *, least: int) -> None:
    """Refuse what is no integer of at least ``least``."""
    value = getattr(part, key)
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise PartError(key, value, f"a whole number, at least {least}")


def require_choice(part: object, key: str, choices: Collection[str]) -> None:
    """Refuse what is none of ``choices``."""
    value = getattr(part, key)
    if value not in choices:
        raise PartError(key, value, f"one of {', '.join(choices)}")
