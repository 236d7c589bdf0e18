"""Compiled tallies give what a plain count of plain utilities does, to the last vote."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.community.electorate import APPROVAL, BORDA, FAVOURITE, Electorate
from agents.community.errors import TallyError
from agents.community.members import Member
from agents.community.tally import Kernel, count_approvals, count_borda, count_favourites
from market.issues import Values
from tests.agents.community.people import many_members, negotiator, offers, preferences


def plain(
    kind: Kernel, members: list[Member], thresholds: list[float], asked: list[Values], by_size: bool
) -> list[int]:
    """The oracle: one voter and one offer at a time, in exact integers, Borda by comparing every pair."""
    totals = [0] * len(asked)
    for member, threshold in zip([m for m in members if m.votes], thresholds, strict=True):
        worth = [member.preferences.utility(offer) for offer in asked]
        votes = member.size if by_size else 1
        for j, own in enumerate(worth):
            if kind is APPROVAL:
                totals[j] += votes * (own >= threshold)
            elif kind is FAVOURITE:
                totals[j] += votes * (own == max(worth))
            else:
                totals[j] += votes * sum((own > w) + (own >= w) for i, w in enumerate(worth) if i != j)
    return totals


@given(
    many_members(least=2, most=8),
    st.lists(offers, min_size=1, max_size=30, unique=True),
    st.sampled_from([APPROVAL, FAVOURITE, BORDA]),
    st.booleans(),
    st.integers(1, 3),
    st.data(),
)
@settings(max_examples=150, deadline=None)
def test_a_compiled_tally_is_the_plain_one(
    members: list[Member], asked: list[Values], kind: Kernel, by_size: bool, workers: int, data: st.DataObject
) -> None:
    everyone = Electorate.of(members)
    voters = [member for member in members if member.votes]
    thresholds = [voter.preferences.utility(data.draw(st.sampled_from(asked))) for voter in voters]
    found = everyone.tally(kind, asked, np.array(thresholds), by_size=by_size, workers=workers)
    assert found.tolist() == plain(kind, members, thresholds, asked, by_size)


def electorate(rng: np.random.Generator, voters: int) -> Electorate:
    goals = rng.integers(80, 120, (voters, 2))
    limits = goals + rng.integers(20, 60, (voters, 2))
    weights = rng.dirichlet((1, 1), voters)
    return Electorate(weights / (goals - limits), limits.astype(float), rng.integers(1, 9, voters))


@pytest.mark.parametrize("crowd", ["even", "crowded", "stairs", "equal"])
def test_borda_ranks_any_spread_of_offers(crowd: str) -> None:
    # Sorting by intervals meets its hard cases here: most utilities in one interval, on many scales, or all the same.
    # The oracle orders with numpy and shares the points of equal utilities.
    rng = np.random.default_rng(3)
    n = 1500
    if crowd == "even":
        table = rng.integers(0, 10**6, (n, 2))
    elif crowd == "crowded":
        table = np.vstack([rng.integers(0, 300, (n - 1, 2)), [[10**9, 10**9]]])
    elif crowd == "stairs":
        table = np.exp2(rng.uniform(0, 50, (n, 2))).astype(np.int64)
    else:
        table = np.repeat([[7, 7]], n, axis=0)
    asked = [tuple(row) for row in table.tolist()]
    everyone = electorate(rng, 7)
    found = everyone.tally(BORDA, asked, np.zeros(7))
    expected = np.zeros(n, np.int64)
    for slopes, limits in zip(everyone.slopes, everyone.limits, strict=True):
        worth = slopes[0] * (table[:, 0] - limits[0]) + slopes[1] * (table[:, 1] - limits[1])
        _, place, count = np.unique(worth, return_inverse=True, return_counts=True)
        below = np.cumsum(count) - count
        expected += (2 * below + count - 1)[place]
    assert found.tolist() == expected.tolist()
    assert found.sum() == 7 * n * (n - 1)


@pytest.mark.parametrize("kind", [APPROVAL, FAVOURITE, BORDA])
def test_threads_change_nothing(kind: Kernel) -> None:
    rng = np.random.default_rng(5)
    everyone = electorate(rng, 400)
    asked = [tuple(row) for row in rng.integers(80, 180, (2100, 2)).tolist()]
    alone, shared = (
        everyone.tally(kind, asked, np.full(400, 0.4), by_size=True, workers=w).tolist() for w in (1, 3)
    )
    assert alone == shared


def test_each_kernel_is_compiled_for_one_kind_of_arguments() -> None:
    everyone = Electorate.of([negotiator("a", preferences()), negotiator("b", preferences())])
    for kind in (APPROVAL, FAVOURITE, BORDA):
        for by_size in (False, True):
            everyone.tally(kind, [(1, 2), (3, 4)], np.zeros(2), by_size=by_size)
    for kernel in (count_approvals, count_favourites, count_borda):
        assert len(getattr(kernel, "signatures")) == 1  # noqa: B009 - numba has no types for mypy


@pytest.mark.parametrize(
    ("asked", "thresholds", "key"),
    [
        ([], 2, "offers"),
        ([(1, 2, 3)], 2, "offers"),
        ([(1, 2), (1, 2, 3)], 2, "offers"),
        ([(2**53, 1)], 2, "offers"),
        ([(1, 2)], 3, "thresholds"),
    ],
)
def test_what_cannot_be_counted_is_refused(asked: list[Values], thresholds: int, key: str) -> None:
    everyone = Electorate.of([negotiator("a", preferences()), negotiator("b", preferences())])
    with pytest.raises(TallyError) as refusal:
        everyone.tally(APPROVAL, asked, np.zeros(thresholds))
    assert (refusal.value.key, refusal.value.exit_code) == (key, 2)


def test_sizes_that_cannot_be_counted_exactly_are_refused() -> None:
    with pytest.raises(TallyError, match="energy"):
        Electorate.of([negotiator("a", preferences(), energy=(2**53, 0))])
