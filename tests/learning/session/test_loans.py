"""Sessions about loans: banks of contract spaces, offers by levels, and a policy that plays in the market as in training."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.loan_negotiator import LoanGround, LoanNegotiator
from agents.policy.errors import IllegalChoice
from agents.policy.negotiator import ACCEPT, PolicyNegotiator
from agents.policy.network import Policy
from agents.policy.session_view import FEATURES, LEVELS, level_outcome, session_spec
from learning.scalar import ScalarEnv
from learning.session.bank import BankError, SessionBank, bank_of_tables
from learning.session.core import Sessions
from learning.session.selfplay import SessionPairs
from learning.session.step import OPENER, ROW
from learning.training.vector import VectorEnv
from market.issues import Domain, Issue
from market.negotiation import Negotiator
from market.session import Agreed, SessionRules, SessionRun

NQ, NT = 5, 3
DOMAIN = Domain((Issue("quantity", -2, 2), Issue("return_after", 1, 5, 2)))
ROUNDS = 24


def tables(rng: np.random.Generator, sessions: int) -> np.ndarray:
    """Utilities that are all different, −∞ for some, and no loan in the middle row; (sessions, 2, NQ, NT)."""
    drawn = rng.normal(size=(sessions, 2, NQ, NT))
    drawn[rng.random(drawn.shape) < 0.2] = -np.inf
    drawn[:, :, NQ // 2] = -np.inf
    drawn[:, :, 0, 0], drawn[:, :, -1, -1] = (rng.uniform(0.1, 3.0, (sessions, 2)) for _ in range(2))
    return drawn


def wild(rng: np.random.Generator) -> Policy:
    """Decides at random, but always alike from the same observation."""
    sizes = ((len(FEATURES), 16), (16, ACCEPT + 1))
    layers = tuple(
        (rng.normal(size=size).astype(np.float32), rng.normal(size=size[1]).astype(np.float32))
        for size in sizes
    )
    return Policy(session_spec(NQ * NT, ROUNDS, levels=True), layers, (layers[0],))


def test_a_bank_of_contract_spaces_by_hand() -> None:
    """(u − border) / (best − border), at least −1: of 3, 1, 0 with border 1, and of 5, 4.5, 3 with border 4."""
    u_a = np.array([[[3.0], [1.0], [0.0]], [[3.0], [-np.inf], [1.0]]])
    u_b = np.array([[[4.5], [3.0], [5.0]], [[2.0], [1.0], [0.0]]])
    bank = bank_of_tables(
        u_a, u_b, np.array([[1.0, 4.0], [1.0, 4.0]]), max_rounds=9, aspirations=np.array([[4.5, 4.6]] * 2)
    )
    # In the second session the second side would sign nothing.
    assert bank.utilities.tolist() == [[[1.0, 0.0, -0.5], [0.5, -1.0, 1.0]]]
    assert bank.takes == pytest.approx(np.array([[0.5, 0.6]]))
    assert (bank.max_rounds, bank.nothing) == (9, 1)
    assert bank.order[0].tolist() == [[0, 1, 2], [2, 0, 1]]
    assert bank.counts.tolist() == [[2, 2]]
    assert bank.places.tolist() == [[0, 0], [0.5, 0], [1, 0]]


def test_what_makes_no_bank_is_refused() -> None:
    good = np.array([[[1.0, 0.0, -1.0], [0.0, 0.5, 1.0]]])
    three = Domain((Issue("quantity", -1, 1), Issue("return_after", 1, 1)))
    with pytest.raises(BankError, match=r"aspirations: found shape \(1,\), expected \(1, 2\)"):
        SessionBank(three, good, 4, np.zeros(1))
    with pytest.raises(BankError, match="nothing: found 3"):
        SessionBank(three, good, 4, None, 3)
    with pytest.raises(BankError, match="greatest is 1"):
        SessionBank(three, good / 2, 4)
    with pytest.raises(BankError, match="utilities"):
        bank_of_tables(np.zeros((1, 3, 1)), np.zeros((1, 3, 1)), np.zeros((1, 2)))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, LEVELS - 1), st.integers(-1, 14), st.integers(1, 40))
def test_a_level_offers_what_was_offered_least_and_is_nearest(
    seed: int, level: int, standing: int, offers: int
) -> None:
    rng = np.random.default_rng(seed)
    utilities = rng.choice([-1.0, 0.0, 0.2, 0.5, 0.9, 1.0], 15)
    utilities[rng.integers(15)] = 1.0
    order = np.argsort(-utilities, kind="stable")
    grid = np.stack(np.meshgrid(np.linspace(0, 1, 5), np.linspace(0, 1, 3), indexing="ij"), -1).reshape(-1, 2)
    made = np.zeros(15, np.int64)
    good = [int(k) for k in order if utilities[k] >= level / 15 - 1e-9]
    for _ in range(offers):
        least = [k for k in good if made[k] == min(made[good])]
        if standing < 0:
            expected = least[-1]
        else:
            far = {k: float(np.abs(grid[k] - grid[standing]).sum()) for k in least}
            expected = next(k for k in least if far[k] == min(far.values()))
        assert level_outcome(level, utilities[order], order, grid, standing, made) == expected
        made[expected] += 1
    assert max(made[good]) - min(made[good]) <= 1


def plays(bank: SessionBank, decider: Policy, kind: str, other: Callable[[int, bool], Negotiator]) -> int:
    """Compare the environment, session by session, with the market's; returns how many agreed."""
    n = 24
    core = Sessions(bank, n, opponents=(kind,), encoding="levels")
    core.begin(3)
    drawn = [(int(row[ROW]), row[OPENER] == 0) for row in core.state]
    rewards: dict[int, float] = {}
    while len(rewards) < n:
        core.advance(decider.act(core.observations, core.masks))
        for c in np.flatnonzero(core.dones).tolist():
            rewards.setdefault(c, float(core.rewards[c]))
    agreed = 0
    outcomes = list(DOMAIN.outcomes())
    for c, (row, opens) in enumerate(drawn):
        own = PolicyNegotiator(decider, DOMAIN, bank.utilities[row, 0], opens=opens, max_rounds=ROUNDS)
        sides = (own, other(row, not opens)) if opens else (other(row, not opens), own)
        rules = SessionRules(domain=DOMAIN, max_rounds=ROUNDS, issue_by_issue=False)
        outcome = SessionRun(rules, opener=sides[0], responder=sides[1]).finish()
        expected = 0.0
        if isinstance(outcome, Agreed):
            expected = bank.utilities[row, 0, outcomes.index(outcome.values)]
            agreed += 1
        assert rewards[c] == np.float32(expected)
    return agreed


