"""From a checked community file to communities, their retailer and their tariff; nothing is negotiated here.

What the file says of one key is told by `ScenarioError` with its place; what members, communities and blocks refuse as a
whole keeps the name that it has among the agents (``agents.community.errors``), with the file noted beside it.
"""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from difflib import get_close_matches
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from agents.community.blocks import Block, RateBlocks
from agents.community.community import Community, check_apart
from agents.community.interaction import Interaction
from agents.community.measures import weights_by_size, weights_in_order
from agents.community.mediator import MediatorRule, by_size, by_tariff, by_weighted_tariff
from agents.community.members import Kind, Member, Role
from agents.community.preferences import TariffPreferences
from agents.community.session import COMMUNITY, OPPONENT, TariffRules
from agents.community.single import TariffAgent
from agents.community.strategies import TeamStrategy
from agents.community.tactics import ByShare, ByTime, Firm, Tactic
from agents.community.voting import find_team_strategy
from agents.strategy import StrategyError
from energy.errors import SpecError
from market.issues import Domain, Issue, Values
from scenarios.community.schema import (
    DAYS,
    CaseTable,
    CommunityTable,
    MemberTable,
    PreferencesTable,
    RetailerTable,
    TacticTable,
)
from scenarios.community.spread import boundaries, hours_of_blocks
from scenarios.errors import ScenarioError
from scenarios.units import ELECTRICITY

HOURS_A_YEAR = 8760
RULES: Mapping[str, MediatorRule] = {
    "by-tariff": by_tariff,
    "by-weighted-tariff": by_weighted_tariff,
    "by-size": by_size,
}
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Case:
    """Everything of a file that does not depend on how a community decides."""

    path: Path
    table: CaseTable
    zone: ZoneInfo
    blocks: RateBlocks
    boundaries: tuple[datetime, ...]
    """First instant of each period, and the one after the last."""
    hours: tuple[tuple[int, ...], ...]
    """Of each block in each period."""
    rules: TariffRules
    communities: tuple[Community, ...]
    """In the file's order; members as they were before they joined."""

    def community(self, name: str | None = None) -> tuple[CommunityTable, Community]:
        """A community by its name, or the first.

        Raises
        ------
        ScenarioError
        """
        names = [community.name for community in self.communities]
        if name is None:
            return self.table.communities[0], self.communities[0]
        if name not in names:
            near = get_close_matches(name, names, n=1)
            hint = f" (did you mean {near[0]}?)" if near else ""
            raise ScenarioError(self.path, "community", repr(name), f"one of {', '.join(names)}{hint}")
        at = names.index(name)
        return self.table.communities[at], self.communities[at]


def build_case(path: Path, table: CaseTable) -> Case:
    """Check and build all of a file, so that nothing is sent of a case that is wrong anywhere.

    Raises
    ------
    ScenarioError, SpecError
    """
    with named(path):
        try:
            zone = ZoneInfo(table.zone)
        except (KeyError, OSError, ValueError) as error:
            raise ScenarioError(
                path, "zone", repr(table.zone), f"an IANA time zone, as Europe/London ({error})"
            ) from None
        blocks = RateBlocks(
            [
                Block(
                    name=block.name, hours=block.hours, days=frozenset(DAYS.index(day) for day in block.days)
                )
                for block in table.blocks
            ]
        )
        edges = boundaries(table.contract.first, table.contract.months, zone)
        grid = [
            price(path, f"rates.{key}", getattr(table.rates, key)) for key in ("lowest", "highest", "tick")
        ]
        domain = Domain(tuple(Issue(name, *grid) for name in blocks.names))
        rules = TariffRules(
            domain=domain,
            max_turns=table.turns,
            first=OPPONENT if table.opens == "retailer" else COMMUNITY,
        )
        communities = tuple(
            _community(path, f"community[{i}]", table, one, blocks.names)
            for i, one in enumerate(table.communities, 1)
        )
        names = [community.name for community in communities]
        for name in names:
            if names.count(name) > 1:
                raise ScenarioError(path, "community", repr(name), "different names")
        check_apart(communities)
        case = Case(
            path, table, zone, blocks, edges, hours_of_blocks(blocks, edges, zone), rules, communities
        )
        for community, one in zip(communities, table.communities, strict=True):
            weights_by_size(community.members)  # refuses one without energy
            weights_of(community, one)
            strategy_of(case, one.strategy).check(community)
            mediator_of(community, one)
            retailer_of(case, community)
        return case


def retailer_of(case: Case, community: Community) -> TariffAgent:
    """The retailer as it meets ``community``: dearer by what the size of the contract adds.

    Raises
    ------
    ScenarioError, SpecError
    """
    table, path, names = case.table.retailer, case.path, case.blocks.names
    amounts = tuple(abs(amount) for amount in community.energy)
    extra = size_premium(case, sum(amounts))
    tick = price(path, "rates.tick", case.table.rates.tick)

    def asked(key: str, rates: Mapping[str, Decimal]) -> Values:
        plain = _prices(path, f"retailer.{key}", rates, names)
        return tuple(tick * math.ceil(rate * (1 + extra) / tick) for rate in plain)

    if table.weights is not None:
        weights = by_block(path, "retailer.weights", table.weights, names)
    elif sum(amounts):
        weights = tuple(amount / sum(amounts) for amount in amounts)
    else:
        weights = tuple(1 / len(names) for _ in names)
    for name in names:
        if table.goals.get(name, Decimal(1)) <= table.limits.get(name, Decimal(0)):
            raise ScenarioError(
                path,
                f"retailer.goals.{name}",
                str(table.goals[name]),
                f"above its limit {table.limits[name]}",
            )
    return TariffAgent(
        preferences=TariffPreferences(
            goals=asked("goals", table.goals), limits=asked("limits", table.limits), weights=weights
        ),
        tactics=_tactics(path, "retailer", table, names, table.deadline or case.table.turns),
        deadline=table.deadline,
    )


