"""Bids by vote: what a community bids, whether the market takes it, and who pays what for it."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.community.bid import Bid, BidRules, Hour, decide_bids, on_side, settle
from agents.community.community import Community
from agents.community.errors import BidError, MediatorError, StrategyNotAllowed
from agents.community.members import Kind, Member, Role
from agents.community.strategies import TeamStrategy
from agents.community.tactics import ByTime, Firm
from agents.community.voting import TEAM_STRATEGIES, team_strategy
from market.issues import Issue
from tests.agents.community.people import community, customer, negotiator, preferences

RULES = BidRules(prices=Issue("price", -100, 1000), step=100, rounds=10)


def pays(name: str, rate: int, **changes: object) -> Member:
    """A prosumer that pays, or is paid, ``rate`` so far at all hours and concedes evenly in 10 rounds."""
    changes = {
        "kind": Kind.PROSUMER,
        "old_rates": (rate, rate),
        "tactics": (ByTime(10), ByTime(10)),
        **changes,
    }
    return negotiator(name, preferences(), **changes)


def hour(expected: int, **energy: int) -> Hour:
    return Hour(block=0, energy=energy, expected=expected)


def bid(members: list[Member], one: Hour, strategy: str = "USV", rules: BidRules = RULES) -> Bid | None:
    (found,) = decide_bids(
        community(members), team_strategy(strategy), [one], rules, rng=np.random.default_rng(0), mediator="a"
    )
    return found


def test_who_agree_bid_what_they_expect_for_all_that_they_need() -> None:
    # Both open at 120, below their 200, with ⌈250 / 100⌉ = 3 steps, filled up to what they need.
    assert bid([pays("a", 200), pays("b", 200)], hour(120, a=150, b=100)) == Bid(True, 120, 250, 1)
    assert bid([pays("a", 200), pays("b", 200)], hour(260, a=-150, b=-100)) == Bid(False, 260, 250, 1)


def test_nobody_bids_beyond_its_old_rate() -> None:
    # a gains from 120, b, who pays 110, does not: it would bid 109 and nothing. They come closer until both have the steps and the
    # price that their own next offers are worth.
    found = bid([pays("a", 200), pays("b", 110)], hour(120, a=500, b=500), "SSV")
    assert found is not None
    assert found.price <= 200
    cautious = bid([pays("a", 110), pays("b", 110)], hour(120, a=500, b=500))
    assert cautious is None, "nobody wants a step"


def test_a_team_without_a_quota_does_not_bid() -> None:
    # a holds on to all at 120, b to nothing at 109: what one votes for the other does not.
    stubborn = [pays("a", 200, tactics=(Firm(), Firm())), pays("b", 110, tactics=(Firm(), Firm()))]
    assert bid(stubborn, hour(120, a=500, b=500)) is None
    assert bid(stubborn, hour(120, a=500, b=500), "RM") == Bid(True, 120, 1000, 1)


def test_an_hour_in_balance_has_no_bid() -> None:
    assert bid([pays("a", 200), pays("b", 200)], hour(120, a=500, b=-500)) is None
    assert bid([pays("a", 200), pays("b", 200)], hour(120, a=0, b=0)) is None


def test_only_those_on_the_side_of_the_balance_decide_and_carry_it() -> None:
    seller = pays("a", 50)
    members = [seller, pays("b", 200), pays("c", 200)]
    one = hour(120, a=-100, b=300, c=200)
    assert on_side(one) == {"b", "c"}
    # The mediator, a, feeds in: b, the larger of the others, speaks for them.
    found = bid(members, one)
    assert found == Bid(True, 120, 400, 1)
    paid = settle(community(members), one, found, 100)
    # 400 of b's and c's 500 at 100, the rest at 200; a has its 50 as ever.
    assert paid.paid == {
        "a": -5000,
        "b": Fraction(300 * 4, 5) * 100 + Fraction(300, 5) * 200,
        "c": Fraction(200 * 4, 5) * 100 + Fraction(200, 5) * 200,
    }
    assert paid.at_old_rates == {"a": -5000, "b": 60_000, "c": 40_000}


def test_where_nobody_on_the_side_negotiates_there_is_no_bid() -> None:
    members = [pays("a", 50), pays("b", 50), customer("c", preferences())]
    assert bid(members, hour(100, a=-100, b=-100, c=500)) is None


@pytest.mark.parametrize(
    ("offer", "price", "taken"),
    [
        (Bid(True, 120, 100, 1), 120, True),
        (Bid(True, 120, 100, 1), 121, False),
        (Bid(False, 120, 100, 1), 120, True),
        (Bid(False, 120, 100, 1), 119, False),
        (Bid(True, 0, 100, 1), -5, True),
    ],
)
def test_the_market_takes_a_bid_no_worse_than_its_price(offer: Bid, price: int, taken: bool) -> None:
    assert offer.accepted(price) is taken


@given(
    energies=st.lists(st.integers(-900, 900), min_size=2, max_size=5),
    rates=st.lists(st.integers(1, 300), min_size=5, max_size=5),
    expected=st.integers(-50, 300),
    clearing=st.integers(-50, 300),
    name=st.sampled_from(sorted(TEAM_STRATEGIES)),
)
@settings(max_examples=100, deadline=None)
def test_nothing_is_lost_between_members_and_no_bid_is_beyond_their_rates(
    energies: list[int], rates: list[int], expected: int, clearing: int, name: str
) -> None:
    members = [pays("abcde"[i], rates[i]) for i in range(len(energies))]
    one = hour(expected, **dict(zip("abcde", energies, strict=False)))
    found = bid(members, one, name)
    paid = settle(community(members), one, found, clearing)
    old = sum(paid.at_old_rates.values())
    assert old == sum(e * r for e, r in zip(energies, rates, strict=False))
    if not paid.accepted:
        assert paid.paid == paid.at_old_rates
        return
    assert found is not None
    assert 0 < found.energy <= abs(one.balance)
    side = [i for i in range(len(energies)) if energies[i] * one.balance > 0]
    # By hand: the market's bill, and the rest of those on its side at their old rates.
    share = Fraction(found.energy, sum(abs(energies[i]) for i in side))
    direction = 1 if one.balance > 0 else -1
    rest = sum(energies[i] * rates[i] * ((1 - share) if i in side else 1) for i in range(len(energies)))
    assert sum(paid.paid.values()) == direction * found.energy * clearing + rest
    # Nobody proposes beyond its rate: a bid to buy is at most the dearest rate, one to sell at least the cheapest.
    assert direction * found.price <= max(direction * rates[i] for i in side)


def test_what_cannot_be_bid_is_refused() -> None:
    two = [pays("a", 200), pays("b", 200)]
    for changes in ({"step": 0}, {"rounds": 0}, {"weight_of_price": 1.5}):
        with pytest.raises(BidError):
            BidRules(**{"prices": RULES.prices, "step": 1, "rounds": 1, **changes})  # type: ignore[arg-type]
    with pytest.raises(BidError, match="energy"):
        bid(two, hour(100, a=1))
    with pytest.raises(BidError, match="block"):
        bid(two, Hour(block=2, energy={"a": 1, "b": 1}, expected=0))
    alone = [pays("a", 200), customer("b", preferences())]
    with pytest.raises(StrategyNotAllowed):
        bid(alone, hour(100, a=1, b=1))
    with pytest.raises(MediatorError):
        decide_bids(
            Community(name="us", members=(*two, customer("c", preferences(), Role.DEPENDENT))),
            team_strategy("RM"),
            [],
            RULES,
            rng=np.random.default_rng(0),
            mediator="c",
        )


def test_a_strategy_that_fails_does_not_bid() -> None:
    class Broken(TeamStrategy):
        name = "broken"

        def decide(self, meeting: object) -> object:  # type: ignore[override]
            raise RuntimeError

    found = decide_bids(
        community([pays("a", 200), pays("b", 200)]),
        Broken(),
        [hour(100, a=1, b=1)],
        RULES,
        rng=np.random.default_rng(0),
        mediator="a",
    )
    assert found == (None,)
