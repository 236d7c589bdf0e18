"""Rows and figures of sessions whose outcome is known."""

import math
from dataclasses import replace

import numpy as np
import pytest

from agents.builtin import NAMED
from agents.strategy import UnknownStrategy
from learning.judging.domains import BUYER, SELLER, Limits
from learning.judging.errors import JudgingError
from learning.judging.matches import draw_matches
from learning.judging.measures import SessionRow, bootstrap, landmarks, measure, payoffs, summarise
from learning.judging.play import Contender, Played, play
from tests.learning.judging.by_hand import MATCH

HERE = "tests.learning.judging.scripted:"


def contender(name: str) -> Contender:
    return Contender(name if name in NAMED else HERE + name)


def row_of(seller: str, buyer: str, played: Played | None = None) -> SessionRow:
    played = played or play(MATCH, contender(seller), contender(buyer), (0,))
    return measure(played, landmarks(MATCH), seed=0, seller=seller, buyer=buyer)


def test_landmarks_by_hand() -> None:
    marks = landmarks(MATCH)
    assert np.array(marks.frontier) == pytest.approx(
        np.array([((p - 11) / 12, (19 - p) / 9) for p in range(12, 19)])
    )
    # (p − 11)(19 − p) is largest at 15; so is the smaller of the shares (p − 11)/7 and (19 − p)/7.
    assert marks.nash == marks.kalai_smorodinsky == pytest.approx((4 / 12, 4 / 9))
    # The smaller utility is 1/3 at 15 and at 16; the sum is larger at 15.
    assert marks.kalai == pytest.approx((4 / 12, 4 / 9))


def test_an_agreement_is_measured_from_both_sides() -> None:
    row = row_of("Seventeen", "Taker")
    assert (row.agreed, row.price, row.energy, row.rounds, row.seller_opens) == (True, 17, 2, 1, True)
    assert row.seller_utility == pytest.approx(1 / 3)
    assert row.buyer_utility == pytest.approx(4 / 27)
    assert row.welfare == pytest.approx(1 / 3 + 4 / 27)
    assert row.to_nash == row.to_kalai == row.to_kalai_smorodinsky == pytest.approx(4 / 9 - 4 / 27)
    # The nearest efficient outcome is 17 for 3, at (1/2, 2/9).
    assert row.to_pareto == pytest.approx(math.hypot(1 / 6, 2 / 27))
    assert not row.seller_violation
    assert not row.buyer_violation
    assert row.fault == ""


def test_without_an_agreement_both_have_nothing() -> None:
    row = row_of("Seventeen", "Seventeen")
    assert (row.agreed, row.price, row.rounds) == (False, None, 10)
    assert (row.seller_utility, row.buyer_utility, row.welfare) == (0.0, 0.0, 0.0)
    assert row.to_nash == pytest.approx(math.hypot(1 / 3, 4 / 9))
    assert row.to_pareto == pytest.approx(min(math.hypot((p - 11) / 12, (19 - p) / 9) for p in range(12, 19)))


def test_whoever_goes_beyond_its_limits_is_told_apart_from_who_breaks() -> None:
    greedy, broken = row_of("Seventeen", "Greedy"), row_of("Broken", "Taker")
    assert (greedy.seller_violation, greedy.buyer_violation) == (False, True)
    assert (broken.seller_violation, broken.fault) == (False, "seller: RuntimeError: no idea")
    assert not greedy.agreed
    assert not broken.agreed
    rows = [greedy, broken, row_of("Seventeen", "Taker")]
    assert (summarise("Greedy", rows, seed=0).violations, summarise("Greedy", rows, seed=0).faults) == (1, 0)
    assert (summarise("Broken", rows, seed=0).violations, summarise("Broken", rows, seed=0).faults) == (0, 1)
    seventeen = summarise("Seventeen", rows, seed=0)
    assert (seventeen.sessions, seventeen.violations, seventeen.faults) == (2, 0, 0)
    assert seventeen.utility.mean == pytest.approx(1 / 6)
    assert seventeen.utility_agreed.mean == pytest.approx(1 / 3)
    assert seventeen.agreement.mean == pytest.approx(1 / 2)
    assert seventeen.time.mean == pytest.approx(1 / 10)
    assert seventeen.utility.low is None, "one domain says nothing about others"


def test_who_opens_and_who_accepts_are_sides_not_turns() -> None:
    match = replace(MATCH, seller_opens=False)
    played = play(match, contender("Taker"), contender("Seventeen"), (0,))
    assert played.offers == ((BUYER, (17, 2)),)
    assert played.accepted_by == SELLER


def test_nothing_to_agree_on_leaves_distances_open() -> None:
    apart = replace(MATCH, limits=(Limits(18, 1, 4), Limits(12, 1, 3)))
    played = play(apart, contender("Broken"), contender("Taker"), (0,))
    row = measure(played, landmarks(apart), seed=0, seller="Broken", buyer="Taker")
    assert (row.to_pareto, row.to_nash, row.to_kalai, row.to_kalai_smorodinsky) == (None,) * 4


def test_equal_seeds_make_equal_sessions_of_every_named_strategy() -> None:
    for match in draw_matches(3, 1):
        for name in NAMED:
            first, second = (
                play(match, Contender(name), Contender("linear"), (4, match.number)) for _ in "ab"
            )
            assert first == second
            assert not first.reason


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownStrategy, match="nearest: boulware"):
        Contender("boulwar").load()


def test_the_interval_draws_whole_domains() -> None:
    # Two domains, each constant: the mean of a resample is 0, 1/2 or 1, the 95 % interval reaches both ends.
    estimate = bootstrap([0.0] * 10 + [1.0] * 10, [3] * 10 + [8] * 10, seed=1)
    assert (estimate.mean, estimate.low, estimate.high) == (0.5, 0.0, 1.0)
    rng = np.random.default_rng(0)
    values = rng.normal(5.0, 2.0, 400)
    single = bootstrap(values.tolist(), list(range(400)), seed=1)
    assert single == bootstrap(values.tolist(), list(range(400)), seed=1)
    assert single.low is not None
    assert single.high is not None
    # Standard error of the mean of 400 draws with deviation 2: 0.1.
    assert (single.high - single.low) / 2 == pytest.approx(1.96 * values.std() / 20, rel=0.1)
    assert bootstrap([], [], seed=0).mean is None
    with pytest.raises(JudgingError, match="finite"):
        bootstrap([math.nan], [0], seed=0)
    with pytest.raises(JudgingError, match="level"):
        bootstrap([1.0], [0], seed=0, level=1.0)


def test_payoffs_average_both_seats() -> None:
    rows = [row_of("Seventeen", "Taker"), row_of("Taker", "Seventeen"), row_of("Taker", "Taker")]
    table = payoffs(["Seventeen", "Taker"], rows)
    assert math.isnan(table[0, 0]), "it never met itself"
    # As seller it gets 1/3. As buyer it answers the other's opening of 20 for 1 with 17 for 2, which is taken: 4/27.
    assert table[0, 1] == pytest.approx((1 / 3 + 4 / 27) / 2)
    # The other: 4/27 as buyer, and 1/3 as seller.
    assert table[1, 0] == pytest.approx((1 / 3 + 4 / 27) / 2)
