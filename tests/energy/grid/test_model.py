"""A grid as a value: what it refuses, and how far its buses are."""

from dataclasses import replace

import pytest

from energy.grid import Bus, Customer, Grid, GridError, Line, Transformer, UnknownBusError, load_grids


def line(name: str, start: int, end: int, **changes: float) -> Line:
    given = {
        "length_km": 0.1,
        "r_ohm_per_km": 0.2,
        "x_ohm_per_km": 0.08,
        "b_us_per_km": 260.0,
        "limit_a": 270.0,
    }
    return Line(name=name, start=start, end=end, **(given | changes))


def small() -> Grid:
    """Transformer 0 → 1, then 1 — 2 — 3 and 1 — 4; a customer at 3 and two at 4."""
    return Grid(
        name="small",
        title="a street",
        buses=tuple(Bus(name=f"b{i}", rated_kv=0.4 if i else 20.0, x=float(i), y=0.0) for i in range(5)),
        lines=(line("a", 1, 2), line("b", 3, 2, length_km=0.3), line("c", 1, 4, length_km=0.2)),
        transformer=Transformer(
            name="t",
            hv=0,
            lv=1,
            rated_kva=160.0,
            hv_kv=20.0,
            lv_kv=0.4,
            short_circuit_percent=4.0,
            copper_loss_kw=2.35,
            iron_loss_kw=0.46,
            no_load_current_percent=0.28751,
        ),
        customers=(
            Customer(name="c0", bus=3, profile="H0-A", peak_kw=3.0, peak_kvar=1.0),
            Customer(name="c1", bus=4, profile="G0-A", peak_kw=9.0, peak_kvar=3.0),
            Customer(name="c2", bus=4, profile="H0-B", peak_kw=2.0, peak_kvar=0.8),
        ),
    )


def test_ways_lead_to_the_transformer() -> None:
    grid = small()
    # By hand: 3 hangs on 2, which hangs on 1; 4 on 1.
    assert grid.parents()[0] == (-1, 0, 1, 2, 1)
    assert grid.distances_km() == pytest.approx((0.0, 0.0, 0.1, 0.4, 0.2))
    assert grid.bus("b3") == 3
    assert grid.slack == 0


def test_the_shorter_of_two_ways_counts_in_a_ring() -> None:
    grid = replace(small(), lines=(*small().lines, line("d", 4, 3, length_km=0.05)))
    assert grid.distances_km()[3] == pytest.approx(0.25)
    assert grid.parents()[0][3] == 4


def test_a_grid_that_cannot_be_is_refused() -> None:
    grid = small()
    with pytest.raises(UnknownBusError, match=r"index in \[0, 5\)"):
        replace(grid, lines=(*grid.lines, line("d", 4, 5)))
    with pytest.raises(UnknownBusError, match="c1"):
        replace(grid, customers=(replace(grid.customers[1], bus=-1),))
    with pytest.raises(GridError, match="no way to the transformer"):
        replace(grid, lines=grid.lines[:2])
    with pytest.raises(GridError, match="each name once"):
        replace(grid, lines=(*grid.lines, line("a", 4, 3)))
    with pytest.raises(GridError, match="one rated voltage"):
        replace(grid, lines=(*grid.lines, line("d", 0, 3)))
    with pytest.raises(GridError, match="slack_pu"):
        replace(grid, slack_pu=0.0)
    with pytest.raises(UnknownBusError, match="b7"):
        grid.bus("b7")


@pytest.mark.parametrize(
    "changes", [{"length_km": 0.0}, {"r_ohm_per_km": float("nan")}, {"b_us_per_km": -1.0}, {"limit_a": 0.0}]
)
def test_a_line_that_cannot_be_is_refused(changes: dict[str, float]) -> None:
    [key] = changes
    with pytest.raises(GridError, match=key) as caught:
        line("a", 0, 1, **changes)
    assert caught.value.exit_code == 2


def test_a_transformer_that_cannot_be_is_refused() -> None:
    transformer = small().transformer
    # 4 % of 160 kVA are 6.4 kW: windings that lose more would have a negative reactance squared.
    with pytest.raises(GridError, match="copper_loss_kw"):
        replace(transformer, copper_loss_kw=6.5)
    with pytest.raises(GridError, match="tap_position"):
        replace(transformer, tap_position=-40)
    assert replace(transformer, tap_position=2).tapped_hv_kv == pytest.approx(21.0)


def test_simbench_grids_are_radial() -> None:
    for grid in load_grids().values():
        # A tree over all buses but the slack has one edge less than nodes.
        assert len(grid.lines) == len(grid.buses) - 2
        assert 0.2 < max(grid.distances_km()) < 0.6
