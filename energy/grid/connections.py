"""Who is connected where, and what every bus then draws: homes in the place of customers, and the other customers.

A home takes a customer's connection, and that customer is gone. Households give way first, then the others; among
them the rule decides. What remains of the data set's customers is the background, each with its own profile and its
own ratio of reactive to active power.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from energy.grid.errors import GridError, PowerError, TooManyHomesError
from energy.grid.model import Grid
from energy.grid.trade import load_trade
from energy.profiles import load_simbench

FloatArray = NDArray[np.float64]

POWER_FACTOR = 0.93
"""Of a home that draws: SimBench's own ratio of reactive to active power, 0.395, as cos φ."""


class PlacementRule(StrEnum):
    """Which customers' connections homes take."""

    ORDER = "order"
    """Those that the data set names first."""
    FAR = "far"
    """Those farthest from the transformer along the lines: where voltages suffer most."""
    RANDOM = "random"
    """Drawn."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where homes are connected.

    ``customers`` holds for each home the index of the customer whose connection it takes, ``buses`` the bus.
    """

    grid: Grid
    customers: tuple[int, ...]
    buses: tuple[int, ...]


def place(
    grid: Grid,
    homes: int,
    rule: PlacementRule = PlacementRule.ORDER,
    *,
    rng: np.random.Generator | None = None,
) -> Placement:
    """Give `homes` homes a connection each by `rule`; ``random`` draws from `rng`.

    Raises
    ------
    TooManyHomesError
        If the grid has fewer customers.
    GridError
        If there is no home, or nothing to draw from.
    """
    if homes < 1:
        raise GridError("homes", homes, "at least one")
    if homes > len(grid.customers):
        raise TooManyHomesError(
            "homes", homes, f"at most the {len(grid.customers)} connections of {grid.name}"
        )
    households = [i for i, customer in enumerate(grid.customers) if customer.profile.startswith("H0-")]
    others = [i for i in range(len(grid.customers)) if i not in set(households)]
    if rule is PlacementRule.FAR:
        distance = grid.distances_km()
        for group in (households, others):
            group.sort(key=lambda i: (-distance[grid.customers[i].bus], i))
    elif rule is PlacementRule.RANDOM:
        if rng is None:
            raise GridError("rng", rng, "a generator to draw connections from")
        households = [households[i] for i in rng.permutation(len(households))]
        others = [others[i] for i in rng.permutation(len(others))]
    chosen = tuple([*households, *others][:homes])
    return Placement(grid, chosen, tuple(grid.customers[i].bus for i in chosen))


def smallest_for(grids: Sequence[Grid], homes: int) -> Grid:
    """The grid with fewest customers that still has a connection for every home.

    Raises
    ------
    TooManyHomesError
        If none has.
    """
    enough = [grid for grid in grids if len(grid.customers) >= homes]
    if not enough:
        most = max(len(grid.customers) for grid in grids)
        raise TooManyHomesError("homes", homes, f"at most the {most} connections of the largest grid")
    return min(enough, key=lambda grid: len(grid.customers))


def reactive_kvar(p_kw: ArrayLike, power_factor: float = POWER_FACTOR) -> FloatArray:
    """Reactive power of homes that draw `p_kw` [kW] at `power_factor` cos φ, inductive: q = p·tan φ [kvar].

    What a home feeds in comes from inverters at a power factor of 1, so it has none.
    """
    if not 0 < power_factor <= 1:
        raise PowerError("power_factor", power_factor, "cos φ in (0, 1]")
    return np.maximum(np.asarray(p_kw, np.float64), 0.0) * math.tan(math.acos(power_factor))


def bus_powers(
    placement: Placement, home_kw: ArrayLike, power_factor: float = POWER_FACTOR
) -> tuple[FloatArray, FloatArray]:
    """What the homes draw at each bus: active and reactive power, shape (steps, buses) [kW, kvar].

    Parameters
    ----------
    home_kw : array_like, shape (homes, steps)
        Power at each home's connection [kW], positive when it draws.
    """
    drawn = np.asarray(home_kw, np.float64)
    if drawn.ndim != 2 or len(drawn) != len(placement.buses):
        raise PowerError("home_kw", drawn.shape, f"shape ({len(placement.buses)}, steps)")
    reactive = reactive_kvar(drawn, power_factor)
    out = []
    for values in (drawn, reactive):
        at_buses = np.zeros((drawn.shape[1], len(placement.grid.buses)))
        np.add.at(at_buses.T, list(placement.buses), values)
        out.append(at_buses)
    return out[0], out[1]


def background(placement: Placement, rows: slice) -> tuple[FloatArray, FloatArray]:
    """What all customers but the homes draw in these `rows` of the year, shape (rows, buses) [kW, kvar]."""
    grid = placement.grid
    households, trade = load_simbench(), load_trade()
    taken = set(placement.customers)
    count = len(range(*rows.indices(households.rows)))
    active = np.zeros((count, len(grid.buses)))
    reactive = np.zeros_like(active)
    for index, customer in enumerate(grid.customers):
        if index in taken:
            continue
        profile = households if customer.profile in households.names else trade
        if customer.profile not in households.names and customer.profile not in trade:
            raise GridError(f"customer {customer.name}.profile", customer.profile, "a shipped profile")
        shape = profile[customer.profile][rows]
        active[:, customer.bus] += customer.peak_kw * shape
        reactive[:, customer.bus] += customer.peak_kvar * shape
    return active, reactive
