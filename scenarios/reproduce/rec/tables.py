"""The paper's Tables 1 to 4 as they stand in the case that is played, and tables of what came out; rows of text."""

import math
from collections.abc import Mapping

from scenarios.rec.build import Case
from scenarios.reproduce.claims import TextTable
from scenarios.reproduce.rec.many import Samples, gain_share
from scenarios.reproduce.rec.measures import Measures
from scenarios.reproduce.rec.mechanisms import ABLATION, MECHANISMS
from scenarios.reproduce.rec.play import Optima


def inputs(case: Case) -> list[TextTable]:
    """Tables 1 to 4."""
    plan = case.plan
    hours = case.members[0].model.battery.interval_h
    domain = plan.domain
    first, last = domain.return_times[0], domain.return_times[-1]
    strategies = TextTable(
        "Table 1: strategies",
        ("strategy", "local trading", "flexibility activation"),
        (
            ("s0 no flexibility", "no", "no"),
            ("s1 individual control", "no", "yes"),
            ("s2 negotiation and control", "yes", "yes"),
        ),
    )
    parameters = TextTable(
        "Table 2: parameters",
        ("parameter", "value"),
        (
            ("total simulation period T", f"{plan.periods * hours / 24:g} days"),
            ("time granularity Δt", f"{60 * hours:g} minutes"),
            ("planning horizon w", f"{plan.horizon * hours:g} hours"),
            ("net demand scenarios |S|", f"{plan.scenarios}"),
            (
                "energy quantities |Q|",
                f"{len(domain.quantities)}: {domain.quantities[0]:g} … {domain.quantities[-1]:g} kWh",
            ),
            ("return times", f"{first}, {first + 1}, …, {last} intervals"),
            ("rounds before the deadline", f"{plan.deadline}"),
        ),
    )
    number = "Table 3" if len(case.members) == 2 else "Table 4"
    specification = TextTable(
        f"{number}: agents" + (" (the first 9)" if len(case.members) > 9 else ""),
        (
            "agent",
            "reservation [%]",
            "λ c1",
            "λ c2",
            "capacity [kWh]",
            "efficiency",
            "degradation [% a step]",
            "roof [kWp]",
        ),
        tuple(
            (
                row.name,
                f"{row.reservation:g}",
                f"{row.weights[0]:g}",
                f"{row.weights[1]:g}",
                f"{row.capacity_kwh:g}",
                f"{row.efficiency:g}",
                f"{row.degradation:g}",
                f"{home.kwp:.2f}",
            )
            for row, home in list(zip(case.rows, case.homes, strict=True))[:9]
        ),
    )
    return [strategies, parameters, specification]


def welfare(labels: Mapping[str, str], figures: Mapping[str, Measures], optima: Optima | None) -> TextTable:
    """sws, gain over s1, its share of the planner's, success, and agents above the line, by strategy."""
    base = figures["s1"].sws
    best = None if optima is None else optima.loans_bound
    rows: list[tuple[str, ...]] = []
    for name, label in labels.items():
        f = figures[name]
        share = "" if best is None or name in ("s0", "s1") else f"{100 * gain_share(f.sws, base, best):.0f} %"
        rows.append(
            (
                label,
                f"{f.sws:.1f}",
                f"{f.gain:+.1f}",
                share,
                "" if name in ("s0", "s1") else f"{f.above}/{f.agents}",
                f"{f.least_gain:+.2f}",
                "" if math.isnan(f.success) else f"{100 * f.success:.0f} %",
                "" if math.isnan(f.losing) else f"{100 * f.losing:.0f} %",
            )
        )
    rows += _planned(optima, base)
    return TextTable(
        "Welfare [kWh], higher is better",
        (
            "strategy",
            "sws",
            "over s1",
            "of planner",
            "above line",
            "least gain",
            "success",
            "losing sides",
        ),
        tuple(rows),
    )


