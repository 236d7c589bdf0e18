"""How long a year of a community's bills takes: eight members, twelve months, voted on, signed, metered, billed and left.

Each run is a process of its own, as in ``scenarios.bench.market``; negotiation, set-up and audit are not in the figure.
"""

from statistics import median

from scenarios.bench.figures import Figure, figure
from scenarios.bench.market import Timed, timed_run
from scenarios.running import Progress

SCENARIO = "community-tariff"


def bench_community(progress: Progress, *, runs: int, anvil: bool) -> list[Figure]:
    """Median seconds of ``runs`` years on the embedded EVM (and on anvil), beside the simulated ledger.

    Raises
    ------
    BenchFailed
        With the output of the run that failed.
    """
    kinds = {
        "simulated": ("--ledger", "simulated"),
        "embedded": ("--chain", "memory"),
        **({"anvil": ("--chain", "anvil")} if anvil else {}),
    }
    measured: dict[str, list[Timed]] = {kind: [] for kind in kinds}
    for number in range(runs):
        for place, (kind, options) in enumerate(kinds.items()):
            progress(f"{SCENARIO} on {kind}", number * len(kinds) + place, runs * len(kinds))
            measured[kind].append(timed_run(SCENARIO, options))
    seconds = {kind: median(run.result["seconds"] for run in timed) for kind, timed in measured.items()}
    every = [run.result for timed in measured.values() for run in timed]
    figures = [
        figure("community.year_of_bills", seconds["embedded"], "s", at_most=60, baseline=seconds["simulated"])
    ]
    if anvil:
        figures.append(
            figure("community.year_of_bills_anvil", seconds["anvil"], "s", baseline=seconds["simulated"])
        )
    figures += [
        figure("community.bills", min(run["community"]["bills"] for run in every), "bills", at_least=90),
        figure("community.different_digests", len({run["digest"] for run in every}), "digests", at_most=1),
        figure(
            "community.failed_audits",
            sum(run["audit"]["verdict"] != "pass" for run in every),
            "runs",
            at_most=0,
        ),
    ]
    return figures
