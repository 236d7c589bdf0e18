"""Policies for loans: what a scenario may name, where they learn, how they are judged, and that they play on any ledger."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from agents.loan_negotiator import LoanGround
from agents.policy.negotiator import ACCEPT
from agents.policy.network import Policy
from agents.policy.session_view import FEATURES, session_spec
from learning.execution.run import backend_of
from learning.training.errors import ConfigError
from scenarios.chain_host import ChainHost, ChainOptions
from scenarios.errors import ScenarioError
from scenarios.hosts import SimulatedHost
from scenarios.load import Scenario, load
from scenarios.policies.judge_loans import LEARNED, PAPER, judge_loans
from scenarios.policies.loan_sessions import held_sessions, loan_bank, loan_plan, whole_domain
from scenarios.policies.training import TrainOptions
from scenarios.policies.training_loans import train_loans
from scenarios.running import RunOptions, run_scenario
from tests.scenarios.conftest import LOANS, lending_profiles

Write = Callable[..., Path]
ROUNDS = 60


def quiet(what: str, done: int, total: int) -> None:
    """Progress that nobody sees."""


def stubborn(rounds: int = ROUNDS, level: int = 15) -> Policy:
    """Always offers at one level, and takes only what it would offer: where it can take, its wish to grows with the worth."""
    weights = np.zeros((len(FEATURES), ACCEPT + 1), np.float32)
    biases = np.full(ACCEPT + 1, -9.0, np.float32)
    biases[level], biases[ACCEPT] = 0.0, 10.0 * (0.01 - level / 15)
    weights[FEATURES.index("standing_utility"), ACCEPT] = 10.0
    nothing = (np.zeros((len(FEATURES), 1), np.float32), np.zeros(1, np.float32))
    return Policy(session_spec(0, rounds, levels=True), ((weights, biases),), (nothing,))


@pytest.fixture
def lending(write: Write) -> Callable[..., Path]:
    """The day of loans in which oak decides by a policy."""

    def writer(policy: str | None) -> Path:
        old = 'aspiration = 0.0 }\n\n[[party]]\nname = "elm"'
        assert old in LOANS
        new = old if policy is None else old.replace("0.0 }", f'0.0, policy = "{policy}" }}')
        return write(LOANS.replace(old, new), lending_profiles())

    return writer


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ("lones", "expected loans"),
        ("absent.npz", "no file"),
        ("short.npz", "unreadable"),
        ("other.npz", "max_rounds: found 60 in the scenario, expected 40"),
        ("park", "environment: found 'session' in the scenario, expected 'park'"),
    ],
)
def test_a_policy_that_cannot_decide_loans_is_refused_before_anything_is_written(
    named: str, told: str, lending: Callable[..., Path], tmp_path: Path
) -> None:
    path = lending(named)
    stubborn(40).save(tmp_path / "other.npz")
    (tmp_path / "short.npz").write_bytes(stubborn().to_bytes()[:300])
    with pytest.raises(ScenarioError, match=r"party\[2\]\.loans\.policy") as refused:
        run_scenario(load(str(path)), SimulatedHost(), RunOptions(out=tmp_path / "runs"))
    assert told in str(refused.value)
    assert not (tmp_path / "runs").exists()


def test_a_home_lends_by_a_policy_alike_on_both_ledgers(lending: Callable[..., Path], tmp_path: Path) -> None:
    """Who asks for the best and takes only that is met halfway by who takes anything: the day's loans are all made."""
    path = lending("mine.npz")
    stubborn().save(tmp_path / "mine.npz")
    scenario = load(str(path))
    simulated = run_scenario(scenario, SimulatedHost(), RunOptions(out=tmp_path / "runs"))
    rows = {row.home: row for row in simulated.lending}
    assert set(rows) == {"ash", "oak"}
    assert (rows["oak"].decides, rows["oak"].learned) == ("policy mine.npz", True)
    assert (rows["ash"].decides, rows["ash"].learned) == ("aspiration 0.00", False)
    assert rows["oak"].loans == simulated.loans["opened"] == 4
    assert rows["oak"].least >= 0.001  # as the schema's least_gain has it
    table = pl.read_parquet(simulated.folder.tables / "lending.parquet")
    assert table["gain"].to_list() == [rows["ash"].gain, rows["oak"].gain]
    assert (simulated.folder.pictures / "lending.png").exists()
    host = ChainHost(ChainOptions())
    try:
        chain = run_scenario(scenario, host, RunOptions(out=tmp_path / "runs", pictures=False))
    finally:
        host.close()
    assert chain.digest == simulated.digest
    assert chain.lending == simulated.lending
    assert chain.audit.verdict == "pass", chain.audit.violations


