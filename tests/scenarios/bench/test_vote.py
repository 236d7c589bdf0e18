"""The measurement of votes: what it compares is equal, and what growth means."""

import math

import numpy as np
import pytest

from agents.community.electorate import BORDA, Electorate
from agents.community.meeting import Delegation
from agents.community.voting import TEAM_STRATEGIES, team_strategy
from scenarios.bench.vote import DOMAIN, TURN, example_members, growth, plain_borda, round_seconds
from tests.agents.community.people import community


def test_the_baseline_counts_the_same_points() -> None:
    members = example_members(np.random.default_rng(1), 60)
    offers = [agent.next_offer(DOMAIN, TURN) for member in members if (agent := member.agent)]
    asked = [offer for offer in offers if offer is not None]
    assert len(set(asked)) == 60
    everyone = Electorate.of(members)
    found = everyone.tally(BORDA, asked, np.zeros(60)).tolist()
    assert found == plain_borda(everyone, asked).tolist()
    # Offers that are worth the same to a voter share their points: twice each, all the same.
    assert plain_borda(everyone, [asked[0]] * 3).tolist() == [120, 120, 120]


def test_growth_is_1_where_time_grows_as_log_n() -> None:
    assert growth({n: 3.0 * math.log(n) for n in (10, 100, 1000)}) == pytest.approx(1.0)
    assert growth({10: 2.0, 100: 2.0, 1000: 6.0}) == pytest.approx(
        2.0
    )  # threefold where log n grows by a half


def test_every_strategy_can_be_measured() -> None:
    members = example_members(np.random.default_rng(1), 5)
    delegation = Delegation(community(members), members[0].name, rng=np.random.default_rng(0))
    for name in TEAM_STRATEGIES:
        assert round_seconds(team_strategy(name), delegation) >= 0
