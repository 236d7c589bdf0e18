"""What all pictures of a run say of it: whose data, which units, which time axis."""

from dataclasses import dataclass

from scenarios.load import Scenario
from scenarios.units import UTILITIES, Utility


@dataclass(frozen=True, slots=True)
class Sheet:
    """The frame of a run's pictures."""

    title: str
    source: str
    utility: Utility
    provider: str
    first: int
    intervals: int
    hours_per_interval: float | None
    """None: the axis counts steps, not hours of a day."""

    def x(self, interval: int) -> float:
        """Where an interval begins on the time axis."""
        return (interval - self.first) * self.width

    @property
    def width(self) -> float:
        """Of an interval on the time axis."""
        return self.hours_per_interval or 1.0

    @property
    def axis(self) -> str:
        """Label of the time axis."""
        return "hour of the day" if self.hours_per_interval else "time step"


def sheet_of(scenario: Scenario, source: str, first: int) -> Sheet:
    """The frame for a scenario whose first interval is the ledger's ``first``."""
    table = scenario.table
    return Sheet(
        title=table.title,
        source=source,
        utility=UTILITIES[table.utility],
        provider=table.provider.name,
        first=first,
        intervals=table.intervals,
        hours_per_interval=table.data.interval_h if table.data.source != "none" else None,
    )
