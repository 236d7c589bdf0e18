"""The reference: the same grid solved by pandapower's Newton method, one step after another.

Slow (about 10 ms a step) and independent of ours: it builds its own admittance matrix from the data sheets. Needs the
package ``pandapower`` (the extra ``grid``), which nothing else here does.
"""

import importlib
from collections.abc import Callable
from math import pi
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from energy.grid.errors import ReferenceMissingError
from energy.grid.flow import powers
from energy.grid.model import Grid
from energy.grid.state import GridState

FREQUENCY_HZ = 50.0
TOLERANCE_MVA = 1e-11
"""Largest mismatch that Newton's method leaves at a bus: 10 µW."""


def pandapower_net(grid: Grid) -> Any:
    """`grid` as a ``pandapowerNet`` with a load of nothing at every bus, in the order of the buses.

    Raises
    ------
    ReferenceMissingError
        If pandapower is not installed.
    """
    try:
        pp = importlib.import_module("pandapower")
    except ModuleNotFoundError as error:
        raise ReferenceMissingError from error
    net = pp.create_empty_network(name=grid.name, f_hz=FREQUENCY_HZ, sn_mva=1.0)
    for bus in grid.buses:
        pp.create_bus(net, vn_kv=bus.rated_kv, name=bus.name)
    pp.create_ext_grid(net, bus=grid.slack, vm_pu=grid.slack_pu)
    for line in grid.lines:
        pp.create_line_from_parameters(
            net,
            from_bus=line.start,
            to_bus=line.end,
            length_km=line.length_km,
            r_ohm_per_km=line.r_ohm_per_km,
            x_ohm_per_km=line.x_ohm_per_km,
            c_nf_per_km=line.b_us_per_km * 1e3 / (2 * pi * FREQUENCY_HZ),
            max_i_ka=line.limit_a / 1000,
            name=line.name,
        )
    transformer = grid.transformer
    pp.create_transformer_from_parameters(
        net,
        hv_bus=transformer.hv,
        lv_bus=transformer.lv,
        sn_mva=transformer.rated_kva / 1000,
        vn_hv_kv=transformer.hv_kv,
        vn_lv_kv=transformer.lv_kv,
        vk_percent=transformer.short_circuit_percent,
        vkr_percent=100 * transformer.copper_loss_kw / transformer.rated_kva,
        pfe_kw=transformer.iron_loss_kw,
        i0_percent=transformer.no_load_current_percent,
        shift_degree=150.0,
        tap_side="hv",
        tap_neutral=0,
        tap_pos=transformer.tap_position,
        tap_step_percent=transformer.tap_step_percent,
        tap_changer_type="Ratio",
        name=transformer.name,
    )
    for index in range(len(grid.buses)):
        pp.create_load(net, bus=index, p_mw=0.0, q_mvar=0.0)
    return net


def reference_state(
    grid: Grid,
    p_kw: ArrayLike,
    q_kvar: ArrayLike = 0.0,
    *,
    on_steps: Callable[[int], None] = lambda done: None,
) -> GridState:
    """As `energy.grid.state.grid_state`, by pandapower."""
    net = pandapower_net(grid)
    runpp = importlib.import_module("pandapower").runpp
    active, reactive = powers(grid, p_kw, q_kvar)
    steps = len(active)
    state = GridState(
        voltage_pu=np.empty((steps, len(grid.buses))),
        line_percent=np.empty((steps, len(grid.lines))),
        transformer_percent=np.empty(steps),
        losses_kw=np.empty(steps),
        supply_kw=np.empty(steps),
    )
    for step in range(steps):
        net.load["p_mw"] = active[step] / 1000
        net.load["q_mvar"] = reactive[step] / 1000
        runpp(net, calculate_voltage_angles=True, trafo_model="t", tolerance_mva=TOLERANCE_MVA, numba=False)
        state.voltage_pu[step] = net.res_bus["vm_pu"].to_numpy()
        state.line_percent[step] = net.res_line["loading_percent"].to_numpy()
        state.transformer_percent[step] = net.res_trafo["loading_percent"].to_numpy()[0]
        losses = net.res_line["pl_mw"].sum() + net.res_trafo["pl_mw"].sum()
        state.losses_kw[step] = losses * 1000
        state.supply_kw[step] = net.res_trafo["p_hv_mw"].to_numpy()[0] * 1000
        on_steps(step + 1)
    return state
