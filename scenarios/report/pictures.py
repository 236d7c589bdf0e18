"""The pictures of a run: its day, who gained, what was delivered, and one negotiation.

Each function draws from a run's rows alone and names the data's source in the picture.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.ticker import MaxNLocator

from agents.builtin import LEARNED
from market.records import DealRow, LoanRow, OfferRow, ReadingRow, SessionRow
from market.terms import Lock
from scenarios.report import style
from scenarios.report.sheet import Sheet
from scenarios.units import TOKEN


def draw_day(
    sheet: Sheet,
    deals: Sequence[DealRow],
    readings: Sequence[ReadingRow],
    path: Path,
    *,
    loans: Sequence[LoanRow] = (),
) -> Path:
    """What flowed between neighbours and to and from the provider, and at what prices, over the day."""
    unit = sheet.utility.base_per_unit
    span = np.arange(sheet.intervals)
    flows = {
        key: np.zeros(sheet.intervals)
        for key in ("neighbour", "loans", "from", "to", "extra_in", "extra_out")
    }
    for deal in deals:
        key = (
            "to" if deal.buyer == sheet.provider else "from" if deal.seller == sheet.provider else "neighbour"
        )
        flows[key][deal.interval - sheet.first] += deal.delivered / unit
    for loan in loans:
        flows["loans"][loan.interval - sheet.first] += loan.principal / unit
        flows["loans"][loan.returned_in - sheet.first] += min(loan.returned, loan.principal) / unit
    for reading in readings:
        flows["extra_in"][reading.interval - sheet.first] += max(reading.imported - reading.bought, 0) / unit
        flows["extra_out"][reading.interval - sheet.first] += max(reading.exported - reading.sold, 0) / unit
    figure, (energy, prices) = style.figure(2, height=7.2, ratios=[3, 2], share=True)
    x = np.array([sheet.x(sheet.first + int(i)) for i in span]) + sheet.width / 2
    base = np.zeros(sheet.intervals)
    for key, label, colour in (
        ("neighbour", "bought from neighbours", style.NEIGHBOUR),
        *([("loans", "lent or returned by neighbours", style.SELLER)] if loans else []),
        ("from", "bought from the provider", style.PROVIDER),
        ("extra_in", "drawn beyond contracts", style.QUIET),
    ):
        energy.bar(x, flows[key], sheet.width, bottom=base, color=colour, label=label)
        base += flows[key]
    base = np.zeros(sheet.intervals)
    for key, label, colour in (
        ("to", "sold to the provider", "#f6cf95"),
        ("extra_out", "fed in beyond contracts", "#e4e9ef"),
    ):
        energy.bar(x, -flows[key], sheet.width, bottom=base, color=colour, label=label)
        base -= flows[key]
    energy.axhline(0, color=style.INK, linewidth=0.8)
    energy.set_ylabel(f"{sheet.utility.unit} an interval")
    style.title(energy, sheet.title, sheet.source)
    style.legend(energy, columns=3)
    energy.margins(y=0.2)
    energy.set_ylim(energy.get_ylim()[0] * 1.05, energy.get_ylim()[1] * 1.45)
    style.time_axis(energy, sheet)

    peers = [deal for deal in deals if sheet.provider not in (deal.seller, deal.buyer)]
    known = {deal.interval: deal for deal in deals}
    steps = sorted(known)
    for attribute, label, align in (
        ("provider_sells", "provider sells", "bottom"),
        ("provider_buys", "provider buys", "top"),
    ):
        values = [sheet.utility.tokens_per_unit(getattr(known[i], attribute)) for i in steps]
        ends = [sheet.x(i) for i in steps] + [sheet.x(i) + sheet.width for i in steps[-1:]]
        prices.step(ends, values + values[-1:], where="post", color=style.PROVIDER, linewidth=1.6)
        if steps:
            prices.annotate(
                label,
                (sheet.x(steps[0]), values[0]),
                xytext=(2, 3 if align == "bottom" else -3),
                textcoords="offset points",
                va=align,
                fontsize=9,
                color=style.PROVIDER,
            )
    most = max((deal.energy for deal in peers), default=1)
    prices.scatter(
        [sheet.x(deal.interval) + sheet.width / 2 for deal in peers],
        [sheet.utility.tokens_per_unit(deal.price) for deal in peers],
        s=[12 + 70 * deal.energy / most for deal in peers],
        color=style.NEIGHBOUR,
        alpha=0.6,
        linewidths=0,
        label="deal between neighbours (area: energy)",
    )
    prices.set_ylabel(f"token/{sheet.utility.unit}")
    prices.set_xlabel(sheet.axis)
    prices.margins(y=0.2)
    style.title(prices, "Prices agreed between the provider's two")
    style.legend(prices, columns=1, place="upper right")
    return style.save(figure, path)


def draw_gains(sheet: Sheet, deals: Sequence[DealRow], path: Path, strategies: Mapping[str, str]) -> Path:
    """What each party gained over trading with the provider, as seller and as buyer, and by which strategy."""
    sold: dict[str, float] = defaultdict(float)
    bought: dict[str, float] = defaultdict(float)
    for deal in deals:
        sold[deal.seller] += deal.seller_gain / TOKEN
        bought[deal.buyer] += deal.buyer_gain / TOKEN
    names = sorted((set(sold) | set(bought)) - {sheet.provider}, key=lambda name: sold[name] + bought[name])
    figure, (axis,) = style.figure(1, height=1.4 + 0.42 * max(len(names), 1), width=8.5)
    y = np.arange(len(names))
    axis.barh(y, [sold[n] for n in names], color=style.SELLER, label="as seller", height=0.62)
    axis.barh(
        y,
        [bought[n] for n in names],
        left=[sold[n] for n in names],
        color=style.BUYER,
        label="as buyer",
        height=0.62,
    )
    axis.set_yticks(y, [f"{name}, {strategies[name]}" for name in names])
    for label, name in zip(axis.get_yticklabels(), names, strict=True):
        label.set_fontweight("bold" if strategies[name] == LEARNED else "normal")
    axis.grid(axis="y", visible=False)
    axis.grid(axis="x", color=style.GRID)
    axis.set_xlabel("tokens gained over the provider's prices")
    style.title(axis, "Who gained, and how", "energy delivered between neighbours")
    style.legend(axis, place="lower right", columns=1)
    return style.save(figure, path)


def draw_deliveries(sheet: Sheet, deals: Sequence[DealRow], path: Path) -> Path:
    """What was contracted and what the meters then said, and the refunds that follow, over the day."""
    unit = sheet.utility.base_per_unit
    promised, delivered, refunded = (np.zeros(sheet.intervals) for _ in range(3))
    for deal in deals:
        if deal.seller != sheet.provider:
            i = deal.interval - sheet.first
            promised[i] += deal.energy / unit
            delivered[i] += deal.delivered / unit
            refunded[i] += deal.refunded / TOKEN
    x = np.array([sheet.x(sheet.first + i) for i in range(sheet.intervals)]) + sheet.width / 2
    figure, (energy, money) = style.figure(2, height=5.6, ratios=[3, 1.6], share=True)
    energy.bar(x, promised, sheet.width, color=style.SHORT, label="promised, not delivered (refunded)")
    energy.bar(x, delivered, sheet.width, color=style.NEIGHBOUR, label="delivered (paid)")
    energy.set_ylabel(f"{sheet.utility.unit} an interval")
    share = 100 * delivered.sum() / promised.sum() if promised.sum() else 0.0
    style.title(
        energy,
        "What sellers promised and what their meters read",
        f"{share:.1f} % of what was sold, to the provider too, was delivered",
    )
    style.legend(energy, columns=2)
    energy.margins(y=0.2)
    style.time_axis(energy, sheet)
    money.bar(x, refunded, sheet.width, color=style.SHORT)
    money.set_ylabel("tokens refunded")
    money.set_xlabel(sheet.axis)
    return style.save(figure, path)


def draw_negotiation(sheet: Sheet, session: SessionRow, offers: Sequence[OfferRow], path: Path) -> Path:
    """The offers of one negotiation, issue by issue (the paper's Fig. 6)."""
    figure, axes = style.figure(1, height=4.0, columns=2)
    issues = (
        ("price", Lock.PRICE, f"token/{sheet.utility.unit}", sheet.utility.tokens_per_unit, session.price),
        ("energy", Lock.ENERGY, sheet.utility.unit, sheet.utility.amount, session.energy),
    )
    for axis, (name, lock, unit, shown, agreed) in zip(axes, issues, strict=True):
        for who, colour in ((session.seller, style.SELLER), (session.buyer, style.BUYER)):
            own = [offer for offer in offers if offer.proposer == who]
            rounds = [offer.round for offer in own]
            values = [shown(getattr(offer, name)) for offer in own]
            axis.plot(
                rounds,
                values,
                "o-",
                color=colour,
                markersize=4,
                linewidth=1.4,
                label=f"{who} ({'seller' if who == session.seller else 'buyer'})",
            )
        settled = next((offer.round for offer in offers if offer.locked & lock), session.rounds)
        if session.outcome == "agreed":
            axis.plot(
                [settled],
                [shown(agreed)],
                "*",
                color=style.NEIGHBOUR,
                markersize=15,
                label=f"agreed: {shown(agreed):g}",
            )
        axis.set_xlim(-0.5, session.rounds + 1)
        axis.set_xlabel("time step t")
        axis.set_ylabel(unit)
        axis.margins(y=0.15)
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        note = (
            f"session {session.session}: {session.seller} sells to {session.buyer}"
            if name == "energy"
            else ""
        )
        style.title(axis, "Price" if name == "price" else "Amount", note)
        style.legend(axis, columns=1, place="best")
    return style.save(figure, path)
