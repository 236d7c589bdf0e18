"""The compiled sessions end as the plain Algorithms 1, 4 and 5 do, outcome for outcome."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from agents.loans.errors import SessionError
from agents.loans.negotiation import aspiration, negotiate_contract
from agents.loans.sessions import run_session, run_sessions
from agents.loans.timed import BOULWARE, CONCEDER, LINEAR, Concession, negotiate_timed
from agents.loans.timed_sessions import run_timed_session


@st.composite
def sessions(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, float, float, np.ndarray, int]:
    shape = (2 * draw(st.integers(0, 3)) + 1, draw(st.integers(1, 5)))
    # Few different values, so that ties are common.
    values = st.integers(-4, 4).map(float)
    tables = [draw(arrays(np.float64, shape, elements=values)) for _ in range(2)]
    borders = [draw(st.integers(-5, 5).map(float)) for _ in range(2)]
    allowed = draw(arrays(np.bool_, shape))
    return tables[0], tables[1], borders[0], borders[1], allowed, draw(st.integers(0, 40))


@given(sessions())
@settings(max_examples=300, deadline=None)
def test_a_compiled_session_ends_as_the_plain_one(
    case: tuple[np.ndarray, np.ndarray, float, float, np.ndarray, int],
) -> None:
    u_a, u_b, asp_a, asp_b, allowed, deadline = case
    plain = negotiate_contract(u_a, u_b, asp_a, asp_b, deadline=deadline, allowed=allowed)
    assert run_session(u_a, u_b, asp_a, asp_b, deadline=deadline, allowed=allowed) == plain
    many = run_sessions(
        np.stack([u_a, u_b]),
        np.stack([u_b, u_a]),
        np.array([asp_a, asp_b]),
        np.array([asp_b, asp_a]),
        deadline=deadline,
        allowed=np.stack([allowed, allowed]),
    )
    assert many == [plain, negotiate_contract(u_b, u_a, asp_b, asp_a, deadline=deadline, allowed=allowed)]


def test_the_aspiration_is_a_quantile_of_the_different_contracts_and_never_below_no_deal() -> None:
    # Three quantities by two return times: 2 · 2 + 1 different contracts, −2 … 2; no deal is −1.
    utilities = np.array([[-2.0, 0.0], [-1.0, -1.0], [1.0, 2.0]])
    assert aspiration(utilities, quantile=0.75, no_deal=-1.0) == 1.0
    assert aspiration(utilities, quantile=0.0, no_deal=-1.0) == -1.0
    assert aspiration(utilities, quantile=0.0, no_deal=-1.0, literal=True) == -2.0


@given(sessions(), st.tuples(*[st.sampled_from([BOULWARE, LINEAR, CONCEDER])] * 2))
@settings(max_examples=200, deadline=None)
def test_a_compiled_time_based_session_ends_as_the_plain_one(
    case: tuple[np.ndarray, np.ndarray, float, float, np.ndarray, int],
    concessions: tuple[Concession, Concession],
) -> None:
    u_a, u_b, *no_deals, allowed, deadline = case
    values = (float(no_deals[0]), float(no_deals[1]))
    plain = negotiate_timed(u_a, u_b, values, concessions, deadline=deadline + 1, allowed=allowed)
    assert run_timed_session(u_a, u_b, values, concessions, deadline=deadline + 1, allowed=allowed) == plain


def test_a_linear_concession_meets_in_the_middle() -> None:
    # Nine contracts on a line, A's utility 0 … 8 and B's 8 … 0, by hand: over 19 rounds the aspirations in round r are
    # 8·(1 − (r + 1)/20) for both. B's offers of odd rounds 1, 3, 5, 7 are worth 1, 1, 2, 3 to A (the least at or above
    # 7.2, 6.4, 5.6, 4.8 for B), who wants 6.8, 6, 5.2, 4.4 by then; A's in rounds 0, 2, 4, 6, 8 are worth 0, 1, 2, 2, 3
    # to B, who wants 7.2, 6.4, 5.6, 4.8, 4. In round 9 B wants 4 and offers 4, and A then wants 3.6.
    u_a = np.array([[0.0, 1, 2, 3, 4], [-1] * 5, [5, 6, 7, 8, 0]])
    u_b = np.array([[8.0, 7, 6, 5, 4], [-1] * 5, [3, 2, 1, 0, 0]])
    outcome = run_timed_session(u_a, u_b, (0.0, 0.0), (LINEAR, LINEAR), deadline=19)
    assert (outcome.contract, outcome.rounds, outcome.accepted_by) == (4, 10, 0)


TABLE = np.zeros((3, 2))


@pytest.mark.parametrize(
    ("u_a", "u_b", "options", "key"),
    [
        (np.zeros(6), TABLE, {}, "u_a"),
        (np.zeros((2, 2)), np.zeros((2, 2)), {}, "u_a"),  # no middle row
        (TABLE, np.zeros((3, 3)), {}, "u_b"),
        (TABLE, TABLE, {"allowed": np.ones((3, 3), np.bool_)}, "allowed"),
        (TABLE, TABLE, {"deadline": -1}, "deadline"),
    ],
)
def test_tables_that_make_no_session_are_named(
    u_a: np.ndarray, u_b: np.ndarray, options: dict[str, Any], key: str
) -> None:
    with pytest.raises(SessionError) as refusal:
        run_session(u_a, u_b, 0.0, 0.0, **options)
    assert (refusal.value.key, refusal.value.exit_code) == (key, 2)


@pytest.mark.parametrize("quantile", [-0.1, 1.1, float("nan")])
def test_a_quantile_lies_between_0_and_1(quantile: float) -> None:
    with pytest.raises(SessionError, match="quantile"):
        aspiration(TABLE, quantile=quantile, no_deal=0.0)


@pytest.mark.parametrize("exponent", [0.0, -1.0, float("inf"), float("nan")])
def test_a_concession_has_a_positive_exponent(exponent: float) -> None:
    with pytest.raises(SessionError, match="exponent"):
        Concession(exponent)
