"""A policy in a session: it decides as its weights say, signs nothing below no deal, and refuses what it was not made for."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.policy.errors import NotFinite, NothingLegal, NothingToSign, SpecMismatch
from agents.policy.negotiator import ACCEPT, PolicyNegotiator
from agents.policy.network import Policy
from agents.policy.session_view import FEATURES, session_spec, shares
from market.issues import Domain, Issue
from market.negotiation import Accept, Propose, Turn
from market.session import Agreed, Deadline, SessionRules, SessionRun

DOMAIN = Domain((Issue("quantity", -2, 2), Issue("return_after", 1, 5, 2)))
ROUNDS = 12
TURN = Turn(
    time=0,
    max_rounds=ROUNDS,
    domain=DOMAIN,
    issue_by_issue=False,
    standing=None,
    locked=0,
    own_last=None,
)


def policy(*, level: int = 0, accepts: float = 0.0, by_time: float = 0.0, rounds: int = ROUNDS) -> Policy:
    """Likes one level, taking the standing offer by ``accepts``; with ``by_time`` taking it the more the later."""
    weights = np.zeros((len(FEATURES), ACCEPT + 1), np.float32)
    biases = np.zeros(ACCEPT + 1, np.float32)
    biases[level], biases[ACCEPT] = 1.0, accepts
    weights[FEATURES.index("time_left"), ACCEPT] = -by_time
    nothing = (np.zeros((len(FEATURES), 1), np.float32), np.zeros(1, np.float32))
    return Policy(session_spec(len(DOMAIN), rounds, levels=True), ((weights, biases),), (nothing,))


def table(**worth: float) -> np.ndarray:
    """Utilities by ``q_τ`` (m2_1 for q = −2, τ = 1); everything else is not signed."""
    found = np.full((5, 3), -1.0)
    for key, value in worth.items():
        quantity, after = key.replace("m", "-").split("_")
        found[int(quantity) + 2, (int(after) - 1) // 2] = value
    return found.reshape(-1)


def side(decider: Policy, utilities: np.ndarray, *, opens: bool = True) -> PolicyNegotiator:
    return PolicyNegotiator(decider, DOMAIN, utilities, opens=opens, max_rounds=ROUNDS)


def test_the_highest_level_offers_the_best_and_the_lowest_first_the_least_that_is_no_loss() -> None:
    worth = table(**{"2_1": 1.0, "1_1": 0.5, "m1_3": 0.1})
    assert side(policy(level=15), worth).act(TURN) == Propose((2, 1))
    assert side(policy(level=0), worth).act(TURN) == Propose((-1, 3))
    # 0.5 is at least 7/15 and less than 8/15.
    assert side(policy(level=7), worth).act(TURN) == Propose((1, 1))
    assert side(policy(level=8), worth).act(TURN) == Propose((2, 1))


def test_it_takes_what_is_no_loss_if_it_likes_to_and_never_what_is() -> None:
    worth = table(**{"2_1": 1.0, "1_1": 0.0})
    keen = policy(level=15, accepts=5.0)
    standing = replace(TURN, time=1, standing=(1, 1))
    assert side(keen, worth).act(standing) == Accept()
    assert side(keen, worth).act(replace(standing, standing=(-2, 5))) == Propose((2, 1))
    assert side(policy(level=15, accepts=-5.0), worth).act(standing) == Propose((2, 1))


def test_when_it_takes_is_told_by_the_time_it_sees() -> None:
    """Logit of accepting: 1.3 − time left; above the level's 1 once less than 0.3 of the session is left."""
    worth = table(**{"2_1": 1.0, "1_1": 0.4})
    decider = policy(level=15, accepts=1.3, by_time=1.0)
    times = list(range(1, ROUNDS, 2))
    taken = [side(decider, worth).act(replace(TURN, time=t, standing=(1, 1))) == Accept() for t in times]
    assert taken == [1 - t / ROUNDS < 0.3 for t in times]


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 10**6), st.booleans(), st.integers(1, ROUNDS))
def test_two_random_policies_agree_on_nothing_that_is_a_loss_to_either(
    seed: int, opens: bool, rounds: int
) -> None:
    rng = np.random.default_rng(seed)
    tables, sides = [], []
    for number in range(2):
        shape = [(len(FEATURES), 8), (8, ACCEPT + 1)]
        layers = tuple(
            (rng.normal(size=size).astype(np.float32), rng.normal(size=size[1]).astype(np.float32))
            for size in shape
        )
        wild = Policy(session_spec(15, rounds, levels=True), layers, (layers[0],))
        utilities = rng.choice([-np.inf, -1.0, 0.0, 0.3, 2.0], 15)
        utilities[rng.integers(15)] = 2.0
        tables.append(utilities)
        sides.append(
            PolicyNegotiator(
                wild, DOMAIN, shares(utilities, 0.0), opens=(number == 0) == opens, max_rounds=rounds
            )
        )
    first, second = (0, 1) if opens else (1, 0)
    run = SessionRun(
        SessionRules(domain=DOMAIN, max_rounds=rounds, issue_by_issue=False),
        opener=sides[first],
        responder=sides[second],
    )
    outcome = run.finish()
    assert isinstance(outcome, Agreed | Deadline)
    outcomes = list(DOMAIN.outcomes())
    for offer in run.trace:
        maker = (first, second)[offer.who]
        assert tables[maker][outcomes.index(offer.values)] >= 0
    if isinstance(outcome, Agreed):
        assert all(utilities[outcomes.index(outcome.values)] >= 0 for utilities in tables)


