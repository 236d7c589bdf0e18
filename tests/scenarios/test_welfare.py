"""What a day was worth and what it cost; figures by hand."""

from market.records import DealRow
from scenarios.hosts import GasRow
from scenarios.report.welfare import balance, welfare_rows


def deal(seller: str, buyer: str, *, session: int, price: int, delivered: int) -> DealRow:
    provider_deal = session == 0
    return DealRow(
        session=session,
        interval=1,
        seller=seller,
        buyer=buyer,
        price=price,
        energy=delivered,
        position=0,
        delivered=delivered,
        paid=price * delivered,
        refunded=0,
        provider_buys=80,
        provider_sells=300,
        seller_gain=0 if provider_deal else (price - 80) * delivered,
        buyer_gain=0 if provider_deal else (300 - price) * delivered,
    )


DEALS = [
    deal("ash", "oak", session=1, price=200, delivered=10),  # gains 1200 and 1000
    deal("ash", "grid", session=0, price=80, delivered=50),
]


def test_gains_are_counted_where_they_arise() -> None:
    rows = {row.party: row for row in welfare_rows(DEALS, ["grid", "ash", "oak"], "grid")}
    assert (rows["ash"].sold, rows["ash"].gain_selling, rows["ash"].gain_buying) == (10, 1200, 0)
    assert (rows["oak"].bought, rows["oak"].gain_selling, rows["oak"].gain_buying) == (10, 0, 1000)
    assert set(rows) == {"ash", "oak"}


def test_setting_up_is_no_cost_of_a_deal() -> None:
    """400,000 gas for 2 deals at 5 wei; 2200 units of 1000 wei would be gone at 2,200,000 / 400,000 = 5.5 wei."""
    gas = [
        GasRow(kind="deploy", transactions=1, items=1, gas=9_000_000, fees_wei=45_000_000),
        GasRow(kind="record", transactions=1, items=1, gas=300_000, fees_wei=1_500_000),
        GasRow(kind="settle", transactions=1, items=2, gas=100_000, fees_wei=500_000),
    ]
    worth = balance(DEALS, welfare_rows(DEALS, ["ash", "oak"], "grid"), gas, wei_per_unit=1000)
    assert (worth.deals, worth.gain, worth.gas, worth.gas_per_deal) == (1, 2200, 400_000, 200_000)
    assert worth.fees == 2000
    assert worth.break_even_gwei == 5.5e-9


def test_a_ledger_without_gas_costs_nothing() -> None:
    worth = balance(DEALS, welfare_rows(DEALS, ["ash"], "grid"), [], wei_per_unit=1000)
    assert (worth.gas, worth.fees, worth.break_even_gwei) == (0, 0, 0)
