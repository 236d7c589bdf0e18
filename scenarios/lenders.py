"""From a scenario's tables to the agents that lend and borrow: their models, what they expect, whom they know."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from agents.acquaintances import Acquaintances
from agents.lender import Lender, Outlook
from agents.loans.criteria import (
    Autarky,
    Criterion,
    EnergyCost,
    Fluctuation,
    LossInFlexibility,
    PeakAtConnection,
)
from agents.loans.domain import LoanDomain
from agents.loans.model import ProsumerModel
from agents.loans.space import contract_space
from agents.promises import kept_share
from energy.battery import Battery
from scenarios.load import Scenario
from scenarios.market_setup import PartyOf
from scenarios.places import Places
from scenarios.schema import LendingTable, LoansTable, ScenarioTable
from scenarios.sites import HomeSite

LOANS = 1
"""Sets the randomness of loans apart from that of deals."""


@dataclass(frozen=True, slots=True)
class _Expectations:
    """A home's outlook in the ledger's intervals."""

    site: HomeSite
    first: int
    horizon: int
    scenarios: int

    def outlook(self, step: int, interval: int) -> Outlook:
        return self.site.outlook(
            step - self.first, interval - self.first, horizon=self.horizon, count=self.scenarios
        )


def lenders(
    scenario: Scenario,
    *,
    seed: int,
    places: Places,
    party_of: PartyOf,
    meters: Mapping[str, int],
    first: int,
) -> list[Lender]:
    """The agents of the homes that lend and borrow; ``first`` is the ledger's interval of the run's first."""
    table = scenario.table
    assert table.loans is not None
    found: list[Lender] = []
    for number, party in enumerate(table.party):
        site = places.sites[party.name]
        if party.loans is None or not isinstance(site, HomeSite):
            continue
        models = _models(table, party.loans, site.battery, first, table.loans.horizon)
        _compile(models(first), table.loans.horizon)
        found.append(
            Lender(
                name=party.name,
                party=party_of(party.name),
                meter=meters[party.name],
                model=models,
                expectations=_Expectations(site, first, table.loans.horizon, table.loans.scenarios),
                aspiration=party.loans.aspiration,
                least_gain=party.loans.least_gain,
                sure=table.loans.sure,
                peers=_acquaintances(table.loans, (seed, number, LOANS)),
            )
        )
    return found


def _compile(model: ProsumerModel, horizon: int) -> None:
    """Weigh one loan of nothing to speak of: kernels are compiled on their first use, which is no part of the day."""
    domain, needs = LoanDomain((-0.1, 0.0, 0.1), (1,)), np.zeros((1, horizon))
    soc = model.battery.lo_kwh
    contract_space(model, soc_kwh=soc, needs=needs, domain=domain)
    kept_share(
        model.battery,
        soc_kwh=soc,
        needs_kwh=needs,
        promised_kwh=np.zeros(horizon),
        quantities_kwh=np.array(domain.quantities),
        return_times=np.array(domain.return_times),
    )


def _acquaintances(loans: LoansTable, seeds: tuple[int, ...]) -> Acquaintances:
    return Acquaintances(epsilon=1.0 if loans.peers == "random" else loans.epsilon, seeds=seeds)


def _models(
    table: ScenarioTable, lending: LendingTable, battery: Battery, first: int, horizon: int
) -> Callable[[int], ProsumerModel]:
    """The home's model for a loan given in an interval of the ledger; only the price of energy depends on it."""

    def model(interval: int) -> ProsumerModel:
        criteria: dict[str, Criterion] = {
            "flexibility": LossInFlexibility(),
            "autarky": Autarky(),
            "fluctuation": Fluctuation(),
            "peak": PeakAtConnection(),
            "cost": EnergyCost(*_prices(table, range(interval - first, interval - first + horizon))),
        }
        names = list(lending.weights)
        return ProsumerModel(
            battery=battery,
            criteria=tuple(criteria[name] for name in names),
            weights=tuple(lending.weights[name] for name in names),
        )

    return model


def _prices(table: ScenarioTable, intervals: range) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The provider's selling and buying prices in ``intervals`` of the run, tokens a unit."""
    steps = table.provider.tariff
    current = [
        max((step for step in steps if step.from_interval <= i), key=lambda step: step.from_interval)
        for i in intervals
    ]
    return tuple(float(step.sell) for step in current), tuple(float(step.buy) for step in current)
