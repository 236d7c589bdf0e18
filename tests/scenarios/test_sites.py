"""What sites forecast and deliver; figures by hand."""

import numpy as np

from energy.battery import Battery
from energy.forecast import PERFECT, ForecastError
from energy.storage import GasHolder
from scenarios.sites import FirmSite, HomeSite

NO_BATTERY = Battery(capacity_kwh=0.0)


def home(*, load: list[float], pv: list[float], battery: Battery = NO_BATTERY, soc: float = 0.0) -> HomeSite:
    return HomeSite(
        name="ash",
        load_kwh=np.array(load),
        pv_kwh=np.array(pv),
        envelope_kwh=np.array(pv) * 1.5,
        battery=battery,
        soc_kwh=soc,
        error=PERFECT,
        rating_wh=2500,
        seeds=(1, 2),
    )


def test_a_home_without_a_battery_has_what_pv_leaves_over() -> None:
    site = home(load=[0.1, 0.1, 0.3], pv=[0.0, 0.4, 0.1])
    assert [site.net(i - 1, i) for i in range(3)] == [-100, 300, -200]
    assert [site.realise(i) for i in range(3)] == [(0, 100), (300, 0), (0, 200)]


def test_a_battery_serves_the_home_first_and_then_what_was_sold() -> None:
    """Lossless, 2 kWh with a window of 0 to 2, 4 kW: half full it covers 0.5 kWh for two intervals, then is empty."""
    battery = Battery(
        capacity_kwh=2.0, lo=0.0, hi=1.0, charge_limit_kw=4.0, discharge_limit_kw=4.0, efficiency=1.0
    )
    site = home(load=[0.5] * 3, pv=[0.0] * 3, battery=battery, soc=1.0)
    assert site.net(0, 2) == -500  # foreseen: empty by then
    site.plan(0, 300)
    assert site.net(0, 1) == -300  # 0.8 kWh go in interval 0, 0.2 are left for 0.5 in interval 1
    assert site.realise(0) == (300, 0)
    assert site.soc_kwh == 1.0 - 0.8


def test_a_forecast_is_the_same_whenever_it_is_asked_for() -> None:
    def noisy() -> HomeSite:
        site = home(load=[0.4] * 6, pv=[0.3] * 6)
        site.error = ForecastError()
        return site

    one, other = noisy(), noisy()
    first = [one.net(step, step + 1) for step in range(5)]
    assert first == [other.net(step, step + 1) for step in range(5)]
    assert one.net(2, 3) == first[2]
    assert len(set(first)) > 1


def firm(**changes: int | None) -> FirmSite:
    values = {
        "level": 100_000,
        "production": 0,
        "actual_production": 0,
        "need": 0,
        "deadline": None,
        "rating": 200_000,
        **changes,
    }
    return FirmSite(name="biogas", holder=GasHolder(capacity_litres=200_000), **values)  # type: ignore[arg-type]


def test_a_firm_sells_its_stock_once() -> None:
    site = firm()
    assert site.net(0, 24) == 100_000
    site.plan(24, 60_000)
    assert site.net(1, 25) == 40_000  # what is promised for another interval counts
    assert site.net(1, 24) == 100_000  # what is promised for this one is the trader's to count
    assert site.realise(24) == (60_000, 0)
    assert site.net(25, 49) == 40_000


def test_a_buyer_needs_what_is_missing_until_its_deadline() -> None:
    site = firm(level=0, need=150_000, deadline=350)
    assert site.net(0, 24) == -150_000
    site.plan(24, -100_000)
    assert site.realise(24) == (0, 100_000)
    assert site.net(25, 49) == -50_000
    assert site.net(330, 351) == 0
    site.plan(349, -50_000)
    site.realise(349)
    assert site.realise(350) == (0, 0)  # the holder gives the 150 m³
    assert site.level == 0


def test_a_firm_that_makes_less_than_it_thought_falls_short() -> None:
    site = firm(level=0, production=400, actual_production=300)
    assert site.net(0, 9) == 4000
    site.plan(9, 4000)
    for i in range(9):
        assert site.realise(i) == (0, 0)
    assert site.realise(9) == (3000, 0)


