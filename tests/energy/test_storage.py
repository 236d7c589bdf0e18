"""The gas holder: exact litres, in scalar and array form."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from energy.errors import HolderError
from energy.storage import GasHolder, HolderSteps, step, step_many

holders = st.builds(
    lambda capacity, fill, draw: GasHolder(
        capacity_litres=capacity, fill_limit_litres=fill, draw_limit_litres=draw
    ),
    st.integers(0, 10**9),
    st.none() | st.integers(0, 10**9),
    st.none() | st.integers(0, 10**9),
)


def test_the_parks_holder_by_hand() -> None:
    # The paper's firm: 100 m3 of surplus go into a holder of 200 m3; a sale of 100 m3 empties it again.
    holder = GasHolder(capacity_litres=200_000)
    filled = step(holder, 0, -100_000)
    assert (filled.level, filled.flow, filled.residual) == (100_000, 100_000, 0)
    drawn = step(holder, filled.level, 100_000)
    assert (drawn.level, drawn.flow, drawn.residual) == (0, -100_000, 0)


def test_limits_by_hand() -> None:
    holder = GasHolder(capacity_litres=1000, fill_limit_litres=300, draw_limit_litres=200)
    assert step(holder, 500, 450).residual == 250  # 200 of 450 are given
    assert step(holder, 500, -450).residual == -150  # 300 of 450 are taken
    assert step(holder, 900, -450).level == 1000  # room for 100 only
    assert step(holder, 50, 450).drawn == 50  # no more than there is


@settings(max_examples=200)
@given(holder=holders, place=st.floats(0, 1), need=st.integers(-(10**9), 10**9))
def test_rules_of_a_step(holder: GasHolder, place: float, need: int) -> None:
    level = int(place * holder.capacity_litres)
    got = step(holder, level, need)
    assert 0 <= got.level <= holder.capacity_litres
    assert got.drawn == 0 or got.filled == 0
    assert got.level - level == got.filled - got.drawn == got.flow
    assert got.residual == need + got.flow
    assert abs(got.residual) <= abs(need)
    assert got.residual * need >= 0
    many = step_many(holder, [level, level], [need, 0])
    for field in fields(HolderSteps):
        assert int(getattr(many, field.name)[0]) == getattr(got, field.name)
        assert getattr(many, field.name).dtype == np.int64


@pytest.mark.parametrize(
    "wrong",
    [{"capacity_litres": -1}, {"capacity_litres": 1.5}, {"capacity_litres": None}, {"fill_limit_litres": -2},
     {"draw_limit_litres": 0.5}, {"capacity_litres": 2**62}],
)  # fmt: skip
def test_wrong_holders_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(HolderError) as caught:
        GasHolder(**({"capacity_litres": 10} | wrong))  # type: ignore[arg-type]
    assert caught.value.key in wrong


def test_wrong_levels_and_fractions_are_refused() -> None:
    holder = GasHolder(capacity_litres=10)
    for level in (-1, 11):
        with pytest.raises(HolderError, match="level"):
            step(holder, level, 0)
        with pytest.raises(HolderError, match="level"):
            step_many(holder, [5, level], [0, 0])
    with pytest.raises(HolderError, match="whole litres"):
        step_many(holder, [5], [0.5])
