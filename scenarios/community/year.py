"""What the meters of a contract's members count: SimBench profiles over the contract, in registers per block of hours.

The ledger's intervals run on without a change of clocks; which block an interval belongs to is told by the clocks of the
contract's zone. Profiles are in standard time, a year of 366 days; they are laid over the contract so that its first
day takes that of the same date in its year of 2016, and go on from their beginning where they end.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from agents.community.blocks import RateBlocks
from energy.profiles import ProfileSet
from market.issues import Values
from scenarios.community.tariff_load import TariffScenario
from scenarios.community.tariff_schema import MeterTable
from scenarios.errors import ScenarioError

QUARTER = timedelta(minutes=15)
ROWS_A_DAY = 96
WH_PER_KWH = 1000
STANDARD = timezone(timedelta(hours=1))
"""SimBench's time: Central European standard time all the year."""

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class MeterYear:
    """One meter's registers, since it was made, at each of the contract's boundaries [Wh by block]."""

    imported: tuple[Values, ...]
    exported: tuple[Values, ...]

    def net(self, period: int) -> Values:
        """Net import of each block in a period [Wh]."""
        return tuple(
            (later_in - earlier_in) - (later_out - earlier_out)
            for earlier_in, later_in, earlier_out, later_out in zip(
                self.imported[period],
                self.imported[period + 1],
                self.exported[period],
                self.exported[period + 1],
                strict=True,
            )
        )


def meter_years(scenario: TariffScenario, made: datetime, profiles: ProfileSet) -> dict[str, MeterYear]:
    """Every member's registers; all meters count from the instant ``made`` on.

    Raises
    ------
    ScenarioError
        With the key of what no profile can be made of.
    """
    case = scenario.case
    edges = [(boundary.astimezone(UTC) - made) // QUARTER for boundary in case.boundaries]
    places = blocks_of_intervals(case.blocks, made, edges[-1], case.zone)
    first = _first_row(made, profiles.year)
    counted = len(case.blocks.names)
    return {
        meter.member: _year(
            _net_wh(scenario, number, meter, profiles, first, edges[-1]), places, edges, counted
        )
        for number, meter in enumerate(scenario.table.meters, 1)
    }


def blocks_of_intervals(blocks: RateBlocks, begin: datetime, count: int, zone: object) -> IntArray:
    """Place of the block of each quarter of an hour from ``begin`` on, shape (count,)."""
    instant = begin.astimezone(UTC)
    return np.array(
        [blocks.at((instant + QUARTER * i).astimezone(zone)) for i in range(count)],  # type: ignore[arg-type]
        np.int64,
    )


def _year(net_wh: IntArray, places: IntArray, edges: Sequence[int], blocks: int) -> MeterYear:
    imported, exported = (
        [_by_block(part[: edges[0]], places[: edges[0]], blocks)]
        for part in (np.maximum(net_wh, 0), np.maximum(-net_wh, 0))
    )
    for first, end in pairwise(edges):
        for registers, part in ((imported, np.maximum(net_wh, 0)), (exported, np.maximum(-net_wh, 0))):
            more = _by_block(part[first:end], places[first:end], blocks)
            registers.append(tuple(a + b for a, b in zip(registers[-1], more, strict=True)))
    return MeterYear(tuple(imported), tuple(exported))


def _by_block(energy: IntArray, places: IntArray, blocks: int) -> Values:
    return tuple(int(energy[places == k].sum()) for k in range(blocks))


def _net_wh(
    scenario: TariffScenario, number: int, meter: MeterTable, profiles: ProfileSet, first: int, count: int
) -> IntArray:
    """What the meter draws less what it feeds in, in whole Wh, shape (count,)."""
    place = f"meter[{number}]"
    load = meter.load
    power = profiles.load_kw(
        _named(scenario, profiles, f"{place}.load", load.profile),
        annual_kwh=_given(scenario, f"{place}.load.annual_kwh", load.annual_kwh),
    )
    rows = (first + np.arange(count)) % profiles.rows
    net = power[(rows + load.shift_days * ROWS_A_DAY) % profiles.rows]
    if meter.pv is not None:
        kwp = _given(scenario, f"{place}.pv.kwp", meter.pv.kwp)
        net = net - profiles.pv_kw(_named(scenario, profiles, f"{place}.pv", meter.pv.profile), kwp=kwp)[rows]
    energy: IntArray = np.rint(net * profiles.interval_h * WH_PER_KWH).astype(np.int64)
    if int(np.abs(energy).max(initial=0)) > float(meter.rating) * profiles.interval_h * WH_PER_KWH:
        most = float(np.abs(net).max())
        raise ScenarioError(
            scenario.path, f"{place}.rating", str(meter.rating), f"at least {most:.1f}, what flows through it"
        )
    return energy


def _first_row(made: datetime, year: int) -> int:
    """The row of the profiles' year in which an instant of another year falls."""
    local = made.astimezone(STANDARD)
    begin = datetime(local.year, 1, 1, tzinfo=STANDARD)
    return int((local - begin) // QUARTER)


def _named(scenario: TariffScenario, profiles: ProfileSet, place: str, name: str | None) -> str:
    if name is None or name not in profiles.names:
        raise ScenarioError(
            scenario.path, f"{place}.profile", repr(name), f"one of {', '.join(profiles.names)}"
        )
    return name


def _given(scenario: TariffScenario, place: str, value: float | None) -> float:
    if value is None:
        raise ScenarioError(scenario.path, place, "none", "a number above 0")
    return value
