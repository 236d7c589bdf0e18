"""The measurement of training: which figures there are, and how those of the games hang together."""

from dataclasses import replace

import pytest

from learning.training.config import LeagueSettings, TrainConfig
from scenarios.bench import train
from scenarios.bench.figures import Figure
from scenarios.load import load


def test_figures_of_games_learned_for_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    real = {"turns": train.turns, "bids": train.bids}

    def short(name: str):  # type: ignore[no-untyped-def]
        def config(seed: int, steps: int, league: LeagueSettings | None = None) -> TrainConfig:
            return replace(real[name](seed, steps, league), steps=1, epochs=1)

        return config

    for name in real:
        monkeypatch.setattr(train, name, short(name))
    monkeypatch.setattr(train, "_speed", lambda pairs, seed: [])
    told: list[str] = []
    figures = {each.name: each for each in train.bench_train(lambda what, done, total: told.append(what))}
    assert told[-1] == "Done"

    def value(name: str) -> float:
        return figures[f"train.{name}"].value

    # 5/7 and 2/7 of the pie; 9/128 to each side. Figures are rounded to four places.
    off = max(abs(value("rubinstein.opener") - 5 / 7), abs(value("rubinstein.responder") - 2 / 7))
    assert value("rubinstein") == pytest.approx(off, abs=1.1e-4)
    sides = (value("chatterjee_samuelson.buyer"), value("chatterjee_samuelson.seller"))
    assert value("chatterjee_samuelson") == pytest.approx(max(abs(s - 9 / 128) for s in sides), abs=1.1e-4)
    bounded = {name: each.bound for name, each in figures.items() if each.bound is not None}
    assert bounded == {"train.rubinstein": 0.02, "train.chatterjee_samuelson": 0.02}
    listed = [
        f"train.{game}.{how}.{what}"
        for game in ("rubinstein", "chatterjee_samuelson")
        for how in ("self_play", "self_play_drawn")
        for what in ("distance", "nash_conv")
    ]
    assert all(isinstance(figures[name], Figure) and figures[name].value >= 0 for name in listed)


def test_a_park_with_one_offer_a_step_is_the_same_park_otherwise() -> None:
    day = load(train.SCENARIO)
    slow = train._offer_by_offer(day)
    assert slow.table.market.pace == "step"
    assert slow.table.party == day.table.party
    assert slow.table.provider == day.table.provider
