"""Figures 2, 3, 4, 7 and 8: one session's outcome space and issue space."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from market.measures import pareto_frontier
from scenarios.report import style
from scenarios.reproduce.rec.pictures.palette import AGREED, NASH, NO_DEAL, A, B, quiet_legend
from scenarios.reproduce.rec.sessions import Seen

UTILITY = "expected utility, Eq. 14 [kWh]"


def draw_outcomes(seen: Seen, path: Path) -> Path:
    """Figure 2 from data: the outcomes of a session, its Pareto frontier, aspiration regions and reservation values."""
    figure, (axis,) = style.figure(1, height=5.6, width=7.6)
    contracts = seen.offerable
    a, b = seen.u_a.ravel()[contracts], seen.u_b.ravel()[contracts]
    record = seen.record
    axis.axvspan(
        record.aspiration_a, a.max(), color=A, alpha=0.12, linewidth=0, label="A's aspiration region"
    )
    axis.axhspan(
        record.aspiration_b, b.max(), color=B, alpha=0.12, linewidth=0, label="B's aspiration region"
    )
    axis.scatter(a, b, s=7, color=style.FAINT, linewidths=0, label="contract")
    front = pareto_frontier(a, b)
    order = np.argsort(a[front])
    axis.plot(a[front][order], b[front][order], color=style.INK, linewidth=1.2, label="Pareto frontier")
    _marks(axis, seen)
    axis.axvline(record.no_deal_a, color=NO_DEAL, linewidth=0.9, linestyle=":")
    axis.axhline(record.no_deal_b, color=NO_DEAL, linewidth=0.9, linestyle=":")
    axis.set_xlabel(f"A's {UTILITY}")
    axis.set_ylabel(f"B's {UTILITY}")
    style.title(axis, "A session's contracts, as both see them", "dotted: reservation values")
    quiet_legend(axis, place="lower left")
    return style.save(figure, path)


def _marks(axis: Axes, seen: Seen, *, labelled: bool = True) -> None:
    """Nash solution, agreement and no deal."""
    r = seen.record
    for x, y, marker, size, colour, label in (
        (r.no_deal_a, r.no_deal_b, "s", 70, NO_DEAL, "no deal"),
        (r.nash_a, r.nash_b, "D", 80, NASH, "Nash solution"),
        (r.utility_a, r.utility_b, "*", 170, AGREED, "agreement"),
    ):
        axis.scatter(
            [x], [y], s=size, marker=marker, color=colour, edgecolors="white", linewidths=0.8, zorder=5,
            label=label if labelled else None,
        )  # fmt: skip


def draw_issue_space(seen: Seen, path: Path) -> Path:
    """Figure 3: what every contract is worth to A, and the border of its aspiration region."""
    figure, (axis,) = style.figure(1, height=4.6, width=9.0)
    _heat(figure, axis, seen, seen.u_a, seen.record.aspiration_a, UTILITY)
    style.title(
        axis,
        "Agent A's issue space",
        f"line: aspiration value {seen.record.aspiration_a:.2f} (quantile 80 %, no deal {seen.record.no_deal_a:.2f})",
    )
    return style.save(figure, path)


def _heat(figure: Figure, axis: Axes, seen: Seen, table: np.ndarray, border: float, label: str) -> None:
    hours, kwh = _grid(seen)
    # A few contracts that are far worse than the rest would take nearly all of the colours.
    least = float(np.quantile(table, 0.02))
    shown = axis.pcolormesh(
        hours, kwh, table, cmap="cividis", shading="nearest", rasterized=True, vmin=least, vmax=table.max()
    )
    axis.contour(hours, kwh, table, levels=[border], colors="white", linewidths=1.8, linestyles="solid")
    figure.colorbar(shown, ax=axis, label=label, shrink=0.95, extend="min")
    _issue_axes(axis)


def _grid(seen: Seen) -> tuple[np.ndarray, np.ndarray]:
    return np.array(seen.domain.return_times) / 4, np.array(seen.domain.quantities)


def _issue_axes(axis: Axes) -> None:
    axis.grid(visible=False)
    axis.set_xlabel("return time τ [h]")
    axis.set_ylabel("quantity q that A gives now [kWh]")


def draw_distribution(seen: Seen, path: Path) -> Path:
    """Figure 4: how A's utilities are distributed over the domain, and its aspiration region."""
    figure, (axis,) = style.figure(1, height=4.0, width=7.6)
    values, record = seen.u_a.ravel()[seen.offerable], seen.record
    axis.hist(values, bins=60, color=A, alpha=0.85)
    axis.axvspan(record.aspiration_a, values.max(), color=style.QUIET, alpha=0.5, linewidth=0, zorder=0)
    axis.axvline(
        record.aspiration_a,
        color=style.INK,
        linewidth=1.2,
        label=f"aspiration value {record.aspiration_a:.2f}",
    )
    axis.axvline(
        record.no_deal_a,
        color=NO_DEAL,
        linewidth=1.4,
        linestyle="--",
        label=f"no deal {record.no_deal_a:.2f}",
    )
    axis.set_xlabel(f"A's {UTILITY}")
    axis.set_ylabel("contracts")
    style.title(axis, "Distribution of A's target utility", "shaded: aspiration region")
    style.legend(axis, columns=1)
    return style.save(figure, path)


