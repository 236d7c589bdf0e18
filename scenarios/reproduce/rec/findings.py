"""What the paper says of a case, row by row, beside what we found; why, where it does not hold."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from scenarios.reproduce.claims import Finding, finding
from scenarios.reproduce.rec.many import Samples
from scenarios.reproduce.rec.measures import Measures
from scenarios.reproduce.rec.mechanisms import LITERAL


def percent(share: float) -> str:
    """A share in words."""
    return f"{100 * share:.1f} %"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Figures by strategy of the week that is shown, and those of many weeks and seeds, if they were played."""

    shown: dict[str, Measures]
    samples: Samples | None

    def holds(self, rule: Callable[[dict[str, Measures]], bool]) -> tuple[bool, str]:
        """Whether ``rule`` holds in the week shown and in every sample, and in how many."""
        here = rule(self.shown)
        if self.samples is None:
            return here, ""
        kept = [rule(sample.figures) for sample in self.samples.samples]
        return here and all(kept), f"; in {sum(kept)} of {len(kept)} weeks and seeds"

    def spread(self, name: str, key: str, *, scale: float = 1.0, unit: str = "", digits: int = 2) -> str:
        """The figure in many weeks, its mean with a 95 % interval, in words; nothing without them."""
        if self.samples is None:
            return ""
        interval = self.samples.interval(scale * self.samples.values(name, key))
        return f"; over {len(self.samples.weeks)} weeks {interval.text(digits)}{unit}"


def cooperative_findings(evidence: Evidence, paper: str, random: str) -> list[Finding]:
    """Sections 5.2 and 5.3: ``paper`` names the mechanism with learned peers, ``random`` that with random ones."""
    s1, s2, by_chance = (evidence.shown[name] for name in ("s1", paper, random))
    return [
        *_welfare(evidence, paper),
        finding(
            "success-random",
            "§5.2",
            "80 % of sessions with random peers",
            percent(by_chance.success) + evidence.spread(random, "success", scale=100, unit=" %", digits=1),
            by_chance.success >= 0.80,
            why="Here an agent never signs below no deal, and aspires to the upper 15 to 40 % of the contracts: in the other "
            "sessions no contract lies in both aspiration regions, whatever the 5,000 rounds (picture success.png). The "
            "quantile without that floor comes near the paper's figure, by deals that lose.",
        ),
        finding(
            "success-learned",
            "§5.2",
            "85 % with learned peers",
            percent(s2.success)
            + evidence.spread(paper, "success", scale=100, unit=" %", digits=1)
            + _literally(evidence),
            s2.success >= 0.85,
            why="As with random peers: the regions often do not meet. Each agent has one session a period, so the best peers "
            "are soon taken, and a choice by past distance moves the mean little (picture success.png).",
        ),
        finding(
            "learning-helps",
            "§5.2",
            "5 points more by the choice of peers",
            f"{100 * (s2.success - by_chance.success):+.1f} points",
            s2.success > by_chance.success,
            why="Distance to Nash says how fair a pair's agreements are, not how often it agrees: a pair that fails while no "
            "deal is near its Nash solution looks good (picture success.png).",
        ),
        _nearer(evidence, paper),
        _exchange(s2, evidence, paper),
        finding(
            "exchange-total",
            "§5.2.1, Fig. 12, read as all pairs together",
            "about 2.4 kW, under 5.0 kW",
            f"peak {s2.total_peak:.1f} kW" + evidence.spread(paper, "total_peak", unit=" kW", digits=1),
            s2.total_peak <= 5.0,
            why="Several sessions at a time of up to 0.7 kWh each, and the returns of earlier loans, add up; a limit on links (Eq. 6) is "
            "a key of the case file and is unlimited here (picture figure-12.png).",
        ),
        finding(
            "sunny-hours",
            "§5.2.1, Fig. 11",
            "larger quantities in sunny hours",
            f"mean |q| {s2.sunny_volume:.2f} kWh from 9 to 17 h, {s2.other_volume:.2f} kWh at other hours",
            s2.sunny_volume > s2.other_volume,
            why="Quantities at midday are no larger in this week (picture figure-11.png).",
        ),
        finding(
            "connection-mean",
            "§5.2.1, Fig. 13",
            "mean power falls from 0.39 to 0.36 kW",
            f"a home: {s1.home_mean:.2f} to {s2.home_mean:.2f} kW; all together: {s1.net_mean:.2f} to {s2.net_mean:.2f} kW"
            + evidence.spread(paper, "home_mean", unit=" kW a home"),
            s2.home_mean < s1.home_mean and s2.net_mean < s1.net_mean,
            why="The exchange does not relieve the connection in this week (picture figure-13.png).",
        ),
        finding(
            "connection-peak",
            "§5.2.1, Fig. 13",
            "peak rises from 2.40 to 6.34 kW",
            f"a home: {s1.home_peak:.2f} to {s2.home_peak:.2f} kW; all together: {s1.net_peak:.2f} to {s2.net_peak:.2f} kW"
            + evidence.spread(paper, "home_peak", unit=" kW a home"),
            s2.home_peak > s1.home_peak,
            why="Loans do not raise the largest peak in this week (picture figure-13.png).",
        ),
    ]  # fmt: skip


