"""A match whose every figure can be worked out on paper."""

from learning.judging.domains import Limits, Match
from market.issues import Issue, trade_domain

MATCH = Match(
    number=0,
    domain=trade_domain(price=Issue("price", 10, 20), energy=Issue("energy", 1, 4)),
    limits=(Limits(reservation=12, least=1, most=4), Limits(reservation=18, least=1, most=3)),
    max_rounds=10,
    seller_opens=True,
    issue_by_issue=False,
)
"""Gains: the seller's is (price − 11) × energy / 36 (nine prices from 12 to 20, at most 4), the buyer's
(19 − price) × energy / 27 (nine from 18 to 10, at most 3). Possible: 12 to 18 for 1 to 3; efficient: all that move 3."""
