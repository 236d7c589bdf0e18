"""A training's configuration: what is refused, and that its text says all of it."""

import pytest

from learning.training.config import LeagueSettings, TrainConfig
from learning.training.errors import ConfigError


def test_a_configuration_survives_its_text() -> None:
    config = TrainConfig(
        steps=1000, copies=3, horizon=10, batch=15, hidden=(5,), league=LeagueSettings(size=2)
    )
    assert TrainConfig.from_json(config.to_json()) == config
    assert TrainConfig.from_json("{}") == TrainConfig()


def test_whom_a_training_meets_follows_from_its_league() -> None:
    assert TrainConfig().against == "pool"
    assert TrainConfig(league=LeagueSettings()).against == "league"
    assert TrainConfig(league=LeagueSettings(share=0.25)).against == "pool+league"


def test_steps_are_rounded_up_to_whole_rollouts() -> None:
    assert TrainConfig(steps=31, copies=3, horizon=10, batch=30).rollouts == 2
    assert TrainConfig(steps=30, copies=3, horizon=10, batch=30).rollouts == 1


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"stepz": 3}, "training.stepz: found 3, expected no such key"),
        ({"league": {"sise": 3}}, "training.league.sise"),
        ({"steps": 0}, "training.steps: found 0, expected a whole number of at least 1"),
        ({"copies": "many"}, "training.copies: found 'many'"),
        ({"batch": 1000}, "training.batch: found 1000, expected a divisor of copies × horizon = 8192"),
        ({"gamma": 1.5}, r"training.gamma: found 1.5, expected in \[0, 1\]"),
        ({"entropy": float("nan")}, "training.entropy: found nan"),
        ({"activation": "sine"}, "training.activation: found 'sine', expected one of tanh, relu"),
        ({"hidden": [0]}, "training.hidden"),
        ({"seed": -1}, "training.seed"),
        ({"league": {"draw": "best"}}, "training.league.draw: found 'best'"),
        ({"league": {"newest": 2}}, "training.league.newest: found 2"),
        ({"league": {"share": 0.0}}, "training.league.share: found 0.0, expected more than 0"),
        ({"league": {"share": 1.5}}, "training.league.share: found 1.5"),
    ],
)
def test_refused_values(table: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError, match=said) as refused:
        TrainConfig.from_table(table)
    assert refused.value.exit_code == 2


def test_text_that_is_no_json() -> None:
    with pytest.raises(ConfigError, match="JSON"):
        TrainConfig.from_json("{")
