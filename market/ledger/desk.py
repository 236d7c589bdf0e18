"""Trades with the provider at its tariff: firm sales by it, and purchases out of its escrow with a cap for each meter."""

from market.ledger.deals import Book
from market.ledger.errors import (
    InvalidParameter,
    NonceOutOfRange,
    NoProvider,
    PriceLimit,
    ProviderCap,
    SelfDeal,
)
from market.ledger.port import ProviderOrder
from market.ledger.ranges import UINT32, UINT64, bytes32, unsigned
from market.ledger.tariff import Tariff
from market.terms import NO_METER, NOBODY, PROVIDER_NONCE, Deal, Party


class Desk:
    """The provider's side: its name, and how many base units each meter has promised it and not settled."""

    __slots__ = ("_cap", "open", "provider")

    def __init__(self, provider: Party, cap: int) -> None:
        self.provider = provider
        self._cap = cap
        self.open: dict[int, int] = {}

    def copy(self) -> "Desk":
        """An independent desk with the same counters."""
        other = Desk(self.provider, self._cap)
        other.open = self.open.copy()
        return other

    def deal(self, order: ProviderOrder, tariff: Tariff, book: Book, now: int) -> Deal:
        """The deal that an order makes at the tariff; it is not recorded yet.

        Raises
        ------
        NoProvider, SelfDeal, NonceOutOfRange
        InvalidParameter, ProviderCap
            Of a sale to the provider.
        LedgerError
            Of a purchase from it: see ``Book.check_firm``.
        NoPrice, PriceLimit
        """
        if self.provider == NOBODY:
            raise NoProvider()
        if order.party == self.provider:
            raise SelfDeal(order.party)
        if order.number >= PROVIDER_NONCE:
            raise NonceOutOfRange(order.number)
        if order.selling:
            self.check_cap(order.meter, order.energy)
        else:
            book.check_firm(order.meter, order.party, order.interval, now)
        buy_price, sell_price = tariff.price_at(order.interval)
        price = buy_price if order.selling else sell_price
        if price < order.limit if order.selling else price > order.limit:
            raise PriceLimit(order.interval, price, order.limit)
        return Deal(
            seller=order.party if order.selling else self.provider,
            buyer=self.provider if order.selling else order.party,
            nonce=PROVIDER_NONCE + order.number,
            seller_meter=order.meter if order.selling else NO_METER,
            buyer_meter=NO_METER if order.selling else order.meter,
            interval=order.interval,
            count=1,
            price=price,
            energy=order.energy,
        )

    def check_cap(self, meter: int, energy: int) -> None:
        """Refuse a sale through no meter, or of more than a meter may have open towards the provider."""
        if meter == NO_METER:
            raise InvalidParameter(bytes32("sellerMeter"), NO_METER)
        promised = self.open.get(meter, 0)
        if promised + energy > self._cap:
            raise ProviderCap(meter, promised, energy, self._cap)

    def recorded(self, deal: Deal) -> None:
        """Count what a purchase leaves open."""
        if deal.buyer_meter == NO_METER:
            self.open[deal.seller_meter] = self.open.get(deal.seller_meter, 0) + deal.energy * deal.count

    def ended(self, deal: Deal, intervals: int) -> None:
        """Count down when that many intervals of a purchase are settled or released."""
        if deal.buyer_meter == NO_METER:
            self.open[deal.seller_meter] -= deal.energy * intervals


def encodable(order: ProviderOrder) -> ProviderOrder:
    """``order`` itself if each value fits its type (``NotEncodable``)."""
    for name, bound in _BOUNDS.items():
        unsigned(name, getattr(order, name), bound)
    return order


_BOUNDS = {
    "number": UINT64,
    "meter": UINT32,
    "interval": UINT32,
    "energy": UINT64,
    "limit": UINT64,
    "max_ahead": UINT64,
}
