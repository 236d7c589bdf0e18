"""Check ``events``: each stands at a place of its own, later ones no earlier in time, those of one block at one time."""

from chain.audit.report import Findings
from chain.audit.world import World

CHECK = "events"


def check(world: World, findings: Findings) -> None:
    """Every event and the one before it."""
    before = None
    for event in world.events:
        at = event.at
        if before is not None:
            if (at.block, at.tx_index, at.log_index) <= (before.block, before.tx_index, before.log_index):
                detail = f"{type(event).__name__} at block {at.block}, log {at.log_index}: follows log {before.log_index} of block {before.block}"
                findings.violate(CHECK, at.transaction, detail)
            if at.time < before.time or (at.block == before.block and at.time != before.time):
                detail = f"{type(event).__name__} in block {at.block}: at {at.time}, after an event at {before.time} in block {before.block}"
                findings.violate(CHECK, at.transaction, detail)
        before = at
