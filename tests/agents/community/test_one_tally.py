"""What the strategies' definitions say of one tally: quotas are nested, Borda is neutral and anonymous, sizes count in SDV."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.community.electorate import APPROVAL, BORDA, FAVOURITE, Electorate
from agents.community.members import Member
from agents.community.voting import SimpleVoting, team_strategy
from market.issues import Values
from tests.agents.community.people import many_members, offers

ballots = st.lists(offers, min_size=1, max_size=6, unique=True)


@given(st.integers(1, 200), st.data())
def test_enough_for_usv_is_enough_for_csv_and_for_msv(voters: int, data: st.DataObject) -> None:
    votes = data.draw(st.integers(0, voters))
    narrow = ["SSV", "MSV", "CSV", "USV"]
    passed = []
    for name in narrow:
        strategy = team_strategy(name)
        assert isinstance(strategy, SimpleVoting)
        passed.append(strategy.enough(votes, voters))
    # Once refused by a quota, refused by every larger one.
    assert passed == sorted(passed, reverse=True)
    assert passed == [True, votes > voters / 2, votes >= 0.75 * voters, votes == voters]


@given(many_members(), ballots, st.data())
@settings(max_examples=100, deadline=None)
def test_borda_is_neutral_and_anonymous(
    members: list[Member], asked: list[Values], data: st.DataObject
) -> None:
    everyone = Electorate.of(members)
    nothing = np.zeros(len(everyone))
    points = everyone.tally(BORDA, asked, nothing)
    order = data.draw(st.permutations(range(len(asked))))
    assert everyone.tally(BORDA, [asked[j] for j in order], nothing).tolist() == points[list(order)].tolist()
    others = Electorate.of(data.draw(st.permutations(members)))
    assert others.tally(BORDA, asked, nothing).tolist() == points.tolist()
    # Each voter gives 0 to n − 1 points: twice that, n·(n − 1), from every voter.
    assert points.sum() == len(everyone) * len(asked) * (len(asked) - 1)


@pytest.mark.parametrize("kind", [APPROVAL, FAVOURITE, BORDA])
@given(members=many_members(), asked=ballots, sizes=st.lists(st.integers(1, 9), min_size=7, max_size=7))
@settings(max_examples=50, deadline=None)
def test_sizes_count_where_they_are_asked_for_and_nowhere_else(
    kind: object, members: list[Member], asked: list[Values], sizes: list[int]
) -> None:
    plain = Electorate.of(members)
    least = np.zeros(len(plain))
    grown = Electorate(plain.slopes, plain.limits, np.array(sizes[: len(plain)], np.int64))
    assert grown.tally(kind, asked, least).tolist() == plain.tally(kind, asked, least).tolist()  # type: ignore[arg-type]
    # By size it is as if each voter were there as often as its size.
    copies = np.repeat(np.arange(len(plain)), grown.sizes)
    crowd = Electorate(plain.slopes[copies], plain.limits[copies], np.ones(len(copies), np.int64))
    counted = grown.tally(kind, asked, least, by_size=True)  # type: ignore[arg-type]
    assert counted.tolist() == crowd.tally(kind, asked, np.zeros(len(copies))).tolist()  # type: ignore[arg-type]
