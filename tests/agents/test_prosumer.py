"""Prosumers: what they announce, what they let their strategy know, what they keep in their books."""

from dataclasses import replace
from typing import Any

import pytest

from agents.prosumer import Entry, FirmKind, HomeKind, Prosumer
from market.ledger.port import ProviderOrder, Recorded, Settlement
from market.terms import NO_METER, PROVIDER_NONCE, Deal, DealKey, Party
from market.trader import Trader
from tests.agents.park import BUYER, PROVIDER, SELLER, Fixed, brief_of, domain_of, prosumer

DOMAIN = domain_of(80, 300, 5000, energy_tick=10)


def deal(**changes: Any) -> Recorded:
    made: dict[str, Any] = {
        "seller": SELLER,
        "buyer": BUYER,
        "nonce": 5,
        "seller_meter": 1,
        "buyer_meter": 2,
        "interval": 4,
        "count": 1,
        "price": 150,
        "energy": 400,
    }
    return Recorded(deal=Deal(**{**made, **changes}), positions=(0,) * changes.get("count", 1))


def test_a_prosumer_is_a_trader() -> None:
    trader: Trader = prosumer(10)
    assert (trader.name, trader.party, trader.meter) == ("seller", SELLER, 1)


def test_its_position_is_its_forecast_minus_what_it_has_traded_for_the_interval() -> None:
    seller, buyer = prosumer(1000), prosumer(-900)
    for side in (seller, buyer):
        side.recorded(deal())
        side.recorded(deal())  # told twice, as by a run that goes on after an interruption
    assert [seller.position(0, 4), seller.position(0, 5)] == [600, 1000]
    assert [buyer.position(0, 4), buyer.position(0, 5)] == [-500, -900]


def test_a_run_of_intervals_is_several_entries() -> None:
    seller = prosumer(1000)
    seller.recorded(deal(count=3, energy=100))
    assert [seller.position(0, interval) for interval in (3, 4, 5, 6, 7)] == [1000, 900, 900, 900, 1000]
    assert [entry.interval for entry in seller.books] == [4, 5, 6]


def test_its_books_hold_what_was_delivered_and_paid() -> None:
    seller, buyer = prosumer(1000), prosumer(-900)
    recorded = deal()
    short = Settlement(key=DealKey.of(recorded.deal), delivered=300, paid=45_000, refunded=15_000)
    for side in (seller, buyer):
        side.recorded(recorded)
        side.settled(short)
    assert seller.books == (Entry(interval=4, amount=400, price=150, delivered=300, cash=45_000),)
    assert buyer.books == (Entry(interval=4, amount=-400, price=150, delivered=300, cash=-45_000),)
    assert (seller.cash, buyer.cash) == (45_000, -45_000)


def test_what_is_not_its_own_does_not_enter_its_books() -> None:
    seller = prosumer(1000)
    stranger = Party("0x" + "9" * 40)
    with pytest.raises(ValueError, match="expected its own"):
        seller.recorded(deal(seller=stranger))
    with pytest.raises(ValueError, match="expected a deal of its own"):
        seller.settled(Settlement(key=DealKey.of(deal().deal), delivered=0, paid=0, refunded=0))
    assert seller.books == ()


def test_it_prices_between_the_providers_tariffs_and_keeps_its_margin() -> None:
    brief = brief_of(DOMAIN, selling=True, max_rounds=10)
    seller, buyer = prosumer(1000, margin=15), prosumer(-900, margin=15)
    sells, buys = seller.context(brief), buyer.context(replace(brief, selling=False))
    assert sells is not None
    assert buys is not None
    price, energy = sells.stakes
    assert (price.best, price.worst, price.sense) == (300, 95, 1)
    # The home's bell is 0.65 × 1000 wide and reaches 0.3 at 1.5518 widths: nothing of it is lost below.
    assert (energy.best, energy.worst, energy.sense) == (1000, 10, 1)
    price, energy = buys.stakes
    assert (price.best, price.worst, price.sense) == (80, 285, -1)
    assert energy.best == 900


def test_a_firms_bounds_come_from_its_surface() -> None:
    # √(2 ln(1/0.3)) = 1.55176 widths. Seller: 1000 − 1.55176 × 350 = 456.9; no more than it has.
    # Buyer: 900 − 1.55176 × 450 = 201.7; on the grid of 10.
    brief = brief_of(DOMAIN, selling=True, max_rounds=10)
    sells = prosumer(1000, kind=FirmKind()).context(brief)
    firm = FirmKind(deadline=100, patience=20)
    buys = prosumer(-900, kind=firm).context(replace(brief, selling=False))
    assert sells is not None
    assert buys is not None
    assert (sells.least, sells.most) == (460, 1000)
    assert (buys.least, buys.most) == (210, 900)


