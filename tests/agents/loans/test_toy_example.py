"""The toy example of section 4.4, replayed: offers, answers, and what the agreement does to both homes.

Intervals of an hour, a horizon of 5; net demands as in the paper, known for certain. The paper fixes neither batteries nor
weights nor aspirations; these are chosen so that its offers are each agent's best, and 80 % is its usual quantile.
The paper states an offer from its maker's side: A's ω = (−0.5, 2) asks for 0.5 kWh, B's ω = (1, 4) gives 1 kWh. Here an
index is in A's view, so B's offer is (−1, 4).
"""

import numpy as np

from agents.loans.domain import LoanDomain, seen_by_peer
from agents.loans.model import ProsumerModel
from agents.loans.negotiation import Negotiator, aspiration, negotiate_contract, offerable
from agents.loans.sessions import run_session
from agents.loans.space import contract_space
from energy.battery import Battery

NET_A = np.array([[1.0, 1, -2, 1, -1]])
NET_B = np.array([[-2.0, 1, -1, -1, 2]])
DOMAIN = LoanDomain((-1.0, -0.5, 0.0, 0.5, 1.0), (1, 2, 3, 4))

BATTERY_A = Battery(
    capacity_kwh=5, hi=1.0, efficiency=0.64, charge_limit_kw=2.0, discharge_limit_kw=0.5, interval_h=1.0
)
BATTERY_B = Battery(capacity_kwh=1, efficiency=0.64, interval_h=1.0)


def _tables() -> tuple[np.ndarray, np.ndarray, float, float]:
    a = contract_space(
        ProsumerModel(BATTERY_A, weights=(0.25, 0.75)), soc_kwh=5.0, needs=NET_A, domain=DOMAIN
    )
    b = contract_space(ProsumerModel(BATTERY_B, weights=(0.5, 0.5)), soc_kwh=0.2, needs=NET_B, domain=DOMAIN)
    # To 9 decimals, as the cooperative does: contracts that change nothing are worth exactly no deal.
    return (
        np.round(a.utilities, 9),
        np.round(seen_by_peer(b.utilities), 9),
        round(a.no_deal, 9),
        round(b.no_deal, 9),
    )


def test_the_offers_and_answers_are_the_papers() -> None:
    u_a, u_b, no_deal_a, no_deal_b = _tables()
    offers = np.flatnonzero(offerable(u_a, u_b, None))
    a = Negotiator(u_a.ravel(), aspiration(u_a, quantile=0.8, no_deal=no_deal_a), offers)
    b = Negotiator(u_b.ravel(), aspiration(u_b, quantile=0.8, no_deal=no_deal_b), offers)

    first = a.make_offer()
    assert first is not None
    assert DOMAIN.contract(first) == (-0.5, 2)
    assert not b.accept_offer(first)

    second = b.make_offer()
    assert second is not None
    assert DOMAIN.contract(second) == (-1.0, 4)  # B's ω = (1, 4)
    assert a.accept_offer(second)


def test_algorithm_1_ends_in_round_two_and_the_agreement_lies_in_both_aspiration_regions() -> None:
    u_a, u_b, no_deal_a, no_deal_b = _tables()
    asp_a = aspiration(u_a, quantile=0.8, no_deal=no_deal_a)
    asp_b = aspiration(u_b, quantile=0.8, no_deal=no_deal_b)
    outcome = negotiate_contract(u_a, u_b, asp_a, asp_b)
    assert outcome == run_session(u_a, u_b, asp_a, asp_b)
    assert outcome.contract is not None
    assert DOMAIN.contract(outcome.contract) == (-1.0, 4)
    assert (outcome.rounds, outcome.accepted_by) == (2, 0)
    assert u_a.flat[outcome.contract] > asp_a
    assert u_b.flat[outcome.contract] > asp_b


def test_the_exchange_vectors_are_those_of_eq_5() -> None:
    # Eq. 5 in both views: ex(t) = q, ex(t + τ) = −q; the needs that follow by hand from the net demands of the paper.
    q, tau = DOMAIN.contract(3)
    exchange = np.zeros(5)
    exchange[0], exchange[tau] = q, -q
    assert exchange.tolist() == [-1, 0, 0, 0, 1]
    assert (NET_A + exchange).tolist() == [[0, 1, -2, 1, 0]]
    assert (NET_B - exchange).tolist() == [[-1, 1, -1, -1, 1]]
    # And what the two spaces say of the contract is the utility of exactly these needs.
    u_a, u_b, _, _ = _tables()
    for table, battery, weights, soc, needs in (
        (u_a, BATTERY_A, (0.25, 0.75), 5.0, NET_A + exchange),
        (u_b, BATTERY_B, (0.5, 0.5), 0.2, NET_B - exchange),
    ):
        after = contract_space(
            ProsumerModel(battery, weights=weights), soc_kwh=soc, needs=needs, domain=DOMAIN
        )
        assert abs(after.no_deal - table.flat[3]) < 1e-8
