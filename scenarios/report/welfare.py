"""What a market was worth to its parties, and what the chain took of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from market.measures import welfare_sum
from market.records import DealRow
from scenarios.hosts import GasRow

SETTING_UP = frozenset({"deploy", "list market", "fund", "buy", "approve", "deposit", "register", "allow"})
"""Kinds of transaction that a party or a market needs once, not for each deal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WelfareRow:
    """One party's day in token units."""

    party: str
    sold: int
    """Base units delivered to neighbours."""
    bought: int
    """Base units received from neighbours."""
    gain_selling: int
    """Over the provider's buying price."""
    gain_buying: int
    """Over the provider's selling price."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What negotiation gained, against what recording, metering and settling it cost."""

    deals: int
    """Between neighbours."""
    gain: int
    """Of all parties over the provider, token units."""
    gas: int
    """Of everything but setting up: the deals with the provider included."""
    gas_per_deal: float
    """Over all deals, those with the provider included."""
    fees: float
    """What the chain charged for it at its own gas price, token units."""
    break_even_gwei: float
    """Gas price at which the fees would be all that the parties gained; 0 without gas."""


def welfare_rows(deals: Sequence[DealRow], names: Sequence[str], provider: str) -> list[WelfareRow]:
    """Every party's gains from deals with neighbours."""
    peers = [deal for deal in deals if provider not in (deal.seller, deal.buyer)]
    return [
        WelfareRow(
            party=name,
            sold=sum(deal.delivered for deal in peers if deal.seller == name),
            bought=sum(deal.delivered for deal in peers if deal.buyer == name),
            gain_selling=sum(deal.seller_gain for deal in peers if deal.seller == name),
            gain_buying=sum(deal.buyer_gain for deal in peers if deal.buyer == name),
        )
        for name in names
        if name != provider
    ]


def balance(
    deals: Sequence[DealRow], welfare: Sequence[WelfareRow], gas: Sequence[GasRow], *, wei_per_unit: int
) -> Balance:
    """The gain of a day set against its gas and fees."""
    running = [row for row in gas if row.kind not in SETTING_UP]
    used, paid = sum(row.gas for row in running), sum(row.fees_wei for row in running)
    gain = welfare_sum([row.gain_selling + row.gain_buying for row in welfare])
    return Balance(
        deals=sum(deal.session > 0 for deal in deals),
        gain=gain,
        gas=used,
        gas_per_deal=used / len(deals) if deals else 0.0,
        fees=paid / wei_per_unit,
        break_even_gwei=gain * wei_per_unit / used / 1e9 if used else 0.0,
    )