@pytest.mark.parametrize(
    ("party", "changes"),
    [
        (prosumer(1000), {"selling": False}),
        (prosumer(-900), {"selling": True}),
        (prosumer(1000, margin=221), {"selling": True}),  # more than the provider's spread of 220
        (prosumer(9), {"selling": True}),  # less than a tick
        (prosumer(-900, kind=FirmKind(deadline=4, patience=2)), {"selling": False}),  # too late
        (
            prosumer(9000, kind=FirmKind()),
            {"selling": True, "domain": domain_of(80, 300, 3000)},
        ),  # not so little
    ],
)
def test_it_takes_no_part_in_what_it_does_not_want(party: Prosumer, changes: dict[str, Any]) -> None:
    brief = replace(brief_of(DOMAIN, selling=True, max_rounds=10), **changes)
    assert party.negotiator(brief) is None


def test_a_home_sends_its_rest_to_the_provider_at_the_tariff() -> None:
    seller, buyer = prosumer(1000), prosumer(-900)
    seller.recorded(deal())
    order = seller.provider_order(3, 4, 80, 300)
    assert order == ProviderOrder(
        party=SELLER, number=4 * 2**20 + 1, meter=1, interval=4, energy=600, limit=80, selling=True
    )
    bought = buyer.provider_order(3, 4, 80, 300)
    assert bought is not None
    assert (bought.energy, bought.limit, bought.selling) == (900, 300, False)
    # Once that is recorded, nothing is left to order.
    terms = {"buyer": PROVIDER, "buyer_meter": NO_METER, "nonce": PROVIDER_NONCE + order.number}
    seller.recorded(deal(energy=600, price=80, **terms))
    assert seller.position(3, 4) == 0
    assert seller.provider_order(3, 4, 80, 300) is None


def test_no_order_is_numbered_twice_and_none_sells_for_nothing() -> None:
    seller = prosumer(1000)
    orders = [seller.provider_order(step, interval, 80, 300) for step in range(4) for interval in range(4, 8)]
    numbers = [order.number for order in orders if order is not None]
    assert len(set(numbers)) == 16
    assert all(number < 2**62 for number in numbers)
    assert seller.provider_order(3, 4, 0, 300) is None
    assert prosumer(1000, kind=HomeKind(provider=False)).provider_order(3, 4, 80, 300) is None


def test_a_firm_turns_to_the_provider_when_its_deadline_is_near_or_its_store_full() -> None:
    buyer = prosumer(-900, kind=FirmKind(deadline=100, patience=20))
    at = [interval for interval in range(75, 105) if buyer.provider_order(interval - 1, interval, 80, 300)]
    assert at == list(range(80, 101))
    seller = FirmKind(full=1000)
    assert prosumer(999, kind=seller).provider_order(3, 4, 80, 300) is None
    full = prosumer(1000, kind=seller).provider_order(3, 4, 80, 300)
    assert full is not None
    assert full.energy == 1000


def test_equal_seeds_give_equal_randomness_and_each_session_its_own() -> None:
    def draws(seeds: tuple[int, ...], **changes: Any) -> list[float]:
        brief = replace(brief_of(DOMAIN, selling=True, max_rounds=10), **changes)
        context = prosumer(1000, seeds=seeds).context(brief)
        assert context is not None
        return [float(draw) for draw in context.rng.random(3)]

    assert draws((1, 2)) == draws((1, 2))
    others = [
        draws((1, 3)),
        draws((1, 2), step=1),
        draws((1, 2), interval=5),
        draws((1, 2), counterpart=PROVIDER),
    ]
    assert all(other != draws((1, 2)) for other in others)


@pytest.mark.parametrize(
    ("wrong", "told"), [({"margin": -1}, "margin: found -1"), ({"threshold": 0.0}, "threshold: found 0.0")]
)
def test_wrong_settings_are_refused(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        prosumer(10, **wrong)


def test_a_changed_forecast_changes_the_position() -> None:
    forecast = Fixed(100)
    home = prosumer(100, forecaster=forecast)
    assert home.position(0, 4) == 100
    forecast.amount = -40
    assert home.position(1, 4) == -40
