"""The two seats of a session as a PettingZoo environment."""

import numpy as np
import pytest
from pettingzoo.test import parallel_api_test  # type: ignore[import-untyped]

from learning.parallel import SeatsEnv
from learning.session.bank import SessionBank, trade_bank
from learning.session.selfplay import SessionPairs


def bank() -> SessionBank:
    return trade_bank(np.random.default_rng(3), 16, prices=6, amounts=4, max_rounds=6)


def test_pettingzoo_finds_nothing_to_complain_about() -> None:
    parallel_api_test(SeatsEnv(SessionPairs(bank(), 1)), num_cycles=100)


@pytest.mark.parametrize("encoding", ["levels", "outcomes"])
def test_it_is_a_row_of_the_batch_and_who_accepts_gives_both_their_utility(encoding: str) -> None:
    env, batch = (
        SeatsEnv(SessionPairs(bank(), 1, encoding=encoding)),
        SessionPairs(bank(), 3, encoding=encoding),
    )
    rng = np.random.default_rng(0)
    seen, _ = env.reset(seed=5)
    batch.begin(5)
    deals = 0
    for _ in range(300):
        masks = np.stack([seen[agent]["action_mask"] for agent in env.possible_agents])
        assert np.array_equal(masks, batch.masks[0])
        standing = {agent: float(seen[agent]["observation"][4]) for agent in env.possible_agents}
        own = {agent: float(seen[agent]["observation"][11]) for agent in env.possible_agents}
        every = np.array([[rng.choice(np.flatnonzero(mask)) for mask in seats] for seats in batch.masks])
        actions = every[0].tolist()
        seen, rewards, terminated, _, _ = env.step(dict(zip(env.possible_agents, actions, strict=True)))
        batch.advance(every)
        now = batch.terminal if batch.dones[0] else batch.observations
        for k, agent in enumerate(env.possible_agents):
            assert np.array_equal(seen[agent]["observation"], now[0, k])
            assert rewards[agent] == batch.rewards[0, k]
            assert terminated[agent] == batch.dones[0]
        if batch.dones[0]:
            deal = max(rewards.values()) > 0
            assert not deal or list(rewards.values()) in (
                [standing["seat_0"], own["seat_1"]],
                [own["seat_0"], standing["seat_1"]],
            )
            deals += deal
            seen, _ = env.reset()
    assert deals > 3
