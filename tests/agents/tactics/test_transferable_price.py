"""The Nash solution where a price moves gains from one side to the other: all that can be gained, split evenly.

With transferable gains the product (p·e − c(e))·(w(e) − p·e) is largest where w(e) − c(e) is, and there for equal halves
(J. Nash, "The bargaining problem", 1950: symmetry and efficiency).
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.strategy import Stake
from agents.tactics.bidding.nash import NashAiming
from agents.tactics.models.base import Perfect
from agents.tactics.utility import FloatArray, IntArray
from market.issues import Issue, trade_domain
from market.measures import kalai_smorodinsky, nash_solution, pareto_frontier
from market.session import Agreed
from market.utility import index_of, outcome_table, trade_gains
from tests.agents.tactics.table import play, seat_of, side


@given(st.integers(0, 50), st.integers(1, 40), st.integers(1, 30))
def test_between_two_tariffs_the_price_is_the_middle_and_the_amount_the_most(
    buy: int, half: int, most: int
) -> None:
    sell = buy + 2 * half
    domain = trade_domain(price=Issue("price", buy, sell), energy=Issue("energy", 1, most))
    seller, buyer = trade_gains(domain, buy_price=buy, sell_price=sell)
    middle = index_of(domain, (buy + half, most))
    assert nash_solution(seller, buyer) == middle
    assert kalai_smorodinsky(seller, buyer) == middle, "both could have all, so that it is the same"
    assert pareto_frontier(seller, buyer)[middle]


class Quadratic:
    """What is left of p·e to a seller with costs e², or of 40e − e² to a buyer, as a share of 200 (the most: below)."""

    def __init__(self, sense: int) -> None:
        self._sense = sense

    def gains(self, outcomes: IntArray) -> IntArray:
        paid, e = outcomes[:, 0] * outcomes[:, 1], outcomes[:, 1]
        gained: IntArray = paid - e**2 if self._sense > 0 else 40 * e - e**2 - paid
        return gained

    def of(self, outcomes: IntArray) -> FloatArray:
        return self.gains(outcomes) / 200


DOMAIN = trade_domain(price=Issue("price", 10, 30), energy=Issue("energy", 1, 20))


def test_with_costs_and_benefits_that_bend() -> None:
    # w − c = 40e − 2e² is largest at e = 10, with 200; halves of 100 each: p·10 − 100 = 100, p = 20.
    table = outcome_table(DOMAIN)
    fair = nash_solution(Quadratic(+1).gains(table), Quadratic(-1).gains(table))
    assert fair == index_of(DOMAIN, (20, 10))


@pytest.mark.parametrize("seller_opens", [True, False])
def test_a_session_of_two_that_aim_at_it_and_know_each_other_ends_there(seller_opens: bool) -> None:
    price, energy = DOMAIN.issues
    seller, buyer = Quadratic(+1), Quadratic(-1)
    # At prices of 10 to 30 and up to 10 units neither can lose: p·e ≥ 10e ≥ e² and 40e − e² ≥ 30e ≥ p·e.
    asks = (Stake(price, 10, 30, +1), Stake(energy, 1, 10, +1))
    bids = (Stake(price, 10, 30, -1), Stake(energy, 1, 10, +1))
    sides = [
        side(seat_of(asks, seller), NashAiming(), model=Perfect(buyer)),
        side(seat_of(bids, buyer), NashAiming(), model=Perfect(seller)),
    ]
    run = play(DOMAIN, *(sides if seller_opens else sides[::-1]), rounds=40)
    assert isinstance(run.outcome, Agreed)
    assert run.outcome.values == (20, 10)
    table = np.array([run.outcome.values])
    assert (seller.gains(table)[0], buyer.gains(table)[0]) == (100, 100)
