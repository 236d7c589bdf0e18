"""How a scenario names tactics, and what a wrong parameter gets before anything starts."""

from typing import Any

import pytest

from agents.builtin import BUILTIN, NAMED, load_strategy
from agents.strategy import ParameterError, UnknownStrategy
from agents.tactics.acceptance.combi import Combi
from agents.tactics.bidding.time import TimeDependent
from agents.tactics.parts import ACCEPTANCE, BIDDING, MODELS, read_part
from agents.tactics.presets import PRESETS
from market.session import Agreed, Withdrawn
from tests.agents.park import domain_of, meet, prosumer


def test_every_preset_is_a_name_of_its_own_and_needs_no_parameter() -> None:
    assert not set(BUILTIN) & set(PRESETS)
    for name, strategy in PRESETS.items():
        assert load_strategy(name) is strategy is NAMED[name]
        strategy.check({})


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownStrategy, match="nearest: micro"):
        load_strategy("micros")


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"bidin": "time"}, r"parameters.bidin: found 'time', expected one of .*\(bidding\?\)"),
        ({"bidding": 3}, "parameters.bidding: found 3, expected a name or a table with name"),
        ({"bidding": "tine"}, r"parameters.bidding.name: found 'tine', expected one of .*\(time\?\)"),
        ({"bidding": {"beta": 0}}, "parameters.bidding.beta: found 0, expected more than 0"),
        ({"bidding": {"beta": "1"}}, "parameters.bidding.beta: found '1', expected a finite number"),
        ({"bidding": {"beta": float("nan")}}, "parameters.bidding.beta: found nan"),
        ({"bidding": {"bta": 1}}, r"parameters.bidding.bta: found 1, expected one of .*\(beta\?\)"),
        (
            {"bidding": {"by": "value"}},
            "parameters.bidding.by: found 'value', expected one of utility, issue",
        ),
        (
            {"bidding": {"name": "time", "family": "exponential"}},
            "parameters.bidding.kappa: found 0.0, expected more than 0 in the exponential family",
        ),
        ({"bidding": {"name": "micro", "step": 2}}, "parameters.bidding.step: found 2, expected nothing"),
        ({"bidding": {"name": "relative", "lag": 0}}, "lag: found 0, expected a whole number, at least 1"),
        (
            {"acceptance": {"alpha": 2}},
            "parameters.acceptance.alpha: found 2, expected at least 0 and at most 1",
        ),
        ({"acceptance": {"expected": "min"}}, "expected one of max, mean, const"),
        ({"model": "perfect"}, "parameters.model.name: found 'perfect', expected one of none, frequency"),
        ({"model": {"name": "bayesian", "peaks": 1.5}}, "parameters.model.peaks: found 1.5"),
        ({"utility": "gains"}, r"parameters.utility.name: found 'gains', expected .*\(gain\?\)"),
        ({"utility": {"weights": [1, 1]}}, "parameters.utility.weights: .*expected nothing"),
        ({"utility": {"name": "additive", "weights": [0, 0]}}, "not all 0"),
        ({"utility": {"name": "additive", "weights": [1]}}, "two numbers, of price and energy"),
        ({"utility": {"name": "additive", "weights": 1}}, "found 1, expected numbers"),
    ],
)
def test_wrong_parameters_are_refused_before_anything_starts(parameters: dict[str, Any], told: str) -> None:
    with pytest.raises(ParameterError, match=told) as caught:
        prosumer(10, NAMED["tactics"], parameters)
    assert caught.value.exit_code == 2


def test_a_table_without_a_name_changes_the_default_part_alone() -> None:
    default = {"name": "time", "beta": 0.2, "kappa": 0.1}
    assert read_part("bidding", {"beta": 3.0}, BIDDING, default) == TimeDependent(beta=3.0, kappa=0.1)
    assert read_part("bidding", {}, BIDDING, default) == TimeDependent(beta=0.2, kappa=0.1)
    assert read_part("acceptance", "combi", ACCEPTANCE, {"name": "next"}) == Combi()


@pytest.mark.parametrize("issue_by_issue", [True, False])
@pytest.mark.parametrize("model", sorted(MODELS))
@pytest.mark.parametrize("acceptance", sorted(ACCEPTANCE))
def test_any_parts_go_together(acceptance: str, model: str, issue_by_issue: bool) -> None:
    for bidding in BIDDING:
        parameters = {"bidding": bidding, "acceptance": acceptance, "model": model}
        run = meet(
            prosumer(40, NAMED["tactics"], parameters),
            prosumer(-30, "conceder"),
            domain_of(10, 30, 100),
            max_rounds=12,
            issue_by_issue=issue_by_issue,
        )
        assert run is not None
        assert not isinstance(run.outcome, Withdrawn), bidding
        if isinstance(run.outcome, Agreed):
            assert 10 <= run.outcome.values[0] <= 30
