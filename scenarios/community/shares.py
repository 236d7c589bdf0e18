"""What a community's deals come to for each of its members.

The tokens are the community's: it alone trades, and the ledger pays it. Its members share them by their submeters'
registers: what it was paid in proportion to what each fed in over the run, what it paid in proportion to what each
drew, and all alike where none did. What one fed in while another drew stayed behind the community's meter and was sold
to nobody; it counts all the same, for no register tells where its energy went.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from market.records import DealRow
from scenarios.community.site import CommunitySite, shared


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareRow:
    """A member's part of what its community traded."""

    community: str
    member: str
    exported: int
    """By its submeter over the run, base units."""
    imported: int
    proceeds: int
    """Of what the community was paid, token units."""
    costs: int
    """Of what the community paid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmeterRow:
    """A meter behind a community's in one interval, base units."""

    community: str
    member: str
    interval: int
    exported: int
    imported: int


def share_rows(communities: Iterable[CommunitySite], deals: Sequence[DealRow]) -> list[ShareRow]:
    """Each member's part."""
    return [row for community in communities for row in _shares(community, deals)]


def submeter_rows(communities: Iterable[CommunitySite], first: int) -> list[SubmeterRow]:
    """What every submeter read; ``first`` is the ledger's interval of the run's first."""
    return [
        SubmeterRow(
            community=community.name, member=member, interval=first + i, exported=exported, imported=imported
        )
        for community in communities
        for member, readings in community.read.items()
        for i, (exported, imported) in enumerate(readings)
    ]


def communities_of(sites: Mapping[str, object]) -> list[CommunitySite]:
    """The communities among all sites."""
    return [site for site in sites.values() if isinstance(site, CommunitySite)]


def _shares(community: CommunitySite, deals: Sequence[DealRow]) -> list[ShareRow]:
    exported, imported = zip(*(community.register(member) for member in community.read), strict=True)
    proceeds = _split(sum(deal.paid for deal in deals if deal.seller == community.name), exported)
    costs = _split(sum(deal.paid for deal in deals if deal.buyer == community.name), imported)
    return [
        ShareRow(
            community=community.name, member=member, exported=out, imported=into, proceeds=gets, costs=pays
        )
        for member, out, into, gets, pays in zip(
            community.read, exported, imported, proceeds, costs, strict=True
        )
    ]


def _split(tokens: int, metered: Sequence[int]) -> tuple[int, ...]:
    return shared(tokens, metered if any(metered) else [1] * len(metered))
