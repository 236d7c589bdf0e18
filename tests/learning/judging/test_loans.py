"""Sessions about loans: something to gain for both, the same loan from both sides, and learned policies among strategies."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from agents.policy.errors import SpecMismatch
from agents.strategy import UnknownStrategy
from learning.execution.joblib_backend import JoblibBackend
from learning.judging.domains import BUYER, SELLER
from learning.judging.errors import JudgingError
from learning.judging.loans import LOANS, WORTH, draw_loan_match
from learning.judging.matches import draw_matches
from learning.judging.measures import landmarks
from learning.judging.play import Contender, play
from learning.judging.tournament import Tournament, run_tournament
from tests.learning.judging.learned import stubborn

HERE = JoblibBackend(1)


@pytest.mark.parametrize("number", range(4))
def test_some_loan_gains_both_homes_and_each_home_judges_it_for_itself(number: int) -> None:
    match = draw_loan_match(number, 5)
    first, second = match.space
    assert ((first >= WORTH) & (second >= WORTH)).any()
    assert min(first.min(), second.min()) >= 0
    tables = [match.table(side) for side in (SELLER, BUYER)]
    outcomes = list(LOANS.outcomes())
    for side, table in enumerate(tables):
        ground = match.ground(side)
        best = max(ground.gain(values) for values in outcomes)
        assert table.max() == 1.0
        for place in (0, 17, 700, 1424):
            gain = -1.0 if outcomes[place][0] == 0 else ground.gain(outcomes[place]) / best
            assert table[place] == pytest.approx(max(-1.0, gain)), "in the view of the first home"
        nothing = np.array([values[0] == 0 for values in outcomes])
        assert (table[nothing] == -1.0).all(), "no loan is what there is without an agreement"
    assert len(landmarks(match).frontier) >= 1


def test_a_loan_match_does_not_depend_on_how_many_are_drawn_or_who_opens() -> None:
    assert draw_matches(2, 7, ("loans",)) == draw_matches(4, 7, ("loans",))[:2]
    mixed = draw_matches(5, 7, ("trades", "loans"))
    assert [match.kind for match in mixed] == ["trades", "loans", "trades", "loans", "trades"]
    assert [match.number for match in mixed] == list(range(5))
    match = draw_loan_match(1, 7)
    turned = replace(match, seller_opens=not match.seller_opens)
    assert np.array_equal(match.table(SELLER), turned.table(SELLER))
    assert (match.table(SELLER) != draw_loan_match(1, 8).table(SELLER)).any()


def test_either_home_lends_and_nobody_signs_a_loss() -> None:
    names = ("conceder", "tit-for-tat-relative", "micro-rushed", "nash", "aspiration")
    result = run_tournament(Tournament(names, domains=6, seeds=1, seed=1, kinds=("loans",)), backend=HERE)
    agreed = [row for row in result.rows if row.agreed]
    assert {row.kind for row in result.rows} == {"loans"}
    quantities = {row.quantity for row in agreed if row.quantity is not None}
    assert min(quantities) < 0 < max(quantities), "the first home borrows in some, lends in others"
    assert all(row.price is None and row.return_after is not None for row in agreed)
    assert all(min(row.seller_utility, row.buyer_utility) >= 0 for row in agreed)
    assert not any(row.fault or row.seller_violation or row.buyer_violation for row in result.rows)
    for row in result.strategies:
        assert row.agreement.mean is not None
        assert row.agreement.mean > 0


@pytest.mark.parametrize("kinds", [("trades",), ("loans",)])
def test_a_policy_plays_sessions_as_long_as_those_it_learned_in(
    kinds: tuple[str, ...], tmp_path: Path
) -> None:
    stubborn(25).save(tmp_path / "mine.npz")
    tournament = Tournament(
        ("mine.npz", "conceder"), domains=4, seeds=2, seed=2, beside=tmp_path, kinds=kinds
    )
    result = run_tournament(tournament, backend=HERE)
    assert tournament.rounds == 25
    assert {row.max_rounds for row in result.rows} == {25}
    own = [row for row in result.rows if "mine.npz" in (row.seller, row.buyer)]
    # It holds out for its best, so that against whom concedes it gets that or nothing, and against itself nothing.
    for row in own:
        for name, utility in ((row.seller, row.seller_utility), (row.buyer, row.buyer_utility)):
            if name == "mine.npz":
                assert utility == 0.0 or utility > 0.97
        if row.seller == row.buyer:
            assert not row.agreed
    assert not any(row.fault or row.seller_violation or row.buyer_violation for row in result.rows)


def test_a_policy_offers_its_best_and_takes_what_is_near_it() -> None:
    match = replace(draw_loan_match(2, 5), max_rounds=9, seller_opens=True)
    mine = Contender("mine.npz", policy=stubborn(9))
    easy = Contender("easy.npz", policy=stubborn(9, level=0))
    played = play(match, mine, easy, (0,))
    utilities = match.utility_of(SELLER).of(
        np.array([values for side, values in played.offers if side == SELLER])
    )
    assert utilities.tolist() == pytest.approx([1.0] * len(utilities))
    if match.signs(BUYER, played.offers[0][1]):
        assert played.accepted_by == BUYER


def test_who_cannot_play_is_refused_before_anything_is(tmp_path: Path) -> None:
    def told(*names: str, kinds: tuple[str, ...] = ("loans",)) -> None:
        tournament = Tournament(names, beside=tmp_path, kinds=kinds)
        run_tournament(tournament, backend=HERE, progress=lambda *_: pytest.fail("began"))

    stubborn(25).save(tmp_path / "short.npz")
    stubborn(40).save(tmp_path / "long.npz")
    with pytest.raises(JudgingError, match=r"short\.npz of 25 offers, long\.npz of 40 offers"):
        told("short.npz", "long.npz")
    with pytest.raises(UnknownStrategy, match="for loans a built-in or a policy; nearest: micro"):
        told("mirco")
    with pytest.raises(UnknownStrategy, match="'mine:Patient', expected for loans"):
        told("mine:Patient")
    with pytest.raises(UnknownStrategy, match="'aspiration'"):
        told("aspiration", kinds=("trades",))
    with pytest.raises(SpecMismatch, match="session"):
        told("park")
    with pytest.raises(JudgingError, match="kinds"):
        told("linear", kinds=("gas",))
