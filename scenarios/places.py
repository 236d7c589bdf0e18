"""From a scenario's tables to the places behind the meters: profiles cut and scaled, batteries, holders, forecasts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from energy.battery import Battery
from energy.errors import SpecError
from energy.forecast import ForecastError, clear_sky
from energy.profiles import OwnProfiles, ProfileSet, day_rows, load_simbench, read_profiles
from energy.profiles.profile_set import STEPS_PER_DAY
from energy.storage import GasHolder
from scenarios.community.site import CommunitySite
from scenarios.errors import ScenarioError
from scenarios.load import Scenario
from scenarios.schema import BatteryTable, PartyTable, PlaceTable, ScenarioTable, StoreTable
from scenarios.sites import FirmSite, HomeSite
from scenarios.units import UTILITIES, Utility

FloatArray = NDArray[np.float64]

ROWS = 366 * STEPS_PER_DAY
"""Of the SimBench extract."""


@dataclass(frozen=True, slots=True)
class Places:
    """The sites of a scenario by party, and what their data was."""

    sites: Mapping[str, HomeSite | FirmSite | CommunitySite]
    data_sha256: Mapping[str, str]
    source: str
    """As to be named wherever the data is shown; empty without profiles."""


def build_places(scenario: Scenario, seed: int) -> Places:
    """Build every party's site.

    Raises
    ------
    ScenarioError
        With the key of the party that cannot be built.
    ProfileError
        If the data file is wrong.
    """
    table = scenario.table
    own: OwnProfiles | None = None
    simbench: ProfileSet | None = None
    if table.data.source == "csv":
        path = scenario.path.parent / str(table.data.file)
        homes = [home for party in table.party for home in (party, *party.member)]
        columns = [f.column for home in homes for f in (home.load, home.pv) if f is not None and f.column]
        own = read_profiles(path, interval_h=table.data.interval_h, required=columns)
        if own.rows < table.intervals + beyond(table):
            rule = f"at least intervals = {table.intervals}"
            more = f" + loans.horizon = {beyond(table)}" if table.loans else ""
            raise ScenarioError(path, "rows", str(own.rows), rule + more)
    elif table.data.source == "simbench":
        simbench = load_simbench()
    builder = _Builder(scenario, seed, own, simbench)
    sites = {party.name: builder.site(number, party) for number, party in enumerate(table.party)}
    hashes = {own.file: own.sha256} if own else {"simbench-2016.npz": simbench.sha256} if simbench else {}
    return Places(sites, hashes, simbench.source if simbench else own.file if own else "")


def rating(party: PlaceTable, interval_h: float, utility: Utility) -> int:
    """Most base units per interval through a party's meter."""
    return int(float(party.rating) * interval_h * utility.base_per_unit)


def beyond(table: ScenarioTable) -> int:
    """Intervals behind the run that its homes' forecasts reach into."""
    return 0 if table.loans is None else table.loans.horizon


