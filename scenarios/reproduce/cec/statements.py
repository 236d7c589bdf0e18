"""What the paper's section 4 says of strategies and communities, each as a rule on what was played.

The same rules judge the paper's case and every random community. A verdict is 1 where it is as the paper says, 0 where there
is no difference to be seen, −1 where it is the other way round, and None where the statement is not about this
community.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from scenarios.community.compare import StrategyOutcome

Kind = Literal["sectored", "spoken-for", "aggregated-before"]
"""All negotiate; one negotiates for customers; one negotiates for a dependent member, as it did the year before."""

SAME: Final = 1e-9
"""Utilities that differ by less are the same."""
EXPERT, POOR = 0.5, 2.0
"""Concession rates from which on a negotiator is one: up to half an even one's, from twice one's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A community under each strategy that it may use, and who spoke for it."""

    kind: Kind
    outcomes: Mapping[str, StrategyOutcome]
    members: int
    mediator: str
    mediator_skill: float
    """Geometric mean of its concession rates: below 1 it concedes late."""
    mediator_weight: float

    @property
    def own(self) -> StrategyOutcome:
        """By the strategy that stands for the kind: the paper's Table 6 tells members' benefits by one."""
        return self.outcomes["USV" if self.kind == "sectored" else "RM"]

    @property
    def deadline_binds(self) -> bool:
        """Whether some strategy ended without a contract."""
        return any(one.rates is None for one in self.outcomes.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement of the text."""

    id: str
    source: str
    paper: str
    kinds: tuple[Kind, ...]
    """Communities that it is about."""
    verdict: Callable[[Played], int | None]
    why: str
    """Where it does not hold in the case: what decides it here."""


def _same(first: str, second: str) -> Callable[[Played], int]:
    def verdict(played: Played) -> int:
        a, b = played.outcomes[first], played.outcomes[second]
        return 1 if (a.rates, a.contract.left) == (b.rates, b.contract.left) else -1

    return verdict


def _only_if(
    condition: Callable[[Played], bool], rule: Callable[[Played], int | None]
) -> Callable[[Played], int | None]:
    return lambda played: rule(played) if condition(played) else None


def _three(played: Played) -> bool:
    return played.members == 3


def _both_agree(played: Played) -> bool:
    return all(played.outcomes[name].rates is not None for name in ("SSV", "MSV", "CSV", "USV"))


def _order(greater: Sequence[float], smaller: Sequence[float]) -> int:
    """1 where everything in ``greater`` is above everything in ``smaller``, −1 the other way round, 0 else."""
    if min(greater) > max(smaller) + SAME:
        return 1
    return -1 if max(greater) < min(smaller) - SAME else 0


def _of(played: Played, names: Sequence[str], value: Callable[[StrategyOutcome], float]) -> list[float]:
    return [value(played.outcomes[name]) for name in names]


def _cheaper(played: Played) -> int:
    return -_order(
        _of(played, ("CSV", "USV"), lambda one: float(one.cost)),
        _of(played, ("SSV", "MSV"), lambda one: float(one.cost)),
    )


def _weighted(played: Played) -> int:
    return _order(
        _of(played, ("CSV", "USV"), lambda one: one.weighted_utility),
        _of(played, ("SSV", "MSV"), lambda one: one.weighted_utility),
    )


def _average(played: Played) -> int:
    return _order(
        _of(played, ("SSV", "MSV"), lambda one: one.average_utility),
        _of(played, ("CSV", "USV"), lambda one: one.average_utility),
    )


def _others(played: Played) -> list[StrategyOutcome]:
    return [one for name, one in played.outcomes.items() if name != "SBV"]


def _borda_best(played: Played) -> int:
    others = max(one.average_utility for one in _others(played))
    return _order([played.outcomes["SBV"].average_utility], [others])


def _borda_longer(played: Played) -> int:
    turns = [one.turns for one in _others(played)]
    return _order([played.outcomes["SBV"].turns], [sum(turns) / len(turns)])


def _idm_better(played: Played) -> int:
    return _order([played.outcomes["RM-IDM"].average_utility], [played.outcomes["RM"].average_utility])


def _all(sign: int) -> Callable[[Played], int]:
    def verdict(played: Played) -> int:
        benefits = [sign * member.benefit for member in played.own.members]
        return 1 if min(benefits) > 0 else 0 if min(benefits) == 0 else -1

    return verdict


def _largest_gains_least(played: Played) -> int:
    """The largest member's benefit over its cost, against the mean of the others'."""
    members = sorted(played.own.members, key=lambda member: member.weight)
    shares = [member.share for member in members]
    return _order([sum(shares[:-1]) / len(shares[:-1])], [shares[-1]])


def _somebody_harmed(played: Played) -> int:
    return 1 if min(member.benefit for member in played.own.members) < 0 else -1


