"""The refusals of this room that concern one value of a specification or of a call.

Every one carries the key, the value found and the rule it breaks, so that a caller can name its own place (a scenario
file, a table) in front of it. Profiles have their own errors: they know a file and a row (``energy.profiles.errors``).
"""


class SpecError(ValueError):
    """A value breaks a rule. ``key`` names it, ``value`` is what was found, ``rule`` is what was expected."""

    exit_code = 2

    def __init__(self, key: str, value: object, rule: str) -> None:
        self.key = key
        self.value = value
        self.rule = rule
        super().__init__(f"{key}: found {value!r}, expected {rule}")


class BatteryError(SpecError):
    """A battery that cannot exist, or a state or a need that it cannot be in."""


class HolderError(SpecError):
    """A gas holder that cannot exist, or a level or a need that it cannot be in."""


class ForecastSpecError(SpecError):
    """An error model, a horizon or a history from which no forecast can be made."""


class MeterError(SpecError):
    """A load, a generation or a commitment that no meter can see."""


class ScaleError(SpecError):
    """A profile or a target from which no scaled profile can be made."""
