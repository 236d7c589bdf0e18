"""The preference surfaces: the shape that the paper's Fig. 5 is described with, and bounds that follow from it."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.preferences import (
    DeadlineBuyer,
    ForecastFollower,
    Preference,
    PreferenceError,
    StoreSeller,
    grid,
)

SELLER = StoreSeller(surplus=100)
BUYER = DeadlineBuyer(need=150, deadline=350)
HOME = ForecastFollower(amounts=(0, 400, 1200, 0, 30), first=10)
AMOUNTS, STEPS = np.arange(0, 201), np.arange(0, 401)


def test_the_seller_is_nearly_indifferent_to_time_and_wants_to_sell_most_of_its_surplus() -> None:
    surface = grid(SELLER, AMOUNTS, STEPS)
    assert surface.shape == (401, 201)
    assert set(surface.argmax(axis=1).tolist()) == {100}
    assert surface[0, 100] == 1.0
    assert surface[:, 100].min() == pytest.approx(0.95)
    assert (np.diff(surface[:, :101], axis=1) >= 0).all()
    assert (np.diff(surface[:, 100:], axis=1) <= 0).all()
    assert surface[200, 85] > 0.8
    assert surface[200, 0] == 0.0
    assert surface[200, 130] < 0.05, "more than it has"


def test_the_buyer_wants_its_need_before_its_deadline_and_nothing_after() -> None:
    surface = grid(BUYER, AMOUNTS, STEPS)
    assert (surface[350:] == 0).all()
    assert set(surface[:350].argmax(axis=1).tolist()) == {150}
    assert surface[300, 150] == 1.0
    assert surface[325, 150] == 0.5, "half of the ramp of 50 steps is left"
    assert (np.diff(surface[300:351, 150]) < 0).all()
    assert (np.diff(surface[100, :151]) >= 0).all()


def test_a_homes_hills_stand_where_its_forecast_has_something() -> None:
    assert HOME.at(400, 11) == HOME.at(1200, 12) == HOME.at(30, 14) == 1.0
    for step in (9, 10, 13, 15):
        assert HOME.bounds(step) is None
        assert not HOME.at(np.arange(2000), step).any()


def test_bounds_by_hand() -> None:
    # The bell falls to 0.5 at √(2 ln 2) = 1.17741 widths: 100 − 41.2 and 100 + 11.8 where time costs nothing yet.
    assert math.sqrt(2 * math.log(2)) == pytest.approx(1.17741, abs=1e-5)
    assert SELLER.bounds(0, 0.5) == (59, 111)
    # Buyer: widths 75 and 15: 150 − 88.3, 150 + 17.7.
    assert BUYER.bounds(0, 0.5) == (62, 167)
    # At step 325 the hill is 0.5 high: only its top is left.
    assert BUYER.bounds(325, 0.5) == (150, 150)
    assert BUYER.bounds(326, 0.5) is None
    assert BUYER.bounds(350, 0.01) is None


surfaces = st.one_of(
    st.builds(
        StoreSeller,
        surplus=st.integers(1, 10**6),
        below=st.floats(0.01, 3),
        above=st.floats(0.01, 3),
        unrest=st.floats(0, 0.9),
    ),
    st.builds(
        DeadlineBuyer,
        need=st.integers(1, 10**6),
        deadline=st.integers(-5, 60),
        ramp=st.integers(1, 80),
        below=st.floats(0.01, 3),
        above=st.floats(0.01, 3),
    ),
    st.builds(
        lambda amounts, below, above: ForecastFollower(amounts=tuple(amounts), below=below, above=above),
        st.lists(st.integers(0, 10**6), max_size=40),
        st.floats(0.01, 3),
        st.floats(0.01, 3),
    ),
)


@settings(max_examples=200, deadline=None)
@given(surfaces, st.integers(0, 50), st.floats(0.01, 1))
def test_bounds_are_exactly_the_amounts_above_the_threshold(
    surface: Preference, step: int, threshold: float
) -> None:
    found = surface.bounds(step, threshold)
    if found is None:
        probe = np.unique(np.geomspace(1, 10**7, 400).astype(np.int64))
        assert (surface.at(probe, step) < threshold + 1e-9).all()
        return
    low, high = found
    assert 1 <= low <= high
    inside = np.unique(np.linspace(low, high, 200).astype(np.int64))
    assert (surface.at(inside, step) >= threshold).all()
    outside = [amount for amount in (low - 1, high + 1) if amount > 0]
    assert all(surface.at(amount, step) < threshold + 1e-9 for amount in outside)
    everywhere = surface.at(np.linspace(-10, 2 * high, 100), step)
    assert ((everywhere >= 0) & (everywhere <= 1)).all()


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: StoreSeller(surplus=0), "surplus: found 0, expected more than 0"),
        (lambda: StoreSeller(surplus=1, below=0.0), "below: found 0.0"),
        (lambda: StoreSeller(surplus=1, above=math.nan), "above: found nan"),
        (lambda: StoreSeller(surplus=1, unrest=1.0), "unrest: found 1.0, expected in \\[0, 1\\)"),
        (lambda: StoreSeller(surplus=1, first=5, last=5), "last: found 5, expected after first = 5"),
        (lambda: DeadlineBuyer(need=-1, deadline=3), "need: found -1"),
        (lambda: DeadlineBuyer(need=1, deadline=3, ramp=0), "ramp: found 0"),
        (lambda: ForecastFollower(amounts=(1, -2)), "amounts\\[1\\]: found -2, expected at least 0"),
        (lambda: SELLER.bounds(0, 0.0), "threshold: found 0.0, expected in \\(0, 1\\]"),
        (lambda: BUYER.bounds(0, 1.5), "threshold: found 1.5"),
    ],
)
def test_surfaces_that_cannot_be_are_refused(make: object, told: str) -> None:
    with pytest.raises(PreferenceError, match=told):
        make()  # type: ignore[operator]
