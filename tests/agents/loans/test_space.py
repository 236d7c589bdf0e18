"""The contract space: fast kernel, generic simulation, compiled brute force and the plain dispatch agree.

The oracle is ``energy.battery`` with C1 and C2 written out in numpy; instances are drawn so that the corners come up:
no battery, no window, no degradation, full, empty, no limits, needs of exactly 0, return in the last step, one scenario.
"""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.loans.brute_force import brute_force_costs, plain_utility
from agents.loans.control import Greedy, Limits, StepFunction, greedy_step, limits_of
from agents.loans.criteria import (
    Autarky,
    CostFunction,
    Criterion,
    CurveCriterion,
    EnergyCost,
    Fluctuation,
    LinearCriterion,
    LossInFlexibility,
    PeakAtConnection,
    Rates,
)
from agents.loans.domain import LoanDomain, default_domain
from agents.loans.errors import DomainError, ModelError, SpaceError
from agents.loans.generic import generic_space
from agents.loans.model import ProsumerModel
from agents.loans.space import contract_space
from energy.battery import Battery, run
from energy.compiled import compiled_here

TOLERANCE = 1e-9
BATTERY = Battery(capacity_kwh=5.0)
NEEDS = np.zeros((2, 8))


@dataclass(frozen=True)
class Case:
    battery: Battery
    weight: float
    soc_kwh: float
    first_soc_kwh: float
    needs: np.ndarray
    domain: LoanDomain


