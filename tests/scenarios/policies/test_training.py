"""Trainings in a scenario's park: against a pool, past selves or both, over several seeds, and after a stop."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from agents.policy.network import Policy
from learning.mixed import Mixed
from learning.park.core import OneSeatPark
from learning.training.config import TrainConfig
from learning.training.curve import Point, read_curve
from learning.training.errors import ConfigError
from learning.training.league import LeagueCore
from learning.training.train import TrainResult
from scenarios.load import load
from scenarios.park import park_bank
from scenarios.policies import pictures, training
from scenarios.policies.pictures import learning_curve
from scenarios.policies.training import PARK, TrainOptions, configured, train_park, worlds

SCENARIO = load("park-day")
SMALL = {
    "steps": 6 * 128,
    "copies": 8,
    "horizon": 16,
    "batch": 64,
    "epochs": 1,
    "hidden": [8],
    "checkpoint_every": 2,
}
"""Six rollouts, checkpoints before the 1st, 3rd and 5th and in the end."""


class Stopped(Exception):
    """As a kill would."""


def quiet(what: str, done: int, total: int) -> None:
    """Progress that nobody sees."""


def stop_at(steps: int, named: str = "training") -> Callable[[str, int, int], None]:
    """Stops the training of this name when it has made so many steps."""

    def progress(what: str, done: int, total: int) -> None:
        if what == named and done == steps:
            raise Stopped

    return progress


@pytest.fixture(autouse=True)
def few_days(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "DAYS", 16)


def only(results: tuple[TrainResult, ...]) -> Policy:
    (result,) = results
    return result.policy


def test_a_pool_and_a_league_at_once_are_stored_and_gone_on_with(tmp_path: Path) -> None:
    options = TrainOptions(changes=SMALL, against="pool+league")
    whole = train_park(SCENARIO, tmp_path / "whole", options, quiet)
    assert whole.against == "pool+league"
    for text in ((tmp_path / "whole" / "config.json").read_text(), only(whole.results).config):
        assert json.loads(text)["league"]["share"] == 0.25
        assert TrainConfig.from_json(text).against == "pool+league"
    with pytest.raises(Stopped):
        train_park(SCENARIO, tmp_path / "stopped", options, stop_at(3 * 128))
    again = train_park(SCENARIO, tmp_path / "stopped", replace(options, resume=True), quiet)
    assert again.results[0].resumed is not None
    assert only(again.results).to_bytes() == only(whole.results).to_bytes()
    pool = train_park(SCENARIO, tmp_path / "pool", TrainOptions(changes=SMALL), quiet)
    assert pool.against == "pool"
    assert only(pool.results).to_bytes() != only(whole.results).to_bytes()


def test_the_worlds_are_those_of_the_choice() -> None:
    bank = park_bank(SCENARIO, range(4))

    def parts(against: str | None, **changes: object) -> list[tuple[type, int]]:
        options = TrainOptions(changes={**SMALL, **changes}, against=against)
        core = worlds(bank, configured(PARK, options))(8)
        return [(type(part), part.n) for part in (core.parts if isinstance(core, Mixed) else (core,))]

    assert parts(None) == parts("pool") == [(OneSeatPark, 8)]
    assert parts("league") == [(LeagueCore, 8)]
    assert parts("pool+league") == [(OneSeatPark, 6), (LeagueCore, 2)]
    # What is said of the league besides stays; "pool" has none.
    assert parts("pool+league", league={"share": 0.5}) == [(OneSeatPark, 4), (LeagueCore, 4)]
    assert parts("pool", league={"share": 0.5}) == [(OneSeatPark, 8)]
    with pytest.raises(ConfigError, match=r"training\.against: found 'selves', expected one of pool"):
        configured(PARK, TrainOptions(changes={}, against="selves"))


def test_several_seeds_are_trainings_of_their_own_and_one_picture(tmp_path: Path) -> None:
    options = TrainOptions(changes=SMALL, seeds=(3, 5))
    with pytest.raises(Stopped):
        train_park(SCENARIO, tmp_path / "both", options, stop_at(2 * 128, "training, seed 3"))
    both = train_park(SCENARIO, tmp_path / "both", replace(options, resume=True), quiet)
    assert [result.path for result in both.results] == [
        tmp_path / "both" / f"seed-{seed}" / "policy.npz" for seed in (3, 5)
    ]
    assert [result.resumed is not None for result in both.results] == [True, False], "5 had not begun"
    assert both.picture == tmp_path / "both" / "learning-curve.png"
    assert both.picture.stat().st_size > 10_000
    alone = train_park(SCENARIO, tmp_path / "alone", TrainOptions(changes={**SMALL, "seed": 5}), quiet)
    assert only(alone.results).to_bytes() == only(both.results[1:]).to_bytes()
    curves = [read_curve(tmp_path / "both" / f"seed-{seed}" / "curve.csv") for seed in (3, 5)]
    assert [len(curve) for curve in curves] == [6, 6]


def test_the_band_of_several_curves_is_drawn_from_their_points(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheets: list[Figure] = []

    def kept(sheet: Figure, path: Path) -> Path:
        sheets.append(sheet)
        return path

    monkeypatch.setattr(pictures, "save", kept)
    returns = [[0.0, 1.0], [0.0, 3.0], [0.0, 8.0]]
    curves = [[point(number, each) for number, each in enumerate(curve)] for curve in returns]
    learning_curve(curves, tmp_path / "curve.png")
    left = sheets[0].axes[0]
    drawn = [np.asarray(line.get_ydata()).tolist() for line in left.lines]
    assert drawn == [*returns, [0.0, 3.0]], "the median on top of the single ones"
    # Quartiles of 1, 3 and 8 lie half way between neighbours: 2 and 5.5.
    band = np.asarray(left.collections[0].get_paths()[0].vertices)
    assert (band[:, 1].min(), band[:, 1].max()) == (0.0, 5.5)
    assert 2.0 in band[:, 1]


def point(number: int, episode_return: float) -> Point:
    return Point(
        steps=1000 * (number + 1),
        episodes=5,
        episode_return=episode_return,
        spread=0.1,
        entropy=1.0,
        value_loss=0.1,
        explained=0.5,
        divergence=0.01,
    )
