"""How long the cooperative of 100 takes: a week of three strategies, its memory, and time per agent over its size.

Each measurement is a process of its own, so that its peak memory is its own. The seconds are those of the whole case:
files read, profiles scaled, s0, s1 and s2 over every period with the full parameters of Table 2, and the welfare figures.
What numba compiles once for every machine is compiled before (it is kept on disk).
"""

import math
import multiprocessing
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from statistics import median

import numpy as np

from agents.cooperative.week import no_flexibility, simulate
from agents.cooperative.welfare import nash_welfare, performance, social_welfare
from scenarios.bench.figures import BenchFailed, Figure, figure
from scenarios.rec.build import build_case

Progress = Callable[[str, int, int], None]
CASE = "rec-case3"
SIZES = (25, 50, 100, 200)
SLOPE_PERIODS = 96
"""A day: the time of an agent's period depends on the hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One run of the case.

    Attributes
    ----------
    seconds : float
        Of the whole case.
    negotiating : float
        Processor time of s2 alone, all workers together [s].
    peak_mib : float
        Most memory that the process had.
    welfare : tuple of float
        sws of s0, s1 and s2 [kWh, higher is better].
    """

    seconds: float
    negotiating: float
    peak_mib: float
    welfare: tuple[float, float, float]


def bench_case3(
    progress: Progress, *, workers: int = 2, runs: int = 1, slope_runs: int = 3, periods: int = SLOPE_PERIODS
) -> list[Figure]:
    """Figures of the case and of the growth of its time with the number of agents.

    `runs` whole cases are run and `slope_runs` of `periods` periods for each size, sizes in turn; medians count. The
    slope is that of a line through log(processor time of s2 per agent) over log(agents), told as the factor from 25 to
    200 agents: 1 means that an agent costs the same in both. Processor time, because it is the work that an agent costs;
    what else the machine does while the sizes take their turns would show in the clock's.

    Raises
    ------
    BenchFailed
        If a process ends without a result.
    """
    sizes = list(SIZES) * slope_runs
    total = runs + len(sizes)

    def measured(at: int, agents: int | None, length: int | None) -> Measured:
        what = f"{agents} agents over {length} periods" if agents else "the whole case"

        def told(done: int, of: int) -> None:
            progress(what, 1000 * at + 1000 * done // of, 1000 * total)

        return _in_process(told, agents=agents, periods=length, workers=workers)

    # Once without being counted: the compiled functions are on disk afterwards.
    measured(0, SIZES[0], 4)
    cases = [measured(run, None, None) for run in range(runs)]
    times: dict[int, list[float]] = {n: [] for n in SIZES}
    for k, n in enumerate(sizes):
        times[n].append(measured(runs + k, n, periods).negotiating / n)
    each = {n: median(values) for n, values in times.items()}
    return [
        figure("case3.seconds", median(case.seconds for case in cases), "s", at_most=240),
        figure("case3.memory", max(case.peak_mib for case in cases), "MiB", at_most=2048),
        figure("case3.per_agent_slope", fitted_factor(each), "times", at_most=1.15),
        *(
            figure(f"case3.milliseconds_per_agent_period_{n}", 1000 * seconds / periods, "ms")
            for n, seconds in each.items()
        ),
    ]


def fitted_factor(seconds_per_agent: dict[int, float]) -> float:
    """What the line through log(seconds per agent) over log(agents) grows by from the smallest size to the largest."""
    sizes = sorted(seconds_per_agent)
    if len(sizes) < 2:
        return 1.0
    x = np.log(sizes)
    slope = float(np.polyfit(x, np.log([seconds_per_agent[n] for n in sizes]), 1)[0])
    return math.exp(slope * (x[-1] - x[0]))


def run_case(
    *,
    agents: int | None,
    periods: int | None,
    workers: int,
    on_period: Callable[[int, int], None],
    warm: bool = False,
) -> Measured:
    """The case in this process: s0, s1, s2 and the welfare figures; `None` keeps what the file says.

    `warm` plays two periods before s2 is timed, so that loading compiled functions does not count as an agent's work.
    """
    start = time.perf_counter()
    case = build_case(CASE, agents=agents)
    plan = case.plan if periods is None else replace(case.plan, periods=periods)
    members, net = case.members, case.net_kwh
    s0 = no_flexibility(members, net_kwh=net, plan=plan)
    s1 = simulate(members, net_kwh=net, plan=plan)
    if warm:
        first = replace(plan, periods=min(2, plan.periods))
        simulate(members, net_kwh=net, plan=first, mechanism=case.mechanism, workers=workers)
    began = time.process_time()
    s2 = simulate(
        members,
        net_kwh=net,
        plan=plan,
        mechanism=case.mechanism,
        seed=case.seed,
        workers=workers,
        on_period=on_period,
    )
    negotiating = time.process_time() - began
    xi = [performance(members, record) for record in (s0, s1, s2)]
    nash_welfare(xi[2], xi[0]), nash_welfare(xi[1], xi[0])
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    sws = (social_welfare(xi[0]), social_welfare(xi[1]), social_welfare(xi[2]))
    return Measured(seconds=seconds, negotiating=negotiating, peak_mib=peak, welfare=sws)


def _child(results: Connection, agents: int | None, periods: int | None, workers: int) -> None:
    results.send(
        run_case(
            agents=agents,
            periods=periods,
            workers=workers,
            on_period=lambda done, of: results.send((done, of)),
        )
    )


def _in_process(
    told: Callable[[int, int], None], *, agents: int | None, periods: int | None, workers: int
) -> Measured:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(there, agents, periods, workers))
    process.start()
    there.close()
    try:
        while True:
            message = here.recv()
            if isinstance(message, Measured):
                return message
            told(*message)
    except EOFError:
        process.join()
        raise BenchFailed(f"a run of {CASE} ended with exit code {process.exitcode}") from None
    finally:
        process.join()