def size_premium(case: Case, energy: int) -> float:
    """What a contract over ``energy`` [Wh] costs more to serve than a large one, as a share."""
    size = case.table.retailer.size
    hours = sum(sum(period) for period in case.hours)
    a_year = ELECTRICITY.amount(energy) * HOURS_A_YEAR / hours
    if size is None or a_year <= 0:
        return 0.0
    return size.per_decade * max(0.0, math.log10(float(size.reference) / a_year))


def strategy_of(case: Case, name: str) -> TeamStrategy:
    """A built-in team strategy, or a user's own beside the file.

    Raises
    ------
    UnknownTeamStrategy, StrategyError
    """
    try:
        return find_team_strategy(name, beside=case.path.parent)
    except StrategyError as error:
        error.add_note(f"in {case.path}")
        raise


def mediator_of(community: Community, table: CommunityTable) -> str:
    """Who mediates: the member named, or whom the rule named chooses.

    Raises
    ------
    MediatorError, NotAMember
    """
    from agents.community.mediator import check_mediator

    rule = RULES.get(table.mediator)
    name = table.mediator if rule is None else rule(community)
    check_mediator(community, name)
    return name


def weights_of(community: Community, table: CommunityTable) -> tuple[float, ...] | None:
    """The weights that the file gives, in the order of the members; None: by size.

    Raises
    ------
    WeightsError
    """
    return None if table.weights is None else weights_in_order(community.members, table.weights)


def _community(
    path: Path, place: str, case: CaseTable, table: CommunityTable, names: tuple[str, ...]
) -> Community:
    return Community(
        name=table.name,
        members=tuple(
            _member(path, f"{place}.member[{i}]", case, member, names)
            for i, member in enumerate(table.members, 1)
        ),
        interaction=Interaction[table.interaction.upper()],
        trust=Fraction(table.trust),
    )


def _member(path: Path, place: str, case: CaseTable, table: MemberTable, names: tuple[str, ...]) -> Member:
    if table.months and len(table.months) != case.contract.months:
        raise ScenarioError(
            path, f"{place}.months", f"{len(table.months)} weights", f"{case.contract.months}, one a period"
        )
    if table.months and (min(table.months) < 0 or sum(table.months) <= 0):
        raise ScenarioError(path, f"{place}.months", str(table.months), "weights of at least 0, not all 0")
    energy = tuple(
        whole(path, f"{place}.energy.{name}", ELECTRICITY.energy, amount)
        for name, amount in zip(names, by_block(path, f"{place}.energy", table.energy, names), strict=True)
    )
    negotiates = table.role == "negotiator"
    if not negotiates and (table.tactic or table.tactics):
        raise ScenarioError(path, f"{place}.tactic", "one", "none: a customer makes no offers")
    return Member(
        name=table.name,
        kind=Kind(table.kind),
        role=Role(table.role),
        energy=energy,
        old_rates=_prices(path, f"{place}.old_rates", table.old_rates, names),
        preferences=_preferences(path, place, table, names),
        tactics=_tactics(path, place, table, names, case.turns) if negotiates else (),
        sector=table.sector,
    )


def _preferences(
    path: Path, place: str, table: PreferencesTable, names: tuple[str, ...]
) -> TariffPreferences:
    try:
        return TariffPreferences(
            goals=_prices(path, f"{place}.goals", table.goals, names),
            limits=_prices(path, f"{place}.limits", table.limits, names),
            weights=by_block(path, f"{place}.weights", table.weights, names),
            least=table.least,
        )
    except SpecError as error:
        error.add_note(f"at {place}")
        raise


def _tactics(
    path: Path, place: str, table: PreferencesTable | RetailerTable, names: tuple[str, ...], deadline: int
) -> tuple[Tactic, ...]:
    for name in table.tactics:
        if name not in names:
            raise ScenarioError(path, f"{place}.tactics", repr(name), f"names of blocks: {', '.join(names)}")
    every = table.tactic or TacticTable()
    return tuple(_tactic(table.tactics.get(name, every), deadline) for name in names)


def _tactic(table: TacticTable, deadline: int) -> Tactic:
    if table.kind == "firm":
        return Firm()
    if table.kind == "share":
        return ByShare(table.share)
    return ByTime(table.deadline or deadline, table.rate)


def by_block(path: Path, place: str, values: Mapping[str, _T], names: tuple[str, ...]) -> tuple[_T, ...]:
    """Values in the order of the blocks.

    Raises
    ------
    ScenarioError
        If there is not one for each block.
    """
    if set(values) != set(names):
        raise ScenarioError(
            path, place, ", ".join(values) or "nothing", f"one for each block: {', '.join(names)}"
        )
    return tuple(values[name] for name in names)


def _prices(path: Path, place: str, rates: Mapping[str, Decimal], names: tuple[str, ...]) -> Values:
    given = by_block(path, place, rates, names)
    return tuple(price(path, f"{place}.{name}", rate) for name, rate in zip(names, given, strict=True))


def price(path: Path, place: str, tokens: Decimal) -> int:
    """Token units per Wh of a price in tokens per kWh."""
    return whole(path, place, ELECTRICITY.price, tokens)


def whole(path: Path, place: str, convert: Any, value: Decimal) -> int:
    """``value`` in whole base units, or a `ScenarioError`."""
    try:
        return int(convert(value))
    except ValueError as error:
        found, _, expected = str(error).partition(", expected ")
        raise ScenarioError(path, place, found, expected) from None


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Note the file beside what agents refuse in it."""
    try:
        yield
    except (SpecError, StrategyError) as error:
        error.add_note(f"in {path}")
        raise
