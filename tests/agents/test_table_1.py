"""Table 1 of the eco-industrial park paper, negotiated issue by issue: its result, and the way there.

Every expected number is calculated here by hand or in decimals, never by the code under test:
price of the buyer   20 + 60·(t/20)²: 20, 20.6, 22.4, 25.4, 29.6, 35 at t = 0, 2, …, 10, rounded up;
price of the seller  80 − 60·√(t/20): 66.58, 56.76, 50, 44.50, 39.75, 35.503 at t = 1, 3, …, 11, rounded down;
amount of the buyer  150 − 150·(t/20)²: 150, 148.5, 144, 136.5, 126, 112.5, 96 at t = 0, 2, …, 12, rounded down;
amount of the seller 100: the buyer asks for more, so it does not concede.
"""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import pytest

from agents.prosumer import FirmKind
from market.measures import pie_of
from market.session import OPENER, Agreed
from market.terms import Lock
from tests.agents.park import BIOGAS, FOUNDRY, meet, prosumer, table_1

BUYER_PRICES = [20, 21, 23, 26, 30, 35]
SELLER_PRICES = [66, 56, 50, 44, 39, 35]
BUYER_AMOUNTS = [150, 148, 144, 136, 126, 112]


def test_the_hand_calculation_in_decimals() -> None:
    def share(t: int) -> Decimal:
        return Decimal(t) / 20

    def whole(value: Decimal, rounding: str) -> int:
        return int(value.to_integral_value(rounding=rounding))

    even, odd = range(0, 11, 2), range(1, 12, 2)
    assert [whole(20 + 60 * share(t) ** 2, ROUND_CEILING) for t in even] == BUYER_PRICES
    assert [whole(80 - 60 * share(t).sqrt(), ROUND_FLOOR) for t in odd] == SELLER_PRICES
    assert [whole(150 - 150 * share(t) ** 2, ROUND_FLOOR) for t in even] == BUYER_AMOUNTS
    assert 150 - 150 * share(12) ** 2 == 96, "at step 12 the buyer takes 100 m³: more than its own 96"
    assert round(80 - 60 * share(11).sqrt(), 1) == Decimal("35.5"), "and at step 11 the seller takes 35"
    assert 80 - 60 * share(9).sqrt() > 39 > 30, "but not at step 9 the buyer's 30"


@pytest.mark.parametrize("unit", [1, 1000], ids=["tokens and m³", "token units and litres"])
def test_the_papers_result_step_by_step(unit: int) -> None:
    seller, buyer, domain = table_1(unit)
    run = meet(seller, buyer, domain, max_rounds=22)
    assert run is not None
    made = [(o.round, o.values[0] // unit, o.values[1] // unit, o.locked) for o in run.trace]
    buys = [(2 * i, BUYER_PRICES[i], BUYER_AMOUNTS[i], 0) for i in range(6)]
    sells = [(2 * i + 1, SELLER_PRICES[i], 100, 0) for i in range(5)]
    # Step 11: the price is agreed at the buyer's 35; step 12: the buyer takes the 100 m³, and with it the whole.
    assert made == sorted([*buys, *sells, (11, 35, 100, int(Lock.PRICE))])
    assert run.outcome == Agreed((35 * unit, 100 * unit), OPENER)


def test_it_is_worth_3500_tokens_against_2000_and_8000_and_leaves_50_short() -> None:
    seller, buyer, domain = table_1()
    run = meet(seller, buyer, domain, max_rounds=22)
    assert run is not None
    assert isinstance(run.outcome, Agreed)
    price, energy = run.outcome.values
    assert price * energy == 3500
    pie = pie_of(price=price, delivered=energy, buy_price=20, sell_price=80)
    assert (3500 - pie.seller, 3500 + pie.buyer) == (2000, 8000)
    assert -buyer.position(0, 4) - energy == 50


def test_rounded_to_the_nearest_the_seller_would_not_have_taken_35() -> None:
    # Why values are rounded the way their owner concedes: 35.503 is nearest to 36, and the paper's agreement is 35.
    assert round(80 - 60 * (11 / 20) ** 0.5) == 36


def test_the_seller_may_as_well_be_told_to_hold_its_100() -> None:
    told = {**BIOGAS, "energy": {"ip": 100, "rp": 100, "dl": 20, "cr": 2.0}}
    _, buyer, domain = table_1()
    holding = meet(prosumer(100, "concession", told, kind=FirmKind()), buyer, domain, max_rounds=22)
    seller, buyer, _ = table_1()
    by_itself = meet(seller, buyer, domain, max_rounds=22)
    assert holding is not None
    assert by_itself is not None
    assert holding.trace == by_itself.trace


def test_whole_packages_end_in_the_same_deal() -> None:
    # At step 11 the seller's own offer is (35, 100); at step 12 both are no worse than the buyer's 41.6 and 96.
    seller, buyer, domain = table_1()
    run = meet(seller, buyer, domain, max_rounds=22, issue_by_issue=False)
    assert run is not None
    assert run.outcome == Agreed((35, 100), OPENER)


def test_swapped_patience_favours_the_seller() -> None:
    # With the concession rates exchanged the curves are each other's mirror: 80 − 60·(t/20)² and 20 + 60·√(t/20).
    # Seller 80 − 60·0.2025 = 67.85 at 9, 61.85 at 11; buyer 62.43 at 10, so up to 63: the seller takes 63 at 11.
    swapped = {"price": {"ip": 80, "rp": 20, "dl": 20, "cr": 0.5}, "energy": {"cr": 0.5}}
    eager = {"price": {**FOUNDRY["price"], "cr": 2.0}, "energy": FOUNDRY["energy"]}
    _, _, domain = table_1()
    run = meet(
        prosumer(100, "concession", swapped, kind=FirmKind()),
        prosumer(-150, "concession", eager, kind=FirmKind(deadline=350)),
        domain,
        max_rounds=22,
    )
    assert run is not None
    assert run.outcome == Agreed((63, 100), OPENER)
