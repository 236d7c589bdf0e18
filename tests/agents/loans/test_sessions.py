"""The compiled sessions end as the plain Algorithms 1, 4 and 5 do, outcome for outcome."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from agents.loans.negotiation import aspiration, negotiate_contract
from agents.loans.sessions import run_session, run_sessions


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
