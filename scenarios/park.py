"""From a scenario and seeds to parks in arrays: the days that a policy learns on are those that ``wattpact run`` plays."""

from collections.abc import Callable, Sequence

import numpy as np

from agents.builtin import LEARNED
from agents.policy.park_view import PROVIDER, prices_known
from learning.park.layout import (
    ACTUAL,
    BY_ISSUE,
    CAPACITY,
    CONCEDES,
    CR,
    DEADLINE,
    DEPOSIT,
    DL,
    ENERGY_TICK,
    FIRM,
    HARDLINE,
    HOME,
    HORIZON,
    IMITATES,
    INTERVALS,
    KIND,
    LEAD,
    LEVEL,
    MARKET,
    MAX_ROUNDS,
    NEED,
    ONE_OFFER,
    OPENS,
    PARTY,
    PATIENCE,
    PRICE_TICK,
    PRODUCTION,
    PSI,
    RANK,
    RATING,
    STYLE,
    THRESHOLD,
    Bank,
)
from market.day import DayPlan
from scenarios.community.site import CommunitySite
from scenarios.errors import ScenarioError
from scenarios.load import Scenario
from scenarios.market_setup import MarketSetup, market_setup
from scenarios.places import Places, build_places
from scenarios.schema import PartyTable
from scenarios.sites import FirmSite, HomeSite
from scenarios.variation import vary

STYLES = {
    "concession": (CONCEDES, 1.0),
    "linear": (CONCEDES, 1.0),
    "boulware": (CONCEDES, 0.5),
    "conceder": (CONCEDES, 2.0),
    "hardliner": (HARDLINE, 1.0),
    "tit-for-tat-relative": (IMITATES, 1.0),
    LEARNED: (CONCEDES, 1.0),
}
"""Strategies that a park knows, and their cr."""


def park_bank(
    scenario: Scenario, seeds: Sequence[int], progress: Callable[[int], None] = lambda done: None
) -> Bank:
    """The days of ``seeds`` in arrays.

    Raises
    ------
    ScenarioError
        Where the scenario has something that a park does not: it says which key, and what would be right.
    """
    first = market_setup(scenario, epoch=0)
    _check_market(scenario, first.plan)
    P = len(scenario.table.party)
    T = prices_known(scenario.table.intervals, first.plan.lead)
    n = len(seeds)
    bank = Bank(
        market=_market(first.plan),
        parties=np.zeros((n, P, PARTY), np.int64),
        psi=np.zeros((n, P, PSI)),
        buy=np.zeros((n, T), np.int64),
        sell=np.zeros((n, T), np.int64),
        net=np.zeros((n, P, T), np.int64),
        exported=np.zeros((n, P, T), np.int64),
        seats=np.zeros(n, np.int64),
        seeds=np.array(seeds, np.int64),
        unit=_unit(scenario, first),
    )
    ranks = {name: i for i, name in enumerate(sorted(party.name for party in scenario.table.party))}
    for row, seed in enumerate(seeds):
        day = vary(scenario, seed)
        setup = market_setup(day, epoch=0)
        places = build_places(day, seed)
        _check_provider(day, setup, places)
        for i, party in enumerate(day.table.party):
            bank.parties[row, i, RANK] = ranks[party.name]
            _fill_party(bank, row, i, day, party, setup, places)
            if party.strategy == LEARNED:
                bank.seats[row] = i
        for interval in range(T):
            step = [s for s in setup.tariff if s.from_interval <= interval][-1]
            bank.buy[row, interval], bank.sell[row, interval] = step.buy_price, step.sell_price
        progress(row + 1)
    return bank


def _market(plan: DayPlan) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    market = np.zeros(MARKET, np.int64)
    market[INTERVALS], market[LEAD], market[MAX_ROUNDS] = plan.intervals, plan.lead, plan.max_rounds
    market[PRICE_TICK], market[ENERGY_TICK] = plan.price_tick, plan.energy_tick
    market[ONE_OFFER], market[BY_ISSUE] = plan.one_offer_a_step, plan.issue_by_issue
    market[HORIZON], market[OPENS] = plan.intervals, plan.opens
    return market


