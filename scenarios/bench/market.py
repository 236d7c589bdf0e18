"""How long the flagship day takes on each ledger, and how much memory; and whether all ledgers end alike.

Each run is a process of its own (the command that a user would type), so that its peak memory is its own.
"""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from scenarios.bench.figures import BenchFailed, Figure, figure
from scenarios.running import Progress

ROOT = Path(__file__).resolve().parents[2]
SCENARIO = "village-day"


@dataclass(frozen=True, slots=True)
class Timed:
    """What a run printed, and the most memory that it took."""

    result: dict[str, Any]
    peak_mib: float


def bench_market(progress: Progress, *, runs: int, anvil: bool) -> list[Figure]:
    """Median seconds of ``runs`` runs on the embedded EVM and on anvil, beside the simulated ledger.

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
    total, done = runs * len(kinds), 0
    for _ in range(runs):
        for kind, options in kinds.items():
            progress(f"{SCENARIO} on {kind}", done, total)
            measured[kind].append(timed_run(SCENARIO, options))
            done += 1
    seconds = {kind: median(run.result["seconds"] for run in timed) for kind, timed in measured.items()}
    digests = {run.result["digest"] for timed in measured.values() for run in timed}
    figures = [
        figure(
            "market.village_day_embedded", seconds["embedded"], "s", at_most=60, baseline=seconds["simulated"]
        ),
        figure(
            "market.village_day_embedded_memory",
            max(run.peak_mib for run in measured["embedded"]),
            "MiB",
            at_most=1024,
            baseline=max(run.peak_mib for run in measured["simulated"]),
        ),
    ]
    if anvil:
        figures.append(
            figure(
                "market.village_day_anvil", seconds["anvil"], "s", at_most=25, baseline=seconds["simulated"]
            )
        )
    figures.append(figure("market.different_digests", len(digests), "digests", at_most=1))
    audits = sum(run.result["audit"]["verdict"] != "pass" for timed in measured.values() for run in timed)
    figures.append(figure("market.failed_audits", audits, "runs", at_most=0))
    return figures


def timed_run(scenario: str, options: tuple[str, ...]) -> Timed:
    """Run a scenario by the command that a user would type.

    Raises
    ------
    BenchFailed
    """
    with tempfile.TemporaryDirectory() as out:
        command = [
            sys.executable,
            "-m",
            "scripts.run",
            scenario,
            *options,
            "--out",
            out,
            "--json",
            "--no-pictures",
        ]
        with (Path(out) / "output").open("w+") as output:
            process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
            _, status, usage = os.wait4(process.pid, 0)
            output.seek(0)
            text = output.read()
        if os.waitstatus_to_exitcode(status) != 0:
            raise BenchFailed(f"{' '.join(command)} failed:\n{text[-2000:]}")
    return Timed(json.loads(text.splitlines()[-1]), usage.ru_maxrss / 1024)