@pytest.mark.parametrize("seed", range(4))
def test_a_policy_fares_in_the_market_as_in_its_environment_against_the_papers_lender(seed: int) -> None:
    rng = np.random.default_rng(seed)
    given = tables(rng, 12)
    borders = np.zeros((12, 2))
    wants = np.stack([rng.uniform(-0.1, 0.8, 12)] * 2, axis=1)
    bank = bank_of_tables(given[:, 0], given[:, 1], borders, max_rounds=ROUNDS, aspirations=wants)
    assert len(bank) == 12

    def other(row: int, opens: bool) -> Negotiator:
        """All in one view: the tables of the bank are, too."""
        table = given[row, 1] if opens else given[row, 1, ::-1]
        border, proposes = wants[row]
        return LoanNegotiator(
            LoanGround(
                domain=DOMAIN,
                opens=opens,
                utilities=table,
                no_deal=0.0,
                border=border,
                proposes=proposes,
                least_gain=0.001,
            )
        )

    assert plays(bank, wild(rng), "aspiration", other) > 0


def test_two_seats_of_one_policy_fare_in_the_market_as_in_self_play() -> None:
    rng = np.random.default_rng(5)
    given = tables(rng, 12)
    bank = bank_of_tables(given[:, 0], given[:, 1], np.zeros((12, 2)), max_rounds=ROUNDS)
    decider, n = wild(rng), 16
    core = SessionPairs(bank, n, encoding="levels")
    core.begin(1)
    drawn = [(int(row[ROW]), int(row[OPENER])) for row in core.state]
    rewards: dict[int, list[float]] = {}
    while len(rewards) < n:
        seen, legal = core.observations.reshape(2 * n, -1), core.masks.reshape(2 * n, -1)
        core.advance(decider.act(seen, legal).reshape(n, 2))
        for c in np.flatnonzero(core.dones).tolist():
            rewards.setdefault(c, core.rewards[c].tolist())
    outcomes = list(DOMAIN.outcomes())
    for c, (row, opener) in enumerate(drawn):
        sides = [
            PolicyNegotiator(
                decider, DOMAIN, bank.utilities[row, side], opens=side == opener, max_rounds=ROUNDS
            )
            for side in range(2)
        ]
        rules = SessionRules(domain=DOMAIN, max_rounds=ROUNDS, issue_by_issue=False)
        outcome = SessionRun(rules, opener=sides[opener], responder=sides[1 - opener]).finish()
        place = outcomes.index(outcome.values) if isinstance(outcome, Agreed) else None
        expected = [0.0, 0.0] if place is None else bank.utilities[row, :, place].tolist()
        assert rewards[c] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("encoding", ["levels", "outcomes"])