def _fill_party(
    bank: Bank, row: int, i: int, day: Scenario, party: PartyTable, setup: MarketSetup, places: Places
) -> None:
    place = f"party[{i + 1}]"
    p, psi = bank.parties[row, i], bank.psi[row, i]
    site = places.sites[party.name]
    if isinstance(site, CommunitySite):
        raise ScenarioError(day.path, f"{place}.kind", repr(party.kind), "a home or a firm, in a park")
    if party.strategy not in STYLES:
        known = ", ".join(STYLES)
        raise ScenarioError(day.path, f"{place}.strategy", repr(party.strategy), f"one of {known}, in a park")
    style, rate = STYLES[party.strategy]
    unknown = set(party.parameters) - ({"policy"} if party.strategy == LEARNED else {"dl", "cr"})
    if unknown or (style == IMITATES and party.parameters):
        raise ScenarioError(
            day.path, f"{place}.parameters", repr(party.parameters), "dl and cr alone, in a park"
        )
    if party.margin:
        raise ScenarioError(day.path, f"{place}.margin", str(party.margin), "0, in a park")
    p[STYLE], p[RATING], p[DEPOSIT] = style, setup.ratings[party.name], setup.deposits[party.name]
    psi[DL] = float(party.parameters.get("dl", 0.0)) if party.strategy != LEARNED else 0.0
    psi[CR] = float(party.parameters.get("cr", rate)) if party.strategy != LEARNED else rate
    psi[THRESHOLD] = party.threshold
    p[DEADLINE] = -1
    if isinstance(site, FirmSite):
        p[KIND], p[CAPACITY], p[LEVEL] = FIRM, site.holder.capacity_litres, site.level
        p[PRODUCTION], p[ACTUAL], p[NEED] = site.production, site.actual_production, site.need
        if site.deadline is not None:
            p[DEADLINE] = site.deadline
        assert party.store is not None
        p[PATIENCE] = party.store.patience
    else:
        _fill_home(bank, row, i, day, place, site, setup.plan.lead)


def _fill_home(bank: Bank, row: int, i: int, day: Scenario, place: str, site: HomeSite, lead: int) -> None:
    if site.battery.capacity_kwh > 0:
        raise ScenarioError(day.path, f"{place}.battery", "one", "none, in a park")
    bank.parties[row, i, KIND] = HOME
    for interval in range(day.table.intervals):
        bank.net[row, i, interval] = site.net(interval - lead, interval)
        bank.exported[row, i, interval] = site.realise(interval)[0]


def _check_market(scenario: Scenario, plan: DayPlan) -> None:
    """What a park does not have, or not otherwise."""
    table, market = scenario.table, scenario.table.market

    def refuse(key: str, found: object, expected: str) -> ScenarioError:
        return ScenarioError(scenario.path, key, str(found), f"{expected}, in a park")

    if market.meetings != 1:
        raise refuse("market.meetings", market.meetings, "1: one decision a step")
    if market.matcher != "largest-first":
        raise refuse("market.matcher", market.matcher, "largest-first")
    if table.loans is not None:
        raise refuse("loans", "a table", "none")
    if table.fault:
        raise refuse("fault", "a table", "none")
    if plan.one_offer_a_step and market.lead <= market.max_rounds + 1:
        raise refuse("market.lead", market.lead, f"more than max_rounds + 1 = {market.max_rounds + 1}")
    if plan.one_offer_a_step and market.turn_timeout < market.interval:
        raise refuse("market.turn_timeout", market.turn_timeout, f"at least interval = {market.interval}")
    furthest = market.lead + max(delay for _, delay in PROVIDER)
    if market.horizon < furthest:
        raise refuse("market.horizon", market.horizon, f"at least {furthest}")


def _check_provider(day: Scenario, setup: MarketSetup, places: Places) -> None:
    """A park's provider takes whatever it is offered: its funds and its cap are never reached."""
    ahead = setup.plan.lead + max(delay for _, delay in PROVIDER) + 2
    most = max(setup.ratings.values()) * ahead
    if setup.rules.provider_cap < most:
        raise ScenarioError(
            day.path, "provider.cap", str(setup.rules.provider_cap), f"at least {most} base units"
        )
    offered = 0
    for site in places.sites.values():
        if isinstance(site, FirmSite):
            offered += site.level + site.production * (setup.plan.intervals + setup.plan.lead)
        else:
            offered += site.rating_wh * setup.plan.intervals
    price = max(step.buy_price for step in setup.tariff)
    funds = setup.deposits[day.table.provider.name]
    if funds < offered * price:
        raise ScenarioError(day.path, "provider.funds", str(funds), f"at least {offered * price} token units")


def _unit(scenario: Scenario, setup: MarketSetup) -> int:
    """What makes a reward of 1: the provider's spread on a tenth of what the parties could store or move in an hour."""
    spread = max(step.sell_price - step.buy_price for step in setup.tariff)
    return max(1, spread * max(setup.ratings.values()) // 10)
