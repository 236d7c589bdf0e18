"""Drawn matches: something to agree on in each, and the same ones however many are drawn."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.judging.domains import BUYER, SELLER, Limits, Match, draw_match
from learning.judging.errors import JudgingError
from learning.judging.matches import draw_matches
from tests.learning.judging.by_hand import MATCH


@given(st.integers(0, 500), st.integers(0, 50))
def test_every_drawn_match_has_outcomes_that_gain_both(number: int, seed: int) -> None:
    match = draw_match(number, seed)
    price, energy = match.domain.issues
    for side in (SELLER, BUYER):
        limits = match.limits[side]
        assert limits.reservation in price
        assert limits.least in energy
        assert limits.most in energy
        assert sum(limits.weights) == pytest.approx(1.0)
    seller, buyer = match.space
    assert len(match.possible) == len(seller) == len(buyer) > 0
    assert ((seller >= 0) & (buyer >= 0)).all(), "within both sides' limits nobody loses"
    assert ((seller > 0) & (buyer > 0)).any()
    assert max(seller.max(), buyer.max()) <= 1.0


def test_a_match_does_not_depend_on_how_many_are_drawn() -> None:
    assert draw_matches(3, 7) == draw_matches(9, 7)[:3]
    assert draw_matches(3, 7) != draw_matches(3, 8)
    kinds = {
        (m.utility, m.seller_opens, m.issue_by_issue) for m in draw_matches(60, 0) if isinstance(m, Match)
    }
    assert len(kinds) == 8, "all kinds occur"


def test_the_space_of_a_match_by_hand() -> None:
    seller, buyer = MATCH.space
    assert [tuple(row) for row in MATCH.possible] == [(p, e) for p in range(12, 19) for e in (1, 2, 3)]
    assert seller == pytest.approx([(p - 11) * e / 36 for p in range(12, 19) for e in (1, 2, 3)])
    assert buyer == pytest.approx([(19 - p) * e / 27 for p in range(12, 19) for e in (1, 2, 3)])
    # Additive: price and energy each from 0 at the worst to 1 at the best, weighted.
    thirds = replace(MATCH, utility="additive", limits=(MATCH.limits[0], Limits(18, 1, 3, (0.75, 0.25))))
    assert thirds.utility_of(SELLER).of(np.array([[16, 4], [12, 1]])) == pytest.approx([0.75, 0.0])
    assert thirds.utility_of(BUYER).of(np.array([[14, 2]])) == pytest.approx([0.75 * 0.5 + 0.25 * 0.5])


def test_no_matches_are_refused() -> None:
    with pytest.raises(JudgingError, match="domains: found 0"):
        draw_matches(0, 1)
    with pytest.raises(JudgingError, match="at least 0"):
        draw_match(-1, 0)
