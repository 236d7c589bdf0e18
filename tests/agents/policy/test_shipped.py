"""Every policy that ships says how it was made: its configuration and its learning curve lie beside it."""

import csv
import json
from pathlib import Path

import pytest

from agents.policy.find import shipped_policies
from agents.policy.network import Policy
from agents.policy.session_view import session_spec

SHIPPED = shipped_policies()


@pytest.mark.parametrize("name", list(SHIPPED))
def test_configuration_and_curve_are_those_of_the_file(name: str) -> None:
    path = SHIPPED[name]
    config = json.loads(Policy.load(path).config)
    assert config == json.loads(path.with_name(f"{name}.config.json").read_text())
    with path.with_name(f"{name}.curve.csv").open(newline="") as file:
        steps = [int(row["steps"]) for row in csv.DictReader(file)]
    rollout = config["copies"] * config["horizon"]
    # Whole rollouts until all decisions are learned from.
    assert steps == list(range(rollout, config["steps"] + rollout, rollout))
    assert f"`{name}.npz`" in (path.parent / "README.md").read_text()


def test_the_policy_for_loans_fits_the_sessions_of_the_shipped_villages() -> None:
    Policy.load(SHIPPED["loans"]).spec.check(session_spec(0, 200, levels=True))
    assert Path(SHIPPED["loans"]).stat().st_size < 50_000
