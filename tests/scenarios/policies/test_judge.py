"""Judging: the compiled park's figures are the market day's, whoever sits in the seat."""

from pathlib import Path

import numpy as np
import pytest

from agents.policy.find import load_policy
from learning.execution.run import backend_of
from learning.park.layout import CR, STYLE
from scenarios.errors import ScenarioError
from scenarios.load import load
from scenarios.park import park_bank
from scenarios.policies.exploit import of_two, responses
from scenarios.policies.judge import judge, play_days, policy_gains, psi_gains, scripted_gains
from scenarios.policies.training import as_observed, unseen
from scenarios.variation import seated

SCENARIO = load("park-day")
SEEDS = list(unseen(12))
BANK = park_bank(SCENARIO, SEEDS)


@pytest.mark.parametrize(
    "strategy", ["boulware", "linear", "conceder", "concession", "hardliner", "tit-for-tat-relative"]
)
def test_a_scripted_seat_earns_in_the_park_what_it_earns_in_the_market(strategy: str) -> None:
    played = play_days(np.random.SeedSequence(0), SCENARIO, strategy, "", SEEDS)
    assert scripted_gains(BANK, strategy).tolist() == played["gains"]
    assert played["violations"] == 0


def test_a_policy_is_judged_by_market_days_and_the_park_agrees(tmp_path: Path) -> None:
    found = judge(
        SCENARIO,
        BANK,
        load_policy("park"),
        named="park",
        strategies=("boulware", "random"),
        backend=backend_of("joblib", jobs=1),
        progress=lambda what, done, total: None,
    )
    assert found.equal
    assert found.policy.violations == 0
    assert {each.name for each in found.scripted} == {"boulware", "random"}
    means = [psi_gains(BANK, which).mean() / 1e6 for which in range(50)]
    assert found.single.gain.mean == pytest.approx(max(means))
    assert found.hindsight.mean is not None
    assert found.hindsight.mean >= max(means)
    for each in found.scripted:
        assert each.ahead.mean is not None
        assert found.policy.gain.mean is not None
        assert each.gain.mean is not None
        assert each.ahead.mean == pytest.approx(found.policy.gain.mean - each.gain.mean)


def test_the_shipped_policy_earns_more_than_its_best_single_psi_on_days_it_never_saw() -> None:
    bank = park_bank(SCENARIO, unseen(200))
    ahead = policy_gains(bank, load_policy("park")) - psi_gains(bank, 0)
    assert ahead.mean() > 0


def test_a_park_of_two_holds_the_seat_and_somebody_of_the_other_side() -> None:
    two = of_two(BANK)
    for row, seat in enumerate(BANK.seats):
        assert two.parties[row, 0].tolist() == BANK.parties[row, seat].tolist()
        assert two.parties[row, 1].tolist() == BANK.parties[row, (seat + 2) % 4].tolist()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_responder_is_trained_and_judged_against_every_holder(tmp_path: Path) -> None:
    found = responses(
        BANK,
        BANK,
        load_policy("park"),
        tmp_path,
        lambda what, done, total: None,
        steps=7000,
        seeds=(0,),
        holders=("learned", "conceder"),
    )
    assert [each.holder for each in found] == ["learned", "conceder"]
    # Whoever concedes everything gives more than who holds to its price, even to a responder that hardly learned.
    assert (found[1].gain.mean or 0.0) > (found[0].gain.mean or 0.0) >= 0.0


def test_observed_ways_to_concede_replace_those_of_the_scenario() -> None:
    bank = as_observed(BANK, SCENARIO, {"dairy": 3.5})
    assert set(bank.psi[:, 3, CR].tolist()) == {3.5}
    assert set(bank.parties[:, 3, STYLE].tolist()) == {0}
    assert (bank.parties[:, :3] == BANK.parties[:, :3]).all()


def test_a_day_in_which_nobody_decides_as_learned_has_no_seat() -> None:
    with pytest.raises(ScenarioError, match="learned"):
        seated(load("gas-park"), 0, "boulware")
