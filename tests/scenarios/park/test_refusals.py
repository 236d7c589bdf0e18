"""What cannot be learned in, or played with, is refused by name before anything is played."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agents.policy.errors import IllegalChoice
from agents.policy.network import Policy
from agents.policy.spec import Spec
from learning.park.core import OneSeatPark
from scenarios.composition import check_strategies
from scenarios.errors import ScenarioError
from scenarios.load import Scenario, load
from scenarios.park import park_bank
from scenarios.variation import seat_of, vary


def changed(**market: Any) -> Scenario:
    scenario = load("park-day")
    table = scenario.table.market.model_copy(update=market)
    return replace(scenario, table=scenario.table.model_copy(update={"market": table}))


@pytest.mark.parametrize(
    ("market", "key"),
    [
        ({"meetings": 2}, "market.meetings"),
        ({"matcher": "random"}, "market.matcher"),
        ({"pace": "step"}, "market.lead"),
        ({"horizon": 4}, "market.horizon"),
    ],
)
def test_markets_that_no_park_is(market: dict[str, Any], key: str) -> None:
    with pytest.raises(ScenarioError, match=key):
        park_bank(changed(**market), [0])


def test_a_village_with_loans_and_batteries_is_no_park() -> None:
    with pytest.raises(ScenarioError, match=r"market\.meetings"):
        park_bank(load("village-day"), [0])


def with_policy(name: str, folder: Path) -> Scenario:
    scenario = load("park-day")
    parties = tuple(
        p.model_copy(update={"parameters": {"policy": name}}) if p.strategy == "learned" else p
        for p in scenario.table.party
    )
    table = scenario.table.model_copy(update={"party": parties, "variation": None})
    return replace(scenario, path=folder / "mine.toml", table=table)


def test_a_policy_of_another_world_is_refused_before_the_run(tmp_path: Path) -> None:
    layer = ((np.zeros((1, 2), np.float32), np.zeros(2, np.float32)),)
    critic = ((np.zeros((1, 1), np.float32), np.zeros(1, np.float32)),)
    Policy(Spec("park", ("price",), ("buy", "sell")), layer, critic).save(tmp_path / "other.npz")
    with pytest.raises(ScenarioError, match=r"party\[1\]\.parameters\.policy.*features"):
        check_strategies(with_policy("other.npz", tmp_path))


def test_a_missing_or_unknown_policy_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="no file"):
        check_strategies(with_policy("absent.npz", tmp_path))
    with pytest.raises(ScenarioError, match="park"):
        check_strategies(with_policy("parc", tmp_path))


def test_an_action_that_is_masked_changes_nothing() -> None:
    core = OneSeatPark(park_bank(load("park-day"), [0, 1]), 2, in_order=True)
    core.begin(0)
    before = core.observations.copy()
    masked = np.flatnonzero(~core.masks[1])
    with pytest.raises(IllegalChoice, match=str(masked[-1])):
        core.advance(np.array([0, masked[-1]]))
    assert (core.observations == before).all()


def test_days_of_a_seed_are_the_same_and_those_of_others_differ() -> None:
    scenario = load("park-day")
    assert vary(scenario, 5).table == vary(scenario, 5).table
    assert vary(scenario, 5).table != vary(scenario, 9).table
    assert [seat_of(scenario, seed) for seed in range(8)] == [0, 1, 2, 3, 0, 1, 2, 3]
    for seed in range(8):
        day = vary(scenario, seed).table
        assert [party.strategy for party in day.party].count("learned") == 1
        assert all(step.buy < step.sell for step in day.provider.tariff)
        assert day.variation is None


def test_where_nothing_varies_a_day_stays_the_same() -> None:
    scenario = load("gas-park")
    assert vary(scenario, 5) is scenario
