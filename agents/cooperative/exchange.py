"""One period as a mechanism sees it: the agents' contract spaces, what their links allow, and the pool to commit to.

The view holds both sides of every negotiation, because it simulates both. What an agent may use is its own contract
space and what it was offered; a mechanism that keeps to that says so, and an oracle (as the one behind the historical
distance to Nash) is named as one.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from agents.cooperative.members import Member
from agents.cooperative.outlook import agent_rng, expected_net, period_rng
from agents.cooperative.plan import WeekPlan
from agents.cooperative.pool import ExchangePool
from agents.loans.domain import LoanDomain
from agents.loans.space import ContractSpace, contract_space

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

DIGITS = 9
"""Decimals of a utility that count [kWh]. A loan that changes nothing is worth exactly no deal then; the last bits of a
sum, which differ from kernel to kernel, would else decide whether it is agreed."""

T = TypeVar("T")


class Map(Protocol):
    """``map`` over agents, by however many workers."""

    def __call__(self, function: Callable[[int], T], agents: Iterable[int], /) -> Iterable[T]: ...


@dataclass(frozen=True, slots=True)
class Past:
    """How it went until now, rows of agents: net demand, flow and residual of shape (n, t), states (n, t + 1) [kWh].

    An agent may look at its own row.
    """

    net: FloatArray
    flow: FloatArray
    residual: FloatArray
    soc: FloatArray


class Exchange:
    """The negotiations of one period.

    Attributes
    ----------
    period : int
        The interval that the loans start in.
    past : Past
    rng : Generator
        For everything that chance decides in this period, the same whatever the number of workers.
    """

    def __init__(
        self,
        *,
        members: Sequence[Member],
        plan: WeekPlan,
        pool: ExchangePool,
        period: int,
        net_kwh: FloatArray,
        past: Past,
        seed: int,
        map_: Map,
    ) -> None:
        self.period = period
        self.past = past
        self.rng: Generator = period_rng(seed, period)
        self._members = members
        self._plan = plan
        self._pool = pool
        self._net = net_kwh
        self._seed = seed
        self._map = map_
        self._expected: dict[int, FloatArray] = {}
        self._spaces: dict[int, ContractSpace] = {}
        self._returns = plan.domain.returning_by(plan.periods - 1 - period)

    @property
    def n(self) -> int:
        """Number of agents."""
        return len(self._members)

    @property
    def domain(self) -> LoanDomain:
        """Ω."""
        return self._plan.domain

    @property
    def deadline(self) -> int:
        """Most rounds of a session."""
        return self._plan.deadline

    def member(self, i: int) -> Member:
        """Agent `i`; its weights and its aspiration are its own knowledge."""
        return self._members[i]

    def space(self, i: int) -> ContractSpace:
        """Agent `i`'s contract space as of now, with every leg still owed or due in its needs (Algorithms 2 and 3)."""
        return self.spaces([i])[0]

    def spaces(self, agents: Sequence[int]) -> list[ContractSpace]:
        """The contract spaces of `agents` as of now, computed by all workers; each is computed once until it commits."""
        missing = [i for i in dict.fromkeys(agents) if i not in self._spaces]
        self._spaces.update(zip(missing, self._map(self._compute, missing), strict=True))
        return [self._spaces[i] for i in agents]

    def each(self, function: Callable[[int], T], agents: Sequence[int]) -> list[T]:
        """What compiled `function` says of each of `agents`, by all workers."""
        return list(self._map(function, agents))

    def needs(self, i: int) -> FloatArray:
        """What agent `i` expects to need, shape (scenarios, horizon) [kWh]: net demand plus legs (Eq. 11)."""
        needs: FloatArray = self.expected_net(i) + self._pool.ahead(i, self.period, self._plan.horizon)
        return needs

    def expected_net(self, i: int) -> FloatArray:
        """Its net demand alone as agent `i` expects it, shape (scenarios, horizon) [kWh] (Eq. 10)."""
        if i not in self._expected:
            truth = self._net[i, self.period : self.period + self._plan.horizon]
            rng = agent_rng(self._seed, i, self.period)
            self._expected[i] = expected_net(self._members[i], truth, count=self._plan.scenarios, rng=rng)
        return self._expected[i]

    def soc_kwh(self, i: int) -> float:
        """State of charge of agent `i`'s battery at the start of the period [kWh]."""
        return float(self.past.soc[i, -1])

    def allowed(self, i: int, j: int) -> BoolArray:
        """Contracts, seen from `i`, that return within the week and keep Eq. 6, shape (quantities, return times).

        Both legs count, each with what the pair agreed for that interval before.
        """
        limits = self._plan.links.most_kwh
        if limits is None:
            return self._returns
        most = limits[i, j] + 1e-12
        quantities = np.asarray(self.domain.quantities)[:, np.newaxis]
        now = self._pool.between(i, j, self.period)
        back = [self._pool.between(i, j, self.period + tau) for tau in self.domain.return_times]
        first = np.abs(now + quantities) <= most
        second = np.abs(np.asarray(back) - quantities) <= most
        kept: BoolArray = self._returns & first & second
        return kept

    def commit(self, i: int, j: int, q: float, tau: int) -> None:
        """`i` gives `j` `q` kWh now and has them back `tau` intervals later (IMPLEMENT-Agreed-Contract, Eq. 5).

        Raises
        ------
        ValueError
            If the loan is outside the domain, returns after the week, or breaks Eq. 6.
        """
        row, column = self.domain.quantities.index(q), self.domain.return_times.index(tau)
        if not self.allowed(i, j)[row, column]:
            raise ValueError(
                f"a loan of {q} kWh for {tau} intervals, expected one that the week and the link allow"
            )
        self._pool.commit(i, j, self.period, q, tau)
        self._spaces.pop(i, None)
        self._spaces.pop(j, None)

    def _compute(self, i: int) -> ContractSpace:
        space = contract_space(
            self._members[i].model, soc_kwh=self.soc_kwh(i), needs=self.needs(i), domain=self.domain
        )
        return ContractSpace(np.round(space.utilities, DIGITS), round(space.no_deal, DIGITS))
