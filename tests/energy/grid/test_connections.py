"""Homes at connections: the rules by hand, what a bus then draws, and the other customers."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from energy.grid import (
    GridError,
    PlacementRule,
    PowerError,
    TooManyHomesError,
    background,
    bus_powers,
    load_grid,
    load_grids,
    place,
    reactive_kvar,
    smallest_for,
)
from energy.grid.trade import load_trade
from energy.profiles import load_simbench


def test_households_give_way_first_in_the_order_of_the_data() -> None:
    grid = load_grid("rural1")
    profiles = [customer.profile for customer in grid.customers]
    households = [i for i, profile in enumerate(profiles) if profile.startswith("H0-")]
    others = [i for i, profile in enumerate(profiles) if not profile.startswith("H0-")]
    assert len(households) == 3
    assert place(grid, 2).customers == tuple(households[:2])
    assert place(grid, 5).customers == (*households, *others[:2])
    assert place(grid, 13).buses == tuple(grid.customers[i].bus for i in (*households, *others))


def test_far_takes_the_ends_of_the_lines() -> None:
    grid = load_grid("rural3")
    taken = place(grid, 10, PlacementRule.FAR)
    distance = grid.distances_km()
    near = {i for i, c in enumerate(grid.customers) if c.profile.startswith("H0-")} - set(taken.customers)
    assert min(distance[bus] for bus in taken.buses) >= max(distance[grid.customers[i].bus] for i in near)


def test_drawn_places_depend_on_the_generator_alone() -> None:
    grid = load_grid("rural2")
    first, again, other = (
        place(grid, 20, PlacementRule.RANDOM, rng=np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert first == again != other
    with pytest.raises(GridError, match="rng"):
        place(grid, 20, PlacementRule.RANDOM)


@given(
    name=st.sampled_from(list(load_grids())),
    share=st.floats(0.01, 1.0),
    rule=st.sampled_from(list(PlacementRule)),
    seed=st.integers(0, 2**32 - 1),
)
def test_every_home_has_a_connection_of_its_own(
    name: str, share: float, rule: PlacementRule, seed: int
) -> None:
    grid = load_grid(name)
    homes = max(1, int(share * len(grid.customers)))
    placed = place(grid, homes, rule, rng=np.random.default_rng(seed))
    assert len(set(placed.customers)) == homes
    assert placed.buses == tuple(grid.customers[i].bus for i in placed.customers)


def test_more_homes_than_connections_are_refused() -> None:
    grid = load_grid("rural1")
    with pytest.raises(
        TooManyHomesError, match=r"homes: found 14, expected at most the 13 connections of rural1"
    ):
        place(grid, 14)
    with pytest.raises(GridError):
        place(grid, 0)
    grids = list(load_grids().values())
    # 13, 99, 118, 41, 104 and 111 customers.
    assert [smallest_for(grids, homes).name for homes in (9, 13, 14, 42, 100, 105, 112)] == [
        "rural1",
        "rural1",
        "semiurb4",
        "rural2",
        "semiurb5",
        "urban6",
        "rural3",
    ]
    with pytest.raises(TooManyHomesError, match="118"):
        smallest_for(grids, 119)


def test_reactive_power_by_hand() -> None:
    # tan(arccos 0.8) = 0.75; what is fed in has none.
    assert reactive_kvar([4.0, 0.0, -4.0], 0.8) == pytest.approx([3.0, 0.0, 0.0])
    assert reactive_kvar([4.0], 1.0) == pytest.approx([0.0])
    # SimBench's ratio for every load of these grids.
    assert reactive_kvar([1.0]) == pytest.approx([0.395], abs=3e-4)
    for wrong in (0.0, 1.01, float("nan")):
        with pytest.raises(PowerError, match="power_factor"):
            reactive_kvar([1.0], wrong)


def test_homes_at_one_bus_add_up() -> None:
    grid = load_grid("rural1")
    placed = replace(place(grid, 3), buses=(5, 7, 5))
    p, q = bus_powers(placed, [[1.0, 2.0], [-3.0, 4.0], [0.5, -1.0]], power_factor=0.8)
    assert p.shape == q.shape == (2, 15)
    assert p[:, 5] == pytest.approx([1.5, 1.0])
    assert p[:, 7] == pytest.approx([-3.0, 4.0])
    assert p.sum() == pytest.approx(3.5)
    assert q[:, 5] == pytest.approx([1.125, 1.5])
    assert q[:, 7] == pytest.approx([0.0, 3.0])
    with pytest.raises(PowerError, match=r"shape \(3, steps\)"):
        bus_powers(placed, np.zeros((2, 4)))


def test_the_others_draw_what_the_data_says() -> None:
    grid = load_grid("rural1")
    rows = slice(1000, 1004)
    every, _ = background(place(grid, 1), rows)
    left, reactive = background(place(grid, 13), rows)
    assert not left.any()
    assert not reactive.any()
    gone = grid.customers[place(grid, 1).customers[0]]
    expected = sum(
        c.peak_kw * {**load_simbench().columns, **load_trade()}[c.profile][rows]
        for c in grid.customers
        if c is not gone
    )
    assert every.sum(axis=1) == pytest.approx(expected)


def test_every_customer_has_a_shipped_profile() -> None:
    for grid in load_grids().values():
        p, q = background(place(grid, 1), slice(0, 96))
        assert p.sum() > 0
        # One ratio for all loads of SimBench's low voltage.
        assert q == pytest.approx(0.395 * p, rel=0.01, abs=1e-9)
