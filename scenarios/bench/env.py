"""How fast the batched environments step, alone and against the scalar ones side by side.

A step is one action in each of 1,024 copies through stable-baselines3's VecEnv, with masks and infos, on one thread;
actions are drawn evenly from the legal ones by a compiled sampler, whose time counts too. The comparison is the same
world as eight scalar environments in stable-baselines3's DummyVecEnv. Medians of several repeats, by the processor's
time, so that other work on the machine is not in them.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from energy.compiled import compiled_together
from learning.session.tactics import draw
from scenarios.bench.figures import Figure, figure
from scenarios.bench.sessions import _contract_spaces
from scenarios.load import load
from scenarios.park import park_bank
from scenarios.running import Progress

if TYPE_CHECKING:
    from learning.core import Core

COPIES = 1024
SCALARS = 8
REPEATS = 7
DAYS = range(20_000, 20_032)


@compiled_together
def draw_legal(masks: NDArray[np.bool_], actions: NDArray[np.int64], words: NDArray[np.uint64]) -> None:
    """An even draw of each row's legal actions: a few tries of any action, then one of those that are counted.

    ``words`` (1,) is the state of the stream of random numbers.
    """
    width = masks.shape[1]
    for row in range(len(actions)):
        action, tries = int(draw(words, 0, width)), 1
        while not masks[row, action] and tries < 4:
            action = int(draw(words, 0, width))
            tries += 1
        if not masks[row, action]:
            legal = 0
            for k in range(width):
                legal += masks[row, k]
            left = draw(words, 0, legal)
            action = 0
            while left > 0 or not masks[row, action]:
                left -= masks[row, action]
                action += 1
        actions[row] = action


def bench_env(progress: Progress, *, seed: int = 0) -> list[Figure]:
    """Steps per second of sessions and parks, and how many times those of scalar environments."""
    from learning.park.core import OneSeatPark
    from learning.session.bank import bank_of_tables, trade_bank
    from learning.session.core import Sessions

    rng = np.random.default_rng(seed)
    trades, loans = trade_bank(rng, 256), bank_of_tables(*_contract_spaces(rng))
    day = load("park-day")
    market = day.table.market.model_copy(update={"pace": "step", "lead": 22})
    table = day.table.model_copy(update={"market": market, "intervals": 48})
    parks = park_bank(replace(day, table=table), DAYS)

    progress("Sessions", 0, 4)
    sessions = steps_per_second(Sessions(trades, COPIES), 100)
    on_loans = steps_per_second(Sessions(loans, COPIES), 50)
    progress("Sessions one by one", 1, 4)
    one_session = scalar_steps_per_second(lambda: Sessions(trades, 1), 300)
    progress("Parks", 2, 4)
    park = steps_per_second(OneSeatPark(parks, COPIES), 98)  # two whole days: their hours differ
    progress("Parks one by one", 3, 4)
    one_park = scalar_steps_per_second(lambda: OneSeatPark(parks, 1), 300)
    progress("Done", 4, 4)
    return [
        figure("env.session_steps", sessions, "steps/s", at_least=3e6),
        figure("env.session_steps.loans", on_loans, "steps/s"),
        figure("env.session_vs_dummy", sessions / one_session, "times DummyVecEnv", at_least=20),
        figure("env.park_steps", park, "steps/s", at_least=1e6),
        figure("env.park_vs_dummy", park / one_park, "times DummyVecEnv", at_least=20),
    ]


def steps_per_second(core: "Core", steps: int) -> float:
    """Of a batched environment, ``steps`` to a repeat."""
    from learning.training.vector import VectorEnv

    env = VectorEnv(core)
    actions, words = np.zeros(core.n, np.int64), np.ones(1, np.uint64)

    def step() -> None:
        draw_legal(env.action_masks(), actions, words)
        env.step(actions)

    env.reset()
    return core.n / _seconds(step, steps)


def scalar_steps_per_second(make: Callable[[], "Core"], steps: int) -> float:
    """Of the same world as scalar environments side by side, ``steps`` to a repeat."""
    from stable_baselines3.common.vec_env import DummyVecEnv

    from learning.scalar import ScalarEnv

    env = DummyVecEnv([lambda: ScalarEnv(make()) for _ in range(SCALARS)])
    actions, words = np.zeros(SCALARS, np.int64), np.ones(1, np.uint64)

    def step() -> None:
        masks: Any = env.env_method("action_masks")
        draw_legal(np.stack(masks), actions, words)
        env.step(actions)

    env.reset()
    return SCALARS / _seconds(step, steps)


def _seconds(step: Callable[[], None], steps: int) -> float:
    """Of one step, the median of the repeats; what comes before them compiles, and spreads the episodes' times."""
    for _ in range(steps // 2):
        step()
    times = []
    for _ in range(REPEATS):
        started = time.thread_time()
        for _ in range(steps):
            step()
        times.append(time.thread_time() - started)
    return median(times) / steps
