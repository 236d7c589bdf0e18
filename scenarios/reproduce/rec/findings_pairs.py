"""What the paper says of case 1's two agents (section 5.1) and of all pairs (section 5.3.1), beside what we found."""

import math
from collections.abc import Sequence

import numpy as np

from agents.cooperative.record import WeekRecord
from scenarios.reproduce.claims import Finding, finding
from scenarios.reproduce.rec.findings import percent
from scenarios.reproduce.rec.measures import loss_in_flexibility
from scenarios.reproduce.rec.pairs import success_matrix
from scenarios.reproduce.rec.play import PlayedWeek
from scenarios.reproduce.rec.sessions import Seen

NEAR = 0.05
"""Distance of normalised utilities below which two points count as almost co-located."""

NEVER = ("6", "7", "8")
"""Agents of Table 4 that never settle, says section 5.3.1."""


def two_agent_findings(
    played: PlayedWeek, week: WeekRecord, experiment: WeekRecord, shown: Seen | None
) -> list[Finding]:
    """Section 5.1: ``week`` is s2 with Table 3's agents, ``experiment`` that of the negotiation domain."""
    agreed = experiment.agreements
    known = [s for s in agreed if not math.isnan(s.distance_agreement)]
    near = np.array([s.distance_agreement for s in known])
    away = np.array([s.distance_no_deal for s in known])
    alike = [s for s in week.agreements if week.net[s.a, s.period] * week.net[s.b, s.period] > 0]
    before, after = (loss_in_flexibility(played, one, 1) for one in (played.s1, week))
    swings = np.abs(np.diff(week.flow, axis=1)).sum(axis=1)
    rows = [
        finding(
            "same-side",
            "§5.1",
            "two agents can agree even when both are short or both have a surplus",
            f"{len(alike)} of {len(week.agreements)} agreements",
            len(alike) > 0,
            why="All agreements were between a surplus and a deficit.",
        ),
        finding(
            "fluctuating-dispatch",
            "§5.1, Fig. 6",
            "B's battery, whose owner cares more for losses, fluctuates more",
            f"Σ|ΔP|: A {swings[0]:.1f} kWh, B {swings[1]:.1f} kWh",
            bool(swings[1] > swings[0]),
            why="With these profiles A's battery is moved more by the loans' legs than B's (picture figure-6.png).",
        ),
        finding(
            "neutral-losses",
            "§5.1, Fig. 6",
            "B's losses are almost neutralised",
            f"C1 of B: {before:.2f} kWh in s1, {after:.2f} kWh in s2",
            abs(after) < abs(before),
            why="Loans move more energy through B's battery, and what moves is partly lost; B gains in autarky instead "
            "(picture figure-6.png).",
        ),
    ]
    if shown is not None:
        quantiles = [shown.quantile_of(agent) for agent in (0, 1)]
        rows += [
            finding(
                "above-quantile",
                "§5.1, Fig. 7",
                "the agreement lies above the 80 % quantile for both",
                f"A {percent(quantiles[0])}, B {percent(quantiles[1])}",
                min(quantiles) >= 0.8,
                why="The agreement lies below a quantile (picture figure-7.png).",
            ),
            finding(
                "co-located",
                "§5.1, Fig. 7",
                "agreement and Nash solution almost co-located, no deal further away",
                f"session shown: {shown.record.distance_agreement:.3f}, no deal {shown.record.distance_no_deal:.3f}; "
                f"mean of {len(known)}: {near.mean():.3f}, {away.mean():.3f}",
                bool(near.mean() < min(NEAR, away.mean())),
                why="Agreements are off the Nash solution in the mean (pictures figure-7.png and figure-9.png).",
            ),
            finding(
                "rounds",
                "§5.1, Fig. 7",
                "agreement in round 1,560 of at most 5,000",
                f"round {shown.record.rounds:,} in the session shown, {min(s.rounds for s in agreed):,} to "
                f"{max(s.rounds for s in agreed):,} in all",
                max(s.rounds for s in agreed) <= 5000,
                why="A session ended after its deadline.",
            ),
        ]  # fmt: skip
    rows.append(
        finding(
            "nearer-to-nash-two",
            "§5.1, Fig. 7",
            "agreements nearer to the Nash solution than no deal",
            f"{near.mean():.3f} < {away.mean():.3f} in the mean of {len(known)}" if known else "no agreement",
            bool(known) and bool(near.mean() < away.mean()),
            why="Agreements are no nearer to Nash than no deal (picture figure-7.png).",
        )
    )
    return rows


def pair_findings(names: Sequence[str], week: WeekRecord) -> list[Finding]:
    """Section 5.3.1: who settles with whom when every pair negotiates."""
    success = success_matrix(week)
    told = [name for name in NEVER if name in names]
    rates = {name: float(np.nanmean(success[list(names).index(name)])) for name in told}
    return [
        finding(
            "never-settle",
            "§5.3.1, Fig. 15",
            f"agents {', '.join(told)} never settle",
            ", ".join(f"{name}: {percent(rate)} of sessions" for name, rate in rates.items())
            + f"; all agents {percent(float(np.nanmean(success)))}",
            all(rate == 0 for rate in rates.values()),
            why="Which agents are incompatible follows from the profiles behind Table 4, which the paper does not give; with "
            "ours every agent finds somebody to agree with, those with high reservations less often (picture figure-15.png).",
        ),
        finding(
            "pairs-differ",
            "§5.3.1, Fig. 15",
            "pairs differ in how fairly they settle, so the choice of peer matters",
            _range(week),
            _differ(week),
            why="All pairs settle alike (picture figure-15.png).",
        ),
    ]


def _pair_distances(week: WeekRecord) -> list[float]:
    matrix = week.distance_matrix()
    upper = matrix[np.triu_indices(week.agents, 1)]
    return [float(value) for value in upper[np.isfinite(upper)]]


def _range(week: WeekRecord) -> str:
    values = _pair_distances(week)
    return (
        f"mean distance {min(values):.3f} to {max(values):.3f}"
        if values
        else "no session with a Nash solution"
    )


def _differ(week: WeekRecord) -> bool:
    values = _pair_distances(week)
    return bool(values) and max(values) > 1.5 * min(values)