@pytest.fixture
def day(lending: Callable[..., Path]) -> Scenario:
    return load(str(lending(None)))


def test_the_sessions_of_a_day_are_seen_from_both_sides(day: Scenario) -> None:
    """A loan is the same to both: what the opener gives the responder receives, so q has the other sign."""
    plan = loan_plan(day)
    whole = whole_domain(plan)
    sessions = held_sessions(day, [0, 1], quiet)
    assert {session.seed for session in sessions} == {0, 1}
    assert all(session.possible for session in sessions)
    bank = loan_bank(sessions, whole, plan.offered.max_rounds)
    assert bank.max_rounds == ROUNDS
    assert len(whole) == bank.utilities.shape[2] == 5 * 11
    # Ash gives at the start of the day and oak receives; in the bank either is once the side that learns.
    assert len(bank) > 0
    best = bank.utilities.argmax(axis=2) // 11
    assert {tuple(row) for row in best.tolist()} <= {(q, q) for q in range(5)} | {
        (0, 1),
        (1, 0),
        (3, 4),
        (4, 3),
    }
    # No loan is what nobody signs, and what the paper's lender offers when it has nothing else.
    assert bank.nothing == 2 * 11
    assert (bank.utilities[:, :, 22:33] == -1).all()


def test_everyone_is_judged_in_the_same_sessions(day: Scenario) -> None:
    found = judge_loans(
        day,
        stubborn(level=15),
        range(3),
        strategies=("conceder", "hardliner"),
        backend=backend_of("joblib", jobs=1),
        progress=quiet,
    )
    assert (found.days, len(found.standings)) == (3, 2 * 4)
    for row in found.standings:
        assert (row.violations, row.faults) == (0, 0)
        assert row.share.mean is not None
        assert -1 <= row.share.mean <= 1
    by_name = {(row.against, row.name): row for row in found.standings}
    own = by_name[PAPER, LEARNED]
    for name in (PAPER, "conceder", "hardliner"):
        row = by_name[PAPER, name]
        assert row.ahead.mean == pytest.approx((own.share.mean or 0) - (row.share.mean or 0))
    # Who asks for its best alone gets it or nothing, as the hardliner does.
    assert own.share.mean == pytest.approx(by_name[PAPER, "hardliner"].share.mean, abs=1e-6)


def test_a_training_leaves_a_policy_that_plays_where_it_learned(day: Scenario, tmp_path: Path) -> None:
    pytest.importorskip("sb3_contrib")
    small = {"steps": 512, "copies": 8, "horizon": 16, "batch": 64, "epochs": 1, "hidden": [8]}
    options = TrainOptions(changes={**small, "seed": 4})
    trained = train_loans(day, tmp_path / "mine", options, quiet)
    (result,) = trained.results
    assert trained.picture.exists()
    assert trained.against == "pool+league"
    result.policy.spec.check(session_spec(0, ROUNDS, levels=True))
    assert '"seed": 4' in result.policy.config
    (again,) = train_loans(day, tmp_path / "mine", replace(options, resume=True), quiet).results
    assert again.policy.to_bytes() == result.policy.to_bytes()
    alone = train_loans(day, tmp_path / "selves", TrainOptions(changes=small, against="league"), quiet)
    assert (alone.results[0].steps, alone.against) == (512, "league")
    with pytest.raises(ScenarioError, match="expected those of lending, to learn both"):
        train_loans(day, tmp_path / "two", replace(options, more=(load("village-loans"),)), quiet)
    with pytest.raises(ConfigError, match=r"training\.continue"):
        train_loans(day, tmp_path / "traded", replace(options, traded=Path("runs/x")), quiet)


def test_where_nobody_lends_no_policy_for_loans_is_learned() -> None:
    with pytest.raises(ScenarioError, match="loans: found no such table"):
        loan_plan(load("park-day"))


def test_a_gain_is_that_of_the_homes_own_view() -> None:
    domain = whole_domain(loan_plan(load("village-loans")))
    table = np.arange(len(domain), dtype=float).reshape(15, -1)
    ground = LoanGround(
        domain=domain, opens=True, utilities=table, no_deal=3.0, border=0.0, proposes=0.0, least_gain=0.5
    )
    # 0.35 kWh is the fifteenth quantity; the second return time is 5 intervals.
    assert ground.gain((350, 5)) == table[14, 1] - 3.0
    assert replace(ground, opens=False).gain((350, 5)) == table[0, 1] - 3.0
    assert ground.floor == 3.5
