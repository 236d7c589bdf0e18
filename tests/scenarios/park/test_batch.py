"""Many parks at once are many parks: copies do not touch each other, and episodes begin anew in the step that ends them."""

import numpy as np

from agents.policy.park_view import FIRST_SESSION, SLOTS
from learning.park.core import OneSeatPark, Parks
from scenarios.load import load
from scenarios.park import park_bank

BANK = park_bank(load("park-day"), range(40))


def legal(masks: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.array([rng.choice(np.flatnonzero(row)) for row in masks])


def test_a_copy_is_a_park_of_its_own() -> None:
    many = OneSeatPark(BANK, 8, in_order=True)
    many.begin(0)
    ones = [OneSeatPark(park_bank(load("park-day"), [row]), 1) for row in range(8)]
    for one in ones:
        one.begin(0)
    rng = np.random.default_rng(1)
    for _ in range(24):
        for row, one in enumerate(ones):
            assert one.observations[0].tolist() == many.observations[row].tolist()
            assert one.masks[0].tolist() == many.masks[row].tolist()
        actions = legal(many.masks, rng)
        many.advance(actions)
        for row, one in enumerate(ones):
            one.advance(actions[row : row + 1])
            assert one.rewards[0] == many.rewards[row]
            assert one.dones[0] == many.dones[row]


def test_an_episode_ends_with_its_day_and_the_next_begins_at_once() -> None:
    core = OneSeatPark(BANK, 4)
    core.begin(3)
    rng, returns = np.random.default_rng(2), np.zeros(4)
    steps = int(BANK.market[0] - BANK.market[8])  # the intervals of the day and the one before the first
    for step in range(steps):
        assert not core.dones.any() or step == 0
        core.advance(legal(core.masks, rng))
        returns += core.rewards
        assert np.isfinite(core.observations).all()
        assert np.abs(core.observations).max() <= 1
    assert core.dones.all()
    assert not core.truncated.any()
    assert core.terminal[:, 0].tolist() == [1.0] * 4  # the day is over in the last observation …
    assert core.observations[:, 0].tolist() == [0.0] * 4  # … and begins in the new one
    seats = BANK.seats[core.parks.finished_rows]
    earned = core.parks.totals[np.arange(4), seats] / BANK.unit
    assert np.allclose(returns, earned, rtol=1e-5)


def test_a_slot_is_open_where_a_peer_announces_the_other_side() -> None:
    core = OneSeatPark(BANK, 8)
    core.begin(0)
    for row in range(8):
        sessions = core.masks[row, FIRST_SESSION:].reshape(SLOTS, -1)
        assert (sessions.all(axis=1) | ~sessions.any(axis=1)).all()
        # Two firms sell and two buy: who has something to trade has at most two on the other side.
        assert sessions[:, 0].sum() <= 2


def test_equal_seeds_are_equal_worlds_and_all_seats_can_decide() -> None:
    games = [Parks(BANK, 5, seats=(0, 1, 2, 3)) for _ in range(2)]
    for game in games:
        game.begin(7)
    rng = np.random.default_rng(0)
    for _ in range(30):
        actions = np.stack([legal(games[0].masks[:, seat], rng) for seat in range(4)], axis=1)
        for game in games:
            game.advance(actions)
        assert (games[0].observations == games[1].observations).all()
        assert (games[0].rewards == games[1].rewards).all()
    assert games[0].totals.any()
