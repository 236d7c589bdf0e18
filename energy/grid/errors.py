"""What a grid refuses, each with what was found and what was expected."""

from pathlib import Path

from energy.errors import SpecError


class GridError(SpecError):
    """A grid that cannot exist, or something asked of it that it does not have."""


class UnknownBusError(GridError):
    """A bus that the grid does not have."""


class TooManyHomesError(GridError):
    """More homes than the grid has customers' connections."""


class PowerError(SpecError):
    """Powers that no grid can be asked about: of the wrong shape, or not finite."""


class GridDataError(ValueError):
    """A file of grid data that cannot be used. ``place`` is a row or a column, in words."""

    exit_code = 2

    def __init__(self, file: str | Path, place: str, found: str, expected: str) -> None:
        self.file = str(file)
        self.place = place
        self.found = found
        self.expected = expected
        super().__init__(f"{self.file}: {place}: found {found}, expected {expected}")


class DivergenceError(ArithmeticError):
    """No voltage was found at which the grid carries what is asked of it: a check that failed, not a wrong input."""

    exit_code = 1

    def __init__(self, step: int, bus: str, change_pu: float, iterations: int, tolerance_pu: float) -> None:
        self.step = step
        self.bus = bus
        self.change_pu = change_pu
        self.iterations = iterations
        super().__init__(
            f"step {step}, bus {bus}: found a voltage that still moves by {change_pu:.3g} p.u. after {iterations} "
            f"iterations, expected at most {tolerance_pu:.3g}: the grid cannot carry this power"
        )


class ReferenceMissingError(ImportError):
    """The reference solver is not installed."""

    exit_code = 2

    def __init__(self) -> None:
        super().__init__(
            "pandapower: found none installed, expected it for the reference: pip install 'wattpact[grid]'"
        )