def _corners(low: float, high: float, *others: float) -> st.SearchStrategy[float]:
    return st.one_of(st.sampled_from([low, high, *others]), st.floats(low, high, allow_subnormal=False))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    lo = draw(_corners(0.0, 1.0, 0.2))
    hi = draw(st.one_of(st.just(lo), _corners(lo, 1.0)))
    battery = Battery(
        capacity_kwh=draw(st.sampled_from([0.0, 0.1, 1.0, 5.0, 13.5])),
        lo=lo,
        hi=hi,
        charge_limit_kw=draw(st.sampled_from([0.0, 0.4, 1.3, 50.0])),
        discharge_limit_kw=draw(st.sampled_from([0.0, 0.4, 3.3, 50.0])),
        efficiency=draw(_corners(0.05, 1.0, 0.9)),
        degradation_per_step=draw(st.sampled_from([0.0, 0.0002, 0.01, 0.3])),
    )
    soc, first = (
        battery.lo_kwh + draw(_corners(0.0, 1.0)) * (battery.hi_kwh - battery.lo_kwh) for _ in range(2)
    )
    w = draw(st.integers(2, 14))
    scenarios = draw(st.integers(1, 4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    needs = rng.normal(draw(st.sampled_from([-0.3, 0.0, 0.3])), 0.4, (scenarios, w))
    needs[rng.random(needs.shape) < draw(st.sampled_from([0.0, 0.3]))] = 0.0
    # The exchange pool: legs of earlier loans, multiples of a quantity, some as large as the need itself.
    for _ in range(draw(st.integers(0, 3))):
        needs[:, rng.integers(w)] += 0.1 * rng.integers(-7, 8)
    if draw(st.booleans()):
        needs = np.round(needs, 1)  # exact cancellations with quantities
    most = draw(st.sampled_from([1, 3, 7, 9]))  # 19 quantities do not fit one block
    domain = default_domain(w, most=most, first_return=draw(st.integers(1, min(2, w - 1))))
    return Case(battery, draw(_corners(0.0, 1.0)), min(soc, battery.hi_kwh), first, needs, domain)


def _model(case: Case, *criteria: Criterion) -> ProsumerModel:
    chosen = criteria or (LossInFlexibility(), Autarky())
    rest = (1 - case.weight) / (len(chosen) - 1) if len(chosen) > 1 else 0.0
    weights = (case.weight, *[rest] * (len(chosen) - 1)) if len(chosen) > 1 else (1.0,)
    return ProsumerModel(case.battery, chosen, weights)


def _space(case: Case, model: ProsumerModel) -> np.ndarray:
    return contract_space(
        model,
        soc_kwh=case.soc_kwh,
        needs=case.needs,
        domain=case.domain,
        initial_soc_kwh=case.first_soc_kwh,
    ).utilities


def _generic(case: Case, model: ProsumerModel) -> np.ndarray:
    return -generic_space(
        model,
        case.soc_kwh,
        case.first_soc_kwh,
        case.needs,
        np.array(case.domain.quantities),
        np.array(case.domain.return_times),
    )


def _written_out(case: Case) -> np.ndarray:
    """−(λ1·C1 + λ2·C2) in the mean, shape (nq, nt), with none of the criteria's code."""
    (nq, nt), (scenarios, w) = case.domain.shape, case.needs.shape
    needs = np.broadcast_to(case.needs, (nq, nt, scenarios, w)).copy()
    quantities = np.array(case.domain.quantities)[:, None]
    needs[..., 0] += quantities[:, None]
    for j, tau in enumerate(case.domain.return_times):
        needs[:, j, :, tau] -= quantities
    steps = run(case.battery, case.soc_kwh, needs.reshape(-1, w))
    missing = case.first_soc_kwh - steps.soc[:, -1]
    eta = case.battery.one_way_efficiency
    theta = np.where(missing > 0, missing / eta, missing * eta)
    c1, c2 = steps.flow.sum(axis=1) + theta, np.abs(steps.residual).sum(axis=1)
    utilities = -(case.weight * c1 + (1 - case.weight) * c2).reshape(nq, nt, scenarios)
    return np.asarray(utilities.mean(axis=2))


@given(cases())
@settings(max_examples=150, deadline=None)
def test_fast_generic_brute_force_and_the_plain_dispatch_agree(case: Case) -> None:
    model = _model(case)
    utilities = _space(case, model)
    np.testing.assert_allclose(utilities, _generic(case, model), rtol=0, atol=TOLERANCE)
    brute = -brute_force_costs(
        (case.weight, 1 - case.weight),
        limits_of(case.battery),
        case.soc_kwh,
        case.first_soc_kwh,
        case.needs,
        np.array(case.domain.quantities),
        np.array(case.domain.return_times),
    )
    np.testing.assert_allclose(utilities, brute, rtol=0, atol=TOLERANCE)
    np.testing.assert_allclose(utilities, _written_out(case), rtol=0, atol=TOLERANCE)


@given(cases(), st.integers(0, 2**32 - 1))
@settings(max_examples=100, deadline=None)
def test_prices_that_change_by_lag_are_as_the_simulation_has_them(case: Case, seed: int) -> None:
    rng = np.random.default_rng(seed)
    w = case.needs.shape[1]
    # Feed-in above the import price and negative prices too: no order of the rates is assumed.
    bill = EnergyCost(
        tuple(rng.choice([-0.1, 0.2, 0.3, 0.5], w)), tuple(rng.choice([-0.1, 0.0, 0.1, 0.4], w))
    )
    model = _model(case, bill, LossInFlexibility(), Autarky())
    np.testing.assert_allclose(_space(case, model), _generic(case, model), rtol=0, atol=TOLERANCE)


@compiled_here
def _intervals_above(
    flow: np.ndarray, residual: np.ndarray, soc: np.ndarray, parameters: np.ndarray
) -> float:
    count = 0.0
    for k in range(residual.size):
        if residual[k] > parameters[0]:
            count += 1.0
    return count


@dataclass(frozen=True)
class IntervalsAbove(CurveCriterion):
    """A user's own criterion: intervals in which more than a threshold is imported."""

    threshold_kwh: float

    @property
    def cost(self) -> CostFunction:
        return _intervals_above

    def parameters(self, battery: Battery, horizon: int, first_soc_kwh: float) -> np.ndarray:
        return np.array([self.threshold_kwh])


def test_a_users_own_criterion_counts_as_its_class_says() -> None:
    battery = Battery(capacity_kwh=0.0)
    needs = np.array([[0.5, 0.1, 0.5, 0.1], [0.5, 0.5, 0.1, 0.1]])
    model = ProsumerModel(battery, (IntervalsAbove(0.3),), (1.0,))
    domain = LoanDomain((-0.3, 0.0, 0.3), (1, 3))
    space = contract_space(model, soc_kwh=0.0, needs=needs, domain=domain)
    assert space.no_deal == -2.0
    # Taking 0.3 now and giving it back at τ: below the threshold now; at τ = 1 above it in the first scenario, where
    # it was not (0.4), and still above it in the second; at τ = 3 above it in both.
    assert space.utilities[0].tolist() == [-1.5, -2.0]
    # Giving 0.3 now: still above; at τ = 1 no longer in the second scenario; at τ = 3 it was below already.
    assert space.utilities[2].tolist() == [-1.5, -2.0]


@dataclass(frozen=True)
class Broken(LinearCriterion):
    """Rates of a horizon of 3, whatever the horizon; or a price that is no number."""

    rate: float

    def rates(self, battery: Battery, horizon: int) -> Rates:
        return Rates.constant(3 if self.rate == 0 else horizon, imported=self.rate)


@pytest.mark.parametrize(("rate", "key"), [(0.0, "Broken.rates.imported"), (float("nan"), "criteria")])
def test_rates_that_compiled_code_cannot_read_are_refused(rate: float, key: str) -> None:
    model = ProsumerModel(BATTERY, (Broken(rate),), (1.0,))
    with pytest.raises(ModelError) as refusal:
        contract_space(model, soc_kwh=2.0, needs=NEEDS + 1, domain=default_domain(8))
    assert (refusal.value.key, refusal.value.exit_code) == (key, 2)


@given(cases())
@settings(max_examples=15, deadline=None)
def test_criteria_that_are_not_linear_agree_with_the_plain_dispatch(case: Case) -> None:
    model = _model(case, Fluctuation(), PeakAtConnection(), LossInFlexibility())
    utilities = _space(case, model)
    for i in (0, case.domain.zero, len(case.domain.quantities) - 1):
        for j in (0, len(case.domain.return_times) - 1):
            plain = plain_utility(
                model,
                case.soc_kwh,
                case.first_soc_kwh,
                case.needs,
                case.domain.quantities[i],
                case.domain.return_times[j],
            )
            assert utilities[i, j] == pytest.approx(plain, rel=0, abs=TOLERANCE)


@compiled_here
def _half_step(soc: float, need: float, lag: int, limits: Limits) -> tuple[float, float]:
    after, flow = greedy_step(soc, need, lag, limits)
    if flow >= 0.0:
        return after, flow
    kept = 0.5 * flow
    return max(limits.lo, max(limits.lo, soc - limits.degradation) + kept / limits.eta), kept


@dataclass(frozen=True)
class Half:
    """A user's own control: it gives half of what the greedy one would."""

    @property
    def step(self) -> StepFunction:
        return _half_step


def test_a_users_own_control_drives_the_battery() -> None:
    # One kWh at the terminals is one in the battery, which starts full with 10 kWh; a deficit of 2 kWh an interval.
    battery = Battery(capacity_kwh=10.0, lo=0.0, hi=1.0, efficiency=1.0, discharge_limit_kw=100.0)
    needs = np.full((1, 3), 2.0)
    domain = LoanDomain((-1.0, 0.0, 1.0), (1, 2))
    spaces = {
        control: contract_space(
            ProsumerModel(battery, (Autarky(),), (1.0,), control), soc_kwh=10.0, needs=needs, domain=domain
        )
        for control in (Greedy(), Half())
    }
    assert spaces[Greedy()].no_deal == 0.0
    assert spaces[Half()].no_deal == -3.0  # half of 2 kWh is missing, three times
    assert spaces[Half()].utilities[0, 0] == pytest.approx(-3.0)  # (1 + 3 + 2) / 2


def test_no_deal_is_the_utility_of_no_quantity_in_every_column() -> None:
    rng = np.random.default_rng(0)
    model = ProsumerModel(Battery(capacity_kwh=7.0))
    domain = default_domain(24)
    space = contract_space(model, soc_kwh=3.0, needs=rng.normal(0, 0.4, (10, 24)), domain=domain)
    assert (space.utilities[domain.zero] == space.no_deal).all()


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"soc_kwh": 0.5}, "soc_kwh"),
        ({"soc_kwh": float("nan")}, "soc_kwh"),
        ({"initial_soc_kwh": 4.6}, "initial_soc_kwh"),
        ({"needs": np.zeros(8)}, "needs"),
        ({"needs": np.zeros((0, 8))}, "needs"),
        ({"needs": np.full((2, 8), np.inf)}, "needs"),
        ({"domain": default_domain(9)}, "needs"),  # τ = 8 lies beyond a horizon of 8
    ],
)
def test_arguments_that_make_no_space_are_named(changes: dict[str, object], key: str) -> None:
    arguments = {"soc_kwh": 2.0, "needs": NEEDS, "domain": default_domain(8), **changes}
    with pytest.raises(SpaceError) as refusal:
        contract_space(ProsumerModel(BATTERY), **arguments)  # type: ignore[arg-type]
    assert refusal.value.key == key
    assert refusal.value.exit_code == 2


