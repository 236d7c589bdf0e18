"""Chatterjee and Samuelson's double auction, played through our session with exact integers.

Values and costs i/n, j/n with i, j = 0..n−1 drawn evenly stand for the uniform ones. Trade is where i − j ≥ n/4, so that
the mean gain is Σ_{d=n/4}^{n} d(n − d)/n³, which by Euler and Maclaurin (the sum is of a quadratic, so exactly) is
∫ + f(n/4)/2 + (f'(n) − f'(n/4))/12 = 9/64 + 3/(32n) − 1/(8n²): 9/64 for uniform values. All that could be gained is
1/6 − 1/(6n²).
"""

from fractions import Fraction

import pytest

from agents.tactics.theory.double_auction import SealedPrice, ask_of, bid_of, price_of
from market.issues import Domain, Issue
from market.measures import pie_of
from market.session import Agreed
from tests.agents.tactics.table import play

N = 24
SCALE = 24 * N
"""Prices are in units of 1/(24 n): bids, asks and their middles are whole numbers."""
PRICE = Issue("price", 0, SCALE)
DOMAIN = Domain((PRICE,))


def traded(value: Fraction, cost: Fraction, *, buyer_opens: bool) -> int | None:
    """The price at which the two of the linear equilibrium trade, if they do."""
    buyer = SealedPrice(price_of(bid_of(value), PRICE), -1)
    seller = SealedPrice(price_of(ask_of(cost), PRICE), +1)
    sides = (buyer, seller) if buyer_opens else (seller, buyer)
    run = play(DOMAIN, *sides, rounds=2)
    return run.outcome.values[0] if isinstance(run.outcome, Agreed) else None


@pytest.mark.parametrize("buyer_opens", [True, False])
def test_they_trade_where_the_value_is_a_quarter_above_the_cost_and_share_9_64(buyer_opens: bool) -> None:
    gained = possible = Fraction(0)
    for i in range(N):
        for j in range(N):
            price = traded(Fraction(i, N), Fraction(j, N), buyer_opens=buyer_opens)
            assert (price is not None) == (i - j >= N // 4), (i, j)
            possible += Fraction(max(0, i - j), N**3)
            if price is not None:
                pie = pie_of(price=price, delivered=1, buy_price=24 * j, sell_price=24 * i)
                assert min(pie.seller, pie.buyer) >= 0
                # Bid (16i + 2n) and ask (16j + 6n) in units of 1/(24n), and their middle.
                assert price == 8 * i + 8 * j + 4 * N
                gained += Fraction(pie.total, SCALE * N**2)
    assert gained == Fraction(9, 64) + Fraction(3, 32 * N) - Fraction(1, 8 * N**2)
    assert possible == Fraction(1, 6) - Fraction(1, 6 * N**2)


@pytest.mark.parametrize("i", [8, 12, 15, 18, 23])
def test_no_other_bid_gains_a_buyer_more_against_the_theoretical_seller(i: int) -> None:
    # Its payoff is (v − (b + s)/2) over the asks s ≤ b, uniform in [1/4, 11/12]: on 24 costs the best is within a step.
    gains = {}
    for b in range(0, SCALE + 1, 8):
        total = 0
        for j in range(N):
            seller = SealedPrice(price_of(ask_of(Fraction(2 * j + 1, 2 * N)), PRICE), +1)
            run = play(DOMAIN, SealedPrice(b, -1), seller, rounds=2)
            if isinstance(run.outcome, Agreed):
                total += 24 * i - run.outcome.values[0]
        gains[b] = total
    best = max(gains, key=lambda b: gains[b])
    assert abs(best - price_of(bid_of(Fraction(i, N)), PRICE)) <= 16, "one ask further is 16 units"


def test_nobody_bids_or_asks_at_a_loss() -> None:
    for k in range(101):
        share = Fraction(k, 100)
        assert bid_of(share) <= share <= ask_of(share)
    assert bid_of(Fraction(1)) == Fraction(3, 4)
    assert ask_of(Fraction(0)) == Fraction(1, 4)
