"""The batched solution against pandapower: the same voltages to 1e-9 p.u., the same loading, on all six grids."""

import importlib
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from energy.grid import Grid, GridState, ReferenceMissingError, grid_state, load_grid, load_grids
from energy.grid.reference import reference_state

AGREED_PU = 1e-9
AGREED = {"voltage_pu": AGREED_PU, "line_percent": 1e-6, "transformer_percent": 1e-6}


def drawn(grid: Grid, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Full load, nothing, feeding back at full sun, and a mixture of both: shape (4, buses)."""
    p = np.zeros((4, len(grid.buses)))
    q = np.zeros_like(p)
    for customer in grid.customers:
        p[:, customer.bus] += customer.peak_kw * np.array([1.0, 0.0, -1.5, 0.3])
        q[:, customer.bus] += customer.peak_kvar * np.array([1.0, 0.0, 0.0, -0.5])
    p[3] += rng.normal(0, 2, len(grid.buses))
    p[:, grid.slack] = q[:, grid.slack] = 0
    return p, q


def compare(ours: GridState, reference: GridState) -> None:
    for field in fields(GridState):
        a, b = getattr(ours, field.name), getattr(reference, field.name)
        assert np.abs(a - b).max() < AGREED.get(field.name, 1e-6), field.name


@pytest.mark.parametrize("name", load_grids())
def test_every_grid_agrees(name: str) -> None:
    grid = load_grid(name)
    p, q = drawn(grid, np.random.default_rng(4))
    ours = grid_state(grid, p, q)
    compare(ours, reference_state(grid, p, q))
    # The cases are telling: a heavy load, and a flow back up through the transformer that raises voltages.
    assert ours.transformer_percent.max() > 60
    assert ours.supply_kw[2] < 0
    assert ours.voltage_pu[2].max() > ours.voltage_pu[1].max() > ours.voltage_pu[0].min()


def test_taps_another_slack_and_a_ring_agree() -> None:
    grid = load_grid("rural1")
    ends = [i for i in range(len(grid.buses)) if i not in grid.parents()[0] and i != grid.slack]
    ring = replace(grid.lines[0], name="ring", start=ends[0], end=ends[-1])
    grid = replace(
        grid,
        slack_pu=0.965,
        transformer=replace(grid.transformer, tap_position=-2),
        lines=(*grid.lines, ring),
    )
    p, q = drawn(grid, np.random.default_rng(5))
    compare(grid_state(grid, p, q), reference_state(grid, p, q))


def test_without_pandapower_the_reference_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(name: str) -> Any:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(importlib, "import_module", none)
    grid = load_grid("rural1")
    with pytest.raises(ReferenceMissingError, match=r"wattpact\[grid\]") as caught:
        reference_state(grid, np.zeros((1, len(grid.buses))))
    assert caught.value.exit_code == 2
