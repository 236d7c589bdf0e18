"""From a scenario's tables to the agents that lend and borrow: their models, what they expect, whom they know."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from agents.acquaintances import Acquaintances
from agents.lender import Lender, LoanPolicy, Outlook
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
from agents.policy.errors import PolicyError
from agents.policy.find import load_policy
from agents.policy.negotiator import compile_negotiator
from agents.policy.network import Policy
from agents.policy.session_view import session_spec
from agents.promises import kept_share
from energy.battery import Battery
from market.loan_day import LoanPlan
from scenarios.errors import ScenarioError
from scenarios.load import Scenario
from scenarios.market_setup import PartyOf
from scenarios.places import Places
from scenarios.schema import LendingTable, LoansTable, ScenarioTable
from scenarios.sites import HomeSite

LOANS, POLICY = 1, 2
"""Sets the randomness of loans, and of policies in them, apart from that of deals."""


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
    plan: LoanPlan,
) -> list[Lender]:
    """The agents of the homes that lend and borrow; ``first`` is the ledger's interval of the run's first.

    Raises
    ------
    ScenarioError
        As :func:`loan_policy`.
    """
    table = scenario.table
    assert table.loans is not None
    whole = plan.domain(plan.last_return)
    assert whole is not None
    found: list[Lender] = []
    for number, party in enumerate(table.party):
        site = places.sites[party.name]
        if party.loans is None or not isinstance(site, HomeSite):
            continue
        models = _models(table, party.loans, site.battery, first, table.loans.horizon)
        _compile(models(first), table.loans.horizon)
        policy = loan_policy(scenario, number)
        if policy is not None:
            compile_negotiator()
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
                policy=None if policy is None else LoanPolicy(policy, whole, (seed, number, POLICY)),
            )
        )
    return found


def loan_policy(scenario: Scenario, number: int) -> Policy | None:
    """What party ``number`` (from 0) decides its loans by; None where the paper's aspiration does.

    Raises
    ------
    ScenarioError
        If there is no policy of this name, its file is damaged, or it was learned for other sessions.
    """
    loans, lending = scenario.table.loans, scenario.table.party[number].loans
    if loans is None or lending is None or lending.policy is None:
        return None
    try:
        policy = load_policy(lending.policy, scenario.path.parent)
        policy.spec.check(session_spec(0, loans.max_rounds, levels=True))
    except PolicyError as error:
        raise ScenarioError(
            scenario.path,
            f"party[{number + 1}].loans.policy",
            repr(lending.policy),
            f"a policy for this market's loans: {error}",
        ) from error
    return policy


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
