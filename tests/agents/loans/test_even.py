"""Even concession: by hand, and the compiled form against the plain one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.loans.errors import SessionError
from agents.loans.even import Stance, negotiate_evenly
from agents.loans.even_sessions import run_even_session

SESSIONS = (negotiate_evenly, run_even_session)
FAIR = Stance(no_deal=0.0, least=0.0, limit=0.0)

STANCES = st.builds(
    Stance,
    no_deal=st.sampled_from([-0.25, 0.0, 0.125]),
    least=st.sampled_from([0.0, 0.0625]),
    limit=st.sampled_from([-0.25, 0.0]),
)


def table(*gains: float) -> np.ndarray:
    """A domain of two quantities and no deal between them, one return time a gain of each sign."""
    half = len(gains) // 2
    return np.array([gains[:half], [0.0] * half, gains[half:]])


def test_ends_where_both_have_given_up_the_same() -> None:
    # Losses from each side's best: contract 0 (0, 9), 1 (4, 4), 4 (8, 1), 5 (9, 0), in tenths: 1 is the equal-loss one.
    u_a, u_b = table(0.9, 0.5, 0.1, 0.0), table(0.05, 0.55, 0.85, 0.95)
    for session in SESSIONS:
        outcome = session(u_a, u_b, (FAIR, FAIR), step=0.01)
        assert outcome.contract == 1
        # Both aspirations fall by 0.01 a round, so a loss of 0.4 is reached after about 40 rounds.
        assert 40 <= outcome.rounds <= 42


def test_nobody_loses_without_generosity() -> None:
    u_a, u_b = table(0.9, -0.1, 0.0, -0.2), table(-0.02, 0.5, -0.1, 0.0)
    for session in SESSIONS:
        assert session(u_a, u_b, (FAIR, FAIR), step=0.01, deadline=500).contract is None


def test_a_favour_is_granted_within_the_limit_and_never_asked_for_beyond() -> None:
    u_a, u_b = table(0.9, -0.1, 0.0, -0.2), table(-0.02, 0.5, -0.1, 0.0)
    generous = Stance(no_deal=0.0, least=0.0, limit=-0.03)
    for session in SESSIONS:
        assert session(u_a, u_b, (FAIR, generous), step=0.01, deadline=500).contract == 0
        # A is as generous, but B's contract 1 costs it 0.1.
        assert session(u_a, u_b, (generous, FAIR), step=0.01, deadline=500).contract is None


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_compiled_is_plain(data: st.DataObject) -> None:
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    shape = (2 * data.draw(st.integers(1, 3)) + 1, data.draw(st.integers(1, 6)))
    # Few different values: ties are what an order can get wrong.
    u_a, u_b = (rng.integers(-8, 9, shape) / 16 for _ in range(2))
    stances = (data.draw(STANCES), data.draw(STANCES))
    allowed = rng.random(shape) < 0.8
    step, rounds = data.draw(st.sampled_from([0.01, 0.0625, 0.3])), data.draw(st.integers(0, 200))
    plain = negotiate_evenly(u_a, u_b, stances, step=step, deadline=rounds, allowed=allowed)
    assert run_even_session(u_a, u_b, stances, step=step, deadline=rounds, allowed=allowed) == plain
    if plain.contract is not None:
        gains = u_a.flat[plain.contract] - stances[0].no_deal, u_b.flat[plain.contract] - stances[1].no_deal
        assert max(gains) > 0
        assert all(gain > stance.limit for gain, stance in zip(gains, stances, strict=True))


@pytest.mark.parametrize(
    ("key", "stance"),
    [("least", (0.0, -0.1, -0.2)), ("limit", (0.0, 0.1, 0.2)), ("limit", (0.0, 0.1, float("nan")))],
)
def test_a_stance_that_contradicts_itself_is_refused(key: str, stance: tuple[float, float, float]) -> None:
    with pytest.raises(SessionError) as refused:
        Stance(*stance)
    assert refused.value.key == key


def test_a_step_of_zero_is_refused() -> None:
    for session in SESSIONS:
        with pytest.raises(SessionError):
            session(table(0.1, 0.1), table(0.1, 0.1), (FAIR, FAIR), step=0.0)
