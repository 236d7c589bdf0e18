"""What the homes of a run had in their batteries: known to its simulation alone, on no ledger and in no message."""

from collections.abc import Mapping
from dataclasses import dataclass

from scenarios.sites import FirmSite, HomeSite


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeRow:
    """A battery at the end of an interval, kWh."""

    home: str
    interval: int
    stored: float
    capacity: float


def charge_rows(sites: Mapping[str, HomeSite | FirmSite], first: int) -> list[ChargeRow]:
    """Every battery's course; ``first`` is the ledger's interval of the run's first."""
    return [
        ChargeRow(home=name, interval=first + i, stored=stored, capacity=site.battery.capacity_kwh)
        for name, site in sites.items()
        if isinstance(site, HomeSite) and site.battery.capacity_kwh > 0
        for i, stored in enumerate(site.charge_kwh)
    ]
