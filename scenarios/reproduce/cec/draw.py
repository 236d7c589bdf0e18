"""Random communities of the paper's three kinds, by the rules of the case file, with what these leave open drawn at random.

A community negotiates for one month: what is negotiated does not depend on how long it is, since sizes count by the year.
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from agents.community.members import Role
from scenarios.community.build import Case, build_case
from scenarios.community.schema import CaseTable
from scenarios.reproduce.cec.statements import Kind
from scenarios.reproduce.cec.year_before import paying, tariffs_before

FloatArray = NDArray[np.float64]

KINDS: Final[tuple[Kind, ...]] = ("sectored", "sectored", "spoken-for", "aggregated-before")
"""Half of all are of the first kind: most statements are about it."""
MOST_MEMBERS: Final = 9
LAST_WORD: Final = {"day": 9.20, "night": 6.20}
"""Tokens per kWh, to a customer of `REFERENCE`, as in the case."""
OPENING, REFERENCE, PER_DECADE = 1.15, 20e6, 0.10
AMBITION: Final = (0.90, 1.04)
"""What members hope for, over what the largest pay; in the case 0.94 on the rate that they mind and 1 on the other."""
MONTHS_A_YEAR: Final = 8760 / 744
"""Of the length of the one that is negotiated."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A case of one community, and what was drawn."""

    case: Case
    features: dict[str, float]


def draw(seed: np.random.SeedSequence, kind: Kind) -> Drawn:
    """A community: members, sizes, skills, priorities, and how long and how hard its retailer negotiates.

    Features: ``members``; ``turns``, most of both sides; ``leaves``, the retailer's deadline over these; ``retailer``, its
    concession rate; ``priority``, the weight of the rate that a member minds, the same for all of a community; ``disagree``,
    the share of members who mind another rate than most; ``spread``, the standard deviation of ln(skill); ``careful``, 1 where
    the customers of a spoken-for community accept nothing that is worth less to them than their own tariff.
    """
    rng = np.random.default_rng(seed)
    count = 2 if kind == "aggregated-before" else int(rng.integers(2, MOST_MEMBERS + 1))
    sizes = np.exp(rng.uniform(np.log(5e4), np.log(2e7), count))
    skills = np.exp(rng.uniform(np.log(0.25), np.log(4.0), count))
    priority = float(rng.uniform(0.5, 0.9))
    minds = rng.choice(["day", "night"], count)
    turns = int(rng.choice([10, 14, 20, 30, 40]))
    leaves = float(rng.choice([1.0, rng.uniform(0.5, 1.0)]))
    retailer = float(np.exp(rng.uniform(np.log(0.25), np.log(2.0))))
    nights = rng.uniform(0.15, 0.35, count)
    ambitions = rng.uniform(*AMBITION, (count, 2))
    speaker = int(rng.integers(count))
    members = [
        _member(
            name=f"member-{i}",
            role="negotiator" if kind == "sectored" or i == speaker else _customer(kind),
            size=sizes[i],
            night=nights[i],
            skill=skills[i],
            minds=str(minds[i]),
            priority=priority,
            ambition=ambitions[i],
        )
        for i in range(count)
    ]
    table = CaseTable.model_validate(
        {
            "name": "drawn",
            "illustrative": True,
            "turns": turns,
            "rates": {"highest": _two(60)},
            "contract": {"first": "2015-01-01", "months": 1},
            "block": [{"name": "day", "hours": [(7, 24)]}, {"name": "night", "hours": [(0, 7)]}],
            "retailer": {
                "goals": {name: _two(OPENING * rate) for name, rate in LAST_WORD.items()},
                "limits": {name: _two(rate) for name, rate in LAST_WORD.items()},
                "tactic": {"rate": retailer},
                "deadline": max(2, round(leaves * turns)),
                "size": {"reference": Decimal(int(REFERENCE)), "per_decade": PER_DECADE},
            },
            "community": [{"name": "drawn", "leave": False, "strategy": "RM", "member": members}],
        }
    )
    case = build_case(Path("drawn.toml"), table)
    case = paying(case, tariffs_before(case))
    careful = kind == "spoken-for" and bool(rng.integers(2))
    if careful:
        case = _careful(case)
    rarer = min(np.mean(minds == "day"), np.mean(minds == "night"))
    return Drawn(
        case=case,
        features={
            "members": count,
            "turns": turns,
            "leaves": leaves,
            "retailer": retailer,
            "priority": priority,
            "disagree": float(rarer),
            "spread": float(np.std(np.log(skills))),
            "careful": float(careful),
        },
    )


def _careful(case: Case) -> Case:
    (community,) = case.communities
    worth = {m.name: m.preferences.utility(m.old_rates) for m in community.informed()}
    members = tuple(
        member
        if member.role is Role.NEGOTIATOR
        else replace(member, preferences=replace(member.preferences, least=min(1.0, worth[member.name])))
        for member in community.members
    )
    return replace(case, communities=(replace(community, members=members),))


def _customer(kind: Kind) -> str:
    return "dependent" if kind == "aggregated-before" else "independent"


def _member(
    *,
    name: str,
    role: str,
    size: float,
    night: float,
    skill: float,
    minds: str,
    priority: float,
    ambition: FloatArray,
) -> dict[str, Any]:
    middle = {block: rate * (1 + OPENING) / 2 for block, rate in LAST_WORD.items()}
    premium = 1 + PER_DECADE * max(0.0, float(np.log10(REFERENCE / size)))
    month = size / MONTHS_A_YEAR
    tactics = {block: {"rate": skill * (0.5 if block == minds else 2.0)} for block in middle}
    return {
        "name": name,
        "role": role,
        "sector": "any",
        "energy": {"day": Decimal(round(month * (1 - night))), "night": Decimal(round(month * night))},
        "old_rates": {block: _two(rate) for block, rate in middle.items()},
        "goals": {
            # The more ambitious hope goes with the rate that it minds.
            block: _two(rate * (min(ambition) if block == minds else max(ambition)))
            for block, rate in middle.items()
        },
        "limits": {block: _two(rate * premium * 1.05) for block, rate in middle.items()},
        "weights": {block: priority if block == minds else 1 - priority for block in middle},
        **({"tactics": tactics} if role == "negotiator" else {}),
    }


def _two(rate: float) -> Decimal:
    return Decimal(f"{rate:.2f}")
