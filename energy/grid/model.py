"""What a low-voltage grid is: buses, lines, one transformer to the medium voltage above, and who is connected.

Plain values in the units of data sheets; nothing is solved here. The medium-voltage bus holds its voltage whatever
flows (the slack). Everything is balanced over the three phases: one-phase loads and the neutral are not modelled.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

from energy.grid.errors import GridError, UnknownBusError


def _check(
    place: str, value: object, *, positive: Sequence[str] = (), not_negative: Sequence[str] = ()
) -> None:
    for field in fields(value):  # type: ignore[arg-type]
        found = getattr(value, field.name)
        key = f"{place}.{field.name}"
        if isinstance(found, float) and not math.isfinite(found):
            raise GridError(key, found, "a finite number")
        if field.name in positive and not found > 0:
            raise GridError(key, found, "more than 0")
        if field.name in not_negative and found < 0:
            raise GridError(key, found, "at least 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bus:
    """A point where lines meet: its rated voltage between phases [kV] and where it lies [degrees east and north]."""

    name: str
    rated_kv: float
    x: float
    y: float

    def __post_init__(self) -> None:
        _check(f"bus {self.name}", self, positive=("rated_kv",))


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A cable or an overhead line between two buses (their indices), as a π-equivalent.

    Attributes
    ----------
    length_km : float
        Length [km], > 0.
    r_ohm_per_km, x_ohm_per_km : float
        Series resistance, > 0, and reactance [ohm/km].
    b_us_per_km : float
        Shunt susceptance [microsiemens/km], >= 0, half of it at each end.
    limit_a : float
        Thermal limit [A], > 0.
    """

    name: str
    start: int
    end: int
    length_km: float
    r_ohm_per_km: float
    x_ohm_per_km: float
    b_us_per_km: float
    limit_a: float

    def __post_init__(self) -> None:
        _check(
            f"line {self.name}",
            self,
            positive=("length_km", "r_ohm_per_km", "limit_a"),
            not_negative=("x_ohm_per_km", "b_us_per_km"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Transformer:
    """The transformer between the medium and the low voltage, with its taps on the high side.

    Attributes
    ----------
    hv, lv : int
        Indices of its buses.
    rated_kva, hv_kv, lv_kv : float
        Rated power [kVA] and rated voltages [kV], > 0.
    short_circuit_percent : float
        Impedance voltage v_k [%], > 0.
    copper_loss_kw : float
        Losses in its windings at rated current [kW], >= 0.
    iron_loss_kw, no_load_current_percent : float
        Losses [kW] and current [%] with nothing connected, >= 0.
    tap_position, tap_step_percent : float
        Steps off the neutral position, and the change of ``hv_kv`` by one [%].

    The phase shift of its vector group turns all low-voltage angles alike and changes no magnitude; it is left out.
    """

    name: str
    hv: int
    lv: int
    rated_kva: float
    hv_kv: float
    lv_kv: float
    short_circuit_percent: float
    copper_loss_kw: float
    iron_loss_kw: float
    no_load_current_percent: float
    tap_step_percent: float = 2.5
    tap_position: int = 0

    def __post_init__(self) -> None:
        place = f"transformer {self.name}"
        _check(
            place,
            self,
            positive=("rated_kva", "hv_kv", "lv_kv", "short_circuit_percent"),
            not_negative=("copper_loss_kw", "iron_loss_kw", "no_load_current_percent"),
        )
        if self.copper_loss_kw / self.rated_kva * 100 > self.short_circuit_percent:
            raise GridError(
                f"{place}.copper_loss_kw", self.copper_loss_kw, "no more than the impedance voltage allows"
            )
        if 1 + self.tap_position * self.tap_step_percent / 100 <= 0:
            raise GridError(f"{place}.tap_position", self.tap_position, "a positive ratio")

    @property
    def tapped_hv_kv(self) -> float:
        """Rated high voltage at the present tap [kV]."""
        return self.hv_kv * (1 + self.tap_position * self.tap_step_percent / 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A connection as the data set fills it: its bus, its load's profile, and that profile's unit [kW, kvar]."""

    name: str
    bus: int
    profile: str
    peak_kw: float
    peak_kvar: float

    def __post_init__(self) -> None:
        _check(f"customer {self.name}", self, positive=("peak_kw",))


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A low-voltage grid under one transformer, whose ``hv`` bus is the slack at ``slack_pu`` of its rated voltage.

    Raises
    ------
    GridError
        Where an index points nowhere, a name is doubled, a bus is not reached, or a line joins two voltages.
    """

    name: str
    title: str
    buses: tuple[Bus, ...]
    lines: tuple[Line, ...]
    transformer: Transformer
    customers: tuple[Customer, ...]
    slack_pu: float = 1.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.slack_pu) and self.slack_pu > 0):
            raise GridError("slack_pu", self.slack_pu, "a voltage above 0 p.u.")
        for kind, entries in (("buses", self.buses), ("lines", self.lines), ("customers", self.customers)):
            names = [entry.name for entry in entries]
            doubled = sorted({name for name in names if names.count(name) > 1})
            if doubled:
                raise GridError(kind, doubled[0], "each name once")
        count = len(self.buses)
        ends = [(line.name, end) for line in self.lines for end in (line.start, line.end)]
        ends += [(self.transformer.name, end) for end in (self.transformer.hv, self.transformer.lv)]
        ends += [(customer.name, customer.bus) for customer in self.customers]
        for name, end in ends:
            if not 0 <= end < count:
                raise UnknownBusError(f"{name}: bus", end, f"an index in [0, {count})")
        for line in self.lines:
            if self.buses[line.start].rated_kv != self.buses[line.end].rated_kv:
                raise GridError(f"line {line.name}", line.name, "both ends at one rated voltage")
        near = self.distances_km()
        for bus, distance in zip(self.buses, near, strict=True):
            if math.isinf(distance):
                raise GridError(f"bus {bus.name}", "no way to the transformer", "a connected grid")

    @property
    def slack(self) -> int:
        """Index of the bus whose voltage is given."""
        return self.transformer.hv

    def bus(self, name: str) -> int:
        """Index of the bus called `name`."""
        for index, bus in enumerate(self.buses):
            if bus.name == name:
                return index
        raise UnknownBusError("bus", name, f"one of the {len(self.buses)} buses of {self.name}")

    def parents(self) -> tuple[tuple[int, ...], tuple[float, ...]]:
        """For each bus the next one on the shortest way to the transformer (−1 at its high side), and the way [km].

        The high-voltage bus and the transformer's low side are both at 0 km; a bus that is not reached is at infinity.
        """
        towards: list[list[tuple[int, float]]] = [[] for _ in self.buses]
        for line in self.lines:
            towards[line.start].append((line.end, line.length_km))
            towards[line.end].append((line.start, line.length_km))
        parent = [-1] * len(self.buses)
        distance = [math.inf] * len(self.buses)
        distance[self.transformer.hv] = distance[self.transformer.lv] = 0.0
        parent[self.transformer.lv] = self.transformer.hv
        # The high side has no line of its own in a grid under one transformer, so the search starts below it.
        todo = {self.transformer.lv}
        while todo:
            here = min(todo, key=lambda bus: (distance[bus], bus))
            todo.remove(here)
            for there, km in towards[here]:
                if distance[here] + km < distance[there]:
                    distance[there], parent[there] = distance[here] + km, here
                    todo.add(there)
        return tuple(parent), tuple(distance)

    def distances_km(self) -> tuple[float, ...]:
        """Length of the way along lines from the transformer to each bus [km]."""
        return self.parents()[1]