def power(labels: Mapping[str, str], figures: Mapping[str, Measures]) -> TextTable:
    """What flows inside the cooperative and at its connections, by strategy."""
    rows = []
    for name, label in labels.items():
        f = figures[name]
        rows.append(
            (
                label,
                f"{f.exchanged:.0f}",
                f"{f.lost:.1f}",
                f"{f.pair_peak:.1f}",
                f"{f.total_peak:.1f}",
                f"{f.home_mean:.2f}",
                f"{f.home_peak:.1f}",
                f"{f.net_mean:.2f}",
                f"{f.net_peak:.1f}",
            )
        )
    return TextTable(
        "Energy [kWh] and power [kW]: exchanged and lost in batteries; exchange of a pair and of all; |r| of a home and |Σr|",
        (
            "strategy",
            "exchanged",
            "lost",
            "pair peak",
            "total peak",
            "home mean",
            "home peak",
            "net mean",
            "net peak",
        ),
        tuple(rows),
    )


def _planned(optima: Optima | None, base: float) -> list[tuple[str, ...]]:
    if optima is None:
        return []
    rows = []
    for label, feasible, bound in (
        ("planner, each home alone", optima.alone_feasible, optima.alone_bound),
        ("planner, loans", optima.loans_feasible, optima.loans_bound),
        ("planner, loans, nobody worse than s1", None, optima.fair_bound),
        ("planner, free exchange", optima.free_feasible, optima.free_bound),
    ):
        if bound is None:
            continue
        reached = "" if feasible is None else f"{feasible:.1f} to "
        gained = "" if feasible is None else f"{feasible - base:+.1f} to "
        rows.append(
            (
                label,
                f"{reached}{bound:.1f}",
                f"{gained}{bound - base:+.1f}",
                *[""] * 5,
            )
        )
    return rows


def ablation(figures: Mapping[str, Measures], optima: Optima | None) -> TextTable | None:
    """What each idea of the mechanism for the joint gain contributes; None where none of it was played."""
    played = [name for name in ABLATION if name in figures]
    if len(played) < 2:
        return None
    base = figures["s1"].sws
    rows = []
    for name in played:
        f = figures[name]
        share = "" if optima is None else f"{100 * gain_share(f.sws, base, optima.loans_bound):.0f} %"
        rows.append(
            (MECHANISMS[name].label, MECHANISMS[name].idea, f"{f.gain:+.1f}", share, f"{f.above}/{f.agents}")
        )
    return TextTable(
        "What each idea contributes",
        ("mechanism", "what it is", "over s1 [kWh]", "of planner", "above line"),
        tuple(rows),
    )


def distribution(labels: Mapping[str, str], samples: Samples) -> TextTable:
    """Means over weeks and seeds with 95 % intervals (bootstrap over weeks), and the range of the gain."""

    def text(name: str, key: str, scale: float, digits: int) -> str:
        interval = samples.interval(scale * samples.values(name, key))
        return "" if math.isnan(interval.mean) else interval.text(digits)

    rows = []
    for name, label in labels.items():
        gains = samples.interval(samples.values(name, "gain"))
        shares = samples.shares(name)
        rows.append(
            (
                label,
                gains.text(1),
                f"{gains.least:.1f} … {gains.most:.1f}",
                samples.interval([100 * share for share in shares]).text(0) if shares else "",
                text(name, "share_above", 100, 0),
                text(name, "success", 100, 0),
                text(name, "to_agreement", 1, 3),
                text(name, "home_mean", 1, 3),
            )
        )
    title = (
        f"{len(samples.weeks)} weeks, {len(samples.seeds)} seeds: mean [95 % interval, bootstrap over weeks]"
    )
    return TextTable(
        title,
        (
            "strategy",
            "gain over s1 [kWh]",
            "range",
            "of planner [%]",
            "above line [%]",
            "success [%]",
            "to Nash",
            "home [kW]",
        ),
        tuple(rows),
    )
