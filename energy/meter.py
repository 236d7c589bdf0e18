"""What the meter at a connection reads after one interval, given what its owner has promised to others.

A home or a firm that sold energy treats the promise as load: its store works for it, and what the store cannot give is
missing at the meter. That is how a forecast that was too good becomes a delivery that falls short. The reading is of
physics alone: whom a delivery belongs to, and what it is worth, is decided elsewhere.

Readings are whole base units (Wh, litres); exported and imported are never both positive. Energy that was bought but
not delivered is imported all the same: the connection does not know a neighbour from the grid.
"""

import math
from dataclasses import dataclass

from energy import battery as _battery
from energy import storage as _storage
from energy.errors import MeterError

WH_PER_KWH = 1000


@dataclass(frozen=True, slots=True)
class HomeInterval:
    """A home's interval: readings in whole Wh, the rest in kWh.

    ``grid_kwh`` = load - PV + flow is what crossed the meter (positive: import) before rounding; ``residual_kwh`` is
    what was still short of (positive) or left over after (negative) everything promised; ``soc_kwh`` is the battery's
    state at the end and ``flow_kwh`` what it took (positive) or gave.
    """

    exported_wh: int
    imported_wh: int
    grid_kwh: float
    soc_kwh: float
    flow_kwh: float
    residual_kwh: float


@dataclass(frozen=True, slots=True)
class FirmInterval:
    """A firm's interval in whole litres; the fields mean what those of `HomeInterval` do, without any rounding."""

    exported_litres: int
    imported_litres: int
    level_litres: int
    flow_litres: int
    residual_litres: int


def whole_wh(energy_kwh: float) -> int:
    """Energy [kWh] in whole Wh, a half to the even neighbour (as the meter's register shows it)."""
    return round(energy_kwh * WH_PER_KWH)


def _not_negative(**values: float) -> None:
    for key, value in values.items():
        if not math.isfinite(value) or value < 0:
            raise MeterError(key, value, "finite and at least 0")


def _whole(**values: int) -> None:
    for key, value in values.items():
        # Annotations do not stop a float, and a fraction of a base unit would never be settled.
        if type(value) is not int or value < 0:
            raise MeterError(key, value, "a whole number, at least 0")


def home_interval(
    *,
    load_kwh: float,
    pv_kwh: float,
    battery: _battery.Battery,
    soc_kwh: float,
    sold_wh: int = 0,
    bought_wh: int = 0,
) -> HomeInterval:
    """One interval of a home with realised `load_kwh` and `pv_kwh`, having sold and bought whole Wh for it.

    The battery meets the need e = load - PV + sold - bought; at the meter stands load - PV + flow.

    Raises
    ------
    MeterError
        If a load, a generation or a commitment is negative or not finite.
    BatteryError
        If `soc_kwh` lies outside the battery's window.
    """
    _not_negative(load_kwh=load_kwh, pv_kwh=pv_kwh)
    _whole(sold_wh=sold_wh, bought_wh=bought_wh)
    net_kwh = load_kwh - pv_kwh
    done = _battery.step(battery, soc_kwh, net_kwh + (sold_wh - bought_wh) / WH_PER_KWH)
    grid_kwh = net_kwh + done.flow
    reading = whole_wh(grid_kwh)
    return HomeInterval(
        exported_wh=max(-reading, 0),
        imported_wh=max(reading, 0),
        grid_kwh=grid_kwh,
        soc_kwh=done.soc,
        flow_kwh=done.flow,
        residual_kwh=done.residual,
    )


def firm_interval(
    *,
    production_litres: int,
    consumption_litres: int,
    holder: _storage.GasHolder,
    level_litres: int,
    sold_litres: int = 0,
    bought_litres: int = 0,
) -> FirmInterval:
    """One interval of a firm with gas: as `home_interval`, with a holder in place of the battery, in whole litres.

    Raises
    ------
    MeterError
        If a volume is negative or not whole.
    HolderError
        If `level_litres` lies outside [0, capacity].
    """
    _whole(
        production_litres=production_litres,
        consumption_litres=consumption_litres,
        sold_litres=sold_litres,
        bought_litres=bought_litres,
    )
    net = consumption_litres - production_litres
    done = _storage.step(holder, level_litres, net + sold_litres - bought_litres)
    reading = net + done.flow
    return FirmInterval(
        exported_litres=max(-reading, 0),
        imported_litres=max(reading, 0),
        level_litres=done.level,
        flow_litres=done.flow,
        residual_litres=done.residual,
    )
