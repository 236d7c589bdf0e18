"""What the meter reads: hand-calculated intervals, and the balance between promise, store and connection."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from energy.battery import Battery
from energy.errors import BatteryError, HolderError, MeterError
from energy.meter import firm_interval, home_interval, whole_wh
from energy.storage import GasHolder

NONE = Battery(capacity_kwh=0.0)
# Window 2 to 9 kWh; at most 0.325 kWh in and 0.825 kWh out a quarter hour; no losses, so hand figures stay whole.
LOSSLESS = Battery(capacity_kwh=10.0, efficiency=1.0)


def test_a_promise_that_the_sun_keeps() -> None:
    # 0.2 kWh load, 0.7 kWh PV, 500 Wh sold: 0.5 kWh goes out, nothing is left for the battery.
    got = home_interval(load_kwh=0.2, pv_kwh=0.7, battery=LOSSLESS, soc_kwh=5.0, sold_wh=500)
    assert (got.exported_wh, got.imported_wh) == (500, 0)
    assert got.soc_kwh == pytest.approx(5.0, abs=1e-12)


def test_a_promise_that_only_the_battery_keeps() -> None:
    # Only 0.4 kWh PV: e = 0.2 - 0.4 + 0.5 = 0.3 kWh from the battery, and 500 Wh still goes out.
    got = home_interval(load_kwh=0.2, pv_kwh=0.4, battery=LOSSLESS, soc_kwh=5.0, sold_wh=500)
    assert got.exported_wh == 500
    assert got.soc_kwh == pytest.approx(4.7, abs=1e-12)


def test_a_forecast_that_was_too_good_falls_short() -> None:
    # No battery, 0.4 kWh PV instead of 0.7: 200 of the 500 Wh sold are delivered, 0.3 kWh is missing.
    got = home_interval(load_kwh=0.2, pv_kwh=0.4, battery=NONE, soc_kwh=0.0, sold_wh=500)
    assert (got.exported_wh, got.imported_wh) == (200, 0)
    assert got.residual_kwh == pytest.approx(0.3, abs=1e-12)


def test_nothing_is_delivered_and_the_home_itself_imports() -> None:
    # PV 0.1 of 0.4 kWh load: 300 Wh come in, and of the 500 Wh sold none goes out.
    got = home_interval(load_kwh=0.4, pv_kwh=0.1, battery=NONE, soc_kwh=0.0, sold_wh=500)
    assert (got.exported_wh, got.imported_wh) == (0, 300)


def test_what_was_bought_spares_the_battery() -> None:
    # 0.6 kWh load, 400 Wh bought: e = 0.2 from the battery, 400 Wh comes in through the meter.
    got = home_interval(load_kwh=0.6, pv_kwh=0.0, battery=LOSSLESS, soc_kwh=5.0, bought_wh=400)
    assert (got.exported_wh, got.imported_wh) == (0, 400)
    assert got.soc_kwh == pytest.approx(4.8, abs=1e-12)


def test_half_a_watt_hour_goes_to_the_even_one() -> None:
    assert [whole_wh(x) for x in (0.0005, 0.0015, 0.0025, -0.0005, 0.00051)] == [0, 2, 2, 0, 1]


@settings(max_examples=200)
@given(
    load=st.floats(0, 5),
    pv=st.floats(0, 5),
    place=st.floats(0, 1),
    sold=st.integers(0, 5000),
    bought=st.integers(0, 5000),
)
def test_the_balance_at_the_meter(load: float, pv: float, place: float, sold: int, bought: int) -> None:
    battery = Battery(capacity_kwh=10.0, efficiency=0.81, degradation_per_step=0.0001)
    soc = battery.lo_kwh + place * (battery.hi_kwh - battery.lo_kwh)
    got = home_interval(
        load_kwh=load, pv_kwh=pv, battery=battery, soc_kwh=soc, sold_wh=sold, bought_wh=bought
    )
    assert got.exported_wh == 0 or got.imported_wh == 0
    assert abs(got.imported_wh - got.exported_wh - 1000 * (load - pv + got.flow_kwh)) <= 0.5 + 1e-6
    assert battery.lo_kwh <= got.soc_kwh <= battery.hi_kwh
    # Grid = residual - sold + bought: with nothing short or left over, exactly the promise crosses the meter.
    assert got.grid_kwh == pytest.approx(got.residual_kwh - (sold - bought) / 1000, abs=1e-9)
    if got.residual_kwh <= 0 and bought == 0:
        assert got.exported_wh >= sold


def test_the_parks_firm_by_hand() -> None:
    # 30 m3 made, 10 m3 used, 100 m3 sold out of a holder with 90 m3: e = 80, all from the holder, 100 m3 go out.
    got = firm_interval(
        production_litres=30_000,
        consumption_litres=10_000,
        holder=GasHolder(capacity_litres=200_000),
        level_litres=90_000,
        sold_litres=100_000,
    )
    assert (got.exported_litres, got.imported_litres, got.level_litres) == (100_000, 0, 10_000)
    assert got.residual_litres == 0


def test_a_firm_whose_holder_is_too_low_falls_short() -> None:
    # As above with 50 m3 in the holder: 30 m3 are missing, 70 m3 go out.
    got = firm_interval(
        production_litres=30_000,
        consumption_litres=10_000,
        holder=GasHolder(capacity_litres=200_000),
        level_litres=50_000,
        sold_litres=100_000,
    )
    assert (got.exported_litres, got.level_litres, got.residual_litres) == (70_000, 0, 30_000)


@settings(max_examples=100)
@given(
    made=st.integers(0, 10**6),
    used=st.integers(0, 10**6),
    level=st.integers(0, 200_000),
    sold=st.integers(0, 10**6),
    bought=st.integers(0, 10**6),
)
def test_no_litre_is_lost(made: int, used: int, level: int, sold: int, bought: int) -> None:
    got = firm_interval(
        production_litres=made,
        consumption_litres=used,
        holder=GasHolder(capacity_litres=200_000, fill_limit_litres=50_000),
        level_litres=level,
        sold_litres=sold,
        bought_litres=bought,
    )
    assert made + got.imported_litres + level == used + got.exported_litres + got.level_litres
    assert got.exported_litres == 0 or got.imported_litres == 0


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        ({"load_kwh": -0.1}, "load_kwh"),
        ({"pv_kwh": float("nan")}, "pv_kwh"),
        ({"sold_wh": -1}, "sold_wh"),
        ({"bought_wh": 0.5}, "bought_wh"),
    ],
)
def test_what_no_meter_sees_is_refused(wrong: dict[str, float], key: str) -> None:
    values = {"load_kwh": 0.1, "pv_kwh": 0.1, "soc_kwh": 5.0} | wrong
    with pytest.raises(MeterError) as caught:
        home_interval(battery=LOSSLESS, **values)  # type: ignore[arg-type]
    assert caught.value.key == key


def test_a_state_outside_the_store_is_refused() -> None:
    with pytest.raises(BatteryError):
        home_interval(load_kwh=0.1, pv_kwh=0.0, battery=LOSSLESS, soc_kwh=9.5)
    holder = GasHolder(capacity_litres=10)
    with pytest.raises(HolderError):
        firm_interval(production_litres=1, consumption_litres=1, holder=holder, level_litres=11)
    with pytest.raises(MeterError):
        firm_interval(production_litres=-1, consumption_litres=1, holder=holder, level_litres=1)