def test_nobody_offers_more_than_a_meter_lets_through() -> None:
    assert firm(rating=70_000).net(0, 5) == 70_000
    assert home(load=[9.0], pv=[0.0]).net(0, 0) == -2500


def test_a_leg_of_a_loan_is_served_as_what_was_sold_and_not_sold_again() -> None:
    """0.5 kWh over; 0.2 of it lent: 0.3 left to trade, and 0.2 are exported whatever is traded."""
    site = home(load=[0.0, 0.0], pv=[0.5, 0.5])
    site.lend(1, 200)
    assert site.net(0, 1) == 300
    assert site.net(0, 0) == 500
    site.realise(0)
    assert site.realise(1) == (500, 0)


def test_a_leg_received_is_as_good_as_bought() -> None:
    """0.5 kWh short, 0.2 borrowed: 0.3 left to buy; where it has 0.1 over, it still sells no more than that."""
    site = home(load=[0.5, 0.0], pv=[0.0, 0.1])
    site.lend(0, -200)
    site.lend(1, -200)
    assert site.net(-1, 0) == -300
    assert site.net(-1, 1) == 100


def test_a_battery_works_for_a_promised_leg_as_if_nothing_had_been_bought() -> None:
    """Lossless, 1 kWh in it, 0.1 kWh an interval through its terminals: of 0.3 promised it exports 0.1, bought or not."""
    battery = Battery(
        capacity_kwh=2.0, lo=0.0, hi=1.0, charge_limit_kw=4.0, discharge_limit_kw=0.4, efficiency=1.0
    )
    site = home(load=[0.0], pv=[0.0], battery=battery, soc=1.0)
    site.lend(0, 300)
    assert site.net(-1, 0) == 0
    site.plan(0, -250)
    assert site.realise(0) == (100, 0)
    assert site.soc_kwh == 0.9
    assert site.charge_kwh == [0.9]


def test_a_place_that_stays_in_the_queue_is_not_sold_past() -> None:
    """0.5 kWh over, of which the first 0.2 count for nobody: 0.3 can be sold; called off and freed, all of it."""
    for blocked, left in ((True, 300), (False, 500)):
        site = home(load=[0.0], pv=[0.5])
        site.lend(0, 200)
        site.call_off(0, 200, blocked=blocked)
        assert site.net(-1, 0) == left


def test_an_outlook_holds_every_leg_still_owed_or_due() -> None:
    """With a perfect forecast all scenarios are the truth: 0.2 kWh short each, plus the legs of two loans."""
    site = home(load=[0.2] * 8, pv=[0.0] * 8)
    site.reach = 6
    site.lend(2, 100)
    site.lend(4, -150)
    outlook = site.outlook(0, 1, horizon=4, count=3)
    np.testing.assert_allclose(outlook.needs_kwh, [[0.2, 0.3, 0.2, 0.05]] * 3)
    np.testing.assert_allclose(outlook.legs_kwh, [0.0, 0.1, 0.0, -0.15])


def test_an_outlook_starts_with_what_the_battery_will_hold_then() -> None:
    """Lossless and half full of 2 kWh: 0.2 kWh go in the interval before the loan, 0.1 of them for what was sold."""
    battery = Battery(
        capacity_kwh=2.0, lo=0.0, hi=1.0, charge_limit_kw=4.0, discharge_limit_kw=4.0, efficiency=1.0
    )
    site = home(load=[0.1] * 6, pv=[0.0] * 6, battery=battery, soc=1.0)
    site.reach = 4
    site.plan(0, 100)
    assert abs(site.outlook(0, 1, horizon=3, count=1).soc_kwh - 0.8) < 1e-12


def test_trade_and_loans_of_a_step_see_one_forecast() -> None:
    site = home(load=[0.4] * 12, pv=[0.3] * 12)
    site.error, site.reach = ForecastError(), 8
    before = site.net(2, 3)
    outlook = site.outlook(2, 3, horizon=6, count=400)
    assert site.net(2, 3) == before
    # The mean of many courses around the forecast is the forecast, to a few of their standard errors.
    assert abs(-1000 * outlook.needs_kwh[:, 0].mean() - before) < 5
