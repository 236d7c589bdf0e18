"""A case of the paper played again: its inputs, its figures as pictures, its claims as rows, and the best possible."""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from scenarios.errors import ScenarioError
from scenarios.rec.build import Case, build_case
from scenarios.reproduce.claims import Finding, TextTable
from scenarios.reproduce.rec import tables
from scenarios.reproduce.rec.findings import Evidence, cooperative_findings
from scenarios.reproduce.rec.findings_pairs import pair_findings, two_agent_findings
from scenarios.reproduce.rec.many import Samples, play_many
from scenarios.reproduce.rec.measures import Measures, measure
from scenarios.reproduce.rec.mechanisms import JOINT, LITERAL, MECHANISMS, PAPER, RANDOM
from scenarios.reproduce.rec.pairs import all_pairs
from scenarios.reproduce.rec.pictures import best, graph, network, spaces, toy, weeks
from scenarios.reproduce.rec.play import LARGE, PlayedWeek, Progress, play
from scenarios.reproduce.rec.sessions import experiment, seen, telling

PLAYED: dict[int, tuple[str, ...]] = {
    1: (RANDOM, PAPER, LITERAL, JOINT),
    2: tuple(MECHANISMS),
    3: (RANDOM, PAPER, JOINT),
}
"""Mechanisms that each case plays unless told otherwise."""

OVER_YEAR = (RANDOM, PAPER, JOINT)
"""Mechanisms that are played in many weeks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What is reproduced, and where its files go; None: what the case file says, or what the case plays."""

    case: int
    out: Path
    week: int | None = None
    seed: int | None = None
    weeks: tuple[int, ...] = ()
    seeds: tuple[int, ...] = ()
    mechanisms: tuple[str, ...] | None = None
    planner: bool = True
    file: Path | None = None
    """Another case file than the shipped one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecReproduction:
    """What the reproduction found."""

    case: Case
    findings: tuple[Finding, ...]
    pictures: tuple[Path, ...]
    inputs: tuple[TextTable, ...]
    results: tuple[TextTable, ...]
    folder: Path

    def machine_form(self) -> dict[str, object]:
        """The command's JSON object; ``required`` and ``why`` say more of the claims by their ids."""
        return {
            "claims": [finding.claim for finding in self.findings],
            "pictures": list(self.pictures),
            "required": [finding.claim.id for finding in self.findings if finding.required],
            "why": {finding.claim.id: finding.why for finding in self.findings if finding.why},
            "tables": [asdict(table) for table in self.results],
        }


def reproduce_rec(options: Options, progress: Progress) -> RecReproduction:
    """Play the case, draw its figures and compare.

    Raises
    ------
    ScenarioError
        For a mechanism, week or seed that does not exist.
    """
    name: str | Path = options.file or f"rec-case{options.case}"
    case = build_case(name, week=options.week, seed=options.seed)
    mechanisms = _mechanisms(options, case)
    home = options.out / case.name
    cache, folder = home / "cache", home / f"week{case.week}-seed{case.seed}"
    folder.mkdir(parents=True, exist_ok=True)
    workers = os.cpu_count() or 1
    played = play(case, mechanisms, cache, workers=workers, planner=options.planner, progress=progress)
    samples = None
    if options.weeks:
        seeds = options.seeds or (case.seed,)
        often = tuple(one for one in OVER_YEAR if one in mechanisms)
        samples = play_many(
            name, options.weeks, seeds, often, cache, planner=options.planner, progress=progress
        )
    figures = {
        one: measure(played, week)
        for one, week in {"s0": played.s0, "s1": played.s1, **played.markets, **played.s2}.items()
    }
    progress("drawing", 0, 1)
    drawn = _Drawn(folder)
    findings = _drawn_and_compared(options.case, played, figures, samples, cache, workers, drawn, progress)
    results = _results(played, figures, samples, drawn)
    found = RecReproduction(
        case=case,
        findings=tuple(findings),
        pictures=tuple(sorted(drawn.paths, key=_order)),
        inputs=tuple(tables.inputs(case)),
        results=tuple(results),
        folder=folder,
    )
    told = json.dumps(found.machine_form(), default=_plain, ensure_ascii=False, indent=1)
    (folder / "claims.json").write_text(told + "\n", encoding="utf-8")
    return found


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Path) else asdict(value)  # type: ignore[call-overload]


def _mechanisms(options: Options, case: Case) -> tuple[str, ...]:
    asked = PLAYED[options.case] if options.mechanisms is None else options.mechanisms
    for one in asked:
        if one not in MECHANISMS:
            raise ScenarioError(case.path, "--mechanisms", repr(one), f"one of {', '.join(MECHANISMS)}")
    # The paper's two are what its claims are about.
    return tuple(one for one in MECHANISMS if one in {*asked, RANDOM, PAPER})


