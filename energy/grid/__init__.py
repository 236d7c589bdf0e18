"""The low-voltage grid under one transformer: its data, the power flow of many steps at once, and who is connected.

`load_grid` reads one of SimBench's six grids, `place` gives homes a connection, `grid_state` solves. Knows no market:
what homes draw comes from elsewhere. `energy.grid.reference` solves the same by pandapower.
"""

from energy.grid.connections import (
    POWER_FACTOR,
    Placement,
    PlacementRule,
    background,
    bus_powers,
    place,
    reactive_kvar,
    smallest_for,
)
from energy.grid.errors import (
    DivergenceError,
    GridDataError,
    GridError,
    PowerError,
    ReferenceMissingError,
    TooManyHomesError,
    UnknownBusError,
)
from energy.grid.flow import solve, solve_blocks
from energy.grid.model import Bus, Customer, Grid, Line, Transformer
from energy.grid.simbench import load_grid, load_grids
from energy.grid.state import GridState, grid_state

__all__ = [
    "POWER_FACTOR",
    "Bus",
    "Customer",
    "DivergenceError",
    "Grid",
    "GridDataError",
    "GridError",
    "GridState",
    "Line",
    "Placement",
    "PlacementRule",
    "PowerError",
    "ReferenceMissingError",
    "TooManyHomesError",
    "Transformer",
    "UnknownBusError",
    "background",
    "bus_powers",
    "grid_state",
    "load_grid",
    "load_grids",
    "place",
    "reactive_kvar",
    "smallest_for",
    "solve",
    "solve_blocks",
]
