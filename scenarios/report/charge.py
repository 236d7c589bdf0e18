"""What the homes of a run had in their batteries: known to its simulation alone, on no ledger and in no message."""

from collections.abc import Mapping
from dataclasses import dataclass

from scenarios.community.site import CommunitySite
from scenarios.sites import FirmSite, HomeSite


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeRow:
    """A battery at the end of an interval, kWh."""

    home: str
    interval: int
    stored: float
    capacity: float


def charge_rows(sites: Mapping[str, HomeSite | FirmSite | CommunitySite], first: int) -> list[ChargeRow]:
    """Every battery's course; ``first`` is the ledger's interval of the run's first."""
    return [
        ChargeRow(home=home.name, interval=first + i, stored=stored, capacity=home.battery.capacity_kwh)
        for site in sites.values()
        for home in _homes(site)
        if home.battery.capacity_kwh > 0
        for i, stored in enumerate(home.charge_kwh)
    ]


def _homes(site: HomeSite | FirmSite | CommunitySite) -> tuple[HomeSite, ...]:
    if isinstance(site, CommunitySite):
        return site.members
    return (site,) if isinstance(site, HomeSite) else ()
