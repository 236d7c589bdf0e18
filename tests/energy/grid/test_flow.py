"""The batched power flow against what can be solved by hand, and what it refuses."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from energy.grid import (
    Bus,
    DivergenceError,
    Grid,
    Line,
    PowerError,
    Transformer,
    grid_state,
    load_grid,
    load_grids,
    solve,
    solve_blocks,
)
from energy.grid.admittance import admittance_matrix

# A transformer without losses and (nearly) without impedance, then a purely resistive line of 0.032 Ω: on 0.4 kV and
# 1 MVA that is 0.032 / 0.16 = 0.2 p.u.
R_PU = 0.2
WIRE = Grid(
    name="wire",
    title="one resistance",
    buses=(
        Bus(name="top", rated_kv=20.0, x=0.0, y=0.0),
        Bus(name="near", rated_kv=0.4, x=0.0, y=1.0),
        Bus(name="far", rated_kv=0.4, x=0.0, y=2.0),
    ),
    lines=(
        Line(
            name="r",
            start=1,
            end=2,
            length_km=0.1,
            r_ohm_per_km=0.32,
            x_ohm_per_km=0.0,
            b_us_per_km=0.0,
            limit_a=1000.0,
        ),
    ),
    transformer=Transformer(
        name="ideal",
        hv=0,
        lv=1,
        rated_kva=1000.0,
        hv_kv=20.0,
        lv_kv=0.4,
        short_circuit_percent=1e-12,
        copper_loss_kw=0.0,
        iron_loss_kw=0.0,
        no_load_current_percent=0.0,
    ),
    customers=(),
)


def far_only(*kw: float) -> np.ndarray:
    return np.array([[0.0, 0.0, p] for p in kw])


def test_a_resistance_by_hand() -> None:
    # p = v(1 − v)/r on one resistance: v = (1 + √(1 − 4rp))/2, for loads and for feeding in.
    kw = np.array([0.0, 100.0, 500.0, -300.0, 1000.0])
    expected = (1 + np.sqrt(1 - 4 * R_PU * kw / 1000)) / 2
    state = grid_state(WIRE, far_only(*kw))
    assert state.voltage_pu[:, 2] == pytest.approx(expected, abs=1e-10)
    # Current p/v p.u. of 1 MVA/(√3·0.4 kV) = 1443.4 A; loss r·i².
    current = np.abs(kw) / 1000 / expected
    assert state.line_percent[:, 0] == pytest.approx(current * 1443.3757 / 1000 * 100, abs=1e-5)
    assert state.losses_kw == pytest.approx(1000 * R_PU * current**2, abs=1e-6)
    assert state.supply_kw == pytest.approx(kw + state.losses_kw, abs=1e-6)
    assert state.transformer_percent == pytest.approx(current * 100, abs=1e-5)


def test_beyond_the_nose_nothing_is_found() -> None:
    # r·p = 1/4 is the most that a resistance of 0.2 p.u. can carry: 1250 kW.
    found = solve(WIRE, far_only(1240.0))
    assert abs(found[0, 2]) == pytest.approx((1 + np.sqrt(1 - 0.2 * 4 * 1.24)) / 2, abs=1e-8)
    with pytest.raises(DivergenceError, match="step 1, bus far") as caught:
        solve(WIRE, far_only(100.0, 1260.0, 100.0))
    assert (caught.value.step, caught.value.bus, caught.value.exit_code) == (1, "far", 1)


def test_the_step_that_fails_is_counted_over_blocks() -> None:
    with pytest.raises(DivergenceError, match="step 5, "):
        list(solve_blocks(WIRE, far_only(1, 1, 1, 1, 1, 2000, 1), block=2))


def test_a_tap_raises_the_voltage_below() -> None:
    # One step up of 2.5 % makes the high side's rated voltage larger, so the low side's lower by 1/1.025.
    for position in (-2, 0, 1):
        grid = replace(WIRE, transformer=replace(WIRE.transformer, tap_position=position))
        assert abs(solve(grid, far_only(0.0))[0, 2]) == pytest.approx(1 / (1 + 0.025 * position), abs=1e-9)


def test_nothing_connected_is_the_no_load_state() -> None:
    for grid in load_grids().values():
        state = grid_state(grid, np.zeros((2, len(grid.buses))))
        # Cables and the magnetising branch alone: all voltages near the slack's, losses near the iron's.
        assert np.abs(state.voltage_pu - grid.slack_pu).max() < 1e-3
        assert state.losses_kw == pytest.approx(grid.transformer.iron_loss_kw * grid.slack_pu**2, rel=0.01)
        assert state.line_percent.max() < 1
        assert state.supply_kw == pytest.approx(state.losses_kw)


def test_no_steps_give_no_steps() -> None:
    grid = load_grid("rural1")
    state = grid_state(grid, np.zeros((0, len(grid.buses))))
    assert state.voltage_pu.shape == (0, 15)
    assert state.losses_kw.shape == (0,)


def test_the_slack_carries_anything() -> None:
    grid = load_grid("rural1")
    p = np.zeros((1, len(grid.buses)))
    p[0, grid.slack] = 1e6
    assert grid_state(grid, p).voltage_pu == pytest.approx(grid_state(grid, 0 * p).voltage_pu)


@pytest.mark.parametrize(
    ("p", "q"),
    [
        (np.zeros(15), 0.0),
        (np.zeros((2, 14)), 0.0),
        (np.full((1, 15), np.nan), 0.0),
        (np.zeros((2, 15)), np.zeros((1, 15))),
        (np.zeros((2, 15)), np.inf),
    ],
)
def test_powers_of_another_shape_are_refused(p: np.ndarray, q: np.ndarray | float) -> None:
    with pytest.raises(PowerError) as caught:
        grid_state(load_grid("rural1"), p, q)
    assert caught.value.exit_code == 2


@settings(max_examples=25)
@given(
    name=st.sampled_from(["rural1", "semiurb4", "urban6"]),
    seed=st.integers(0, 2**32 - 1),
    scale=st.floats(0.0, 4.0),
    block=st.integers(1, 7),
)
def test_voltages_solve_the_network_equations(name: str, seed: int, scale: float, block: int) -> None:
    """V·conj(Y·V) gives back what is drawn, at every bus and step, whatever the size of the blocks."""
    grid, rng = load_grid(name), np.random.default_rng(seed)
    p, q = rng.normal(0, scale, (2, 5, len(grid.buses)))
    p[:, grid.slack] = q[:, grid.slack] = 0
    parts = list(solve_blocks(grid, p, q, block=block))
    voltage = np.concatenate([part for _, part in parts])
    drawn = -1000 * voltage * (voltage @ admittance_matrix(grid).T).conj()
    others = np.arange(len(grid.buses)) != grid.slack
    assert np.abs((drawn - (p + 1j * q))[:, others]).max() < 1e-5
    assert np.abs(np.abs(voltage) - grid_state(grid, p, q).voltage_pu).max() < 1e-12
    state = grid_state(grid, p, q)
    # Energy is conserved: what goes in is drawn or lost.
    assert state.supply_kw == pytest.approx(p.sum(axis=1) + state.losses_kw, abs=1e-4)
    assert (state.losses_kw > 0).all()