def draw_session(seen: Seen, path: Path) -> Path:
    """Figure 7: the outcome space of a session with the marginal cumulative distributions of both utilities."""
    sheet = style.figure(2, height=7.0, width=8.2, columns=2, ratios=[1.0, 3.4])
    figure, (top, corner, main, right) = sheet
    figure.get_layout_engine().set(w_pad=0.04, h_pad=0.04)  # type: ignore[union-attr,call-arg]
    grid = main.get_gridspec()
    assert grid is not None
    grid.set_width_ratios([3.4, 1.0])
    corner.set_axis_off()
    contracts, record = seen.offerable, seen.record
    a, b = seen.u_a.ravel()[contracts], seen.u_b.ravel()[contracts]
    by_a, by_b = seen.offers()
    main.scatter(a, b, s=6, color=style.QUIET, linewidths=0, label="contract")
    for offers, colour, name in ((by_a, A, "A"), (by_b, B, "B")):
        main.scatter(
            seen.u_a.ravel()[offers], seen.u_b.ravel()[offers], s=9, color=colour, linewidths=0, alpha=0.7,
            label=f"offered by {name}",
        )  # fmt: skip
    _marks(main, seen)
    main.set_xlabel(f"A's {UTILITY}")
    main.set_ylabel(f"B's {UTILITY}")
    quiet_legend(main, place="lower left")
    for axis, values, colour, reached, across in (
        (top, a, A, record.utility_a, True),
        (right, b, B, record.utility_b, False),
    ):
        ordered, share = np.sort(values), np.linspace(0, 1, len(values))
        if across:
            axis.plot(ordered, share, color=colour)
            axis.axvline(reached, color=AGREED, linewidth=1.0)
            axis.axhline(0.8, color=style.FAINT, linewidth=0.8, linestyle="--")
            axis.set_ylabel("share below")
            axis.set_xlim(main.get_xlim())
        else:
            axis.plot(share, ordered, color=colour)
            axis.axhline(reached, color=AGREED, linewidth=1.0)
            axis.axvline(0.8, color=style.FAINT, linewidth=0.8, linestyle="--")
            axis.set_xlabel("share below")
            axis.set_ylim(main.get_ylim())
        axis.tick_params(labelsize=8)
    style.title(
        top, "Outcome space of a session", f"agreement in round {record.rounds:,}; dashed: quantile 80 %"
    )
    return style.save(figure, path)


def draw_traces(seen: Seen, path: Path) -> Path:
    """Figure 8: the issue space with both aspiration regions, and what each side offered, darker the earlier."""
    figure, (axis,) = style.figure(1, height=5.0, width=9.6)
    hours, kwh = _grid(seen)
    record = seen.record
    by_a, by_b = seen.offers()
    for offers, colours, marker, name in ((by_a, "Blues_r", "o", "A"), (by_b, "Oranges_r", "^", "B")):
        rows, columns = np.divmod(offers, len(hours))
        shown = axis.scatter(
            hours[columns], kwh[rows], c=np.arange(len(offers)), cmap=colours, marker=marker, s=22, linewidths=0,
            vmin=-0.2 * len(offers), vmax=1.25 * max(len(offers), 1),
        )  # fmt: skip
        bar = figure.colorbar(shown, ax=axis, label=f"{name}'s offers, first to last", shrink=0.9, pad=0.015)
        bar.ax.set_ylim(0, max(len(offers) - 1, 1))
    for table, border, colour in ((seen.u_a, record.aspiration_a, A), (seen.u_b, record.aspiration_b, B)):
        axis.contour(hours, kwh, table, levels=[border], colors=colour, linewidths=1.6, linestyles="solid")
    for q, tau, marker, size, colour, label in (
        (record.nash_q, record.nash_tau, "D", 90, NASH, "Nash solution"),
        (record.q, record.tau, "*", 220, AGREED, "agreement"),
    ):
        axis.scatter(
            [tau / 4],
            [q],
            s=size,
            marker=marker,
            color=colour,
            edgecolors="white",
            linewidths=0.9,
            zorder=5,
            label=label,
        )
    _issue_axes(axis)
    axis.set_ylim(kwh[0] - 0.05, kwh[-1] + 0.2)
    style.title(axis, "Issue space: aspiration regions (lines) and offers", f"{record.rounds:,} rounds")
    style.legend(axis, columns=2, place="upper right")
    return style.save(figure, path)
