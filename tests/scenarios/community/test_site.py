"""A community's place: what its members have together, and how they work for its deals; figures by hand."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from energy.battery import Battery
from energy.forecast import PERFECT
from market.records import DealRow
from scenarios.community.shares import share_rows
from scenarios.community.site import CommunitySite, parts, shared
from scenarios.sites import HomeSite

NO_BATTERY = Battery(capacity_kwh=0.0)
LOSSLESS = Battery(
    capacity_kwh=2.0, lo=0.0, hi=1.0, charge_limit_kw=4.0, discharge_limit_kw=4.0, efficiency=1.0
)


def home(
    name: str, *, load: list[float], pv: list[float], battery: Battery = NO_BATTERY, soc: float = 0.0
) -> HomeSite:
    return HomeSite(
        name=name,
        load_kwh=np.array(load),
        pv_kwh=np.array(pv),
        envelope_kwh=np.array(pv) * 1.5,
        battery=battery,
        soc_kwh=soc,
        error=PERFECT,
        rating_wh=2500,
        seeds=(1, 2),
    )


def community(*members: HomeSite, rating: int = 5000) -> CommunitySite:
    return CommunitySite(name="orchard", members=members, rating_wh=rating)


def test_it_has_what_its_members_have_together_and_its_meter_reads_their_sum() -> None:
    site = community(home("a", load=[0.1, 0.2], pv=[0.5, 0.0]), home("b", load=[0.3, 0.1], pv=[0.0, 0.0]))
    assert [site.net(i - 1, i) for i in range(2)] == [400 - 300, -200 - 100]
    assert [site.realise(i) for i in range(2)] == [(100, 0), (0, 300)]
    assert site.read == {"a": [(400, 0), (0, 200)], "b": [(0, 300), (0, 100)]}
    assert site.register("a") == (400, 200)


def test_its_meter_reads_no_more_than_its_rating() -> None:
    site = community(home("a", load=[0.0], pv=[2.0]), home("b", load=[0.0], pv=[2.0]), rating=3000)
    assert site.net(-1, 0) == 3000
    assert site.realise(0) == (3000, 0)


def test_a_battery_gives_what_the_community_sold_though_another_member_draws() -> None:
    """Ann's battery is full. She is expected to have 500 Wh over, Eve lacks 100, the community sells 300: Ann's part is 400.
    Then the sun gives her 200 only, and her battery makes up for the rest."""
    ann = home("ann", load=[0.0], pv=[0.5], battery=LOSSLESS, soc=2.0)
    site = community(ann, home("eve", load=[0.1], pv=[0.0]))
    assert site.net(-1, 0) == 400
    site.plan(0, 300)
    ann.pv_kwh[0] = 0.2
    assert site.realise(0) == (300, 0)
    assert site.read == {"ann": [(400, 0)], "eve": [(0, 100)]}
    assert ann.soc_kwh == 2.0 - 0.2


def test_what_is_traded_in_parts_is_shared_as_if_at_once() -> None:
    one, other = (community(home("a", load=[0.0], pv=[0.3]), home("b", load=[0.0], pv=[0.1])) for _ in "ab")
    for site in (one, other):
        site.net(-1, 0)
    one.plan(0, 150)
    one.plan(0, 250)
    other.plan(0, 400)
    assert one.members[0].planned_wh == other.members[0].planned_wh == {0: 300}


@given(st.integers(-(10**6), 10**6), st.lists(st.integers(-(10**5), 10**5), min_size=1, max_size=6))
def test_parts_are_whole_and_sum_to_what_was_traded(total: int, expected: list[int]) -> None:
    found = parts(total, expected)
    assert sum(found) == total
    if total and any(amount * total > 0 for amount in expected):
        for part, amount in zip(found, expected, strict=True):
            assert part == amount if amount * total < 0 else part * total >= 0


def test_parts_by_hand() -> None:
    assert parts(0, [300, -100]) == (0, 0)
    assert parts(200, [300, -100]) == (300, -100)
    assert parts(100, [300, 100, -200]) == (225, 75, -200)
    assert parts(-3, [5, 0]) == (-2, -1)  # nobody needs anything: all alike, the first one more


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**6), min_size=1, max_size=8).filter(any))
def test_shares_are_whole_within_one_of_their_proportion_and_sum_up(total: int, weights: list[int]) -> None:
    found = shared(total, weights)
    assert sum(found) == total
    for part, weight in zip(found, weights, strict=True):
        assert abs(part * sum(weights) - total * weight) < sum(weights)
        assert weight or not part


def deal(seller: str, buyer: str, interval: int, paid: int) -> DealRow:
    zeros = dict.fromkeys(
        (
            "session",
            "price",
            "energy",
            "position",
            "delivered",
            "refunded",
            "provider_buys",
            "provider_sells",
        ),
        0,
    )
    return DealRow(
        seller=seller, buyer=buyer, interval=interval, paid=paid, seller_gain=0, buyer_gain=0, **zeros
    )


def test_proceeds_go_by_what_was_fed_in_and_costs_by_what_was_drawn() -> None:
    """A fed in 300 Wh of 400 and drew 40 of 160; the community is paid 1010 and pays 80."""
    site = community(home("a", load=[], pv=[]), home("b", load=[], pv=[]))
    site.read = {"a": [(300, 0), (0, 40)], "b": [(0, 120), (100, 0)]}
    deals = [deal("orchard", "oak", 0, 1000), deal("grid", "orchard", 1, 80), deal("orchard", "grid", 2, 10)]
    rows = share_rows([site], [*deals, deal("oak", "grid", 2, 5)])
    assert [(row.member, row.exported, row.imported) for row in rows] == [("a", 300, 40), ("b", 100, 120)]
    # Three quarters of 1010 are 757.5: of the two halves left over the first gets the token unit.
    assert [(row.proceeds, row.costs) for row in rows] == [(758, 20), (252, 60)]


def test_what_no_register_tells_apart_is_shared_alike() -> None:
    site = community(home("a", load=[], pv=[]), home("b", load=[], pv=[]))
    assert [row.proceeds for row in share_rows([site], [deal("orchard", "oak", 0, 11)])] == [6, 5]
