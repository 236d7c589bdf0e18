"""The double auction: its rules, the linear equilibrium, and values that are computed exactly."""

import numpy as np
import pytest

from agents.policy.errors import IllegalChoice
from learning.games.double_auction import BUYER, SELLER, DoubleAuction, against_linear, linear_prices
from learning.games.double_auction_value import best_response, linear, nash_conv, values


def test_a_trade_is_at_the_middle() -> None:
    game = DoubleAuction(3, grid=10, types=10)
    own = game.observations[:, :, 0].astype(float)
    game.advance(np.array([[6, 4], [4, 4], [3, 4]]))
    # Prices 0.5 and 0.4; no trade where the bid is below the ask.
    for row, price in ((0, 0.5), (1, 0.4)):
        np.testing.assert_allclose(game.rewards[row], [own[row, 0] - price, price - own[row, 1]], atol=1e-6)
    assert game.rewards[2].tolist() == [0, 0]
    assert game.dones.all()
    assert not game.truncated.any()
    with pytest.raises(IllegalChoice, match="row 2"):
        game.advance(np.array([[0, 0], [0, 0], [0, 11]]))


def test_values_are_drawn_evenly_and_again_by_the_seed() -> None:
    game = DoubleAuction(5000, types=5)
    game.begin(3)
    seen = game.observations.copy()
    shares = np.bincount((seen[:, :, 0].ravel() * 5).astype(int), minlength=5) / 10_000
    # Five standard errors of a share of 0.2 in 10,000 draws.
    np.testing.assert_allclose(shares, 0.2, atol=0.02)
    game.advance(np.zeros((5000, 2), np.int64))
    assert (game.observations[:, :, 0] != seen[:, :, 0]).any()
    game.begin(3)
    assert (game.observations == seen).all()


def test_the_linear_equilibrium_by_hand() -> None:
    # Types 1/8, 3/8, 5/8, 7/8. Bids 2v/3 + 1/12: min(1/8, 1/6), 1/3, 1/2, 2/3; asks 2c/3 + 1/4: 1/3, 1/2, 2/3, max(5/6, 7/8).
    game = DoubleAuction(1, grid=24, types=4)
    assert linear_prices(game, BUYER).tolist() == [3, 8, 12, 16]
    assert linear_prices(game, SELLER).tolist() == [8, 12, 16, 21]
    # Trades: v 3/8 with c 1/8 at 1/3; v 5/8 with c 1/8 at 5/12 and with c 3/8 at 1/2; v 7/8 with c 1/8 at 1/2, with
    # c 3/8 at 7/12, with c 5/8 at 2/3. Gains of 16 equally likely pairs.
    buyer = (
        3 / 8 - 1 / 3 + 5 / 8 - 5 / 12 + 5 / 8 - 1 / 2 + 7 / 8 - 1 / 2 + 7 / 8 - 7 / 12 + 7 / 8 - 2 / 3
    ) / 16
    seller = (
        1 / 3 - 1 / 8 + 5 / 12 - 1 / 8 + 1 / 2 - 3 / 8 + 1 / 2 - 1 / 8 + 7 / 12 - 3 / 8 + 2 / 3 - 5 / 8
    ) / 16
    found = values(game, linear(game, BUYER), linear(game, SELLER))
    np.testing.assert_allclose(found, [buyer, seller])


def test_it_is_worth_nine_of_128_and_an_equilibrium_as_the_grid_grows_finer() -> None:
    # 9/64 of the gains of trade, half to each side: Chatterjee and Samuelson's closed form.
    game = DoubleAuction(1, grid=480, types=960)
    buyer, seller = linear(game, BUYER), linear(game, SELLER)
    np.testing.assert_allclose(values(game, buyer, seller), [9 / 128, 9 / 128], atol=5e-4)
    assert 0 <= nash_conv(game, buyer, seller) < 1e-5
    # Honest sides can both gain: against honest asks a buyer of value v bids 2v/3 and expects ∫ (v − (b + c)/2) dc over
    # [0, b] = v·b − 3b²/4 = v²/3, a ninth on average; honest bids bring v²/4, a twelfth.
    honest = np.eye(481)[np.rint(game.values * 480 - 0.25).astype(int)]
    assert best_response(game, BUYER, honest) == pytest.approx(1 / 9, abs=2e-3)
    assert values(game, honest, honest)[0] == pytest.approx(1 / 12, abs=2e-3)
    assert nash_conv(game, honest, honest) == pytest.approx(2 * (1 / 9 - 1 / 12), abs=4e-3)


def test_the_learner_meets_the_linear_equilibrium_in_both_seats() -> None:
    game = DoubleAuction(4000, grid=60, types=120)
    core = against_linear(game)
    core.begin(1)
    prices = np.stack([linear_prices(game, seat) for seat in (BUYER, SELLER)])
    rewards = []
    for _ in range(20):
        value, buys = core.observations.T
        rewards.append(0.0)
        core.advance(prices[np.where(buys > 0, BUYER, SELLER), np.rint(value * 120 - 0.5).astype(int)])
        rewards[-1] = core.rewards.reshape(-1, 2).mean(axis=0)
    # The linear price is worth its exact value in both seats; five standard errors of 40,000 games of spread 0.13.
    found = values(game, linear(game, BUYER), linear(game, SELLER))
    np.testing.assert_allclose(np.mean(rewards, axis=0), found, atol=0.0033)
