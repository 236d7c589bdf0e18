"""A learned day on a real EVM: the same digest as in memory, a passed audit, and the reward that training saw."""

from pathlib import Path

from agents.policy.find import load_policy
from learning.park.core import OneSeatPark
from scenarios.chain_host import ChainHost, ChainOptions
from scenarios.hosts import SimulatedHost
from scenarios.load import load
from scenarios.park import park_bank
from scenarios.running import RunOptions, run_scenario

SEED = 1_000_003


def test_what_the_policy_earns_on_chain_is_what_the_park_gives(tmp_path: Path) -> None:
    scenario, options = load("park-day"), RunOptions(seed=SEED, out=tmp_path, pictures=False)
    host = ChainHost(ChainOptions())
    try:
        on_chain = run_scenario(scenario, host, options)
    finally:
        host.close()
    in_memory = run_scenario(scenario, SimulatedHost(), options)
    assert on_chain.audit.verdict == "pass"
    assert on_chain.digest == in_memory.digest
    bank, policy = park_bank(scenario, [SEED]), load_policy("park")
    core = OneSeatPark(bank, 1)
    core.begin(0)
    rewards = 0.0
    while not core.dones[0]:
        core.advance(policy.act(core.observations, core.masks))
        rewards += float(core.rewards[0])
    seat = scenario.table.party[int(bank.seats[0])].name
    earned = {row.party: row.gain_selling + row.gain_buying for row in on_chain.welfare}
    assert core.parks.totals[0, bank.seats[0]] == earned[seat]
    assert abs(rewards - earned[seat] / bank.unit) < 1e-5 * max(1.0, rewards)
    assert earned[seat] > 0
