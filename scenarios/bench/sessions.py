"""Sessions about loans: how much faster than NegMAS's time-based negotiators, and whether they end alike.

Both start from two utility tables over the 15 × 95 contracts of the default domain, order them, and play with the same
deadline of 5,000 rounds (one offer a round on both sides). NegMAS (AGPL) runs as a program of its own in its own
environment (``make negmas``); tables go to it and results come back in files. Time is that on the processor, so that
other work on the machine is not in it.

The tables of the speed are contract spaces of prosumers. Agreements are compared where the semantics coincide: every
contract has a utility of its own on each side, the greatest is 1 and the least 0 (so that both scale alike), none is
worse than no deal, NegMAS's tolerance is 0, and no utility lies within 1e-5 of an aspiration of any round (NegMAS
compares with a tolerance of its own, 1e-6, within which it may take the neighbour).
"""

import subprocess
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray

from agents.loans.domain import default_domain, seen_by_peer
from agents.loans.model import ProsumerModel
from agents.loans.negotiation import DEADLINE, Outcome
from agents.loans.space import contract_space
from agents.loans.timed import BOULWARE, CONCEDER, LINEAR, Concession, negotiate_timed
from agents.loans.timed_sessions import levels, run_timed_sessions
from energy.battery import Battery
from scenarios.bench.figures import BenchFailed, Figure, figure
from scenarios.bench.space import example_needs
from scenarios.running import Progress

FloatArray = NDArray[np.float64]

ROOT = Path(__file__).resolve().parents[2]
INTERPRETER = ROOT / ".venv-negmas" / "bin" / "python"
PROGRAM = Path(__file__).with_name("negmas_program.py")
CURVES = {"boulware": BOULWARE, "linear": LINEAR, "conceder": CONCEDER}
SESSIONS = 8
REPEATS = 7
CLEARANCE = 1e-5


def bench_sessions(progress: Progress, *, seed: int = 0) -> list[Figure]:
    """Time per session of each, and the shares of equal agreements.

    Raises
    ------
    BenchFailed
        Where NegMAS's environment is missing, or its program failed: the figure cannot be measured then.
    """
    if not INTERPRETER.exists():
        raise BenchFailed(f"{INTERPRETER.parent.parent} is missing, NegMAS cannot be measured: make negmas")
    rng = np.random.default_rng(seed)
    progress("Contract spaces", 0, 4)
    spaces = _contract_spaces(rng)
    progress(f"NegMAS: {SESSIONS} sessions with each of {len(CURVES)} curves", 1, 4)
    theirs = _negmas(*spaces, eps=-1.0)
    progress("Ours", 2, 4)
    ours, plain_equal = _ours(*spaces)
    progress("Agreements where the semantics coincide", 3, 4)
    equal = _agreements_equal(rng)
    progress("Done", 4, 4)
    speedups = {name: float(np.sum(theirs["seconds"][i])) / ours[name] for i, name in enumerate(CURVES)}
    slowest = min(speedups, key=lambda name: speedups[name])
    figures = [figure("sessions.speedup", speedups[slowest], f"times NegMAS ({slowest})", at_least=1000)]
    for i, name in enumerate(CURVES):
        figures.append(
            figure(
                f"sessions.milliseconds.{name}",
                1e3 * ours[name] / SESSIONS,
                "ms",
                baseline=1e3 * float(np.mean(theirs["seconds"][i])),
            )
        )
    figures.append(figure("sessions.equal_to_plain", plain_equal, "share of outcomes", at_least=1))
    figures.append(figure("sessions.equal_to_negmas", equal, "share of agreements", at_least=1))
    return figures


def _contract_spaces(rng: np.random.Generator) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Tables of both sides in A's view, shape (sessions, nq, nt), and what no deal is worth to them (sessions, 2)."""
    domain = default_domain()
    tables = np.empty((2, SESSIONS, *domain.shape))
    no_deals = np.empty((SESSIONS, 2))
    for s in range(SESSIONS):
        for side in range(2):
            weight = float(rng.uniform(0.2, 0.8))
            model = ProsumerModel(
                Battery(capacity_kwh=float(rng.uniform(2, 10))), weights=(weight, 1 - weight)
            )
            soc = float(rng.uniform(model.battery.lo_kwh, model.battery.hi_kwh))
            space = contract_space(model, soc_kwh=soc, needs=example_needs(rng), domain=domain)
            tables[side, s] = space.utilities if side == 0 else seen_by_peer(space.utilities)
            no_deals[s, side] = space.no_deal
    return tables[0], tables[1], no_deals