def _literally(evidence: Evidence) -> str:
    """What the quantile alone gives, where it was played."""
    found = evidence.shown.get(LITERAL)
    if found is None:
        return ""
    return f"; {percent(found.success)} by the literal quantile, {percent(found.losing)} of whose sides sign a loss"


def _welfare(evidence: Evidence, paper: str) -> list[Finding]:
    s0, s1, s2 = evidence.shown["s0"], evidence.shown["s1"], evidence.shown[paper]
    ordered, often = evidence.holds(lambda f: f[paper].sws > f["s1"].sws > f["s0"].sws)
    _, most_often = evidence.holds(lambda f: f[paper].share_above >= 0.8)
    # The bound is on the agents, so those of all weeks and seeds are counted together; how many weeks keep it is told too.
    shares = (
        [s2.share_above]
        if evidence.samples is None
        else evidence.samples.values(paper, "share_above").tolist()
    )
    every, every_often = evidence.holds(lambda f: f[paper].above == f[paper].agents)
    losers = s2.agents - s2.above
    return [
        finding(
            "welfare-order",
            "§5.2.1, Eq. 17",
            "sws(s2) > sws(s1) > sws(s0)",
            f"{s2.sws:.1f} > {s1.sws:.1f} > {s0.sws:.1f}{often}",
            ordered,
            required=True,
            why="Negotiation does not pay in the sum here (picture figure-10.png).",
        ),
        finding(
            "above-line",
            "§5.2.1, Fig. 10; §5.3, Fig. 14",
            "all agents above the equal-improvement line",
            f"{s2.above} of {s2.agents}{every_often}",
            every,
            why=f"{losers} of {s2.agents} in the week shown lie below: a loan is good in expectation over an agent's own "
            "forecast, and a realised week can turn against it (picture figure-10.png or figure-14.png).",
        ),
        finding(
            "above-line-most",
            "the same, with the bound set here",
            "at least 80 % of the agents above the line",
            percent(s2.share_above)
            + evidence.spread(paper, "share_above", scale=100, unit=" %", digits=0)
            + most_often,
            min(s2.share_above, sum(shares) / len(shares)) >= 0.8,
            required=True,
            why="Too many agents lose by their loans (pictures figure-10.png, figure-14.png and many-weeks.png): where there "
            "is little sun there is little to gain, and errors of forecasts decide who is above.",
        ),
        finding(
            "nash-welfare",
            "§5.2.1, Eq. 18",
            "nws(s2|s0)/nws(s1|s0) = 126 (text: 2.79e19/2.21e17), 41 (Fig. 10: 1.38e19/3.35e17)",
            _ratio(s2.log_nws_ratio) + _ratio_spread(evidence, paper),
            s2.log_nws_ratio > 0,
            why="nws is undefined where somebody loses against s0, and no larger otherwise.",
        ),
    ]


def _ratio(log: float) -> str:
    if math.isnan(log):
        return "undefined: somebody loses against s0"
    return f"{math.exp(log):.3g}" if log < 600 else f"e^{log:.0f}"


def _ratio_spread(evidence: Evidence, paper: str) -> str:
    if evidence.samples is None:
        return ""
    logs = evidence.samples.values(paper, "log_nws_ratio")
    interval = evidence.samples.interval(logs)
    unknown = int((~(abs(logs) < math.inf)).sum())
    text = f"; over {len(evidence.samples.weeks)} weeks, geometric mean {_ratio(interval.mean)} "
    return (
        text
        + f"[{_ratio(interval.low)}, {_ratio(interval.high)}]"
        + (f", undefined in {unknown}" if unknown else "")
    )


def _nearer(evidence: Evidence, paper: str) -> Finding:
    s2 = evidence.shown[paper]
    near, often = evidence.holds(lambda f: f[paper].to_agreement < f[paper].to_no_deal)
    return finding(
        "nearer-to-nash",
        "§5.2.1, Fig. 9",
        "agreements nearer to the Nash solution than no deal, in the mean",
        f"{s2.to_agreement:.3f} < {s2.to_no_deal:.3f}{often}",
        near,
        required=True,
        why="Agreements are no nearer to Nash than no deal (picture figure-9.png).",
    )


def _exchange(s2: Measures, evidence: Evidence, paper: str) -> Finding:
    return finding(
        "exchange-peak",
        "§5.2.1, Fig. 12, read as one pair",
        "about 2.4 kW at most, under the safe limit of 5.0 kW",
        f"peak {s2.pair_peak:.1f} kW" + evidence.spread(paper, "pair_peak", unit=" kW", digits=1),
        s2.pair_peak <= 5.0,
        why="Legs of several loans of one pair fall into the same interval (picture figure-12.png).",
    )
