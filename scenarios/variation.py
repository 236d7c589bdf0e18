"""The day of a seed: a scenario's ``[variation]`` drawn out into a scenario without one."""

from dataclasses import replace
from decimal import Decimal

import numpy as np

from agents.builtin import LEARNED
from scenarios.errors import ScenarioError
from scenarios.load import Scenario
from scenarios.schema import PartyTable, ProviderTable, StoreTable, VariationTable

VARIATION = 0x766172
"""Keeps these draws apart from all others of a seed."""


def vary(scenario: Scenario, seed: int) -> Scenario:
    """The scenario of ``seed``; the same one where it has no variation. Equal seeds, equal scenarios."""
    table = scenario.table
    variation = table.variation
    if variation is None:
        return scenario
    rng = np.random.default_rng([seed, VARIATION])
    parties = []
    for number, party in enumerate(table.party):
        store = None if party.store is None else _store(party.store, variation, rng, table.intervals)
        parties.append(
            party.model_copy(update={"store": store, **_strategy(party, number, seed, scenario, rng)})
        )
    provider = _provider(table.provider, table.market.price_tick, variation, rng)
    varied = table.model_copy(update={"variation": None, "party": tuple(parties), "provider": provider})
    return replace(scenario, table=varied)


def seat_of(scenario: Scenario, seed: int) -> int:
    """Number of the party that decides as learned in the day of ``seed``; −1 if none does."""
    return _seat(vary(scenario, seed))


def _seat(day: Scenario) -> int:
    names = [party.strategy for party in day.table.party]
    return names.index(LEARNED) if LEARNED in names else -1


def seated(scenario: Scenario, seed: int, strategy: str, policy: str = "") -> tuple[Scenario, int]:
    """The day of ``seed`` with ``strategy`` in the seat that decides as learned, and the number of that party.

    Raises
    ------
    ScenarioError
        If nobody decides as learned in that day.
    """
    day = vary(scenario, seed)
    seat = _seat(day)
    if seat < 0:
        raise ScenarioError(
            scenario.path, "party", "no strategy = 'learned'", "one party that decides as learned"
        )
    parameters = {"policy": policy} if strategy == LEARNED and policy else {}
    party = day.table.party[seat].model_copy(update={"strategy": strategy, "parameters": parameters})
    parties = (*day.table.party[:seat], party, *day.table.party[seat + 1 :])
    return replace(day, table=day.table.model_copy(update={"party": parties})), seat


def _strategy(
    party: PartyTable, number: int, seed: int, scenario: Scenario, rng: np.random.Generator
) -> dict[str, object]:
    variation, count = scenario.table.variation, len(scenario.table.party)
    assert variation is not None
    drawn = rng.random()
    given = party.strategy == LEARNED
    decides = seed % count == number if variation.seat == "rotate" else given
    if decides:
        first = next((p for p in scenario.table.party if p.strategy == LEARNED), None)
        return {"strategy": LEARNED, "parameters": {} if first is None else first.parameters}
    if not variation.strategies:
        return {}
    chosen = variation.strategies[int(drawn * len(variation.strategies))]
    return {"strategy": chosen, "parameters": {}}


def _store(
    store: StoreTable, variation: VariationTable, rng: np.random.Generator, intervals: int
) -> StoreTable:
    level, made, need, due = (
        _factor(rng, spread) for spread in (variation.amounts,) * 3 + (variation.deadlines,)
    )
    actual = store.actual_production
    update: dict[str, object] = {
        "level": min(_scaled(store.level, level), store.capacity),
        "production": _scaled(store.production, made),
        "actual_production": None if actual is None else _scaled(actual, made),
        "need": _scaled(store.need, need),
    }
    if store.deadline is not None:
        update["deadline"] = min(max(round(store.deadline * due), 1), intervals - 1)
    return store.model_copy(update=update)


def _provider(
    provider: ProviderTable, tick: Decimal, variation: VariationTable, rng: np.random.Generator
) -> ProviderTable:
    buys, sells = _factor(rng, variation.tariff), _factor(rng, variation.tariff)
    steps = []
    for step in provider.tariff:
        buy = _to_tick(step.buy, buys, tick)
        sell = max(_to_tick(step.sell, sells, tick), buy + tick)
        steps.append(step.model_copy(update={"buy": buy, "sell": sell}))
    return provider.model_copy(update={"tariff": tuple(steps)})


def _factor(rng: np.random.Generator, spread: float) -> float:
    return 1.0 + spread * (2.0 * rng.random() - 1.0)


def _scaled(amount: Decimal, factor: float) -> Decimal:
    """In tenths of the unit, so that it is whole in base units."""
    return Decimal(round(float(amount) * factor * 10)) / 10


def _to_tick(price: Decimal, factor: float, tick: Decimal) -> Decimal:
    return max(Decimal(round(float(price) * factor / float(tick))), Decimal(0)) * tick
