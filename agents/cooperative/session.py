"""NEGOTIATE-Contract within a period (Algorithm 1): two agents' spaces, one session, its loan committed, its record."""

import math

import numpy as np
from numpy.typing import NDArray

from agents.cooperative.exchange import Exchange
from agents.cooperative.record import SessionRecord
from agents.loans.domain import seen_by_peer
from agents.loans.fairness import nash_distances, nash_solution
from agents.loans.negotiation import aspiration
from agents.loans.sessions import run_session

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


def negotiate(
    exchange: Exchange, a: int, b: int, *, literal_aspiration: bool = False, literal_nash: bool = False
) -> SessionRecord:
    """Let `a` open a session with `b`; what they agree on is committed to the exchange."""
    space_a, space_b = exchange.spaces([a, b])
    u_a, u_b = space_a.utilities, seen_by_peer(space_b.utilities)
    allowed = exchange.allowed(a, b)
    asp_a, asp_b = (
        aspiration(
            table,
            quantile=exchange.member(agent).aspiration_quantile,
            no_deal=space.no_deal,
            literal=literal_aspiration,
            allowed=allowed,
        )
        for agent, table, space in ((a, u_a, space_a), (b, u_b, space_b))
    )
    outcome = run_session(u_a, u_b, asp_a, asp_b, deadline=exchange.deadline, allowed=allowed)
    no_deal = (space_a.no_deal, space_b.no_deal)
    q, tau, reached = 0.0, 0, no_deal
    if outcome.contract is not None:
        q, tau = exchange.domain.contract(outcome.contract)
        reached = (float(u_a.flat[outcome.contract]), float(u_b.flat[outcome.contract]))
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
    solution = nash_solution(table_a, table_b, *no_deal, literal=literal)
    if solution is None:
        return 0.0, 0, *no_deal, math.nan, math.nan
    reached = None if agreement is None else int(np.searchsorted(kept, agreement))
    distances = nash_distances(table_a, table_b, *no_deal, agreement=reached, literal=literal)
    assert distances is not None
    q, tau = exchange.domain.contract(int(kept[solution]))
    to_agreement = math.nan if distances.agreement is None else distances.agreement
    utilities = float(table_a[solution]), float(table_b[solution])
    return q, tau, *utilities, to_agreement, distances.no_deal
