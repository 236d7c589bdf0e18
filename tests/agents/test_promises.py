"""Which loans a home can keep and use, against the same question put to ``energy.battery.step`` interval by interval."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.promises import kept_share
from energy.battery import Battery, step

TIMES = np.array([1, 2, 4])
QUANTITIES = np.array([-0.5, -0.2, 0.0, 0.2, 0.5])
EPS = 1e-9


def plain_share(
    battery: Battery,
    soc: float,
    needs: np.ndarray,
    promised: np.ndarray,
    quantities: np.ndarray,
    times: np.ndarray,
) -> np.ndarray:
    """The rules as their docstring tells them, scenario by scenario and contract by contract."""
    kept = np.zeros((quantities.size, times.size))
    for course in needs:
        for i, q in enumerate(quantities):
            for j, tau in enumerate(times):
                kept[i, j] += _kept(battery, soc, course, promised, q, int(tau))
    share: np.ndarray = kept / needs.shape[0]
    return share


def _kept(battery: Battery, soc: float, needs: np.ndarray, promised: np.ndarray, q: float, tau: int) -> bool:
    first, first_without = step(battery, soc, needs[0] + q), step(battery, soc, needs[0])
    if not _moved(q, first.residual, first_without.residual):
        return False
    if q > 0 and not _rest_kept(battery, first.soc, needs, promised, 1):
        return False  # with nothing of what it is owed
    soc = first.soc
    for lag in range(1, tau):
        soc = step(battery, soc, needs[lag]).soc
    last, last_without = step(battery, soc, needs[tau] - q), step(battery, soc, needs[tau])
    if not _moved(-q, last.residual, last_without.residual):
        return False
    return q > 0 or _rest_kept(battery, last.soc, needs, promised, tau + 1)


def _moved(leg: float, residual: float, without: float) -> bool:
    if leg > 0:
        return residual <= EPS
    return max(-residual, 0) <= max(-without, 0) + EPS


def _rest_kept(battery: Battery, soc: float, needs: np.ndarray, promised: np.ndarray, lag: int) -> bool:
    for k in range(lag, needs.size):
        done = step(battery, soc, needs[k])
        if promised[k] > 0 and done.residual > EPS:
            return False
        soc = done.soc
    return True


# Multiples of 1/64 kWh: no instance lies within rounding of a border, where the two could rightly differ.
KWH = st.integers(-96, 96).map(lambda k: k / 64)


@st.composite
def homes(draw: st.DrawFn) -> tuple[Battery, float, np.ndarray, np.ndarray]:
    battery = Battery(
        capacity_kwh=draw(st.sampled_from([0.0, 1.0, 4.0])),
        lo=draw(st.sampled_from([0.0, 0.25])),
        hi=draw(st.sampled_from([0.75, 1.0])),
        efficiency=draw(st.sampled_from([1.0, 0.81])),
        degradation_per_step=draw(st.sampled_from([0.0, 1 / 256])),
    )
    span = battery.hi_kwh - battery.lo_kwh
    soc = battery.lo_kwh + span * draw(st.sampled_from([0.0, 0.3, 1.0]))
    needs = np.array(draw(st.lists(st.lists(KWH, min_size=6, max_size=6), min_size=1, max_size=3)))
    promised = np.array(draw(st.lists(st.sampled_from([0.0, 0.0, 0.25]), min_size=6, max_size=6)))
    return battery, soc, needs + promised, promised


@settings(max_examples=150, deadline=None)
@given(homes())
def test_the_compiled_shares_are_those_of_the_plain_rules(
    home: tuple[Battery, float, np.ndarray, np.ndarray],
) -> None:
    battery, soc, needs, promised = home
    found = kept_share(
        battery,
        soc_kwh=soc,
        needs_kwh=needs,
        promised_kwh=promised,
        quantities_kwh=QUANTITIES,
        return_times=TIMES,
    )
    np.testing.assert_allclose(found, plain_share(battery, soc, needs, promised, QUANTITIES, TIMES))


@pytest.mark.parametrize(
    ("needs", "promised", "kept"),
    [
        # It has 0.5 kWh over now and is short of as much later: it can lend 0.2 or 0.5 and has use for them.
        ([-0.5, 0.5, 0.5], [0, 0, 0], {0.2, 0.5}),
        # The other way round: it can borrow.
        ([0.5, -0.5, -0.5], [0, 0, 0], {-0.5, -0.2}),
        # 0.3 over both times: nothing lent out of it finds a use when it comes back.
        ([-0.3, -0.3, -0.3], [0, 0, 0], set()),
    ],
)
def test_a_home_without_a_battery_lends_what_is_over_and_takes_what_is_short(
    needs: list[float], promised: list[float], kept: set[float]
) -> None:
    found = kept_share(
        Battery(capacity_kwh=0.0),
        soc_kwh=0.0,
        needs_kwh=np.array([needs]),
        promised_kwh=np.array(promised, float),
        quantities_kwh=QUANTITIES,
        return_times=np.array([1, 2]),
    )
    assert {float(q) for q, row in zip(QUANTITIES, found, strict=True) if q and row.all()} == kept


def test_what_is_promised_already_is_not_lent_again() -> None:
    """Lossless, 1 kWh in the battery, 0.8 of it promised for lag 2: 0.2 can be lent now, 0.5 cannot."""
    battery = Battery(
        capacity_kwh=2.0, lo=0.0, hi=1.0, charge_limit_kw=8, discharge_limit_kw=8, efficiency=1.0
    )
    found = kept_share(
        battery,
        soc_kwh=1.0,
        needs_kwh=np.array([[0.0, 0.0, 0.8, 0.0, 0.0]]),
        promised_kwh=np.array([0.0, 0.0, 0.8, 0.0, 0.0]),
        quantities_kwh=np.array([0.2, 0.5]),
        return_times=np.array([4]),
    )
    assert found.tolist() == [[1.0], [0.0]]


def test_a_share_counts_scenarios() -> None:
    """Of four courses two have the 0.2 kWh to lend."""
    found = kept_share(
        Battery(capacity_kwh=0.0),
        soc_kwh=0.0,
        needs_kwh=np.array([[-0.2, 0.3], [-0.3, 0.3], [-0.1, 0.3], [0.4, 0.3]]),
        promised_kwh=np.zeros(2),
        quantities_kwh=np.array([0.2]),
        return_times=np.array([1]),
    )
    assert found.tolist() == [[0.5]]