def test_with_a_generator_it_draws_what_it_does_as_likely_as_the_policy_holds_it() -> None:
    """Logits of 1 for one level and 0 for fifteen others: e / (e + 15) of the offers are of that level, the best alone."""
    worth = table(**{"2_1": 1.0, "1_1": 0.5, "m1_3": 0.1})
    decider = policy(level=15)
    best = 0
    for seed in range(400):
        moves = [
            PolicyNegotiator(
                decider, DOMAIN, worth, opens=True, max_rounds=ROUNDS, rng=np.random.default_rng(seed)
            ).act(TURN)
            for _ in range(2)
        ]
        assert moves[0] == moves[1]
        best += moves[0] == Propose((2, 1))
    # Levels 8 to 14 offer the best, too; 0 and 1 are 0.1, 2 to 7 are 0.5.
    share = (np.e + 7) / (np.e + 15)
    assert abs(best / 400 - share) < 4 * np.sqrt(share * (1 - share) / 400)


def test_a_policy_for_other_sessions_is_refused_before_the_first_move() -> None:
    worth = table(**{"2_1": 1.0})
    with pytest.raises(SpecMismatch, match=r"settings\.max_rounds: found 12 .*, expected 40"):
        side(policy(rounds=40), worth)
    with pytest.raises(SpecMismatch, match="utilities"):
        side(policy(), worth[:5])
    with pytest.raises(SpecMismatch, match="issue-by-issue"):
        side(policy(), worth).act(replace(TURN, issue_by_issue=True))
    outcomes = Policy(
        session_spec(15, ROUNDS, levels=False),
        ((np.zeros((18, 16), np.float32), np.zeros(16, np.float32)),),
        ((np.zeros((18, 1), np.float32), np.zeros(1, np.float32)),),
    )
    with pytest.raises(SpecMismatch, match="actions: found '17 of them'"):
        side(outcomes, worth)


def test_what_is_no_number_and_what_allows_nothing_is_named() -> None:
    with pytest.raises(NotFinite, match=r"observation\.utilities: found nan"):
        side(policy(), table(**{"2_1": float("nan")}))
    with pytest.raises(NothingLegal, match="mask of row 0"):
        side(policy(), table()).act(TURN)


def test_a_negotiator_that_cannot_decide_harms_only_itself() -> None:
    """The session ends as its own withdrawal, with the reason."""
    run = SessionRun(
        SessionRules(domain=DOMAIN, max_rounds=ROUNDS, issue_by_issue=False),
        opener=side(policy(), table()),
        responder=side(policy(), table(**{"2_1": 1.0}), opens=False),
    )
    run.finish()
    assert getattr(run.outcome, "reason", "").startswith("NothingLegal: mask of row 0")


def test_any_utilities_become_shares_of_the_best() -> None:
    """(u − 2) / (6 − 2), at least −1."""
    assert shares(np.array([6.0, 4.0, 2.0, 1.0, -90.0, -np.inf]), 2.0).tolist() == [1, 0.5, 0, -0.25, -1, -1]
    with pytest.raises(NothingToSign, match="found 2 at best, expected more than 2"):
        shares(np.array([2.0, 1.0]), 2.0)
    with pytest.raises(NotFinite):
        shares(np.array([2.0, np.nan]), 0.0)
