"""Let a community negotiate its tariff, or bid in a day-ahead market."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scripts._console import Json, command, emit_json, printer, progress, stages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scenarios.community.bidding import BidDays
    from scenarios.community.build import Case
    from scenarios.community.compare import StrategyOutcome


def main(
    file: Annotated[
        str, typer.Argument(help="A shipped community file's name, or the path of your own TOML file.")
    ] = "public-buildings",
    community: Annotated[
        str | None, typer.Option(help="Which of the file's communities; the first unless you say.")
    ] = None,
    strategy: Annotated[
        str,
        typer.Option(
            help="all that the community's roles allow, or some by name with commas: RM, RM-IDM, SSV, MSV, CSV, USV, "
            "SBV, SDV, module:Class."
        ),
    ] = "all",
    bid: Annotated[
        Path | None,
        typer.Option(
            metavar="PRICES.csv",
            help="Bid hour by hour instead: a CSV with the columns hour and price, of whole days.",
        ),
    ] = None,
    step: Annotated[float, typer.Option(min=0.001, help="Bids are for multiples of this, kWh.")] = 100.0,
    seed: Annotated[int | None, typer.Option(help="Of ties that are left to chance.")] = None,
    out: Annotated[Path, typer.Option(help="Folder for the pictures' folder.")] = Path("runs"),
    pictures: Annotated[bool, typer.Option(help="Draw them.")] = True,
    as_json: Json = False,
) -> None:
    """Let a community decide by its team strategies: a tariff with its retailer, or bids to a day-ahead price file.

    Examples: `wattpact community public-buildings`, `wattpact community mine.toml --strategy SBV,mine:Veto`,
    `wattpact community public-buildings --bid prices.csv`.
    """
    from decimal import Decimal

    from scenarios.community import pictures as draw
    from scenarios.community.bidding import bid_days
    from scenarios.community.build import build_case
    from scenarios.community.compare import chosen, compare
    from scenarios.community.load import load_communities

    loaded = load_communities(file)
    case = build_case(loaded.path, loaded.table)
    table, _ = case.community(community)
    names = chosen(case, community, strategy)
    folder = out / f"{case.table.name}-{table.name}"
    drawn: list[Path] = []
    if pictures:
        folder.mkdir(parents=True, exist_ok=True)
    with progress("Starting", silent=as_json) as bar:
        if bid is None:
            found = compare(case, community, names, seed=seed, progress=stages(bar))
            if pictures:
                drawn.append(draw.draw_strategies(case, found, folder / "strategies.png"))
                drawn += [
                    draw.draw_negotiation(case, course, folder / f"negotiation-{course[0].strategy}.png")
                    for course in draw.same_courses(found)
                ]
        else:
            days = bid_days(
                case, community, names, bid, step=Decimal(str(step)), seed=seed, progress=stages(bar)
            )
            if pictures:
                drawn.append(draw.draw_bids(case, days, folder / "bids.png"))
    head = {"communities": case.table.name, "community": table.name, "illustrative": case.table.illustrative}
    if as_json:
        told = [one.machine_form() for one in (found if bid is None else days)]
        emit_json({**head, "mode": "tariff" if bid is None else "bid", "strategies": told, "pictures": drawn})
        return
    if case.table.illustrative:
        printer().print(f"The inputs are illustrative: {case.table.note}.")
    if bid is None:
        _tariffs(case, found)
    else:
        _bids(case, days)
    for path in drawn:
        printer().print(f"picture: {path}")


def _tariffs(case: "Case", found: "Sequence[StrategyOutcome]") -> None:
    from scenarios.community.compare import money, rates_told

    table = _table(
        f"{found[0].contract.community.name}: strategies against {case.table.retailer.name}, rates in tokens per kWh",
        ("strategy", "outcome", "rates", "turns", "cost", "benefit", "utility", "weighted"),
    )
    for one in found:
        table.add_row(
            one.strategy,
            one.told(),
            rates_told(case, one.rates),
            str(one.turns),
            money(case, one.cost),
            money(case, one.benefit),
            f"{one.average_utility:.3f}",
            f"{one.weighted_utility:.3f}",
        )
    printer().print(table)
    members = _table(
        "Cost of each member (benefit against its old tariff)",
        ("member", "so far", *(one.strategy for one in found)),
    )
    for place, member in enumerate(found[0].members):
        row = [one.members[place] for one in found]
        cells = (
            f"{money(case, each.cost)} ({money(case, each.benefit)})" + ("" if each.signed else " old")
            for each in row
        )
        members.add_row(member.name, money(case, member.old_cost), *cells)
    printer(150).print(members)


def _bids(case: "Case", found: "Sequence[BidDays]") -> None:
    from scenarios.community.compare import money

    names = list(found[0].needs[0].energy)
    table = _table(
        "Bids, and what they saved against the old tariff",
        ("strategy", "hours", "bids", "taken", "from the market", "paid", "old tariff", *names),
    )
    for one in found:
        saved = (money(case, float(one.at_old_rates(name) - one.cost(name))) for name in names)
        table.add_row(
            one.strategy,
            str(len(one.hours)),
            str(one.made),
            str(one.accepted),
            f"{100 * one.from_market:.1f} %",
            money(case, float(one.cost())),
            money(case, one.at_old_rates()),
            *saved,
        )
    printer(150).print(table)


def _table(title: str, headings: tuple[str, ...]) -> Any:
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=escape(title), title_justify="left")
    for heading in headings:
        table.add_column(escape(heading), overflow="fold")
    return table


cli = command(main)

if __name__ == "__main__":
    cli()
