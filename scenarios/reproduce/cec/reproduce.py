"""The case study played again: each statement of the text beside what our communities do, and how often others do so.

Inputs are illustrative (the paper's Tables 4 to 6 are not in our copy), so figures in pounds are ours; what is held is what
the text says of strategies and members.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from learning.execution.run import Backend, Progress
from scenarios.community import pictures as community_pictures
from scenarios.community.build import Case, build_case
from scenarios.community.compare import money, rates_told
from scenarios.community.load import load_communities
from scenarios.reproduce.cec import pictures, tables
from scenarios.reproduce.cec.play import play
from scenarios.reproduce.cec.statements import STATEMENTS, Kind, Played, Statement
from scenarios.reproduce.cec.sweep import Row, Share, shares, sweep
from scenarios.reproduce.cec.year_before import benefits_by_rise
from scenarios.reproduce.claims import Finding, TextTable, finding

FILE = "public-buildings"
BY_DEFINITION = ("csv-usv",)
"""Statements that follow from the strategies' definitions whatever the inputs: these have to hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CecReproduction:
    """What the reproduction found."""

    case: Case
    findings: tuple[Finding, ...]
    shares: Mapping[str, Share]
    """By statement, among random communities; empty without a sweep."""
    pictures: tuple[Path, ...]
    inputs: tuple[TextTable, ...]
    results: tuple[TextTable, ...]
    folder: Path

    def machine_form(self) -> dict[str, object]:
        """The command's JSON object; other keys than ``claims`` and ``pictures`` say more of them."""
        return {
            "claims": [each.claim for each in self.findings],
            "pictures": list(self.pictures),
            "illustrative": self.case.table.illustrative,
            "note": self.case.table.note,
            "required": [each.claim.id for each in self.findings if each.required],
            "why": {each.claim.id: each.why for each in self.findings if each.why},
            "shares": {
                name: {
                    "of": each.of,
                    "share": each.share if each.of else None,
                    "interval": list(each.interval) if each.of else None,
                    "no_difference": each.even / each.of if each.of else None,
                }
                for name, each in self.shares.items()
            },
            "tables": [asdict(table) for table in self.results],
        }


def reproduce_cec(
    out: Path, *, communities: int, seed: int, backend: Backend, progress: Progress
) -> CecReproduction:
    """Play the three communities, then ``communities`` random ones, compare and draw.

    Parameters
    ----------
    out
        Parent of the reproduction's folder; an interrupted sweep goes on there.
    seed
        Of the random communities.
    """
    from learning.execution.kept import forget

    folder = out / "cec"
    folder.mkdir(parents=True, exist_ok=True)
    loaded = load_communities(FILE)
    case = build_case(loaded.path, loaded.table)
    played: dict[Kind, Played] = {}
    for at, community in enumerate(case.communities):
        progress(f"Playing {community.name}", at, len(case.communities))
        one = play(case, community.name)
        played[one.kind] = one
    rows: list[Row] = []
    if communities:
        rows = sweep(communities, seed=seed, backend=backend, progress=progress, keep=folder / "tasks")
    found = shares(rows) if rows else {}
    progress("Drawing", 0, 1)
    result = CecReproduction(
        case=case,
        findings=tuple(_finding(case, statement, played, found) for statement in STATEMENTS),
        shares=found,
        pictures=tuple(_draw(case, played, rows, folder)),
        inputs=tuple(tables.inputs(case)),
        results=tuple(tables.results(case, list(played.values()))),
        folder=folder,
    )
    told = json.dumps(result.machine_form(), default=_plain, ensure_ascii=False, indent=1)
    (folder / "claims.json").write_text(told + "\n", encoding="utf-8")
    forget(folder / "tasks")
    return result


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Path) else asdict(value)  # type: ignore[call-overload]


def _finding(
    case: Case, statement: Statement, played: Mapping[Kind, Played], found: Mapping[str, Share]
) -> Finding:
    about = [played[kind] for kind in statement.kinds if statement.verdict(played[kind]) is not None]
    ours = "; ".join(_told(case, statement, one) for one in about)
    if statement.id in found:
        ours += f". Random communities: {found[statement.id].told()}"
    return finding(
        statement.id,
        statement.source,
        statement.paper,
        ours,
        holds_in(statement, played),
        why=statement.why,
        required=statement.id in BY_DEFINITION,
    )


