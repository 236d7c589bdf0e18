"""Who is met in a league, who stays in it, and a game whose other seats it plays."""

import numpy as np
import pytest

from agents.policy.network import Policy
from learning.games.rubinstein import KEEP, REST, TAKE, Rubinstein, against_theory
from learning.mixed import Mixed
from learning.training.config import LeagueSettings
from learning.training.league import League, LeagueCore, beside_pool, league_of, self_play

GAME = Rubinstein(1, grid=10, offers=6)


def keeps(part: int) -> Policy:
    """Always offers to keep ``part``; takes only where it cannot offer."""
    actor = np.zeros((6, KEEP + 11), np.float32)
    biases = np.full(KEEP + 11, -50, np.float32)
    biases[KEEP + part], biases[TAKE] = 50, 0
    critic = (np.zeros((6, 1), np.float32), np.zeros(1, np.float32))
    return Policy(GAME.spec, ((actor, biases),), (critic,))


def test_half_the_newest_and_the_rest_by_the_rule() -> None:
    league = League(LeagueSettings(newest=0.5, draw="uniform", size=4))
    for part in range(4):
        league.add(keeps(part))
    np.testing.assert_allclose(league.chances(), [1 / 8, 1 / 8, 1 / 8, 5 / 8])
    drawn = np.bincount(league.draw(20_000, np.random.default_rng(0)), minlength=4) / 20_000
    np.testing.assert_allclose(drawn, league.chances(), atol=0.02)


def test_the_hardest_are_met_most() -> None:
    league = League(LeagueSettings(newest=0.0, draw="hardest", size=4))
    for part in range(3):
        league.add(keeps(part))
    np.testing.assert_allclose(league.chances(), [1 / 3] * 3)
    league.record(np.array([0, 1, 0, 1]), np.array([0.2, 0.6, 0.4, 0.6], np.float32))
    assert [member.episodes for member in league.members] == [2, 2, 0]
    assert league.members[0].mean == pytest.approx(0.3)
    # The best paid keeps a tenth of the weight; who was not met counts as the hardest.
    np.testing.assert_allclose(league.chances(), [1 / 2.1, 0.1 / 2.1, 1 / 2.1])


def test_those_who_stay_are_the_newest_and_an_even_sample_of_the_others() -> None:
    policy = keeps(1)
    counts = np.zeros(10)
    for seed in range(2000):
        league = League(LeagueSettings(size=4), seed)
        for _ in range(10):
            league.add(policy)
            assert len(league.members) == min(league.taken, 4)
            assert league.members[-1].id == league.taken - 1
        ids = [member.id for member in league.members]
        assert ids == sorted(set(ids))
        counts[ids] += 1
    # Three places for nine; five standard errors of a third in 2,000 are 0.053.
    np.testing.assert_allclose(counts[:9] / 2000, 1 / 3, atol=0.053)
    small = League(LeagueSettings(size=1))
    for part in range(3):
        small.add(keeps(part))
    assert [member.id for member in small.members] == [2]


def test_a_league_survives_its_state() -> None:
    league = League(LeagueSettings(size=3))
    for part in (2, 5):
        league.add(keeps(part))
    league.record(np.array([1]), np.array([0.25], np.float32))
    other = League(LeagueSettings(size=3))
    other.restore(league.state())
    assert [(m.id, m.mean, m.episodes) for m in other.members] == [(0, 0.0, 0), (1, 0.25, 1)]
    other.add(keeps(1))
    assert other.members[-1].id == 2
    seen = np.ones((1, 6), np.float32)
    assert (other.members[1].policy.logits(seen) == league.members[1].policy.logits(seen)).all()


def test_members_play_the_other_seats_and_are_paid_attention_to() -> None:
    core = self_play(
        lambda n: Rubinstein(n, grid=10, offers=6), LeagueSettings(newest=0.0, draw="uniform", size=4)
    )(40)
    assert isinstance(core, LeagueCore)
    for part in (3, 8):
        core.league.add(keeps(part))
    core.begin(4)
    learner_opens = core.observations[:, 4] == 1
    assert learner_opens.tolist() == [True, False] * 20
    # Openers offer to keep 6, responders rest; the members refuse that and offer to keep their own number.
    core.advance(np.where(learner_opens, KEEP + 6, REST))
    opened = np.rint(10 - 10 * core.observations[~learner_opens, 2]).astype(int)
    assert set(opened.tolist()) == {3, 8}
    core.advance(np.where(learner_opens, REST, TAKE))
    countered = np.rint(10 - 10 * core.observations[learner_opens, 2]).astype(int)
    assert set(countered.tolist()) == {3, 8}
    assert core.dones.tolist() == (~learner_opens).tolist()
    # Responders that took the opening offer: worth 1 − 0.3 and 1 − 0.8, as the league has it now.
    for member, part in zip(core.league.members, (3, 8), strict=True):
        assert member.episodes == int((opened == part).sum())
        assert member.mean == pytest.approx(1 - part / 10)


def test_who_left_the_league_is_replaced_and_seeds_repeat() -> None:
    core = LeagueCore(Rubinstein(30, grid=10, offers=6), League(LeagueSettings(size=2, newest=0.5)))
    core.league.add(keeps(1))

    def run() -> list[list[float]]:
        seen = []
        core.begin(9)
        for _ in range(20):
            core.advance(core.masks.argmax(axis=1))
            seen.append(core.observations[:, 2].tolist())
        return seen

    assert run() == run()
    core.league.add(keeps(4))
    core.league.add(keeps(6))
    core.league.members.pop(0)
    # Only the newest is left: everything that is offered now is its.
    core.advance(core.masks.argmax(axis=1))
    playing = core._playing
    assert (playing == core.league.members[-1].id).all()


def test_the_league_of_a_world() -> None:
    theory = against_theory(Rubinstein(2, grid=10, offers=6))
    league = LeagueCore(Rubinstein(2, grid=10, offers=6), League(LeagueSettings()))
    assert league_of(theory) is None
    assert league_of(league) is league.league
    assert league_of(Mixed([theory, league])) is league.league
    assert league_of(Mixed([theory, theory])) is None


def test_a_part_of_the_copies_is_the_leagues() -> None:
    def worlds(share: float | None, copies: int) -> list[tuple[type, int]]:
        settings = None if share is None else LeagueSettings(share=share)
        core = beside_pool(
            lambda n: against_theory(Rubinstein(n, grid=10, offers=6)),
            lambda n: Rubinstein(n, grid=10, offers=6),
            settings,
        )(copies)
        return [(type(part), part.n) for part in (core.parts if isinstance(core, Mixed) else (core,))]

    pool = type(against_theory(Rubinstein(1)))
    assert worlds(None, 8) == [(pool, 8)]
    assert worlds(0.25, 8) == [(pool, 6), (LeagueCore, 2)]
    assert worlds(0.01, 8) == [(pool, 7), (LeagueCore, 1)], "a league is met by someone"
    assert worlds(1.0, 8) == [(LeagueCore, 8)]
