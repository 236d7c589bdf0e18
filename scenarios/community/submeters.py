"""The meters behind a community's, on a ledger: what they have counted when the run is over."""

from collections.abc import Iterable, Mapping

from market.forward.schedule import EVERY_HOUR, zone_word
from market.forward.trees import schedule_of
from market.ledger.errors import LedgerError
from market.ledger.port import Ledger, Registers
from scenarios.community.site import CommunitySite

ZONE = "UTC"
"""One register counts all hours, whatever clocks show."""


def post_submeters(
    ledger: Ledger, communities: Iterable[CommunitySite], meters: Mapping[str, int], at: int
) -> None:
    """Post what every submeter has counted by the start of interval ``at``, in one register: what members share by.

    Raises
    ------
    LedgerError
        If the ledger refuses one.
    """
    schedule = schedule_of((EVERY_HOUR,), zone_word(ZONE), ledger.forward.hash)
    registers = []
    for community in communities:
        for member in community.read:
            exported, imported = community.register(member)
            registers.append(
                Registers(
                    meter=meters[member],
                    at=at,
                    schedule=schedule,
                    imported=(imported, 0, 0, 0),
                    exported=(exported, 0, 0, 0),
                )
            )
    for result in ledger.post_registers(registers) if registers else ():
        if isinstance(result, LedgerError):
            raise result
