"""What negotiating has brought an agent so far, reckoned from nothing but its own meter and its own forecast.

Beside its battery as it is, every agent keeps the course that its battery would have taken without any loan (strategy
s1): it knows its own net demand of the past, so it can. Its *balance* is what it is ahead of that course, realised and
still expected:

    balance = [ξ so far − ξ so far alone] + [EU of no deal now − EU of no deal from the state it would be in alone],

both EUs on the same forecast, the first with every leg owed or due. Expected gains of single loans do not do for this:
loans are agreed where forecasts flatter them, so their sum promises more than a week keeps.
"""

import numpy as np

from agents.cooperative.exchange import Exchange
from agents.cooperative.welfare import course_utility
from agents.loans.control import limits_of
from agents.loans.domain import LoanDomain
from agents.loans.space import contract_space

NO_LOANS = LoanDomain((0.0,), (1,))
"""Ω with no deal alone."""


class Accounts:
    """The accounts of all agents of a cooperative; each looks at its own alone."""

    def __init__(self, n: int) -> None:
        self._soc: list[list[float]] = [[] for _ in range(n)]
        self._flow: list[list[float]] = [[] for _ in range(n)]
        self._ahead = np.zeros(n)
        self._alone = np.zeros(n)

    def open_period(self, exchange: Exchange) -> None:
        """Carry the courses alone on to the exchange's period, and look ahead from them."""
        for i in range(exchange.n):
            self._go_on(exchange, i)
        self._alone[:] = exchange.each(lambda i: self._expected_alone(exchange, i), range(exchange.n))

    def balance(self, i: int, no_deal: float) -> float:
        """What agent `i` is ahead of s1 [kWh of utility], where no deal is now worth `no_deal` to it."""
        return float(self._ahead[i] + no_deal - self._alone[i])

    def _go_on(self, exchange: Exchange, i: int) -> None:
        model, past = exchange.member(i).model, exchange.past
        states, flows = self._soc[i], self._flow[i]
        if not states:
            states.append(float(past.soc[i, 0]))
        limits = limits_of(model.battery)
        for t in range(len(flows), past.net.shape[1]):
            after, flow = model.control.step(states[-1], float(past.net[i, t]), 0, limits)
            states.append(after)
            flows.append(flow)
        alone = np.array(flows)
        self._ahead[i] = course_utility(model, past.flow[i], past.residual[i], past.soc[i]) - course_utility(
            model, alone, past.net[i] + alone, np.array(states)
        )

    def _expected_alone(self, exchange: Exchange, i: int) -> float:
        space = contract_space(
            exchange.member(i).model,
            soc_kwh=self._soc[i][-1],
            needs=exchange.expected_net(i),
            domain=NO_LOANS,
        )
        return space.no_deal
