"""What ``wattpact tournament`` prints for people: the ranking, and the equilibria of the game between the strategies."""

from pathlib import Path

from rich.table import Table

from learning.judging.measures import Estimate
from learning.judging.tournament import Equilibrium, Result
from scripts._console import printer

SHOWN = 6
"""Equilibria that are printed; all are in the tables."""


def print_tournament(result: Result, folder: Path) -> None:
    """Print a finished tournament."""
    console, tournament = printer(), result.tournament
    about = " and ".join(tournament.kinds)
    played = f"{len(result.rows):,} sessions about {about} in {tournament.domains} domains"
    table = Table(title=f"Strategies by mean utility, {played}", title_justify="left")
    for heading in (
        "strategy",
        "utility",
        "95 %",
        "agreed",
        "utility agreed",
        "to Pareto",
        "to Nash",
        "time",
    ):
        table.add_column(heading, justify="left" if heading == "strategy" else "right", no_wrap=True)
    table.add_column("violations", justify="right")
    for row in result.ranked:
        table.add_row(
            row.strategy,
            _number(row.utility.mean),
            _interval(row.utility),
            _number(row.agreement.mean, 2),
            _number(row.utility_agreed.mean),
            _number(row.to_pareto.mean),
            _number(row.to_nash.mean),
            _number(row.time.mean, 2),
            str(row.violations),
        )
    console.print(table)
    for row in result.strategies:
        if row.faults:
            console.print(
                f"[yellow]warning:[/] {row.faults} sessions of {row.strategy} ended by a fault of its own"
            )
    pure = ", ".join(f"{a} against {b}" for a, b in result.pure) or "none"
    console.print(f"pure equilibria of the game between them: {pure}")
    for each in result.mixed[:SHOWN]:
        console.print(f"symmetric equilibrium: {_mixture(result, each)} (everybody gets {each.utility:.3f})")
    if len(result.mixed) > SHOWN:
        console.print(f"and {len(result.mixed) - SHOWN} more")
    if not result.every_support:
        console.print("only mixtures of up to three strategies were looked for")
    console.print(f"NashConv if all are equally frequent: {result.uniform_nash_conv:.3f}")
    console.print(f"folder: {folder}")


def _number(value: float | None, digits: int = 3) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def _interval(estimate: Estimate) -> str:
    return "" if estimate.low is None else f"{estimate.low:.3f}–{estimate.high:.3f}"


def _mixture(result: Result, equilibrium: Equilibrium) -> str:
    shares = zip(result.tournament.strategies, equilibrium.mixture, strict=True)
    return ", ".join(f"{share:.0%} {name}" for name, share in shares if share > 0)