def _order(picture: Path) -> tuple[int, str]:
    """The paper's figures by number, then the rest."""
    number = picture.stem.removeprefix("figure-")
    return (int(number), "") if number.isdecimal() else (99, picture.stem)


class _Drawn:
    """Pictures of one reproduction."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.paths: list[Path] = []

    def __call__(self, name: str, draw: Callable[[Path], Path]) -> None:
        self.paths.append(draw(self._folder / f"{name}.png"))


def _drawn_and_compared(
    number: int,
    played: PlayedWeek,
    figures: dict[str, Measures],
    samples: Samples | None,
    cache: Path,
    workers: int,
    drawn: _Drawn,
    progress: Progress,
) -> list[Finding]:
    case, s2 = played.case, played.s2
    hours = case.members[0].model.battery.interval_h
    paper = s2[PAPER]
    evidence = Evidence(figures, samples)
    if number == 1:
        findings = _two_agents(played, drawn)
    else:
        findings = cooperative_findings(evidence, PAPER, RANDOM)
    ours = [PAPER, *([JOINT] if JOINT in s2 else [])]
    chosen = {MECHANISMS[one].label: s2[one] for one in ours}
    both = {MECHANISMS[one].label: s2[one] for one in (RANDOM, *ours)}
    if number == 1:
        drawn("figure-6", lambda path: weeks.draw_execution(played, paper, path))
    drawn("figure-9", lambda path: weeks.draw_distances(both, path))
    improvement = "figure-14" if number == 3 else "figure-10"
    drawn(improvement, lambda path: weeks.draw_improvement(played, chosen, path))
    drawn("figure-11", lambda path: weeks.draw_volumes(paper, path))
    drawn("figure-12", lambda path: network.draw_inside(paper, hours, path))
    compared = {"s1": played.s1} | {f"s2, {label}": week for label, week in chosen.items()}
    drawn("figure-13", lambda path: network.draw_connection(compared, hours, path))
    if number != 1:
        quantiles = [member.aspiration_quantile for member in case.members]
        literal = [LITERAL] if LITERAL in s2 else []
        shown = {MECHANISMS[one].label: s2[one] for one in (RANDOM, PAPER, *literal)}
        drawn("success", lambda path: best.draw_success(shown, quantiles, path))
        every = 1 if len(case.members) <= LARGE else 8
        pairs = all_pairs(
            case,
            cache,
            workers=workers,
            every=every,
            on_period=lambda done, total: progress("all pairs, four days", done, total),
        )
        names = [member.name for member in case.members]
        drawn("figure-15", lambda path: graph.draw_pairs(names, pairs, path))
        findings += pair_findings(names, pairs)
    return findings


def _two_agents(played: PlayedWeek, drawn: _Drawn) -> list[Finding]:
    """Section 5.1, with the sections before it: Figures 2 to 5, 7 and 8."""
    members, week = experiment(played.case)
    number = telling(week)
    shown = None if number is None else seen(played.case, members, week, number)
    if shown is not None:
        session = shown
        for name, draw in (
            ("figure-2", spaces.draw_outcomes),
            ("figure-3", spaces.draw_issue_space),
            ("figure-4", spaces.draw_distribution),
            ("figure-7", spaces.draw_session),
            ("figure-8", spaces.draw_traces),
        ):
            drawn(name, lambda path, draw=draw: draw(session, path))  # type: ignore[misc]
    drawn("figure-5", toy.draw_toy)
    return two_agent_findings(played, played.s2[PAPER], week, shown)


def _results(
    played: PlayedWeek, figures: dict[str, Measures], samples: Samples | None, drawn: _Drawn
) -> Sequence[TextTable]:
    labels = {name: name for name in played.markets} | {name: MECHANISMS[name].label for name in played.s2}
    everything = {"s0": "s0 no flexibility", "s1": "s1 individual control", **labels}
    results = [tables.welfare(everything, figures, played.optima), tables.power(everything, figures)]
    ideas = tables.ablation(figures, played.optima)
    if ideas is not None:
        results.append(ideas)
    optima = played.optima
    if optima is not None:
        drawn("best-possible", lambda path: best.draw_best(labels, figures, optima, path))
    if samples is not None:
        many = {name: label for name, label in everything.items() if name in samples.samples[0].figures}
        results.append(tables.distribution(many, samples))
        drawn("many-weeks", lambda path: best.draw_many(_negotiated(many), samples, path))
    return results


def _negotiated(labels: dict[str, str]) -> dict[str, str]:
    return {name: label for name, label in labels.items() if name in MECHANISMS}
