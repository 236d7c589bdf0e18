"""From a scenario and a ledger to a trading day that is ready to run: sites, agents, market."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from agents.adaptive import AdaptiveProsumer
from agents.bandit_memory import Memory, MemoryDamaged
from agents.builtin import ADAPTIVE, LEARNED, load_strategy
from agents.learned import LearnedProsumer, Store
from agents.lender import Lender
from agents.policy.errors import PolicyError
from agents.policy.find import load_policy
from agents.policy.network import Policy
from agents.policy.park_view import park_spec
from agents.prosumer import FirmKind, HomeKind, Kind, Prosumer
from agents.strategy import StrategyError
from market.books import Books
from market.day import TradingDay
from market.ledger.faults import Fault, FaultError, parse
from market.ledger.port import Ledger, Reading
from market.loan_day import Lending
from market.terms import Party
from scenarios.errors import ScenarioError
from scenarios.hosts import Cast, Opened
from scenarios.lenders import LOANS, lenders, loan_policy
from scenarios.load import Scenario
from scenarios.market_setup import MarketSetup, PartyOf, whole
from scenarios.places import Places
from scenarios.schema import PartyTable
from scenarios.sites import FirmSite, Site
from scenarios.units import TOKEN, UTILITIES

PARK = "park"
"""The shipped policy that a learned party decides by unless its parameters name another."""


@dataclass(frozen=True, slots=True)
class RunName:
    """What tells one run from all others for those who keep something from run to run."""

    name: str
    resumes: bool = False
    """It goes on after an interruption: its day is played again from the start."""


@dataclass(frozen=True, slots=True)
class SiteWorld:
    """The world of a run: the sites behind the meters (``market.trader.World``).

    ``first`` is the ledger's interval in which the run's first one falls.
    """

    sites: Mapping[int, Site]
    first: int

    def plan(self, meter: int, interval: int, amount: int) -> None:
        self.sites[meter].plan(interval - self.first, amount)

    def lend(self, meter: int, interval: int, amount: int) -> None:
        self.sites[meter].lend(interval - self.first, amount)

    def call_off(self, meter: int, interval: int, amount: int, *, blocked: bool) -> None:
        self.sites[meter].call_off(interval - self.first, amount, blocked=blocked)

    def realise(self, interval: int) -> list[Reading]:
        readings = []
        for meter, site in self.sites.items():
            exported, imported = site.realise(interval - self.first)
            readings.append(Reading(meter=meter, interval=interval, exported=exported, imported=imported))
        return readings


@dataclass(frozen=True, slots=True)
class _Shifted:
    """A site's forecasts in the ledger's intervals."""

    site: Site
    first: int

    def net(self, step: int, interval: int) -> int:
        return self.site.net(step - self.first, interval - self.first)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Surroundings:
    """What a learned agent perceives beside its market (``agents.learned.Surroundings``)."""

    site: Site
    ledger: Ledger
    party: Party
    first: int
    opens: int
    intervals: int
    lead: int
    rating: int

    def store(self) -> Store:
        site = self.site
        if not isinstance(site, FirmSite):
            return Store()
        return Store(site.level, site.holder.capacity_litres, site.need, site.deadline)

    def tokens(self) -> int:
        return self.ledger.balance(self.party)

    def prices(self, interval: int) -> tuple[int, int]:
        return self.ledger.tariff_at(interval)


@dataclass(frozen=True, slots=True)
class Composition:
    """A day ready to run, and the names behind its numbers."""

    day: TradingDay
    prosumers: tuple[Prosumer, ...]
    names: Mapping[Party, str]
    """The provider and everyone else."""
    meters: Mapping[int, str]
    lenders: tuple[Lender, ...] = ()
    """Of the homes that lend and borrow."""


def cast_of(scenario: Scenario) -> Cast:
    """Who has an account: the provider, the parties and, behind communities, their members."""
    return Cast(provider=scenario.table.provider.name, owners=scenario.table.owners)


def faults_of(scenario: Scenario, first: int = 0) -> tuple[Fault, ...]:
    """The scenario's faults, their intervals counted as the ledger counts.

    Raises
    ------
    ScenarioError
    """
    faults = []
    known = {party.name for party in scenario.table.party}
    for number, table in enumerate(scenario.table.fault):
        place = f"fault[{number + 1}]"
        try:
            fault = parse({key: float(v) if isinstance(v, Decimal) else v for key, v in table.items()})
        except FaultError as error:
            raise ScenarioError(
                scenario.path, f"{place}.{error.key}", repr(error.value), error.rule
            ) from None
        who = getattr(fault, "meter", None) or getattr(fault, "party", None)
        if who not in known:
            raise ScenarioError(scenario.path, place, repr(who), f"one of {', '.join(sorted(known))}")
        values = {key: getattr(fault, key) for key in fault.__slots__ if key not in ("first", "last")}
        faults.append(type(fault)(**values, first=fault.first + first, last=fault.last + first))
    return tuple(faults)


def check_strategies(scenario: Scenario) -> None:
    """Load and check every party's strategy before anything else happens.

    Raises
    ------
    ScenarioError
    """
    remembered: set[Path] = set()
    for number, party in enumerate(scenario.table.party):
        try:
            load_strategy(party.strategy, beside=scenario.path.parent).check(plain(party.parameters))
        except StrategyError as error:
            place = f"party[{number + 1}].{error.key}"
            raise ScenarioError(scenario.path, place, repr(error.found), error.expected) from error
        if party.strategy == LEARNED:
            learned_policy(scenario, number)
        loan_policy(scenario, number)
        if party.strategy == ADAPTIVE:
            _check_memory(scenario, number, remembered)


def learned_policy(scenario: Scenario, number: int) -> Policy:
    """The policy that party ``number`` (from 0) decides by.

    Raises
    ------
    ScenarioError
        If there is none of this name, its file is damaged, or it was learned for something else.
    """
    named = scenario.table.party[number].parameters.get("policy", PARK)
    try:
        policy = load_policy(str(named), scenario.path.parent)
        policy.spec.check(park_spec())
    except PolicyError as error:
        place = f"party[{number + 1}].parameters.policy"
        raise ScenarioError(
            scenario.path, place, repr(named), f"a policy for this market: {error}"
        ) from error
    return policy


def _check_memory(scenario: Scenario, number: int, remembered: set[Path]) -> None:
    adaptive_memory(scenario, number)
    path = memory_path(scenario, number)
    if path is None:
        return
    place = f"party[{number + 1}].parameters.memory"
    found = repr(scenario.table.party[number].parameters["memory"])
    if not path.parent.is_dir():
        raise ScenarioError(
            scenario.path, place, found, f"a file in a folder that is there, not in {path.parent}"
        )
    if path in remembered:
        raise ScenarioError(scenario.path, place, found, "a file of its own, not another party's")
    remembered.add(path)


def memory_path(scenario: Scenario, number: int) -> Path | None:
    """The file that party ``number`` (from 0) remembers in; None without one."""
    given = scenario.table.party[number].parameters.get("memory")
    return None if given is None else (scenario.path.parent / str(given)).resolve()


def adaptive_memory(scenario: Scenario, number: int) -> Memory:
    """What party ``number`` (from 0) has learned before.

    Raises
    ------
    ScenarioError
        If its file is damaged.
    """
    parameters = scenario.table.party[number].parameters
    try:
        return Memory(memory_path(scenario, number), float(parameters.get("exploration", 1.0)))
    except MemoryDamaged as error:
        place = f"party[{number + 1}].parameters.memory"
        raise ScenarioError(
            scenario.path, place, repr(parameters["memory"]), f"a memory of this strategy: {error}"
        ) from error


def compose(
    scenario: Scenario,
    *,
    seed: int,
    places: Places,
    setup: MarketSetup,
    opened: Opened,
    meters: Mapping[str, int],
    run: RunName | None = None,
) -> Composition:
    """Put a scenario together over an ``opened`` ledger, whose parties are funded and whose ``meters`` are registered.

    What adaptive parties learn is kept in their files where the ``run`` has a name, otherwise for the run alone.
    """
    table, first, party_of = scenario.table, setup.plan.first, opened.party_of
    known = {party_of(name): name for name in setup.deposits}
    prosumers = tuple(
        _prosumer(
            scenario,
            number,
            party,
            seed,
            _Surroundings(
                site=places.sites[party.name],
                ledger=opened.ledger,
                party=party_of(party.name),
                first=first,
                opens=setup.plan.opens,
                intervals=table.intervals,
                lead=setup.plan.lead,
                rating=setup.ratings[party.name],
            ),
            party_of,
            meters,
            known,
            run,
        )
        for number, party in enumerate(table.party)
    )
    world = SiteWorld({meters[name]: site for name, site in places.sites.items()}, first)
    faults, books = faults_of(scenario, first), Books()
    lending = None
    lending_homes: tuple[Lender, ...] = ()
    if setup.loans is not None:
        lending_homes = tuple(
            lenders(
                scenario,
                seed=seed,
                places=places,
                party_of=party_of,
                meters=meters,
                first=first,
                plan=setup.loans,
            )
        )
        lending = Lending(
            plan=setup.loans,
            day=range(first, first + table.intervals),
            ledger=opened.ledger,
            signer=opened.loan_signer,
            traders=lending_homes,
            ratings=dict(setup.ratings),
            world=world,
            books=books,
            faults=faults,
            rng=np.random.default_rng([seed, len(table.party), LOANS]),
        )
    day = TradingDay(
        plan=setup.plan,
        ledger=opened.ledger,
        signer=opened.signer,
        traders=prosumers,
        ratings=dict(setup.ratings),
        world=world,
        provider=table.provider.name,
        faults=faults,
        rng=np.random.default_rng([seed, len(table.party)]),
        books=books,
        lending=lending,
    )
    named = {meter: name for name, meter in meters.items()}
    return Composition(day, prosumers, known, named, lending_homes)


def _prosumer(
    scenario: Scenario,
    number: int,
    party: PartyTable,
    seed: int,
    around: _Surroundings,
    party_of: PartyOf,
    meters: Mapping[str, int],
    known: Mapping[Party, str],
    run: RunName | None,
) -> Prosumer:
    utility = UTILITIES[scenario.table.utility]
    about: dict[str, Any] = {
        "name": party.name,
        "party": party_of(party.name),
        "meter": meters[party.name],
        "kind": _kind(party, scenario, around.first),
        "forecaster": _Shifted(around.site, around.first),
        "strategy": load_strategy(party.strategy, beside=scenario.path.parent),
        "parameters": plain(party.parameters),
        "margin": whole(scenario, f"party[{number + 1}].margin", utility.price, party.margin),
        "threshold": party.threshold,
        "price_unit": TOKEN // utility.base_per_unit,
        "energy_unit": utility.base_per_unit,
        "seeds": (seed, number),
    }
    if party.strategy == ADAPTIVE:
        memory = adaptive_memory(scenario, number)
        if run is not None:
            memory.begin(run.name, resumes=run.resumes)
        return AdaptiveProsumer(memory=memory, surroundings=around, peers=known, **about)
    if party.strategy != LEARNED:
        return Prosumer(**about)
    policy = learned_policy(scenario, number)
    return LearnedProsumer(policy=policy, surroundings=around, peers=known, **about)


def _kind(party: PartyTable, scenario: Scenario, first: int) -> Kind:
    if party.store is None:
        return HomeKind()
    utility = UTILITIES[scenario.table.utility]
    deadline = None if party.store.deadline is None else first + party.store.deadline
    full = None if deadline is not None else utility.energy(party.store.capacity)
    return FirmKind(
        deadline=deadline, patience=party.store.patience, full=full, horizon=scenario.table.intervals
    )


def plain(value: Any) -> Any:
    """Parameters as a strategy gets them: the file's decimals as floats."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [plain(entry) for entry in value]
    return value