def test_a_batch_of_loan_sessions_is_a_vec_env(encoding: str) -> None:
    rng = np.random.default_rng(0)
    given = tables(rng, 6)
    bank = bank_of_tables(given[:, 0], given[:, 1], np.zeros((6, 2)), max_rounds=6)
    core = Sessions(bank, 8, encoding=encoding)
    env: Any = VectorEnv(core, seed=4)
    seen = env.reset()
    assert (seen.shape, seen.dtype) == ((8, len(FEATURES)), np.float32)
    ended = 0
    for _ in range(40):
        masks = env.action_masks().copy()
        assert masks.any(axis=1).all()
        before = seen.copy()
        after, rewards, dones, infos = env.step(
            np.array([rng.choice(np.flatnonzero(mask)) for mask in masks])
        )
        assert np.isfinite(after).all()
        assert np.abs(after).max() <= 1
        assert (np.abs(rewards) <= 1).all()
        assert (rewards[~dones] == 0).all()
        assert np.array_equal(seen, before)  # what was handed out stays as it was
        for row in np.flatnonzero(dones):
            assert infos[row]["terminal_observation"].shape == (len(FEATURES),)
            assert not infos[row]["TimeLimit.truncated"]
            # The next session has begun: of who opens nothing has been offered, otherwise one offer stands.
            assert after[row, FEATURES.index("has_standing")] == 1 - after[row, FEATURES.index("opens")]
            ended += 1
        seen = after
    assert ended > 20


def test_an_illegal_action_is_named_and_changes_nothing() -> None:
    given = tables(np.random.default_rng(1), 6)
    bank = bank_of_tables(given[:, 0], given[:, 1], np.zeros((6, 2)), max_rounds=6)
    core = Sessions(bank, 4, encoding="levels")
    core.begin(0)
    row = int(np.argmin(core.masks[:, ACCEPT]))
    assert not core.masks[row, ACCEPT]
    actions = np.zeros(4, np.int64)
    actions[row] = ACCEPT
    before = core.state.copy()
    with pytest.raises(IllegalChoice, match=rf"action of row {row}: found 16"):
        core.advance(actions)
    assert np.array_equal(core.state, before)
    env = ScalarEnv(Sessions(bank, 1, encoding="levels"))
    env.reset(seed=0)
    with pytest.raises(IllegalChoice, match="found 17"):
        env.step(np.int64(17))
