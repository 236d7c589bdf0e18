"""The contract space of one agent: the fast kernel against a compiled brute-force loop, on one core in one run.

All 15 × 95 contracts over 100 scenarios and 96 steps, C1 and C2, from needs to utilities as ``contract_space`` gives them,
checks and the choice of the kernel included. The brute-force loop is compiled with the same flags and simulates all
steps of every contract and scenario. Time is the thread's own on the processor: other work on the machine, which would
hold up the long loop more often than the short one, is not in it.
"""

import time
from collections.abc import Callable
from statistics import median

import numpy as np
from numpy.typing import NDArray

from agents.loans.brute_force import brute_force_costs
from agents.loans.control import limits_of
from agents.loans.domain import default_domain
from agents.loans.model import ProsumerModel
from agents.loans.space import contract_space
from energy.battery import Battery
from energy.forecast import ForecastError, scenarios
from scenarios.bench.figures import Figure, figure
from scenarios.running import Progress

FloatArray = NDArray[np.float64]

REPEATS = 7
HORIZON = 96
SCENARIOS = 100


def example_needs(rng: np.random.Generator) -> FloatArray:
    """Needs of a home with PV over a day, shape (100, 96) [kWh per interval], from a random hour on."""
    hour = (np.arange(HORIZON) / 4 + rng.uniform(0, 24)) % 24
    load = 0.08 + 0.12 * np.exp(-(((hour - 19) / 3) ** 2)) + 0.06 * np.exp(-(((hour - 7.5) / 2) ** 2))
    sun = 0.6 * np.maximum(0, np.sin((hour - 6) / 12 * np.pi)) ** 1.5
    return scenarios(load - sun, error=ForecastError(), scale=0.3, count=SCENARIOS, rng=rng)


def bench_space(progress: Progress, *, seed: int = 0) -> list[Figure]:
    """Milliseconds of each, medians of 7 taken in turns, and the largest difference of their utilities.

    Two batteries: one without degradation and one with the paper's 0.02 % a step, whose cost-to-go has more pieces.
    """
    rng = np.random.default_rng(seed)
    domain = default_domain(HORIZON)
    needs = example_needs(rng)
    quantities, return_times = np.array(domain.quantities), np.array(domain.return_times, np.int64)
    figures: list[Figure] = []
    for at, (name, degradation) in enumerate({"": 0.0, ".degrading": 2e-4}.items()):
        progress("Contract space against brute force", at, 2)
        model = ProsumerModel(Battery(capacity_kwh=7.0, degradation_per_step=degradation), weights=(0.5, 0.5))
        soc = 0.5 * model.battery.capacity_kwh

        def fast(model: ProsumerModel = model, soc: float = soc) -> FloatArray:
            return contract_space(model, soc_kwh=soc, needs=needs, domain=domain).utilities

        def brute(model: ProsumerModel = model, soc: float = soc) -> FloatArray:
            limits = limits_of(model.battery)
            return -brute_force_costs((0.5, 0.5), limits, soc, soc, needs, quantities, return_times)

        difference = float(np.abs(fast() - brute()).max())  # and both are compiled now
        times: dict[Callable[[], FloatArray], list[float]] = {fast: [], brute: []}
        for _ in range(REPEATS):
            for function, taken in times.items():
                started = time.thread_time()
                function()
                taken.append(1e3 * (time.thread_time() - started))
        quick, slow = median(times[fast]), median(times[brute])
        figures.append(figure(f"space.speedup{name}", slow / quick, "times brute force", at_least=25))
        figures.append(figure(f"space.milliseconds{name}", quick, "ms", baseline=slow))
        figures.append(figure(f"space.difference{name}", 1e12 * difference, "1e-12 utility", at_most=1000))
    progress("Done", 2, 2)
    return figures
