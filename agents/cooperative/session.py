"""NEGOTIATE-Contract within a period (Algorithm 1): two agents' spaces, one session, its loan committed, its record."""

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from agents.cooperative.exchange import Exchange
from agents.cooperative.record import SessionRecord
from agents.loans.domain import seen_by_peer
from agents.loans.fairness import nash_distances
from agents.loans.negotiation import Outcome, aspiration
from agents.loans.sessions import run_session

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What two agents bring to a session: shapes (nq, nt), all in the view of the one that opens."""

    a: int
    b: int
    u_a: FloatArray
    u_b: FloatArray
    no_deal: tuple[float, float]
    allowed: BoolArray
    deadline: int


class Bidding(Protocol):
    """How a session is bid; it may look at each side's own knowledge for that side alone."""

    def play(self, table: Table) -> tuple[Outcome, float, float]:
        """How the session ends, and the aspirations that the two sides came down to at most."""
        ...


@dataclass(frozen=True, slots=True)
class QuantileBidding:
    """The paper's: down the ordered space to a quantile of the utility (Definition 2, Algorithms 4 and 5).

    ``quantiles`` has one for each agent; ``literal`` leaves out the floor at no deal.
    """

    quantiles: tuple[float, ...]
    literal: bool = False

    def play(self, table: Table) -> tuple[Outcome, float, float]:
        """One session."""
        asp_a, asp_b = (
            aspiration(
                utilities,
                quantile=self.quantiles[agent],
                no_deal=no_deal,
                literal=self.literal,
                allowed=table.allowed,
            )
            for agent, utilities, no_deal in zip(
                (table.a, table.b), (table.u_a, table.u_b), table.no_deal, strict=True
            )
        )
        outcome = run_session(
            table.u_a, table.u_b, asp_a, asp_b, deadline=table.deadline, allowed=table.allowed
        )
        return outcome, asp_a, asp_b


def negotiate(
    exchange: Exchange, a: int, b: int, bidding: Bidding, *, literal_nash: bool = False, commit: bool = True
) -> SessionRecord:
    """Let `a` open a session with `b`; what they agree on is committed to the exchange (unless `commit` is False)."""
    space_a, space_b = exchange.spaces([a, b])
    u_a, u_b = space_a.utilities, seen_by_peer(space_b.utilities)
    allowed = exchange.allowed(a, b)
    outcome, asp_a, asp_b = bidding.play(
        Table(
            a=a,
            b=b,
            u_a=u_a,
            u_b=u_b,
            no_deal=(space_a.no_deal, space_b.no_deal),
            allowed=allowed,
            deadline=exchange.deadline,
        )
    )
    no_deal = (space_a.no_deal, space_b.no_deal)
    q, tau, reached = 0.0, 0, no_deal
    if outcome.contract is not None:
        q, tau = exchange.domain.contract(outcome.contract)
        reached = (float(u_a.flat[outcome.contract]), float(u_b.flat[outcome.contract]))
        if commit:
            exchange.commit(a, b, q, tau)
    fair = _fairness(exchange, u_a, u_b, no_deal, allowed, outcome.contract, literal_nash)
    return SessionRecord(
        period=exchange.period,
        a=a,
        b=b,
        agreed=outcome.contract is not None,
        q=q,
        tau=tau,
        rounds=outcome.rounds,
        accepted_by=-1 if outcome.accepted_by is None else (a, b)[outcome.accepted_by],
        utility_a=reached[0],
        utility_b=reached[1],
        no_deal_a=no_deal[0],
        no_deal_b=no_deal[1],
        aspiration_a=asp_a,
        aspiration_b=asp_b,
        nash_q=fair[0],
        nash_tau=fair[1],
        nash_a=fair[2],
        nash_b=fair[3],
        distance_agreement=fair[4],
        distance_no_deal=fair[5],
    )


def _fairness(
    exchange: Exchange,
    u_a: FloatArray,
    u_b: FloatArray,
    no_deal: tuple[float, float],
    allowed: BoolArray,
    agreement: int | None,
    literal: bool,
) -> tuple[float, int, float, float, float, float]:
    """Nash solution (q, τ, both utilities) and the distances of agreement and no deal to it.

    Only what the pair may agree on counts, for the solution as for the scale of the distances.
    """
    kept = np.flatnonzero(allowed)
    table_a, table_b = u_a.flat[kept], u_b.flat[kept]
    reached = None if agreement is None else int(np.searchsorted(kept, agreement))
    distances = nash_distances(table_a, table_b, *no_deal, agreement=reached, literal=literal)
    if distances is None:
        return 0.0, 0, *no_deal, math.nan, math.nan
    solution = distances.solution
    q, tau = exchange.domain.contract(int(kept[solution]))
    to_agreement = math.nan if distances.agreement is None else distances.agreement
    utilities = float(table_a[solution]), float(table_b[solution])
    return q, tau, *utilities, to_agreement, distances.no_deal
