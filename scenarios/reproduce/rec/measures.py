"""What is measured of a week: welfare, fairness, sessions, and what flows inside the cooperative and at its connection."""

import math
from collections import defaultdict
from dataclasses import dataclass, fields

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from agents.cooperative.record import WeekRecord
from agents.cooperative.welfare import above_line, nash_welfare, social_welfare
from scenarios.reproduce.rec.play import PlayedWeek

FloatArray = NDArray[np.float64]

STEPS_PER_DAY = 96
SUNNY = slice(9 * 4, 17 * 4)
"""Quarter-hours of a day that count as sunny: 9 to 17 h, where most of a roof's yield lies all year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """Figures of one strategy over one week; energies in kWh, powers in kW, welfare as utilities (higher is better).

    Attributes
    ----------
    sws : float
        Eq. 17.
    gain : float
        sws over that of s1.
    above, agents : int
        Agents above the line of equal improvement (Figure 10), of how many.
    least_gain : float
        Smallest ξ(s2) − ξ(s1) of an agent.
    log_nws_ratio : float
        ln of nws(s2|s0)/nws(s1|s0) (Eq. 18); NaN where somebody loses against s0.
    success : float
        Share of sessions that ended in a loan; NaN without sessions, as all that follow from sessions.
    losing : float
        Share of the agreements' sides that expected to lose by them.
    to_agreement, to_no_deal : float
        Mean distance to Nash of agreements, and of no deal in the same sessions.
    exchanged : float
        Energy that changed hands, returns included.
    pair_peak, total_peak : float
        Largest power between two agents, and between all pairs together.
    home_mean, home_peak : float
        Mean and largest power |r| at a home's connection.
    net_mean, net_peak : float
        Mean and largest power |Σr| of the cooperative as a whole.
    sunny_volume, other_volume : float
        Mean |q| agreed from 9 to 17 h, and at other hours.
    lost : float
        What all batteries lost, Σ C1 (Eq. 7).
    """

    sws: float
    gain: float
    above: int
    agents: int
    least_gain: float
    log_nws_ratio: float
    success: float
    losing: float
    to_agreement: float
    to_no_deal: float
    exchanged: float
    pair_peak: float
    total_peak: float
    home_mean: float
    home_peak: float
    net_mean: float
    net_peak: float
    sunny_volume: float
    other_volume: float
    lost: float

    @property
    def share_above(self) -> float:
        """Share of the agents above the line."""
        return self.above / self.agents


def measure(played: PlayedWeek, week: WeekRecord) -> Measures:
    """The figures of ``week``, one of the weeks that ``played`` holds."""
    xi0, xi1, xi = played.xi(played.s0), played.xi(played.s1), played.xi(week)
    agreed = week.agreements
    volumes: dict[bool, list[float]] = {True: [], False: []}
    for s in agreed:
        volumes[SUNNY.start <= s.period % STEPS_PER_DAY < SUNNY.stop].append(abs(s.q))
    known = [s for s in agreed if not math.isnan(s.distance_agreement)]
    hours = played.case.members[0].model.battery.interval_h
    inside = exchanged_by_pairs(week) / hours
    home, net = np.abs(week.residual) / hours, np.abs(week.residual.sum(axis=0)) / hours
    return Measures(
        sws=social_welfare(xi),
        gain=social_welfare(xi) - social_welfare(xi1),
        above=int(above_line(xi0, xi1, xi).sum()),
        agents=len(xi),
        least_gain=float((xi - xi1).min()),
        log_nws_ratio=nash_welfare(xi, xi0).log - nash_welfare(xi1, xi0).log,
        success=week.success_rate,
        losing=_mean([side for s in agreed for side in (s.below_no_deal_a, s.below_no_deal_b)]),
        to_agreement=_mean([s.distance_agreement for s in known]),
        to_no_deal=_mean([s.distance_no_deal for s in known]),
        exchanged=float(np.abs(week.exchange).sum() / 2),
        pair_peak=float(inside[0].max()),
        total_peak=float(inside[1].max()),
        home_mean=float(home.mean()),
        home_peak=float(home.max()),
        net_mean=float(net.mean()),
        net_peak=float(net.max()),
        sunny_volume=_mean(volumes[True]),
        other_volume=_mean(volumes[False]),
        lost=sum(_losses(played, week)),
    )


def exchanged_by_pairs(week: WeekRecord) -> FloatArray:
    """Largest energy between any two agents, and energy between all pairs together, shape (2, periods) [kWh].

    Legs that one pair has in the same period, in either direction, are settled against each other first.
    """
    flows: dict[int, dict[tuple[int, int], float]] = defaultdict(lambda: defaultdict(float))
    for s in week.agreements:
        a, b, q = (s.a, s.b, s.q) if s.a < s.b else (s.b, s.a, -s.q)
        flows[s.period][a, b] += q
        flows[s.period + s.tau][a, b] -= q
    out = np.zeros((2, week.periods))
    for period, pairs in flows.items():
        each = np.abs(list(pairs.values()))
        out[:, period] = each.max(), each.sum()
    return out


def _losses(played: PlayedWeek, week: WeekRecord) -> list[float]:
    """C1 of every agent (Eq. 7) [kWh]."""
    return [loss_in_flexibility(played, week, i) for i in range(week.agents)]


def loss_in_flexibility(played: PlayedWeek, week: WeekRecord, i: int) -> float:
    """C1 = ΣP + Θ of agent ``i`` over the week (Eq. 7) [kWh]."""
    eta = played.case.members[i].model.battery.one_way_efficiency
    missing = float(week.soc[i, 0] - week.soc[i, -1])
    return float(week.flow[i].sum()) + (missing / eta if missing > 0 else missing * eta)


def _mean(values: list[float] | list[bool]) -> float:
    return float(np.mean(values)) if values else math.nan


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with its 95 % interval, and the range, of what was measured in several weeks and seeds."""

    mean: float
    low: float
    high: float
    least: float
    most: float

    def text(self, digits: int = 2) -> str:
        return f"{self.mean:.{digits}f} [{self.low:.{digits}f}, {self.high:.{digits}f}]"


def bootstrap(
    values: FloatArray, groups: NDArray[np.int64], rng: Generator, *, draws: int = 2000
) -> Interval:
    """Mean of ``values`` with a percentile interval from resampling whole groups (weeks); NaN are left out.

    Seeds of one week share its weather and loads, so that weeks, not weeks times seeds, are what was drawn.
    """
    names = np.unique(groups)
    sums = np.array([np.nansum(values[groups == name]) for name in names])
    counts = np.array([np.isfinite(values[groups == name]).sum() for name in names], np.float64)
    if counts.sum() == 0:
        return Interval(*([math.nan] * 5))
    picks = rng.integers(0, len(names), (draws, len(names)))
    means = sums[picks].sum(axis=1) / np.maximum(counts[picks].sum(axis=1), 1.0)
    low, high = np.quantile(means, [0.025, 0.975])
    return Interval(
        float(sums.sum() / counts.sum()),
        float(low),
        float(high),
        float(np.nanmin(values)),
        float(np.nanmax(values)),
    )


NAMES = tuple(field.name for field in fields(Measures))
