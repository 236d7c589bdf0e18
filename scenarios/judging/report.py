"""A finished tournament's folder: tables and pictures."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from learning.judging.measures import Estimate, landmarks
from learning.judging.play import Played, play
from learning.judging.tournament import Result
from scenarios.judging.pictures import pairs, ranking, space
from scenarios.judging.tables import tournament_tables
from scenarios.report.style import save
from scenarios.report.tables import write_tables


def write_tournament(folder: Path, result: Result, *, pictures: bool = True) -> None:
    """Write ``tables/NAME.csv`` and ``.parquet``, and ``pictures/NAME.png``."""
    for name in ("tables", "pictures") if pictures else ("tables",):
        (folder / name).mkdir(parents=True, exist_ok=True)
    write_tables(folder / "tables", tournament_tables(result))
    if not pictures:
        return
    save(ranking(result), folder / "pictures" / "ranking.png")
    save(pairs(result), folder / "pictures" / "pairs.png")
    seller, buyer, played = example(result)
    save(space(played, landmarks(played.match), seller, buyer), folder / "pictures" / "space.png")


def example(result: Result) -> tuple[str, str, Played]:
    """A session to look at: the two best strategies, in the match with most outcomes in which they agree."""
    tournament = result.tournament
    names = [row.strategy for row in result.ranked]
    seller, buyer = names[0], names[min(1, len(names) - 1)]
    agreed = {row.domain for row in result.rows if row.agreed and (row.seller, row.buyer) == (seller, buyer)}
    match = max(tournament.matches, key=lambda match: (match.number in agreed, len(match.possible)))
    by_name = {contender.name: contender for contender in tournament.contenders}
    played = play(match, by_name[seller], by_name[buyer], (tournament.seed, match.number, 0))
    return seller, buyer, played


def summary(result: Result, folder: Path) -> Mapping[str, Any]:
    """What ``tournament --json`` prints."""
    tournament, names = result.tournament, result.tournament.strategies

    def triple(estimate: Estimate) -> list[float | None]:
        return [estimate.mean, estimate.low, estimate.high]

    return {
        "strategies": [
            {
                "strategy": row.strategy,
                "sessions": row.sessions,
                "utility": triple(row.utility),
                "utility_agreed": triple(row.utility_agreed),
                "agreement": triple(row.agreement),
                "welfare": triple(row.welfare),
                "to_pareto": triple(row.to_pareto),
                "to_nash": triple(row.to_nash),
                "to_kalai_smorodinsky": triple(row.to_kalai_smorodinsky),
                "to_kalai": triple(row.to_kalai),
                "time": triple(row.time),
                "violations": row.violations,
                "faults": row.faults,
            }
            for row in result.ranked
        ],
        "game": {
            "names": list(names),
            "payoffs": [list(row) for row in result.payoffs],
            "pure": [list(pair) for pair in result.pure],
            "symmetric": [
                {
                    "mixture": {n: s for n, s in zip(names, each.mixture, strict=True) if s > 0},
                    "utility": each.utility,
                    "nash_conv": each.nash_conv,
                }
                for each in result.mixed
            ],
            "every_support": result.every_support,
            "uniform_nash_conv": result.uniform_nash_conv,
            "regrets": dict(zip(names, result.regrets, strict=True)),
        },
        "about": list(tournament.kinds),
        "domains": tournament.domains,
        "rounds": tournament.rounds,
        "seeds": tournament.seeds,
        "seed": tournament.seed,
        "sessions": len(result.rows),
        "interval": "95 % percentile bootstrap over domains",
        "folder": str(folder),
    }
