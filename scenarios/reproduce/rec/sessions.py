"""The experiment of section 5.1 on the negotiation domain, two agents that aspire to 80 %, and one session of it.

The session's tables are gone once a week is over; they are computed again.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from agents.cooperative.mechanism import PaperMechanism
from agents.cooperative.members import Member
from agents.cooperative.record import SessionRecord, WeekRecord
from agents.cooperative.replay import exchange_before
from agents.cooperative.week import simulate
from agents.loans.domain import LoanDomain, seen_by_peer
from agents.loans.model import ProsumerModel
from scenarios.rec.build import Case

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

QUANTILE = 0.80
WEIGHTS = ((0.33, 0.67), (0.67, 0.33))
EFFICIENCY = 0.80
DEGRADATION = (0.0004, 0.0002)
"""Section 5.1, second experiment: the agents' aspirations, λ, efficiencies, and degradation a step."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A session with what both sides knew: tables of shape (nq, nt) in A's view, and which contracts return in time."""

    record: SessionRecord
    domain: LoanDomain
    u_a: FloatArray
    u_b: FloatArray
    allowed: BoolArray

    @property
    def offerable(self) -> BoolArray:
        """Contracts that the sides may offer, flat."""
        mask = self.allowed.copy()
        mask[self.domain.zero] = False
        return mask.ravel()

    def offers(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The contracts that A and B offered until the session ended, flat indices in order (Algorithm 4)."""
        made = []
        for first, table, border in (
            (0, self.u_a, self.record.aspiration_a),
            (1, self.u_b, self.record.aspiration_b),
        ):
            contracts = np.flatnonzero(self.offerable)
            values = table.ravel()[contracts]
            order = contracts[np.lexsort((contracts, -values))]
            turns = (self.record.rounds - first + 1) // 2
            made.append(order[table.ravel()[order] >= border][:turns])
        return made[0], made[1]

    def quantile_of(self, agent: int) -> float:
        """Share of the contracts that are worth no more to ``agent`` (0: A) than the outcome."""
        table = (self.u_a, self.u_b)[agent].ravel()[self.offerable]
        reached = (self.record.utility_a, self.record.utility_b)[agent]
        return float((table <= reached).mean())


def experiment(case: Case) -> tuple[tuple[Member, ...], WeekRecord]:
    """The first two agents of ``case`` under the settings of the experiment, and their week."""
    members = tuple(
        replace(
            member,
            aspiration_quantile=QUANTILE,
            model=ProsumerModel(
                replace(member.model.battery, efficiency=EFFICIENCY, degradation_per_step=degradation),
                member.model.criteria,
                weights,
            ),
        )
        for member, weights, degradation in zip(case.members[:2], WEIGHTS, DEGRADATION, strict=True)
    )
    net = case.net_kwh[:2]
    return members, simulate(members, net_kwh=net, plan=case.plan, mechanism=PaperMechanism(), seed=case.seed)


def telling(week: WeekRecord) -> int | None:
    """Number of the session that is drawn; None without agreements.

    Of the agreements that took at least as many rounds as the median one, so that there is a negotiation to see, that
    with the largest product of gains.
    """
    rounds = [s.rounds for s in week.agreements]
    if not rounds:
        return None
    least = float(np.median(rounds))
    products = [
        (s.utility_a - s.no_deal_a) * (s.utility_b - s.no_deal_b)
        if s.agreed and s.rounds >= least
        else -math.inf
        for s in week.sessions
    ]
    return int(np.argmax(products))


def seen(case: Case, members: Sequence[Member], week: WeekRecord, session: int) -> Seen:
    """The session again, with both tables (``agents.cooperative.replay``); ``members`` are those of ``week``."""
    record = week.sessions[session]
    exchange = exchange_before(
        session,
        record=week,
        members=members,
        net_kwh=case.net_kwh[: len(members)],
        plan=case.plan,
        seed=case.seed,
    )
    a, b = exchange.spaces([record.a, record.b])
    allowed = exchange.allowed(record.a, record.b)
    return Seen(record, case.plan.domain, a.utilities, seen_by_peer(b.utilities), allowed)
