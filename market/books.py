"""What the traders of a day have promised each other at their meters, and which readings stand.

Two phases of a day write here, the trade of deals and that of loans; each promise of an export stands in the queue of
its meter. Amounts are base units, by (meter, interval).
"""

from collections import defaultdict
from dataclasses import dataclass, field

from market.ledger.port import MarketRules, Reading

Slot = tuple[int, int]
"""(meter, interval)."""


@dataclass(slots=True)
class Books:
    """The promises and readings of one day."""

    sold: dict[Slot, int] = field(default_factory=lambda: defaultdict(int))
    """Places taken in the meter's queue: what the next one will stand behind."""
    bought: dict[Slot, int] = field(default_factory=lambda: defaultdict(int))
    """What others promised to deliver to the meter's owner."""
    readings: dict[Slot, Reading] = field(default_factory=dict)
    """Those that the ledger took."""

    def exported(self, slot: Slot) -> int:
        """What counts as exported once the slot is final: silence is zero."""
        reading = self.readings.get(slot)
        return 0 if reading is None else reading.exported

    def final(self, slot: Slot, now: int, rules: MarketRules) -> bool:
        """Whether nothing can change any more what the meter exported."""
        return slot in self.readings or now >= rules.closed(slot[1])
