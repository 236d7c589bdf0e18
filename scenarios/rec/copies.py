"""Case 3's homes: those of another case copied "with small variances" (section 5.3)."""

import numpy as np

from scenarios.rec.schema import AgentTable, CopiesTable


def copied(rows: tuple[AgentTable, ...], copies: CopiesTable, *, seed: int) -> tuple[AgentTable, ...]:
    """`copies.agents` homes: `rows` as they are, then copies of them in turn, each with its own variances.

    A copy depends on the seed and on its number alone, so a larger cooperative contains the smaller one.
    """
    extra = range(len(rows), copies.agents)
    return (*rows, *(_copy(rows[k % len(rows)], k, copies, seed) for k in extra))


def _copy(row: AgentTable, number: int, copies: CopiesTable, seed: int) -> AgentTable:
    rng = np.random.default_rng((seed, 2, number))
    shift = int(rng.integers(-copies.days, copies.days, endpoint=True))
    scale, capacity, weight, reservation = rng.standard_normal(4)
    annual = row.load.annual_kwh
    load = {
        "shift_days": row.load.shift_days + shift,
        "annual_kwh": None if annual is None else annual * _near_one(copies.scale * scale),
    }
    first = min(max(row.weights[0] + copies.weights * float(weight), 0.0), 1.0)
    return row.model_copy(
        update={
            "name": f"{row.name}-{number + 1}",
            "load": row.load.model_copy(update=load),
            "capacity_kwh": row.capacity_kwh * _near_one(copies.capacity * capacity),
            "weights": (first, 1.0 - first),
            "reservation": min(max(row.reservation + copies.reservation * float(reservation), 0.0), 100.0),
        }
    )


def _near_one(deviation: float) -> float:
    """A factor, never negative."""
    return max(1.0 + float(deviation), 0.0)