@dataclass(frozen=True, slots=True)
class _Builder:
    scenario: Scenario
    seed: int
    own: OwnProfiles | None
    simbench: ProfileSet | None

    def _refuse(self, place: str, found: object, expected: str) -> ScenarioError:
        return ScenarioError(self.scenario.path, place, str(found), expected)

    def site(self, number: int, party: PartyTable) -> HomeSite | FirmSite | CommunitySite:
        place = f"party[{number + 1}]"
        try:
            if party.kind == "firm":
                assert party.store is not None
                return self._firm(party, party.store)
            if party.kind == "community":
                return self._community(number, party)
            return self._home((self.seed, number), party, place)
        except ValueError as error:
            if isinstance(error, ScenarioError) or hasattr(error, "exit_code"):
                raise
            raise self._refuse(place, error, "whole base units") from error

    def _community(self, number: int, party: PartyTable) -> CommunitySite:
        members = tuple(
            self._home((self.seed, number, i), member, f"party[{number + 1}].member[{i + 1}]")
            for i, member in enumerate(party.member)
        )
        return CommunitySite(name=party.name, members=members, rating_wh=self._rating(party))

    def _rating(self, place: PlaceTable) -> int:
        table = self.scenario.table
        return rating(place, table.data.interval_h, UTILITIES[table.utility])

    def _home(self, seeds: tuple[int, ...], party: PlaceTable, place: str) -> HomeSite:
        try:
            return self._built_home(seeds, party, place)
        except SpecError as error:
            where = f"{place}.{'battery.' if type(error).__name__ == 'BatteryError' else ''}{error.key}"
            raise self._refuse(where, repr(error.value), error.rule) from error

    def _built_home(self, seeds: tuple[int, ...], party: PlaceTable, place: str) -> HomeSite:
        data = self.scenario.table.data
        assert party.load is not None
        table_ = party.load
        load = self._course(
            table_.profile, table_.column, f"{place}.load", "annual_kwh", table_.annual_kwh, table_.shift_days
        )
        pv, envelope = np.zeros_like(load), np.zeros_like(load)
        if party.pv is not None:
            pv, envelope = self._generation(party, f"{place}.pv")
        table = party.battery or BatteryTable(capacity_kwh=1.0)
        battery = Battery(
            capacity_kwh=table.capacity_kwh if party.battery else 0.0,
            lo=table.low,
            hi=table.high,
            charge_limit_kw=table.charge_kw,
            discharge_limit_kw=table.discharge_kw,
            efficiency=table.efficiency,
            degradation_per_step=table.degradation,
            interval_h=data.interval_h,
        )
        if not table.low <= table.initial <= table.high:
            rule = f"between low = {table.low} and high = {table.high}"
            raise self._refuse(f"{place}.battery.initial", table.initial, rule)
        return HomeSite(
            name=party.name,
            load_kwh=load * data.interval_h,
            pv_kwh=pv * data.interval_h,
            envelope_kwh=envelope * data.interval_h,
            battery=battery,
            soc_kwh=table.initial * battery.capacity_kwh,
            error=ForecastError(**party.forecast.model_dump()),
            rating_wh=self._rating(party),
            seeds=seeds,
            reach=self.scenario.table.market.lead + beyond(self.scenario.table)
            if self.scenario.table.loans
            else 0,
        )

    def _course(
        self,
        profile: str | None,
        column: str | None,
        place: str,
        scale: str,
        value: float | None,
        shift_days: int = 0,
    ) -> FloatArray:
        """A load in kW over the run, shape (intervals,)."""
        if self.own is not None:
            if column is None:
                raise self._refuse(f"{place}.column", "none", f"a column of {self.own.file}")
            return np.asarray(self.own.power_kw[column][: self._length])
        set_ = self._profiles(place, profile, scale, value)
        return set_.load_kw(str(profile), annual_kwh=value)[self._rows(shift_days)]

    def _generation(self, party: PlaceTable, place: str) -> tuple[FloatArray, FloatArray]:
        """PV and its envelope in kW over the run, each of shape (intervals,)."""
        pv = party.pv
        assert pv is not None
        if self.own is not None:
            course = self._course(None, pv.column, place, "kwp", None)
            return course, np.full_like(course, course.max(initial=0.0)) * (course > 0)
        year = self._profiles(place, pv.profile, "kwp", pv.kwp).pv_kw(str(pv.profile), kwp=float(pv.kwp or 0))
        rows = self._rows(0)
        return year[rows], clear_sky(year)[rows]

    def _profiles(self, place: str, profile: str | None, scale: str, value: float | None) -> ProfileSet:
        if self.simbench is None:
            raise self._refuse("data.source", "none", "simbench or csv, since homes need profiles")
        if profile is None or profile not in self.simbench.names:
            raise self._refuse(f"{place}.profile", repr(profile), f"one of {', '.join(self.simbench.names)}")
        if value is None:
            raise self._refuse(f"{place}.{scale}", "none", "a number above 0")
        return self.simbench

    def _rows(self, shift_days: int) -> slice:
        table = self.scenario.table
        day = date.fromisoformat(str(table.data.date)).timetuple().tm_yday + shift_days
        start = day_rows(day).start
        if start + self._length > ROWS:
            found = f"{table.data.date}, shifted by {shift_days} days, and {self._length} intervals"
            raise self._refuse("data.date", found, f"a span within the {ROWS} intervals of 2016")
        return slice(start, start + self._length)

    @property
    def _length(self) -> int:
        """Intervals of every profile: the run's, and those behind it that a loan is weighed in."""
        return self.scenario.table.intervals + beyond(self.scenario.table)

    def _firm(self, party: PartyTable, store: StoreTable) -> FirmSite:
        utility = UTILITIES[self.scenario.table.utility]
        actual = store.production if store.actual_production is None else store.actual_production
        return FirmSite(
            name=party.name,
            holder=GasHolder(capacity_litres=utility.energy(store.capacity)),
            level=utility.energy(store.level),
            production=utility.energy(store.production),
            actual_production=utility.energy(actual),
            need=utility.energy(store.need),
            deadline=store.deadline,
            rating=self._rating(party),
        )