def _heavy(played: Played) -> bool:
    return played.mediator_weight > 0.5


def _expert(played: Played) -> bool:
    return played.mediator_skill <= EXPERT


def _poor(played: Played) -> bool:
    return played.mediator_skill >= POOR


TOUGH = (
    "The expert's offer comes to be worth more to each of the others than the offer that they would make themselves, so that "
    "all vote for it: majority and unanimity then send and accept the same."
)

STATEMENTS: Final = (
    Statement(
        id="ssv-msv",
        source="§4, three members",
        paper="SSV = MSV",
        kinds=("sectored",),
        verdict=_only_if(_three, _same("SSV", "MSV")),
        why="Three offers with a vote each: SSV sends one of them, MSV none.",
    ),
    Statement(
        id="csv-usv",
        source="§4, three members",
        paper="CSV = USV",
        kinds=("sectored",),
        verdict=_only_if(_three, _same("CSV", "USV")),
        why="75 % of three are three.",
    ),
    Statement(
        id="sdv-rm",
        source="§4, mediator with more than half the weight",
        paper="SDV = RM",
        kinds=("sectored",),
        verdict=_only_if(_heavy, _same("SDV", "RM")),
        why="The mediator votes for another's offer too, where that is worth as much to it as its own.",
    ),
    Statement(
        id="idm-expert",
        source="§4, the mediator an expert",
        paper="RM = RM-IDM",
        kinds=("sectored", "aggregated-before", "spoken-for"),
        verdict=_only_if(_expert, _same("RM", "RM-IDM")),
        why="Members vote down what even an expert came to.",
    ),
    Statement(
        id="idm-poor",
        source="§4, the mediator a poor negotiator",
        paper="RM-IDM gives a higher utility than RM",
        kinds=("spoken-for",),
        verdict=_only_if(_poor, _idm_better),
        why="A vote can only stop what the mediator came to. Here it is within the customers' limits, and passes; even where "
        "they accept nothing less than what they have it seldom helps, as seldom most of them lose (picture depends.png).",
    ),
    Statement(
        id="consensus-cheaper",
        source="§4, Table 5",
        paper="CSV, USV cost less than SSV, MSV (£60,978.42)",
        kinds=("sectored",),
        verdict=_only_if(_both_agree, _cheaper),
        why=TOUGH,
    ),
    Statement(
        id="consensus-weighted",
        source="§4, Table 5",
        paper="CSV, USV: the higher weighted utility",
        kinds=("sectored",),
        verdict=_only_if(_both_agree, _weighted),
        why=TOUGH,
    ),
    Statement(
        id="majority-average",
        source="§4, Table 5",
        paper="SSV, MSV: the higher average utility (0.81)",
        kinds=("sectored",),
        verdict=_only_if(_both_agree, _average),
        why=TOUGH,
    ),
    Statement(
        id="borda-best",
        source="§4, where the deadline does not bind",
        paper="SBV: the highest average utility",
        kinds=("sectored",),
        verdict=_only_if(lambda played: not played.deadline_binds, _borda_best),
        why="Another strategy waits longer, and the retailer concedes meanwhile.",
    ),
    Statement(
        id="borda-longer",
        source="§4",
        paper="SBV takes more rounds",
        kinds=("sectored",),
        verdict=_borda_longer,
        why="Without a quota SBV accepts as soon as the retailer's offer ranks first, before the toughest member would.",
    ),
    Statement(
        id="all-gain",
        source="§4, §5, first community (Table 6)",
        paper="all members gain",
        kinds=("sectored",),
        verdict=_all(1),
        why="For a member who negotiated well alone, others' wishes cost more than the size brings.",
    ),
    Statement(
        id="small-gain-most",
        source="§4, first community (Table 6)",
        paper="small, weak members gain most, the largest least",
        kinds=("sectored",),
        verdict=_largest_gains_least,
        why="The large one negotiated worse alone than the small ones.",
    ),
    Statement(
        id="together-before",
        source="§4, §5, second community (Table 6)",
        paper="aggregated before: a worse tariff, all lose",
        kinds=("aggregated-before",),
        verdict=_all(-1),
        why="What they learned of their own tariff made them ask for more.",
    ),
    Statement(
        id="poor-harms",
        source="§4, §5, third community (Table 6)",
        paper="a poor mediator harms at least one member",
        kinds=("spoken-for",),
        verdict=_only_if(_poor, _somebody_harmed),
        why="What the size of the community brings to each is more than what the mediator gives away.",
    ),
)  # fmt: skip

ANY_MEDIATOR: Final[Mapping[str, Callable[[Played], int | None]]] = {
    "harmed": _somebody_harmed,
    "idm-better": _idm_better,
}
"""Two of the rules for any mediator, poor or not: what skill has to do with them is seen only so."""
