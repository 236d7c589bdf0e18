"""Bidding tactics by hand: the numbers are worked out from the formulas of the papers that their modules cite."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.strategy import Stake
from agents.tactics.bidding.behaviour import AbsoluteTitForTat, AveragedTitForTat, RelativeTitForTat
from agents.tactics.bidding.hardliner import Hardline
from agents.tactics.bidding.micro import Micro, RushedMicro
from agents.tactics.bidding.nash import NashAiming
from agents.tactics.bidding.random import Random
from agents.tactics.bidding.resource import ResourceDependent
from agents.tactics.bidding.time import TimeDependent, conceded
from agents.tactics.models.base import Perfect
from agents.tactics.space import space_of
from agents.tactics.utility import Additive, Gain
from market.issues import Domain, Issue, Values
from market.utility import outcome_table
from tests.agents.tactics.table import seat_of, stakes_of, view_of

SELLER = seat_of(stakes_of([101], [+1]))
"""Wants as much as it can of 0..100."""
BUYER = seat_of(stakes_of([101], [-1]))


@pytest.mark.parametrize(
    ("beta", "kappa", "family", "progress", "expected"),
    [
        (0.5, 0.0, "polynomial", 0.5, 0.25),  # 0.5²
        (1.0, 0.0, "polynomial", 0.3, 0.3),
        (2.0, 0.0, "polynomial", 0.25, 0.5),  # √0.25
        (1.0, 0.2, "polynomial", 0.5, 0.6),  # 0.2 + 0.8·0.5
        (1.0, 0.01, "exponential", 0.5, 0.1),  # 0.01^0.5
        (2.0, 0.0001, "exponential", 0.5, 0.1),  # 0.0001^(0.5²)
        (3.0, 0.5, "exponential", 1.0, 1.0),
        (3.0, 0.5, "exponential", 0.0, 0.5),
    ],
)
def test_share_conceded_by_the_clock(
    beta: float, kappa: float, family: str, progress: float, expected: float
) -> None:
    assert conceded(progress, beta=beta, kappa=kappa, family=family) == pytest.approx(expected)


@pytest.mark.parametrize("by", ["issue", "utility"])
def test_time_dependent_offers_of_both_senses(by: str) -> None:
    tactic = TimeDependent(by=by, beta=0.5)
    # 21 offers: at t = 10 a quarter of 100 is conceded
    assert tactic.bid(view_of(SELLER, time=10)) == (75,)
    assert tactic.bid(view_of(BUYER, time=10)) == (25,)
    assert tactic.bid(view_of(SELLER, time=20)) == (0,)


def test_relative_tit_for_tat_concedes_in_proportion() -> None:
    # the buyer went from 20 to 25: 80 · 20/25 = 64
    offers: list[Values] = [(20,), (25,)]
    assert RelativeTitForTat().bid(view_of(SELLER, time=4, own=[(90,), (80,)], theirs=offers)) == (64,)
    # two steps back it went from 16 to 20: 80 · 16/20
    late = view_of(SELLER, time=6, own=[(80,)], theirs=[(16,), *offers])
    assert RelativeTitForTat(lag=2).bid(late) == (64,)
    # and a buyer whose seller came from 80 to 64: 40 · 80/64
    assert RelativeTitForTat().bid(view_of(BUYER, time=4, own=[(40,)], theirs=[(80,), (64,)])) == (50,)


def test_absolute_tit_for_tat_takes_the_same_step() -> None:
    view = view_of(SELLER, time=4, own=[(80,)], theirs=[(20,), (25,)])
    assert AbsoluteTitForTat().bid(view) == (75,)
    noisy = {AbsoluteTitForTat(noise=3).bid(view)[0] for _ in range(200)}
    assert noisy == {75, 74, 73, 72}, "R(M) concedes 0 to M ticks more"
    back = view_of(SELLER, time=4, own=[(80,)], theirs=[(25,), (20,)])
    assert AbsoluteTitForTat().bid(back) == (85,), "a step back is answered by one"


def test_averaged_tit_for_tat_looks_over_its_window() -> None:
    view = view_of(SELLER, time=6, own=[(80,)], theirs=[(20,), (22,), (32,)])
    assert AveragedTitForTat(lag=2).bid(view) == (50,)  # 80 · 20/32


def test_imitation_begins_by_the_clock_and_stays_within_the_limits() -> None:
    assert RelativeTitForTat(opening=0.5).bid(view_of(SELLER, time=10, own=[(90,)], theirs=[(20,)])) == (75,)
    generous = view_of(SELLER, time=6, own=[(10,)], theirs=[(20,), (60,)])
    assert AbsoluteTitForTat().bid(generous) == (0,)


def test_resources_run_out() -> None:
    time = ResourceDependent(by="issue", resource="time")
    assert time.bid(view_of(SELLER, time=10)) == (99,)  # e^−10 of 100, rounded the way it concedes
    assert time.bid(view_of(SELLER, time=19)) == (math.floor(100 * (1 - math.exp(-1))),)
    assert time.bid(view_of(SELLER, time=20)) == (0,)
    patience = ResourceDependent(by="issue", resource="patience", amount=4.0, kappa=0.1)
    assert patience.bid(view_of(SELLER, time=0)) == (90,)
    assert patience.bid(view_of(SELLER, time=8)) == (math.floor(90 - 90 * math.exp(-0.5)),)


def test_micro_answers_a_new_offer_with_a_new_one() -> None:
    micro = Micro()
    assert micro.bid(view_of(SELLER, theirs=[])) == (100,)
    assert micro.bid(view_of(SELLER, time=2, own=[(100,)], theirs=[(0,)])) == (99,)
    repeated = view_of(SELLER, time=6, own=[(100,), (99,)], theirs=[(0,), (0,), (0,)])
    assert {micro.bid(repeated) for _ in range(50)} == {(100,), (99,)}, "no new offer: one of the earlier"


def test_rushed_micro_comes_through_its_ranking_by_the_deadline() -> None:
    # 21 offers, the opener makes 11 of them: strides of 100 / 10
    own: list[Values] = []
    for n in range(11):
        view = view_of(SELLER, time=2 * n, own=own, theirs=[(k,) for k in range(n)])
        own.append(RushedMicro().bid(view))
    assert own == [(value,) for value in range(100, -1, -10)]


def test_hardliner_and_random() -> None:
    assert Hardline().bid(view_of(SELLER, time=20)) == (100,)
    drawn = {Random(least=0.97).bid(view_of(SELLER))[0] for _ in range(200)}
    assert drawn == {97, 98, 99, 100}


def test_nash_aiming_ends_at_the_nash_point() -> None:
    # Both want all of both issues, weights 3:1 against 1:3. Of 11 × 11 the Nash point gives each its own issue.
    first, second = stakes_of([11, 11], [+1, +1]), stakes_of([11, 11], [-1, -1])
    other = Perfect(Additive(second, (1.0, 3.0)))
    seat = seat_of(first, Additive(first, (3.0, 1.0)))
    tactic = NashAiming(deadline=0.8)
    assert tactic.bid(view_of(seat, time=0, model=other)) == (10, 10)
    assert tactic.bid(view_of(seat, time=16, model=other)) == (10, 0)
    # Half way its own utility falls from 1 to 0.75: on the frontier that is the second issue's half.
    assert tactic.bid(view_of(seat, time=8, model=other)) == (10, 5)


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(st.floats(0.05, 1), st.floats(0.05, 1), st.sampled_from([-1, 1])), min_size=2, max_size=3
    ),
    st.integers(0, 20),
)
def test_with_a_perfect_model_every_offer_is_pareto_efficient(
    issues: list[tuple[float, float, int]], time: int
) -> None:
    mine = stakes_of([7] * len(issues), [+1] * len(issues))
    yours = stakes_of([7] * len(issues), [sense for _, _, sense in issues])
    own, other = Additive(mine, tuple(i[0] for i in issues)), Additive(yours, tuple(i[1] for i in issues))
    offer = TimeDependent().bid(view_of(seat_of(mine, own), time=time, model=Perfect(other)))
    table = outcome_table(Domain(tuple(stake.issue for stake in mine)))
    u, v = own.of(table), other.of(table)
    at = np.flatnonzero((table == offer).all(axis=1))[0]
    assert not ((u > u[at] + 1e-9) & (v > v[at] - 1e-9)).any()
    assert not ((u > u[at] - 1e-9) & (v > v[at] + 1e-9)).any()
    assert u[at] >= 1 - time / 20 - 1e-9, "nor below what the clock allows"


def test_locks_are_kept_by_every_tactic() -> None:
    seat = seat_of(stakes_of([11, 11], [+1, -1]))
    offers: list[Values] = [(3, 8), (4, 8)]
    view = view_of(seat, time=4, own=[(10, 0), (9, 1)], theirs=offers, locked=0b10)
    for tactic in (
        TimeDependent(),
        TimeDependent(by="issue"),
        RelativeTitForTat(),
        AbsoluteTitForTat(by="utility", noise=2),
        AveragedTitForTat(),
        ResourceDependent(),
        Micro(),
        RushedMicro(),
        Hardline(),
        Random(),
        NashAiming(),
    ):
        assert tactic.bid(view)[1] == 8, tactic


def test_gain_is_ticks_over_the_reservation_price_times_the_amount() -> None:
    price, energy = Issue("price", 80, 240, 10), Issue("energy", 1, 50)
    buyer = (Stake(price, 80, 200, -1), Stake(energy, 5, 20, +1))
    outcomes = np.array([[80, 20], [200, 20], [200, 10], [140, 40], [210, 20]])
    # best (12 + 1) · 20 = 260; more than 20 is worth no more than 20; beyond the limit it is a loss
    values = Gain(buyer).of(outcomes)
    assert values[:4] == pytest.approx([1, 20 / 260, 10 / 260, 7 * 20 / 260])
    assert values[4] < 0


def test_a_space_is_ranked_within_the_limits_and_thinned_with_its_ends_kept() -> None:
    stakes = stakes_of([1000, 7, 3000], [+1, -1, +1], [(100, 900), (2, 6), (0, 2999)])
    space = space_of(stakes, Additive(stakes), most=500)
    assert len(space) == 5 * 10 * 10
    assert space[0] == (900, 2, 2999)
    assert space[len(space) - 1] == (100, 6, 0)
    assert (np.diff(space.utilities) <= 0).all()
    assert space.utilities[[0, -1]] == pytest.approx([1, 0])
    held = space_of(stakes, Additive(stakes), held=(333, 4, 5), locked=0b001, most=500)
    assert set(held.outcomes[:, 0]) == {333}
