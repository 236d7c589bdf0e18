"""The compiled park is the market day: the same parties under the same decisions earn the same, to the token unit."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from agents.policy.network import Policy
from agents.policy.park_view import park_spec
from learning.park.core import OneSeatPark
from scenarios.load import Scenario, load
from scenarios.park import park_bank
from scenarios.rehearsal import rehearse

SEEDS = range(100, 124)


def random_policy(seed: int) -> Policy:
    """Weights by chance: a policy that does all kinds of things, the same for the same perception."""
    rng = np.random.default_rng(seed)
    spec = park_spec()
    width, actions = len(spec.features), len(spec.actions)
    layer = rng.normal(0, 2.0, (width, actions)).astype(np.float32)
    # Sessions are chosen rarely among so many, so that orders and waiting come up as well.
    bias = np.where(np.arange(actions) < 5, 3.0, 0.0).astype(np.float32)
    critic = ((np.zeros((width, 1), np.float32), np.zeros(1, np.float32)),)
    return Policy(spec, ((layer, bias),), critic)


def with_policy(scenario: Scenario, policy: Policy, folder: Path) -> Scenario:
    policy.save(folder / "random.npz")
    parties = tuple(
        p.model_copy(update={"parameters": {"policy": "random.npz"}}) if p.strategy == "learned" else p
        for p in scenario.table.party
    )
    return replace(
        scenario,
        path=folder / scenario.path.name,
        table=scenario.table.model_copy(update={"party": parties}),
    )


def paced(scenario: Scenario, pace: str) -> Scenario:
    if pace == "interval":
        return scenario
    market = scenario.table.market.model_copy(
        update={"pace": "step", "lead": 10, "max_rounds": 8, "onchain_every": 1}
    )
    return replace(scenario, table=scenario.table.model_copy(update={"market": market}))


@pytest.mark.parametrize("pace", ["interval", "step"])
@pytest.mark.parametrize("chance", [0, 1, 2])
def test_the_same_decisions_earn_the_same(pace: str, chance: int, tmp_path: Path) -> None:
    policy = random_policy(chance)
    scenario = with_policy(paced(load("park-day"), pace), policy, tmp_path)
    bank = park_bank(scenario, SEEDS)
    core = OneSeatPark(bank, len(bank), in_order=True)
    core.begin(0)
    while not core.dones.any():
        core.advance(policy.act(core.observations, core.masks))
    assert core.dones.all()
    names = [party.name for party in scenario.table.party]
    played = [rehearse(scenario, seed).gains for seed in SEEDS]
    assert core.parks.totals.tolist() == [[gains[name] for name in names] for gains in played]
    assert sum(abs(gain) for gains in played for gain in gains.values()) > 0
