"""The cooperative's week once more, as plainly as it can be said: no arrays, no compiled code, nothing shared.

The oracle of the engine. Of the project it uses the battery's step, the forecast's random courses and plain values;
contract spaces, aspirations, sessions, pairs, pools and welfare are written anew from the paper.
"""

from dataclasses import dataclass, field

import numpy as np

from agents.cooperative.members import Member
from agents.cooperative.plan import WeekPlan
from energy.battery import Battery, step
from energy.forecast import predict_net, scenarios


@dataclass
class PlainWeek:
    loans: list[tuple[int, int, int, float, int]] = field(default_factory=list)
    """(period, a, b, q, τ)."""
    pairs: list[tuple[int, int, int]] = field(default_factory=list)
    rounds: list[int] = field(default_factory=list)
    flow: list[list[float]] = field(default_factory=list)
    residual: list[list[float]] = field(default_factory=list)
    soc: list[list[float]] = field(default_factory=list)


def theta(battery: Battery, first: float, last: float) -> float:
    eta = battery.one_way_efficiency
    return (first - last) / eta if last < first else -(last - first) * eta


def cost(member: Member, soc: float, needs: list[float]) -> float:
    battery, x, flow, residual = member.model.battery, soc, 0.0, 0.0
    for need in needs:
        done = step(battery, x, need)
        x, flow, residual = done.soc, flow + done.flow, residual + abs(done.residual)
    c1, c2 = member.model.weights
    return c1 * (flow + theta(battery, soc, x)) + c2 * residual


def utility(member: Member, soc: float, courses: list[list[float]], q: float, tau: int) -> float:
    """Of a contract, to the ninth decimal: a loan that changes nothing is worth what no deal is."""
    total = 0.0
    for course in courses:
        needs = list(course)
        needs[0] += q
        needs[tau] -= q
        total -= cost(member, soc, needs)
    return round(total / len(courses), 9)


def quantile(values: list[float], share: float) -> float:
    """Linear between neighbours, as numpy's default."""
    ordered = sorted(values)
    at = share * (len(ordered) - 1)
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (at - low) * (ordered[high] - ordered[low])


def session(
    mine: dict[tuple[float, int], float],
    theirs: dict[tuple[float, int], float],
    borders: tuple[float, float],
    deadline: int,
) -> tuple[tuple[float, int] | None, int]:
    """Alternating offers over contracts in the first agent's view; both dictionaries in one order of contracts."""
    contracts = list(mine)
    queues = [sorted(contracts, key=of.__getitem__, reverse=True) for of in (mine, theirs)]
    for r in range(deadline):
        side = r % 2
        if not queues[side]:
            continue
        offer = queues[side].pop(0)
        own, other = (mine, theirs) if side == 0 else (theirs, mine)
        if own[offer] >= borders[side] and other[offer] > borders[1 - side]:
            return offer, r + 1
    return None, deadline


def random_pairs(n: int, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Agents in a random order, each with a peer that is still free."""
    free, pairs = list(range(n)), []
    for agent in rng.permutation(n):
        if agent not in free or len(free) < 2:
            continue
        free.remove(agent)
        _, pick = rng.random(2)
        pairs.append((int(agent), free.pop(int(pick * len(free)))))
    return pairs


def plain_week(
    members: list[Member], net: list[list[float]], plan: WeekPlan, seed: int, *, negotiate: bool = True
) -> PlainWeek:
    n, T, w = len(members), plan.periods, plan.horizon
    week = PlainWeek(flow=[[] for _ in members], residual=[[] for _ in members])
    week.soc = [[member.initial_soc_kwh] for member in members]
    legs: list[tuple[int, int, float]] = []  # (agent, period, what it adds to the need)

    def due(agent: int, period: int) -> float:
        return sum(kwh for who, at, kwh in legs if who == agent and at == period)

    for t in range(T):
        pairs = random_pairs(n, np.random.default_rng((seed, 0, t))) if negotiate else []
        if t + plan.domain.return_times[0] >= T:
            pairs = []
        agreed = []
        for a, b in pairs:
            tables, no_deals = [], []
            for agent, sign in ((a, 1), (b, -1)):
                member, rng = members[agent], np.random.default_rng((seed, 1, agent, t))
                sizes = {"error": member.error, "scale": member.error_scale_kwh, "rng": rng}
                prediction = predict_net(net[agent][t : t + w], **sizes)  # type: ignore[arg-type]
                courses = scenarios(prediction, count=plan.scenarios, **sizes).tolist()  # type: ignore[arg-type]
                courses = [[kwh + due(agent, t + lag) for lag, kwh in enumerate(c)] for c in courses]
                soc = week.soc[agent][-1]
                tables.append(
                    {
                        (q, tau): utility(member, soc, courses, sign * q, tau)
                        for q in plan.domain.quantities
                        for tau in plan.domain.return_times
                        if q != 0 and t + tau < T
                    }
                )
                no_deals.append(utility(member, soc, courses, 0.0, 1))
            borders = [
                max(quantile([*table.values(), none], members[agent].aspiration_quantile), none)
                for agent, table, none in zip((a, b), tables, no_deals, strict=True)
            ]
            found, rounds = session(tables[0], tables[1], (borders[0], borders[1]), plan.deadline)
            week.pairs.append((t, a, b))
            week.rounds.append(rounds)
            if found is not None:
                agreed.append((t, a, b, *found))
        for _, a, b, q, tau in agreed:
            legs += [(a, t, q), (b, t, -q), (a, t + tau, -q), (b, t + tau, q)]
        week.loans += agreed
        for i, member in enumerate(members):
            done = step(member.model.battery, week.soc[i][-1], net[i][t] + due(i, t))
            week.soc[i].append(done.soc)
            week.flow[i].append(done.flow)
            week.residual[i].append(done.residual)
    return week


def plain_xi(member: Member, flow: list[float], residual: list[float], soc: list[float]) -> float:
    c1, c2 = member.model.weights
    loss = sum(flow) + theta(member.model.battery, soc[0], soc[-1])
    return -(c1 * loss + c2 * sum(abs(r) for r in residual))
