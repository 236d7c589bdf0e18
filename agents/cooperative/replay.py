"""A session of a recorded week looked at again: what both agents knew when it began.

A record keeps no contract spaces (a week of 100 agents has 67,200 of them); they follow from it, bit for bit.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from agents.cooperative.exchange import Exchange, Past
from agents.cooperative.members import Member
from agents.cooperative.plan import WeekPlan
from agents.cooperative.pool import ExchangePool
from agents.cooperative.record import WeekRecord

FloatArray = NDArray[np.float64]


def exchange_before(
    session: int,
    *,
    record: WeekRecord,
    members: Sequence[Member],
    net_kwh: FloatArray,
    plan: WeekPlan,
    seed: int,
) -> Exchange:
    """The exchange as it stood before the `session`-th session of `record` (counted from 0).

    The other arguments are those that the week was simulated with. Its ``spaces`` are those that the session was
    negotiated by; what it commits changes nothing in the record.
    """
    chosen = record.sessions[session]
    t = chosen.period
    pool = ExchangePool(record.agents, plan.periods)
    for earlier in record.sessions[:session]:
        if earlier.agreed:
            pool.commit(earlier.a, earlier.b, earlier.period, earlier.q, earlier.tau)
    return Exchange(
        members=members,
        plan=plan,
        pool=pool,
        period=t,
        net_kwh=np.asarray(net_kwh, np.float64),
        past=Past(record.net[:, :t], record.flow[:, :t], record.residual[:, :t], record.soc[:, : t + 1]),
        seed=seed,
        map_=map,
    )
