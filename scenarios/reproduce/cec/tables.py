"""Our inputs in place of the paper's Table 4, and our results in the form of its Tables 5 and 6; rows of text."""

from collections.abc import Sequence
from decimal import Decimal

from scenarios.community.build import Case
from scenarios.community.compare import money, rates_told
from scenarios.reproduce.cec.play import skill
from scenarios.reproduce.cec.statements import EXPERT, POOR, Played
from scenarios.reproduce.claims import TextTable


def inputs(case: Case) -> list[TextTable]:
    """Buildings, tariffs, goals and limits, marked for what they are."""
    mark = "ILLUSTRATIVE, not the paper's" if case.table.illustrative else "inputs"
    rows = []
    for table, community in zip(case.table.communities, case.communities, strict=True):
        for one in table.members:
            member = community.member(one.name)
            rows.append(
                (
                    table.name,
                    one.title or one.name,
                    one.role + (f", {_told(skill(community, one.name))}" if member.tactics else ""),
                    _energy(one.energy),
                    rates_told(case, member.old_rates),
                    rates_told(case, member.preferences.goals),
                    rates_told(case, member.preferences.limits),
                    ", ".join(f"{block} {weight:g}" for block, weight in one.weights.items()),
                )
            )
    return [
        TextTable(
            f"In place of Table 4 ({mark}): rates in pence per kWh, goals and limits before joining",
            ("community", "building", "role", "GWh a year", "own tariff", "goals", "limits", "weights"),
            tuple(rows),
        )
    ]


def results(case: Case, played: Sequence[Played]) -> list[TextTable]:
    """Tables 5 and 6."""
    mark = " (illustrative inputs)" if case.table.illustrative else ""
    strategies = [
        (
            one.contract.community.name,
            one.strategy,
            one.told(),
            rates_told(case, one.rates),
            str(one.turns),
            money(case, one.cost),
            money(case, one.benefit),
            f"{one.average_utility:.3f}",
            f"{one.weighted_utility:.3f}",
        )
        for each in played
        for one in each.outcomes.values()
    ]
    members = [
        (
            each.own.contract.community.name,
            each.own.strategy,
            member.name,
            f"{100 * member.weight:.1f} %",
            money(case, member.old_cost),
            money(case, member.cost),
            money(case, member.benefit),
            f"{100 * member.share:+.2f} %".replace("-", "−"),
            f"{member.utility:.3f}",
        )
        for each in played
        for member in each.own.members
    ]
    return [
        TextTable(
            f"As Table 5: strategies{mark}",
            ("community", "strategy", "outcome", "rates", "turns", "cost", "benefit", "utility", "weighted"),
            tuple(strategies),
        ),
        TextTable(
            f"As Table 6: members{mark}",
            ("community", "strategy", "member", "weight", "own tariff", "cost", "benefit", "", "utility"),
            tuple(members),
        ),
    ]


def _energy(amounts: dict[str, Decimal]) -> str:
    return ", ".join(f"{block} {float(amount) / 1e6:.3g}" for block, amount in amounts.items())


def _told(rate: float) -> str:
    if rate <= EXPERT:
        return "expert"
    return "poor" if rate >= POOR else "average"