@pytest.mark.parametrize(
    ("weights", "rule"),
    [
        ((0.5, 0.6), "a sum of 1"),
        ((1.5, -0.5), "at least 0"),
        ((1.0,), "2 numbers"),
        ((float("nan"), 1.0), "finite"),
    ],
)
def test_weights_that_do_not_sum_to_1_are_refused(weights: tuple[float, ...], rule: str) -> None:
    with pytest.raises(ModelError, match=rule) as refusal:
        ProsumerModel(BATTERY, weights=weights)
    assert (refusal.value.key, refusal.value.value, refusal.value.exit_code) == ("weights", weights, 2)


@pytest.mark.parametrize(
    ("quantities", "return_times", "key"),
    [
        ((-0.1, 0.1), (1,), "quantities"),
        ((0.0, 0.1), (1,), "quantities"),
        ((0.1, 0.0, -0.1), (1,), "quantities"),
        ((-0.1, 0.0, 0.1), (), "return_times"),
        ((-0.1, 0.0, 0.1), (0, 1), "return_times"),
        ((-0.1, 0.0, 0.1), (2, 1), "return_times"),
    ],
)
def test_a_domain_has_an_opposite_for_every_quantity(
    quantities: tuple[float, ...], return_times: tuple[int, ...], key: str
) -> None:
    with pytest.raises(DomainError) as refusal:
        LoanDomain(quantities, return_times)
    assert refusal.value.key == key


def test_the_default_domain_is_the_issues() -> None:
    domain = default_domain()
    assert domain.shape == (15, 95)
    assert domain.unique == 14 * 95 + 1
    assert domain.quantities[domain.zero] == 0.0
    assert default_domain(first_return=2).return_times[0] == 2
    assert domain.limited(0.3)[:, 0].tolist() == [False] * 4 + [True] * 7 + [False] * 4
    assert domain.returning_by(10).sum() == 15 * 10