def holds_in(statement: Statement, played: Mapping[Kind, Played]) -> bool:
    """Whether it is as it says in each community of the case that it is about, and there is one."""
    verdicts = [statement.verdict(played[kind]) for kind in statement.kinds]
    judged = [verdict for verdict in verdicts if verdict is not None]
    return bool(judged) and all(verdict == 1 for verdict in judged)


COMPARED: Mapping[str, tuple[str, ...]] = {
    "ssv-msv": ("SSV", "MSV"),
    "csv-usv": ("CSV", "USV"),
    "sdv-rm": ("SDV", "RM"),
    "idm-expert": ("RM", "RM-IDM"),
}
"""Strategies whose tariffs a statement compares."""


def _told(case: Case, statement: Statement, played: Played) -> str:
    """What the case gave, in words."""
    outcomes = played.outcomes
    if statement.id in COMPARED:
        told = _grouped({name: rates_told(case, outcomes[name].rates) for name in COMPARED[statement.id]})
        return f"{played.own.contract.community.name}: {told}"
    if statement.id == "consensus-cheaper":
        saved = outcomes["SSV"].cost - outcomes["CSV"].cost
        return f"CSV {money(case, outcomes['CSV'].cost)}, SSV {money(case, outcomes['SSV'].cost)}: {money(case, saved)} less"
    if statement.id == "consensus-weighted":
        return _utilities(played, ("CSV", "USV", "SSV", "MSV"), weighted=True)
    if statement.id == "majority-average":
        return _utilities(played, ("SSV", "MSV", "CSV", "USV"))
    if statement.id == "idm-poor":
        return _utilities(played, ("RM-IDM", "RM"))
    if statement.id == "borda-best":
        return _utilities(played, tuple(dict.fromkeys(("SBV", *outcomes))))
    if statement.id == "borda-longer":
        return (
            _grouped({name: str(outcomes[name].turns) for name in dict.fromkeys(("SBV", *outcomes))})
            + " turns"
        )
    return f"{played.own.contract.community.name}, {played.own.strategy}: " + ", ".join(
        f"{member.name} {money(case, member.benefit)} ({100 * member.share:+.1f} %)".replace("-", "−")
        for member in sorted(played.own.members, key=lambda member: -member.weight)
    )


def _utilities(played: Played, names: Sequence[str], *, weighted: bool = False) -> str:
    def value(name: str) -> str:
        one = played.outcomes[name]
        return f"{one.weighted_utility if weighted else one.average_utility:.3f}"

    return _grouped({name: value(name) for name in names})


def _grouped(values: Mapping[str, str]) -> str:
    """Strategies of which the same is told, together."""
    groups: dict[str, list[str]] = {}
    for name, value in values.items():
        groups.setdefault(value, []).append(name)
    return "; ".join(f"{', '.join(names)} {value}" for value, names in groups.items())


def _draw(case: Case, played: Mapping[Kind, Played], rows: Sequence[Row], folder: Path) -> list[Path]:
    drawn: list[Path] = []

    def add(name: str, draw: Callable[[Path], Path]) -> None:
        drawn.append(draw(folder / f"{name}.png"))

    first = played["sectored"].outcomes
    add("strategies", lambda path: community_pictures.draw_strategies(case, list(first.values()), path))
    for course in community_pictures.same_courses(list(first.values())):
        add(
            f"negotiation-{course[0].strategy}",
            partial(community_pictures.draw_negotiation, case, course),
        )
    add("benefits", lambda path: pictures.draw_benefits(case, list(played.values()), path))
    add("rise", lambda path: pictures.draw_rise(case, benefits_by_rise(case), path))
    if rows:
        held = {statement.id: holds_in(statement, played) for statement in STATEMENTS}
        add("statements", lambda path: pictures.draw_statements(rows, held, path))
        add("depends", lambda path: pictures.draw_depends(rows, path))
    return drawn
