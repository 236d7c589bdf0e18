"""What a wrong profile file gets: one error that names the file, the place, what was found and what was expected."""

from pathlib import Path


class ProfileError(ValueError):
    """A profile file that cannot be used. ``place`` is a row, a column, or both, in words."""

    exit_code = 2

    def __init__(self, file: str | Path, place: str, found: str, expected: str) -> None:
        self.file = str(file)
        self.place = place
        self.found = found
        self.expected = expected
        super().__init__(f"{self.file}: {place}: found {found}, expected {expected}")


class ProfileFileError(ProfileError):
    """No such file, an empty one, or one that is no text."""


class ProfileColumnError(ProfileError):
    """A column that is missing, doubled, without a name, or of an unknown kind."""


class ProfileUnitError(ProfileError):
    """A column without a unit, or with one that its kind cannot have."""


class ProfileValueError(ProfileError):
    """A cell that is empty, not a finite number, or negative where nothing can be."""


class ProfileTimeError(ProfileError):
    """A stamp that is no time, a gap, a doubled hour, time that runs backwards, or another interval."""


class ProfileDataError(ProfileError):
    """The shipped extract is not the one whose hash this version knows."""