def _coinciding(rng: np.random.Generator) -> tuple[FloatArray, FloatArray, FloatArray]:
    """As `_contract_spaces`, of the kind that the module describes; the middle row is no deal and never offered."""
    nq, nt = default_domain().shape
    thresholds = np.unique(np.concatenate([levels(curve, DEADLINE) for curve in CURVES.values()]))
    free = (thresholds[:-1] + thresholds[1:]) / 2
    free = free[np.diff(thresholds) > 2 * CLEARANCE]
    tables = np.zeros((2, SESSIONS, nq, nt))
    offered = np.arange(nq) != nq // 2
    for table in tables.reshape(-1, nq, nt):
        values = rng.choice(free, (nq - 1) * nt, replace=False)
        values[rng.permutation(values.size)[:2]] = (0.0, 1.0)
        table[offered] = values.reshape(nq - 1, nt)
    return tables[0], tables[1], np.zeros((SESSIONS, 2))


def _negmas(
    u_a: FloatArray, u_b: FloatArray, no_deals: FloatArray, *, eps: float
) -> dict[str, NDArray[np.float64]]:
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "tables.npz"), Path(folder, "results.npz")
        np.savez(
            source,
            u_a=u_a.reshape(len(u_a), -1),
            u_b=u_b.reshape(len(u_b), -1),
            reserved=no_deals,
            exponents=np.array([curve.exponent for curve in CURVES.values()]),
            deadline=np.array(DEADLINE),
            eps=np.array(eps),
        )
        done = subprocess.run(
            [INTERPRETER, PROGRAM, source, target], cwd=folder, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise BenchFailed(f"NegMAS's program failed:\n{done.stderr[-2000:]}")
        with np.load(target) as results:
            return {key: results[key] for key in results.files}


def _ours(u_a: FloatArray, u_b: FloatArray, no_deals: FloatArray) -> tuple[dict[str, float], float]:
    """Seconds for all sessions by curve, medians; and the share of outcomes that the plain loop has too."""
    seconds: dict[str, float] = {}
    equal = 0
    for name, curve in CURVES.items():
        outcomes = run_timed_sessions(u_a, u_b, no_deals, (curve, curve))
        times = []
        for _ in range(REPEATS):
            started = time.thread_time()
            run_timed_sessions(u_a, u_b, no_deals, (curve, curve))
            times.append(time.thread_time() - started)
        seconds[name] = median(times)
        equal += sum(outcome == _plain(u_a, u_b, no_deals, curve, s) for s, outcome in enumerate(outcomes))
    return seconds, equal / (len(CURVES) * SESSIONS)


def _plain(u_a: FloatArray, u_b: FloatArray, no_deals: FloatArray, curve: Concession, s: int) -> Outcome:
    return negotiate_timed(u_a[s], u_b[s], (no_deals[s, 0], no_deals[s, 1]), (curve, curve))


def _agreements_equal(rng: np.random.Generator) -> float:
    u_a, u_b, no_deals = _coinciding(rng)
    offered = np.arange(u_a.shape[1]) != u_a.shape[1] // 2
    contracts = np.flatnonzero(np.repeat(offered, u_a.shape[2]))
    theirs = _negmas(u_a[:, offered], u_b[:, offered], no_deals - 1, eps=0.0)
    equal = 0
    for i, curve in enumerate(CURVES.values()):
        for s, outcome in enumerate(run_timed_sessions(u_a, u_b, no_deals, (curve, curve))):
            found = int(theirs["agreement"][i, s])
            equal += outcome.contract == (None if found < 0 else int(contracts[found]))
    return equal / (len(CURVES) * SESSIONS)
