"""An agent's account: nothing without loans, and by hand what one loan brought."""

from collections.abc import Sequence

import numpy as np
import pytest

from agents.cooperative.accounts import Accounts
from agents.cooperative.exchange import Exchange
from agents.cooperative.mechanism import Negotiations
from agents.cooperative.record import SessionRecord
from agents.cooperative.week import simulate
from agents.cooperative.welfare import performance
from agents.loans.space import contract_space
from tests.agents.cooperative.worlds import SMALL, homes, needs, small_plan

N = 3


class Watched:
    """Commits the loans of a script, (period, i, j, q, tau), and keeps everybody's balance at each period's start."""

    def __init__(self, loans: Sequence[tuple[int, int, int, float, int]]) -> None:
        self.loans = loans
        self.accounts = Accounts(N)
        self.balances: list[list[float]] = []
        self.ahead: list[list[float]] = []

    def begin(self, n: int) -> Negotiations:
        return self

    def negotiate(self, exchange: Exchange) -> Sequence[SessionRecord]:
        self.accounts.open_period(exchange)
        no_deals = [exchange.space(i).no_deal for i in range(N)]
        self.balances.append([self.accounts.balance(i, no_deals[i]) for i in range(N)])
        for period, i, j, q, tau in self.loans:
            if period == exchange.period:
                exchange.commit(i, j, q, tau)
        return ()


def play(loans: Sequence[tuple[int, int, int, float, int]]) -> tuple[Watched, np.ndarray]:
    watched = Watched(loans)
    members, plan, net = homes(N), small_plan(periods=12), needs(N, 18)
    with_loans = simulate(members, net_kwh=net, plan=plan, mechanism=watched, seed=3)
    alone = simulate(members, net_kwh=net, plan=plan, seed=3)
    return watched, performance(members, with_loans) - performance(members, alone)


def test_without_loans_nobody_is_ahead_or_behind() -> None:
    watched, gained = play([])
    np.testing.assert_allclose(watched.balances, 0.0, atol=1e-9)
    np.testing.assert_array_equal(gained, 0.0)


def test_only_the_parties_of_a_loan_are_touched_and_the_last_balance_is_what_the_week_brought() -> None:
    # Both legs are over by period 6; from then on the two courses of a home may differ in their state of charge alone.
    watched, gained = play([(2, 0, 1, 0.4, 4)])
    balances = np.array(watched.balances)
    np.testing.assert_allclose(balances[:3], 0.0, atol=1e-9)
    np.testing.assert_allclose(balances[:, 2], 0.0, atol=1e-9)
    assert np.abs(balances[3:, :2]).max() > 0.01
    assert gained[2] == 0.0


def test_a_balance_is_realised_and_expected_advantage_by_the_definition() -> None:
    loan = (2, 0, 1, 0.4, 4)
    members, plan, net = homes(N), small_plan(periods=12), needs(N, 18)
    alone = simulate(members, net_kwh=net, plan=plan, seed=3)
    found: list[float] = []

    class Checked(Watched):
        def negotiate(self, exchange: Exchange) -> Sequence[SessionRecord]:
            super().negotiate(exchange)
            if exchange.period == 5:
                model, t = members[0].model, 5
                # ξ so far: the criteria's costs by hand (C1 with Θ back to the first state, C2).
                xi = []
                for flow, residual, soc in (
                    (exchange.past.flow[0], exchange.past.residual[0], exchange.past.soc[0]),
                    (alone.flow[0, :t], alone.residual[0, :t], alone.soc[0, : t + 1]),
                ):
                    eta, short = model.battery.one_way_efficiency, soc[0] - soc[-1]
                    theta = short / eta if short > 0 else short * eta
                    c1, c2 = flow.sum() + theta, np.abs(residual).sum()
                    xi.append(-(model.weights[0] * c1 + model.weights[1] * c2))
                expected_alone = contract_space(
                    model, soc_kwh=float(alone.soc[0, t]), needs=exchange.expected_net(0), domain=SMALL
                ).no_deal
                found.append(xi[0] - xi[1] + exchange.space(0).no_deal - expected_alone)
            return ()

    checked = Checked([loan])
    simulate(members, net_kwh=net, plan=plan, mechanism=checked, seed=3)
    assert checked.balances[5][0] == pytest.approx(found[0], abs=1e-8)
