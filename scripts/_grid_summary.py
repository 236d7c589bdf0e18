"""What ``wattpact grid`` prints for people: the grid, the figures of each course, the comparison with the reference."""

from collections.abc import Callable, Sequence
from pathlib import Path

from rich.table import Table

from scenarios.grid.check import AGREED_PU, Check
from scenarios.grid.study import Background, Figures, Study
from scripts._console import printer

ROWS: Sequence[tuple[str, Callable[[Figures], str]]] = (
    ("lowest voltage, p.u.", lambda f: f"{f.least_pu:.4f}"),
    ("highest voltage, p.u.", lambda f: f"{f.most_pu:.4f}"),
    ("time outside ±10 %", lambda f: f"{100 * f.share_outside_10:.2f} %"),
    ("time outside ±3 %", lambda f: f"{100 * f.share_outside_3:.2f} %"),
    ("most loaded line, % of its limit", lambda f: f"{f.most_line_percent:.1f}"),
    ("transformer, % of its rating, at most", lambda f: f"{f.most_transformer_percent:.1f}"),
    ("drawn through the transformer at most, kW", lambda f: f"{f.most_drawn_kw:.1f}"),
    ("fed back at most, kW", lambda f: f"{max(f.most_fed_back_kw, 0):.1f}"),
    ("drawn, kWh", lambda f: f"{f.drawn_kwh:,.1f}"),
    ("fed back, kWh", lambda f: f"{f.fed_back_kwh:,.1f}"),
    ("lost in lines and transformer, kWh", lambda f: f"{f.losses_kwh:,.2f}"),
)


def print_study(found: Study, compared: Check | None, seconds: float, pictures: Sequence[Path]) -> None:
    """Print a study as a table; `seconds` is what its power flows took."""
    console = printer()
    grid, courses = found.grid, found.courses
    others = len(grid.customers) - len(courses.homes)
    beside = (
        f"{others} other customers" if found.setting.background is Background.CUSTOMERS else "nobody else"
    )
    console.print(
        f"[bold]{courses.title}[/] on {grid.name} ({grid.title}; {len(grid.buses)} buses, {len(grid.lines)} lines, "
        f"{grid.transformer.rated_kva:.0f} kVA): {len(courses.homes)} homes and {beside}, "
        f"{courses.steps:,} steps of {courses.interval_h * 60:g} min"
    )
    table = Table()
    table.add_column("")
    for outcome in found.outcomes:
        table.add_column(outcome.course.label, justify="right")
    for name, shown in ROWS:
        table.add_row(name, *(shown(outcome.figures) for outcome in found.outcomes))
    console.print(table)
    solved = courses.steps * len(found.outcomes)
    console.print(f"power flow: {solved:,} steps in {seconds:.2f} s")
    if compared is not None:
        verdict = "[green]equal[/]" if compared.equal else "[red]different[/]"
        console.print(
            f"pandapower: {verdict} on {compared.steps} steps; largest differences {compared.voltage_pu:.1e} p.u. "
            f"(allowed: {AGREED_PU:g}), {compared.line_percent:.1e} points of a line's loading, "
            f"{compared.transformer_percent:.1e} of the transformer's"
        )
    console.print(f"data: {courses.source}; grid: SimBench, ODbL 1.0")
    for path in pictures:
        console.print(f"picture: {path}")
