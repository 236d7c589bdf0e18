"""Who meets whom: one session each, blank memories choose at random, learned ones by merit, taken peers are passed by."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.cooperative.errors import PlanError
from agents.cooperative.peers import NashPeers, OwnPeers, Peers, RandomPeers
from agents.cooperative.record import SessionRecord

EVERY = (RandomPeers(), NashPeers(0.2), OwnPeers(0.2))


def session(
    a: int,
    b: int,
    *,
    gain_a: float = 0.0,
    gain_b: float = 0.0,
    distance: float | None = None,
    far: float = 0.5,
) -> SessionRecord:
    """Agreed with that distance to Nash, or (None) failed with no deal that far from it."""
    return SessionRecord(
        period=0,
        a=a,
        b=b,
        agreed=distance is not None,
        q=0.1 if distance is not None else 0.0,
        tau=1 if distance is not None else 0,
        rounds=1,
        accepted_by=b if distance is not None else -1,
        utility_a=-1.0 + gain_a,
        utility_b=-2.0 + gain_b,
        no_deal_a=-1.0,
        no_deal_b=-2.0,
        aspiration_a=-1.0,
        aspiration_b=-2.0,
        nash_q=0.1,
        nash_tau=1,
        nash_a=0.0,
        nash_b=0.0,
        distance_agreement=float("nan") if distance is None else distance,
        distance_no_deal=far,
    )


def choices_of_first(peers: Peers, learned: list[SessionRecord], n: int = 4) -> Counter[int]:
    """Whom agent 0 opens a session with, where it is the first to choose."""
    known = peers.begin(n)
    for record in learned:
        known.learn(record)
    firsts = (known.pairs(np.random.default_rng(seed))[0] for seed in range(200))
    return Counter(peer for agent, peer in firsts if agent == 0)


@given(n=st.integers(1, 9), seed=st.integers(0, 2**32), peers=st.sampled_from(EVERY))
def test_each_agent_is_in_one_session_but_an_odd_one(n: int, seed: int, peers: Peers) -> None:
    pairs = peers.begin(n).pairs(np.random.default_rng(seed))
    busy = [agent for pair in pairs for agent in pair]
    assert len(busy) == len(set(busy)) == 2 * (n // 2)
    assert set(busy) <= set(range(n))


@pytest.mark.parametrize("peers", EVERY)
def test_at_the_start_every_peer_may_be_chosen(peers: Peers) -> None:
    assert set(choices_of_first(peers, [])) == {1, 2, 3}


def test_the_fairest_peer_is_chosen() -> None:
    learned = [session(0, 1, distance=0.3), session(2, 0, distance=0.1), session(0, 3, distance=0.2)]
    assert set(choices_of_first(NashPeers(0.0), learned)) == {2}


def test_histories_are_means_and_failures_count_as_no_deal() -> None:
    # Means: peer 1 (0.1 + 0.5)/2 = 0.3 with a failure; peer 2 0.25; peer 3 a failure at 0.2 alone.
    learned = [
        session(0, 1, distance=0.1),
        session(0, 1, far=0.5),
        session(0, 2, distance=0.25),
        session(0, 3, far=0.2),
    ]
    assert set(choices_of_first(NashPeers(0.0), learned)) == {3}


def test_a_session_in_which_nothing_gained_both_is_the_farthest() -> None:
    learned = [session(0, 1, far=float("nan")), session(0, 2, far=1.2), session(0, 3, far=1.3)]
    assert set(choices_of_first(NashPeers(0.0), learned)) == {2}


def test_a_peer_never_met_gets_its_trial() -> None:
    learned = [session(0, 1, distance=0.01), session(0, 3, distance=0.01)]
    assert set(choices_of_first(NashPeers(0.0), learned)) == {2}


def test_own_observations_are_each_agents_own() -> None:
    # Agent 0 gains most with 3; 3 itself gains nothing from it, and 0 cannot know.
    learned = [
        session(0, 1, gain_a=0.2, gain_b=0.9, distance=0.0),
        session(2, 0, gain_a=0.9, gain_b=0.1, distance=0.0),
        session(0, 3, gain_a=0.3, gain_b=0.0, distance=1.0),
    ]
    assert set(choices_of_first(OwnPeers(0.0), learned)) == {3}


def test_failures_count_as_no_gain() -> None:
    learned = [
        session(0, 1, gain_a=0.3, distance=0.0),
        session(0, 1),
        session(0, 2, gain_a=0.2, distance=0.0),
        session(0, 3),
    ]
    assert set(choices_of_first(OwnPeers(0.0), learned)) == {2}


def test_with_epsilon_others_are_tried_that_often() -> None:
    learned = [session(0, 1, distance=0.3), session(0, 2, distance=0.1), session(0, 3, distance=0.2)]
    found = choices_of_first(NashPeers(0.6), learned)
    # Two thirds of 60 % go elsewhere.
    assert 0.2 < (found[1] + found[3]) / found.total() < 0.6


def test_a_taken_peer_is_passed_by_for_the_next_best() -> None:
    known = NashPeers(0.0).begin(4)
    for a, b, distance in ((0, 1, 0.1), (0, 2, 0.3), (0, 3, 0.2), (1, 2, 0.3), (1, 3, 0.3), (2, 3, 0.5)):
        known.learn(session(a, b, distance=distance))
    for seed in range(50):
        pairs = {frozenset(pair) for pair in known.pairs(np.random.default_rng(seed))}
        # 0 and 1 want each other; 2 and 3 prefer others, but where 0 or 1 choose first they are left to each other.
        # Where 3 chooses first it takes 0 (0.2), where 2 does, 0 or 1 (0.3 both).
        assert pairs in (
            {frozenset((0, 1)), frozenset((2, 3))},
            {frozenset((0, 3)), frozenset((1, 2))},
            {frozenset((0, 2)), frozenset((1, 3))},
        )


@pytest.mark.parametrize("kind", [NashPeers, OwnPeers])
def test_epsilon_is_a_probability(kind: type[NashPeers] | type[OwnPeers]) -> None:
    with pytest.raises(PlanError, match=r"epsilon: found 1.5"):
        kind(1.5)
