"""What training costs and what it reaches: the trainer's speed in a park, and games whose solution is known.

Speed: a rollout and its update in the park's day, paired with the same trainer in an environment that costs
nothing, of the same shapes; the day and the settings are those of the shipped policy's training, in which a session is
played to its end within a step. Beside it the day with one offer a step.
Games: a policy learns against the theoretical opponent, in both seats at once; what it is worth against that
opponent is computed exactly, and the figure is the larger of the two seats' distances from theory. Self-play:
policies that learn against a league of their past selves; how far they are from theory, and NashConv (exact,
on the game's grid), are listed, of the likeliest actions and of actions drawn as the policy holds them.
"""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from scenarios.bench.figures import Figure, figure
from scenarios.load import Scenario, load
from scenarios.park import park_bank
from scenarios.running import Progress

if TYPE_CHECKING:
    from learning.training.config import LeagueSettings, TrainConfig

SCENARIO = "park-day"
DAYS = range(10_000, 10_064)
DISCOUNTS = Fraction(9, 10), Fraction(4, 5)
VALUE = 9 / 128
"""Of the double auction, to each side; Chatterjee and Samuelson's 9/64 of gains halved."""


def bench_train(progress: Progress, *, pairs: int = 15, seed: int = 0) -> list[Figure]:
    """Figures as above; ``pairs`` of rollouts are timed."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        progress("A park, and nothing", 0, 5)
        figures = _speed(pairs, seed)
        progress("Rubinstein against theory", 1, 5)
        figures += _rubinstein(folder / "turns", seed)
        progress("Double auction against theory", 2, 5)
        figures += _double_auction(folder / "bids", seed)
        progress("Rubinstein in self-play", 3, 5)
        figures += _rubinstein_self_play(folder / "turns-league", seed)
        progress("Double auction in self-play", 4, 5)
        figures += _double_auction_self_play(folder / "bids-league", seed)
    progress("Done", 5, 5)
    return figures


def _speed(pairs: int, seed: int) -> list[Figure]:
    from learning.park.core import OneSeatPark
    from learning.training.config import TrainConfig
    from learning.training.speed import training_speed
    from scenarios.policies.training import PARK

    config = TrainConfig.from_table({**PARK, "seed": seed})
    day = load(SCENARIO)
    whole, offers = (
        training_speed(OneSeatPark(park_bank(scenario, DAYS), config.copies), config, pairs)
        for scenario in (day, _offer_by_offer(day))
    )
    return [
        figure("train.ppo_ratio", whole.ratio, "of the speed in nothing", at_least=0.85),
        figure("train.ppo", whole.real, "samples/s", baseline=whole.nothing),
        figure("train.ppo_ratio.offers", offers.ratio, "of the speed in nothing"),
        figure("train.ppo.offers", offers.real, "samples/s", baseline=offers.nothing),
    ]


def _offer_by_offer(scenario: Scenario) -> Scenario:
    """The day with one offer a step in each session, in place of whole sessions."""
    update = {"pace": "step", "lead": 10, "max_rounds": 8, "onchain_every": 1}
    market = scenario.table.market.model_copy(update=update)
    return replace(scenario, table=scenario.table.model_copy(update={"market": market}))


def _rubinstein(folder: Path, seed: int) -> list[Figure]:
    from learning.games.rubinstein import Rubinstein, against_theory
    from learning.games.rubinstein_value import behaviour, theory, values
    from learning.training.train import train

    game = Rubinstein(1, DISCOUNTS)
    policy = train(lambda n: against_theory(Rubinstein(n, DISCOUNTS)), turns(seed, 160_000), folder).policy
    plays, optimal, share = behaviour(game, policy), theory(game), _share()
    opens, responds = values(game, plays, optimal)[0], values(game, optimal, plays)[1]
    distance = max(abs(opens - share), abs(responds - (1 - share)))
    return [
        figure("train.rubinstein", distance, "|value − theory|", at_most=0.02),
        figure("train.rubinstein.opener", opens, "of the pie", baseline=share),
        figure("train.rubinstein.responder", responds, "of the pie", baseline=1 - share),
    ]


def _double_auction(folder: Path, seed: int) -> list[Figure]:
    from learning.games.double_auction import BUYER, SELLER, DoubleAuction, against_linear
    from learning.games.double_auction_value import behaviour, linear, values
    from learning.training.train import train

    game = DoubleAuction(1)
    policy = train(lambda n: against_linear(DoubleAuction(n)), bids(seed, 250_000), folder).policy
    buys = values(game, behaviour(game, BUYER, policy), linear(game, SELLER))[0]
    sells = values(game, linear(game, BUYER), behaviour(game, SELLER, policy))[1]
    distance = max(abs(buys - VALUE), abs(sells - VALUE))
    return [
        figure("train.chatterjee_samuelson", distance, "|value − theory|", at_most=0.02),
        figure("train.chatterjee_samuelson.buyer", buys, "gain", baseline=VALUE),
        figure("train.chatterjee_samuelson.seller", sells, "gain", baseline=VALUE),
    ]


def _rubinstein_self_play(folder: Path, seed: int) -> list[Figure]:
    from learning.games.rubinstein import Rubinstein
    from learning.games.rubinstein_value import behaviour, nash_conv, values
    from learning.training.config import LeagueSettings
    from learning.training.league import self_play
    from learning.training.train import train

    league = LeagueSettings()
    make = self_play(lambda n: Rubinstein(n, DISCOUNTS), league, seed)
    policy = train(make, turns(seed, 300_000, league), folder).policy
    game, share, figures = Rubinstein(1, DISCOUNTS), _share(), []
    for greedy, name in ((True, "self_play"), (False, "self_play_drawn")):
        plays = behaviour(game, policy, greedy)
        opens, responds = values(game, plays, plays)
        distance = max(abs(opens - share), abs(responds - (1 - share)))
        figures += [
            figure(f"train.rubinstein.{name}.distance", distance, "|value − theory|"),
            figure(f"train.rubinstein.{name}.nash_conv", nash_conv(game, plays, plays), "of the pie"),
        ]
    return figures


def _double_auction_self_play(folder: Path, seed: int) -> list[Figure]:
    from learning.games.double_auction import BUYER, SELLER, DoubleAuction
    from learning.games.double_auction_value import behaviour, nash_conv, values
    from learning.training.config import LeagueSettings
    from learning.training.league import self_play
    from learning.training.train import train

    league = LeagueSettings()
    policy = train(self_play(DoubleAuction, league, seed), bids(seed, 300_000, league), folder).policy
    game, figures = DoubleAuction(1), []
    for greedy, name in ((True, "self_play"), (False, "self_play_drawn")):
        buyer, seller = (behaviour(game, seat, policy, greedy) for seat in (BUYER, SELLER))
        distance = max(abs(value - VALUE) for value in values(game, buyer, seller))
        figures += [
            figure(f"train.chatterjee_samuelson.{name}.distance", distance, "|value − theory|"),
            figure(f"train.chatterjee_samuelson.{name}.nash_conv", nash_conv(game, buyer, seller), "gain"),
        ]
    return figures


def turns(seed: int, steps: int, league: "LeagueSettings | None" = None) -> "TrainConfig":
    """How a game of turns is learned; its rewards carry the discounts, so that there are no others."""
    from learning.training.config import TrainConfig

    return TrainConfig(
        steps=steps,
        copies=128,
        horizon=32,
        batch=1024,
        learning_rate=2e-3,
        entropy=0.02,
        gamma=1.0,
        seed=seed,
        league=league,
    )


def bids(seed: int, steps: int, league: "LeagueSettings | None" = None) -> "TrainConfig":
    """How a game of one sealed bid is learned."""
    from learning.training.config import TrainConfig

    return TrainConfig(
        steps=steps,
        copies=512,
        horizon=8,
        batch=1024,
        learning_rate=2e-3,
        entropy=0.003,
        gamma=1.0,
        gae_lambda=1.0,
        seed=seed,
        league=league,
    )


def _share() -> float:
    """What theory leaves the opener."""
    from agents.tactics.theory.rubinstein import offerer_share

    return float(offerer_share(*DISCOUNTS))
