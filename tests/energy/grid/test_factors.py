"""The factors against a dense inverse, and as few as a radial grid allows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from energy.grid import load_grids
from energy.grid.admittance import admittance_matrix
from energy.grid.factors import Factors, factorise


def rebuilt(factors: Factors) -> np.ndarray:
    """L·D·Lᵀ in the order of the matrix."""
    n = len(factors.order)
    lower = np.eye(n, dtype=np.complex128)
    for k in range(n):
        for entry in range(factors.starts[k], factors.starts[k + 1]):
            lower[factors.rows[entry], k] = factors.values[entry]
    out = np.empty((n, n), np.complex128)
    out[np.ix_(factors.order, factors.order)] = lower @ np.diag(1 / factors.inverse) @ lower.T
    return out


@pytest.mark.parametrize("name", load_grids())
def test_a_radial_grid_has_an_entry_a_line(name: str) -> None:
    grid = load_grids()[name]
    others = np.delete(np.arange(len(grid.buses)), grid.slack)
    matrix = admittance_matrix(grid)[np.ix_(others, others)]
    factors = factorise(matrix)
    assert len(factors.values) == len(grid.lines)
    assert np.abs(rebuilt(factors) - matrix).max() < 1e-12 * np.abs(matrix).max()


@given(n=st.integers(1, 12), share=st.floats(0, 1), seed=st.integers(0, 2**32 - 1))
def test_any_symmetric_matrix_comes_back(n: int, share: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    half = (rng.normal(size=(n, n)) + 1j * rng.normal(size=(n, n))) * (rng.random((n, n)) < share)
    matrix = np.tril(half, -1) + np.tril(half, -1).T
    # A diagonal above the sum of its row keeps every pivot away from 0.
    matrix += np.diag(1 + np.abs(matrix).sum(axis=1))
    factors = factorise(matrix)
    assert sorted(factors.order) == list(range(n))
    assert rebuilt(factors) == pytest.approx(matrix, abs=1e-10)
    assert all(
        factors.rows[entry] > k for k in range(n) for entry in range(factors.starts[k], factors.starts[k + 1])
    )
