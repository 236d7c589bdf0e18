"""Strategies against the same retailer, in the paper's measures (Definitions 8 to 11).

Who does not sign (nobody, where there is no agreement) goes on at its old rates, and is counted with them: its cost, its
utility, a benefit of 0. Utilities are of goals and limits as they are after joining.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum
from typing import Any

from agents.community.measures import benefit, cost, weights_by_size
from agents.community.strategies import TeamStrategy
from agents.community.voting import TEAM_STRATEGIES
from learning.execution.run import Progress
from market.issues import Values
from market.session import Agreed, Withdrawn
from scenarios.community.build import Case, strategy_of, weights_of
from scenarios.community.negotiated import Contract, negotiate_contract
from scenarios.units import ELECTRICITY, TOKEN

ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberOutcome:
    """What one member comes to; money in token units."""

    name: str
    signed: bool
    old_cost: int
    cost: int
    benefit: int
    utility: float
    weight: float

    @property
    def share(self) -> float:
        """Benefit over what it paid so far; 0 where it paid nothing."""
        return self.benefit / abs(self.old_cost) if self.old_cost else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyOutcome:
    """What a community comes to by one strategy."""

    contract: Contract
    members: tuple[MemberOutcome, ...]

    @property
    def strategy(self) -> str:
        """Its name."""
        return self.contract.strategy

    @property
    def rates(self) -> Values | None:
        """Token units per Wh; None without a contract."""
        return self.contract.rates

    @property
    def turns(self) -> int:
        """Of both sides, until it ended."""
        return self.contract.negotiated.turns

    @property
    def cost(self) -> int:
        """Definition 9 [token units]."""
        return sum(member.cost for member in self.members)

    @property
    def benefit(self) -> int:
        """Over the old tariffs [token units]."""
        return sum(member.benefit for member in self.members)

    @property
    def average_utility(self) -> float:
        """Definition 10."""
        return fsum(member.utility for member in self.members) / len(self.members)

    @property
    def weighted_utility(self) -> float:
        """Definition 11."""
        return fsum(member.weight * member.utility for member in self.members)

    def member(self, name: str) -> MemberOutcome:
        """Of this name."""
        return next(member for member in self.members if member.name == name)

    def told(self) -> str:
        """How it ended, in words."""
        outcome = self.contract.negotiated.outcome
        if isinstance(outcome, Agreed):
            return "agreed" if self.rates is not None else "agreed, but all left"
        if isinstance(outcome, Withdrawn):
            who = "retailer" if outcome.by else "community"
            return f"{who} withdrew" + (f" ({outcome.reason})" if outcome.reason else "")
        return "out of turns"

    def machine_form(self) -> dict[str, Any]:
        """For JSON: money in tokens, rates in tokens per kWh."""
        names = self.contract.case.blocks.names
        return {
            "strategy": self.strategy,
            "outcome": self.told(),
            "rates": None
            if self.rates is None
            else {
                name: ELECTRICITY.tokens_per_unit(rate) for name, rate in zip(names, self.rates, strict=True)
            },
            "turns": self.turns,
            "passes": len(self.contract.negotiated.passes),
            "mediator": self.contract.mediator,
            "left": list(self.contract.left),
            "cost": self.cost / TOKEN,
            "benefit": self.benefit / TOKEN,
            "average_utility": self.average_utility,
            "weighted_utility": self.weighted_utility,
            "members": {
                member.name: {
                    "signed": member.signed,
                    "old_cost": member.old_cost / TOKEN,
                    "cost": member.cost / TOKEN,
                    "benefit": member.benefit / TOKEN,
                    "utility": member.utility,
                    "weight": member.weight,
                }
                for member in self.members
            },
        }


def compare(
    case: Case,
    name: str | None,
    strategies: Sequence[str],
    *,
    seed: int | None = None,
    progress: Progress = lambda what, done, total: None,
) -> list[StrategyOutcome]:
    """Let a community of the file negotiate once with each of ``strategies``.

    Raises
    ------
    ScenarioError, StrategyNotAllowed, StrategyError
        Before anything is negotiated.
    """
    _, community = case.community(name)
    teams = [strategy_of(case, one) for one in strategies]
    for team in teams:
        team.check(community)
    found = []
    for at, team in enumerate(teams):
        progress(f"{community.name}: {team.name}", at, len(teams))
        found.append(outcome_of(case, name, team, seed=seed))
    progress(community.name, len(teams), len(teams))
    return found


def outcome_of(
    case: Case, name: str | None, strategy: str | TeamStrategy, *, seed: int | None = None
) -> StrategyOutcome:
    """One negotiation, measured."""
    contract = negotiate_contract(case, name, strategy=strategy, seed=seed)
    return measured(contract)


def measured(contract: Contract) -> StrategyOutcome:
    """A contract, or none, in the paper's measures."""
    signed = {member.name for member in contract.members}
    members = contract.community.informed()
    weights = weights_of(contract.community, contract.table) or weights_by_size(members)

    def outcome(place: int) -> MemberOutcome:
        member = members[place]
        rates = member.old_rates
        if contract.rates is not None and member.name in signed:
            rates = contract.rates
        return MemberOutcome(
            name=member.name,
            signed=member.name in signed,
            old_cost=cost(member, member.old_rates),
            cost=cost(member, rates),
            benefit=benefit(member, rates),
            utility=member.preferences.utility(rates),
            weight=weights[place],
        )

    return StrategyOutcome(contract=contract, members=tuple(outcome(place) for place in range(len(members))))


def allowed(case: Case, name: str | None) -> tuple[str, ...]:
    """The built-in strategies that the community's roles and interaction allow, in the paper's order."""
    from agents.community.errors import StrategyNotAllowed

    _, community = case.community(name)
    fit = []
    for one in TEAM_STRATEGIES:
        try:
            strategy_of(case, one).check(community)
        except StrategyNotAllowed:
            continue
        fit.append(one)
    return tuple(fit)


def chosen(case: Case, name: str | None, wanted: str) -> tuple[str, ...]:
    """The strategies that a command's option names: ``all`` that are allowed, or names with commas."""
    if wanted == ALL:
        return allowed(case, name)
    return tuple(part.strip() for part in wanted.split(",") if part.strip())


def money(case: Case, token_units: float, *, digits: int = 0) -> str:
    """Money as the file shows it."""
    currency = case.table.currency
    value = token_units / TOKEN / float(currency.tokens)
    sign = "−" if round(value, digits) < 0 else ""
    text = f"{abs(value):,.{digits}f}"
    return f"{sign}{currency.name}{text}" if len(currency.name) == 1 else f"{sign}{text} {currency.name}"


def rates_told(case: Case, rates: Values | None) -> str:
    """Rates in tokens per kWh, by the blocks' names."""
    if rates is None:
        return "—"
    named: Mapping[str, int] = dict(zip(case.blocks.names, rates, strict=True))
    return ", ".join(f"{name} {ELECTRICITY.tokens_per_unit(rate):.2f}" for name, rate in named.items())
