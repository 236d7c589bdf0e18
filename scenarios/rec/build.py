"""From a case file to a cooperative that is ready to simulate: members, their net demand, the plan, the paper's rules."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agents.cooperative.mechanism import PaperMechanism
from agents.cooperative.members import Member
from agents.cooperative.peers import NashPeers, OwnPeers, Peers, RandomPeers
from agents.cooperative.plan import LinkLimits, WeekPlan
from agents.loans.criteria import Autarky, LossInFlexibility
from agents.loans.domain import LoanDomain, default_domain
from agents.loans.model import ProsumerModel
from energy.battery import Battery
from energy.errors import SpecError
from energy.forecast import ForecastError
from scenarios.errors import ScenarioError
from scenarios.rec.copies import copied
from scenarios.rec.homes import Home, build_homes
from scenarios.rec.load import CaseFile, load_case
from scenarios.rec.schema import AgentTable, CaseTable, LinksTable, PeersTable, PlanTable

FloatArray = NDArray[np.float64]

KEYS = {
    "lo": "battery.low",
    "hi": "battery.high",
    "charge_limit_kw": "battery.charge_kw",
    "discharge_limit_kw": "battery.discharge_kw",
    "initial_soc_kwh": "battery.initial",
    "degradation_per_step": "degradation",
    "aspiration_quantile": "reservation",
    "interval_h": "plan.interval_h",
    "first": "forecast.first",
    "last": "forecast.last",
    "rise": "forecast.rise",
    "correlation": "forecast.correlation",
}
"""Where a value of the model stands in a case file, where it is not called the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A cooperative ready to simulate.

    Attributes
    ----------
    name, title : str
    path : Path
    members : tuple of Member
    rows : tuple of AgentTable
        What the members are made of, copies included.
    homes : tuple of Home
        Loads, roofs and their sizes (``kwp``).
    net_kwh : ndarray, shape (n, periods + horizon)
        Net demand as it will happen [kWh an interval].
    plan : WeekPlan
    mechanism : PaperMechanism
        With the peers that the file asks for.
    week, seed : int
    source : str
        Whose profiles they are, as to be named wherever they are shown.
    file_sha256, data_sha256 : str
    """

    name: str
    title: str
    path: Path
    members: tuple[Member, ...]
    rows: tuple[AgentTable, ...]
    homes: tuple[Home, ...]
    net_kwh: FloatArray
    plan: WeekPlan
    mechanism: PaperMechanism
    week: int
    seed: int
    source: str
    file_sha256: str
    data_sha256: str


def build_case(
    name: str | Path, *, week: int | None = None, seed: int | None = None, agents: int | None = None
) -> Case:
    """The case `name` (``rec-case2``, or a path), with its week, seed or number of agents changed where given.

    Raises
    ------
    ScenarioError
        With file, key, what was found and what was expected.
    """
    file = load_case(name)
    table = file.table
    week = table.week if week is None else week
    seed = table.seed if seed is None else seed
    if not 1 <= week <= 52:
        raise ScenarioError(file.path, "week", str(week), "a week of the year, 1 to 52")
    if seed < 0:
        raise ScenarioError(file.path, "seed", str(seed), "at least 0")
    rows = _rows(file, seed, agents)
    built = build_homes(file, rows, week)
    with _named(file.path, "plan"):
        plan = _plan(table.plan, _links(file.path, table.links, rows, table.plan.interval_h))
        plan.check(len(rows))
    members = []
    for number, (row, home) in enumerate(zip(rows, built.homes, strict=True)):
        with _named(file.path, f"agent[{number + 1}]"):
            members.append(_member(row, table, home))
    return Case(
        name=table.name,
        title=table.title,
        path=file.path,
        members=tuple(members),
        rows=rows,
        homes=built.homes,
        net_kwh=np.stack([home.net_kwh for home in built.homes]),
        plan=plan,
        mechanism=PaperMechanism(peers=_peers(table.peers)),
        week=week,
        seed=seed,
        source=built.source,
        file_sha256=file.sha256,
        data_sha256=built.data_sha256,
    )


def _rows(file: CaseFile, seed: int, agents: int | None) -> tuple[AgentTable, ...]:
    copies = file.table.copies
    if copies is None:
        if agents is not None and agents != len(file.rows):
            expected = f"{len(file.rows)}: this case copies no agents"
            raise ScenarioError(file.path, "agents", str(agents), expected)
        return file.rows
    if agents is not None:
        if agents < len(file.rows):
            expected = f"at least the {len(file.rows)} that are copied"
            raise ScenarioError(file.path, "agents", str(agents), expected)
        copies = copies.model_copy(update={"agents": agents})
    return copied(file.rows, copies, seed=seed)


def _plan(table: PlanTable, links: LinkLimits) -> WeekPlan:
    most, last = table.quantities_each_way, table.longest
    every = default_domain(
        table.horizon, step=table.quantity_step, most=most, first_return=table.first_return
    )
    return WeekPlan(
        domain=LoanDomain(every.quantities, tuple(tau for tau in every.return_times if tau <= last)),
        periods=table.periods,
        horizon=table.horizon,
        scenarios=table.scenarios,
        deadline=table.deadline,
        links=links,
        memory_mib=table.memory_mib,
    )


def _links(path: Path, table: LinksTable, rows: tuple[AgentTable, ...], interval_h: float) -> LinkLimits:
    if table.limit_kw is None and not table.link:
        return LinkLimits()
    names = [row.name for row in rows]
    limits = np.full((len(rows), len(rows)), np.inf if table.limit_kw is None else table.limit_kw)
    for number, link in enumerate(table.link):
        for end in link.between:
            if end not in names:
                place = f"links.link[{number + 1}].between"
                raise ScenarioError(path, place, repr(end), f"one of {', '.join(names)}")
        i, j = (names.index(end) for end in link.between)
        limits[i, j] = limits[j, i] = link.limit_kw
    with _named(path, "links"):
        return LinkLimits.of(limits, efficiency=table.efficiency, interval_h=interval_h)


def _member(row: AgentTable, table: CaseTable, home: Home) -> Member:
    shared = table.battery
    battery = Battery(
        capacity_kwh=row.capacity_kwh,
        lo=shared.low,
        hi=shared.high,
        charge_limit_kw=shared.charge_kw,
        discharge_limit_kw=shared.discharge_kw,
        efficiency=row.efficiency,
        degradation_per_step=row.degradation / 100,
        interval_h=table.plan.interval_h,
    )
    return Member(
        name=row.name,
        model=ProsumerModel(battery=battery, criteria=(LossInFlexibility(), Autarky()), weights=row.weights),
        initial_soc_kwh=shared.initial * battery.capacity_kwh,
        aspiration_quantile=row.reservation / 100,
        error=ForecastError(**table.forecast.model_dump(exclude={"scale"})),
        error_scale_kwh=home.mean_load_kwh,
    )


def _peers(table: PeersTable) -> Peers:
    if table.kind == "nash":
        return NashPeers(table.epsilon)
    return OwnPeers(table.epsilon) if table.kind == "own" else RandomPeers()


@contextmanager
def _named(path: Path, place: str) -> Iterator[None]:
    """A refusal of the model, said in the words of the file."""
    try:
        yield
    except SpecError as error:
        key = KEYS.get(error.key, error.key)
        key = f"{key} (of {place})" if "." in key else f"{place}.{key}"
        raise ScenarioError(path, key, repr(error.value), error.rule) from error
