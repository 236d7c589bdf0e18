"""Registers of meters as events tell of them."""

from chain import events as ev
from market.ledger.port import Registers


def registers_of(event: ev.RegistersPosted) -> Registers:
    """The registers that an event tells of."""
    return Registers(
        meter=event.meter,
        at=event.boundary,
        schedule=event.schedule,
        imported=event.imported,
        exported=event.exported,
    )
