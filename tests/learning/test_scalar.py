"""One copy as a Gymnasium environment is a row of the batch, and a PettingZoo environment is one too."""

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from agents.policy.errors import IllegalChoice
from learning.scalar import ScalarEnv, make_session, masks_of, register
from learning.session.bank import trade_bank
from learning.session.core import Sessions


@pytest.mark.parametrize("encoding", ["levels", "outcomes"])
def test_a_scalar_environment_is_a_row_of_the_batch(encoding: str) -> None:
    bank = trade_bank(np.random.default_rng(3), 16, prices=6, amounts=4, max_rounds=6)
    env, batch = (
        ScalarEnv(Sessions(bank, 1, encoding=encoding)),
        Sessions(bank, 3, encoding=encoding),
    )
    rng = np.random.default_rng(0)
    seen, _ = env.reset(seed=5)
    batch.begin(5)
    episodes = 0
    for _ in range(200):
        assert np.array_equal(seen, batch.observations[0])
        assert np.array_equal(env.action_masks(), batch.masks[0])
        actions = np.array([rng.choice(np.flatnonzero(mask)) for mask in batch.masks])
        seen, reward, terminated, truncated, _ = env.step(actions[0])
        batch.advance(actions)
        assert (reward, terminated, truncated) == (batch.rewards[0], batch.dones[0], False)
        if terminated:
            assert np.array_equal(seen, batch.terminal[0])
            seen, _ = env.reset()
            episodes += 1
    assert episodes > 20


def test_gymnasium_finds_nothing_to_complain_about() -> None:
    check_env(gymnasium.make("Wattpact/Session-v0").unwrapped)


def test_a_name_that_is_taken_keeps_its_environment() -> None:
    register("Wattpact/Taken-v0", make_session)
    register("Wattpact/Taken-v0", lambda: make_session("outcomes", prices=2, amounts=2))
    try:
        assert masks_of(gymnasium.make("Wattpact/Taken-v0")).shape == (17,)
    finally:
        gymnasium.registry.pop("Wattpact/Taken-v0")


def test_what_is_masked_is_refused() -> None:
    env = make_session()
    opening = next(seed for seed in range(50) if env.reset(seed=seed)[0][2] == 1)
    env.reset(seed=opening)
    with pytest.raises(IllegalChoice, match="found 16"):
        env.step(np.int64(16))


def test_more_than_one_copy_is_refused() -> None:
    with pytest.raises(ValueError, match="found 2 copies, expected 1"):
        ScalarEnv(Sessions(trade_bank(np.random.default_rng(0), 2), 2))


def test_a_session_against_named_opponents_without_rationality() -> None:
    env = gymnasium.make(
        "Wattpact/Session-v0", encoding="outcomes", opponents=("nash", "tit-for-tat-absolute"), rational=False
    )
    env.reset(seed=3)
    masks = masks_of(env)
    assert masks[:-1].all()
    _, reward, terminated, truncated, _ = env.step(np.int64(0))
    assert (-1.0 <= float(reward) <= 1.0, terminated, truncated) == (True, False, False)
