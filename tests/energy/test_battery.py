"""The battery's step: hand-calculated cases, the rules it keeps, and one behaviour in scalar and array form."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from energy.battery import Battery, BatterySteps, available_kwh, room_kwh, run, step, step_many
from energy.errors import BatteryError

# 10 kWh, window 2 to 9 kWh, at most 0.325 kWh in and 0.825 kWh out a quarter hour, 0.9 each way, 0.01 kWh lost a step.
HOME = Battery(capacity_kwh=10.0, efficiency=0.81, degradation_per_step=0.001)

specs = st.builds(
    lambda capacity, window, charge, discharge, efficiency, aging: Battery(
        capacity_kwh=capacity,
        lo=min(window),
        hi=max(window),
        charge_limit_kw=charge,
        discharge_limit_kw=discharge,
        efficiency=efficiency,
        degradation_per_step=aging,
    ),
    st.floats(0, 50),
    st.tuples(st.floats(0, 1), st.floats(0, 1)),
    st.floats(0, 10),
    st.floats(0, 10),
    st.floats(0.05, 1),
    st.floats(0, 0.01),
)


def test_deficit_by_hand() -> None:
    # y = 5 - 0.01 = 4.99; d = min(0.5, 3.3/4, 2.99*0.9) = 0.5; x' = 4.99 - 0.5/0.9 = 4.434444...; r = 0.
    got = step(HOME, 5.0, 0.5)
    assert got.aged_soc == pytest.approx(4.99, abs=1e-12)
    assert (got.discharged, got.charged, got.flow, got.residual) == (0.5, 0.0, -0.5, 0.0)
    assert got.soc == pytest.approx(4.99 - 0.5 / 0.9, abs=1e-12)


def test_deficit_at_the_power_limit_by_hand() -> None:
    # 3.3 kW * 0.25 h = 0.825 kWh is all it gives of 2 kWh; 1.175 kWh stay short.
    got = step(HOME, 9.0, 2.0)
    assert got.flow == pytest.approx(-0.825, abs=1e-12)
    assert got.residual == pytest.approx(1.175, abs=1e-12)


def test_deficit_near_empty_by_hand() -> None:
    # y = 2.19; what is above lo = 2 is 0.19 kWh, of which 0.9 arrives: d = 0.171; it ends at lo.
    got = step(HOME, 2.2, 0.5)
    assert got.discharged == pytest.approx(0.171, abs=1e-12)
    assert got.soc == pytest.approx(2.0, abs=1e-12)
    assert got.residual == pytest.approx(0.329, abs=1e-12)


def test_surplus_by_hand() -> None:
    # c = min(1, 1.3/4, (9 - 4.99)/0.9) = 0.325; x' = 4.99 + 0.9*0.325 = 5.2825; r = -1 + 0.325 = -0.675 left over.
    got = step(HOME, 5.0, -1.0)
    assert got.charged == pytest.approx(0.325, abs=1e-12)
    assert got.soc == pytest.approx(5.2825, abs=1e-12)
    assert got.residual == pytest.approx(-0.675, abs=1e-12)


def test_surplus_near_full_by_hand() -> None:
    # y = 8.95 - 0.01 = 8.94; room for 0.06 kWh inside takes 0.06/0.9 = 0.0666... at the terminals; it ends at hi.
    got = step(HOME, 8.95, -1.0)
    assert got.charged == pytest.approx(0.06 / 0.9, abs=1e-12)
    assert got.soc == pytest.approx(9.0, abs=1e-12)


def test_degradation_stops_at_the_lower_end() -> None:
    # y = max(lo, 2.0 - 0.01) = 2.0, as the model has it.
    assert step(HOME, 2.0, 0.0).soc == 2.0


def test_what_can_be_given_and_taken_by_hand() -> None:
    # From 2.2 kWh: 0.19 kWh above lo after degradation, times 0.9; from 8.95 kWh: 0.06 kWh of room, over 0.9.
    assert available_kwh(HOME, 2.2) == pytest.approx(0.171, abs=1e-12)
    assert available_kwh(HOME, 5.0) == pytest.approx(0.825, abs=1e-12)
    assert room_kwh(HOME, 8.95) == pytest.approx(0.06 / 0.9, abs=1e-12)
    assert room_kwh(HOME, 5.0) == pytest.approx(0.325, abs=1e-12)


def test_no_battery_takes_and_gives_nothing() -> None:
    none = Battery(capacity_kwh=0.0)
    for need in (1.5, 0.0, -1.5):
        got = step(none, 0.0, need)
        assert (got.flow, got.soc, got.residual) == (0.0, 0.0, need)


@settings(max_examples=200)
@given(battery=specs, place=st.floats(0, 1), need=st.floats(-20, 20))
@example(battery=HOME, place=1.0, need=-5.0)
@example(battery=HOME, place=0.0, need=5.0)
def test_rules_of_a_step(battery: Battery, place: float, need: float) -> None:
    soc = min(battery.lo_kwh + place * (battery.hi_kwh - battery.lo_kwh), battery.hi_kwh)
    got = step(battery, soc, need)
    eta = battery.one_way_efficiency
    assert battery.lo_kwh <= got.soc <= battery.hi_kwh
    assert got.discharged >= 0
    assert got.charged >= 0
    assert got.discharged == 0 or got.charged == 0
    assert got.charged <= battery.charge_limit_kwh
    assert got.discharged <= battery.discharge_limit_kwh
    # Nothing is made or lost but by the stated efficiency: dx = eta c - d / eta.
    assert got.soc - got.aged_soc == pytest.approx(eta * got.charged - got.discharged / eta, abs=1e-9)
    assert got.residual == pytest.approx(need + got.charged - got.discharged, abs=1e-12)
    # It never turns a deficit into a surplus, nor the other way round, and never makes either larger.
    assert got.residual * need >= 0
    assert abs(got.residual) <= abs(need)


@settings(max_examples=100)
@given(
    battery=specs, states=st.lists(st.tuples(st.floats(0, 1), st.floats(-20, 20)), min_size=1, max_size=12)
)
def test_arrays_equal_scalars(battery: Battery, states: list[tuple[float, float]]) -> None:
    socs = [min(battery.lo_kwh + p * (battery.hi_kwh - battery.lo_kwh), battery.hi_kwh) for p, _ in states]
    many = step_many(battery, socs, [need for _, need in states])
    for i, (soc, (_, need)) in enumerate(zip(socs, states, strict=True)):
        one = step(battery, soc, need)
        for field in fields(BatterySteps):
            assert getattr(many, field.name)[i] == getattr(one, field.name), field.name


def test_run_is_steps_one_after_another() -> None:
    rng = np.random.default_rng(7)
    needs = rng.normal(0, 0.6, (5, 96))
    got = run(HOME, 4.0, needs)
    for s in range(5):
        soc = 4.0
        for t in range(96):
            one = step(HOME, soc, float(needs[s, t]))
            assert got.flow[s, t] == one.flow
            assert got.residual[s, t] == one.residual
            soc = one.soc
            assert got.soc[s, t] == soc
    assert np.array_equal(run(HOME, 4.0, needs[2]).soc, got.soc[2])


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("lo", 0.95),
        ("lo", -0.1),
        ("hi", 1.1),
        ("efficiency", 0.0),
        ("efficiency", 1.01),
        ("efficiency", float("nan")),
        ("charge_limit_kw", -1.0),
        ("discharge_limit_kw", -0.1),
        ("capacity_kwh", -5.0),
        ("capacity_kwh", float("inf")),
        ("degradation_per_step", 1.0),
        ("degradation_per_step", -0.001),
        ("interval_h", 0.0),
        ("capacity_kwh", True),
        ("capacity_kwh", "10"),
    ],
)
def test_wrong_batteries_are_refused_by_key_value_and_rule(key: str, value: object) -> None:
    with pytest.raises(BatteryError) as caught:
        Battery(**({"capacity_kwh": 10.0} | {key: value}))  # type: ignore[arg-type]
    assert caught.value.key == key
    assert repr(caught.value.value) == repr(value)
    assert caught.value.rule in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("soc", "need", "key"), [(1.9, 0.0, "soc"), (9.1, 0.0, "soc"), (float("nan"), 0.0, "soc")]
)
def test_states_outside_the_window_are_refused(soc: float, need: float, key: str) -> None:
    for call in (lambda: step(HOME, soc, need), lambda: step_many(HOME, [5.0, soc], [0.0, need])):
        with pytest.raises(BatteryError) as caught:
            call()
        assert caught.value.key == key


def test_needs_that_are_no_numbers_are_refused() -> None:
    for call in (lambda: step(HOME, 5.0, float("nan")), lambda: step_many(HOME, 5.0, [0.0, float("inf")])):
        with pytest.raises(BatteryError, match="need"):
            call()
    with pytest.raises(BatteryError, match="shape"):
        run(HOME, 5.0, np.zeros((2, 2, 2)))
