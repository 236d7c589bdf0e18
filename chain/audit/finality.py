"""What a meter exported in an interval, once nothing can change it: the first reading, or silence until it closed."""

from chain.audit.world import World
from chain.events import Origin, ReadingPosted


class Exports:
    """The exports of a market's meters as they became final, from its events."""

    def __init__(self, world: World) -> None:
        self._rules = world.rules
        self._readings: dict[tuple[int, int], ReadingPosted] = {}
        for reading in world.of(ReadingPosted):
            self._readings.setdefault((reading.meter, reading.interval), reading)

    def final(self, meter: int, interval: int, at: Origin) -> int | None:
        """Base units, as known just before ``at``; None while that is open."""
        reading = self._readings.get((meter, interval))
        if reading is not None and reading.at < at:
            return reading.exported
        return 0 if at.time >= self._rules.closed(interval) else None


def present(world: World) -> Origin:
    """After everything that has happened."""
    return Origin(world.block + 1, 0, 0, world.time, "", world.negotiator)
