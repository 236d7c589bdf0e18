"""Even concession: by hand, and the compiled form against the plain one."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.loans.errors import SessionError
from agents.loans.even import Pace, Stance, negotiate_evenly
from agents.loans.even_sessions import run_even_session

SESSIONS = (negotiate_evenly, run_even_session)
FAIR = Stance(no_deal=0.0)
QUICK = Pace(step=0.01, ask=0.1, first_part=200)

STANCES = st.builds(
    Stance,
    no_deal=st.sampled_from([-0.25, 0.0, 0.125]),
    favour=st.sampled_from([0.0, 0.125, 0.25]),
) | st.builds(
    Stance,
    no_deal=st.sampled_from([-0.25, 0.0]),
    margin=st.sampled_from([0.0625, 0.125]),
    patience=st.sampled_from([1.0, 4.0]),
)


def table(*gains: float) -> np.ndarray:
    """A domain of two quantities and no deal between them, one return time a gain of each sign."""
    half = len(gains) // 2
    return np.array([gains[:half], [0.0] * half, gains[half:]])


def test_ends_where_both_have_given_up_the_same() -> None:
    # Losses from each side's best: contract 0 (0, 9), 1 (4, 4), 4 (8, 1), 5 (9, 0), in tenths: 1 is the equal-loss one.
    u_a, u_b = table(0.9, 0.5, 0.1, 0.0), table(0.05, 0.55, 0.85, 0.95)
    for session in SESSIONS:
        outcome = session(u_a, u_b, (FAIR, FAIR), pace=QUICK)
        assert outcome.contract == 1
        # Both aspirations fall by 0.01 a round, so a loss of 0.4 is reached after about 40 rounds.
        assert 40 <= outcome.rounds <= 42


def test_nobody_loses_without_generosity() -> None:
    u_a, u_b = table(0.9, -0.1, 0.0, -0.2), table(-0.02, 0.5, -0.1, 0.0)
    for session in SESSIONS:
        assert session(u_a, u_b, (FAIR, FAIR), pace=QUICK, deadline=500).contract is None


def test_who_is_patient_gets_more() -> None:
    u_a, u_b = table(0.9, 0.5, 0.1, 0.0), table(0.05, 0.55, 0.85, 0.95)
    patient = Stance(no_deal=0.0, patience=8.0)
    for session in SESSIONS:
        assert session(u_a, u_b, (patient, FAIR), pace=QUICK, deadline=500).contract == 0
        assert session(u_a, u_b, (FAIR, patient), pace=QUICK, deadline=500).contract == 4


def test_a_favour_is_granted_for_much_and_within_what_it_may_cost() -> None:
    # Contract 0 brings A 0.9 and costs B 0.02; contract 1 brings B 0.5 and costs A 0.1.
    u_a, u_b = table(0.9, -0.1, 0.0, -0.2), table(-0.02, 0.5, -0.1, 0.0)
    kind = Stance(no_deal=0.0, favour=0.03)
    for session in SESSIONS:
        assert session(u_a, u_b, (FAIR, kind), pace=QUICK, deadline=500).contract == 0
        assert session(u_a, u_b, (kind, FAIR), pace=QUICK, deadline=500).contract is None
        # What brings its maker less than the ask is not offered while favours are granted.
        assert session(u_a / 10, u_b, (FAIR, kind), pace=QUICK, deadline=500).contract is None


def test_a_trifle_that_gains_both_is_agreed_in_the_second_part() -> None:
    u_a, u_b = table(0.05, 0.0), table(0.02, 0.0)
    for session in SESSIONS:
        outcome = session(u_a, u_b, (FAIR, FAIR), pace=QUICK, deadline=500)
        assert outcome.contract == 0
        assert outcome.rounds >= QUICK.first_part


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_compiled_is_plain(data: st.DataObject) -> None:
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    shape = (2 * data.draw(st.integers(1, 3)) + 1, data.draw(st.integers(1, 6)))
    # Few different values: ties are what an order can get wrong.
    u_a, u_b = (rng.integers(-8, 9, shape) / 16 for _ in range(2))
    stances = (data.draw(STANCES), data.draw(STANCES))
    allowed = rng.random(shape) < 0.8
    rounds = data.draw(st.integers(0, 200))
    pace = Pace(
        step=data.draw(st.sampled_from([0.01, 0.0625, 0.3])),
        ask=data.draw(st.sampled_from([0.0, 0.25])),
        first_part=data.draw(st.integers(0, 100)),
    )
    plain = negotiate_evenly(u_a, u_b, stances, pace=pace, deadline=rounds, allowed=allowed)
    assert run_even_session(u_a, u_b, stances, pace=pace, deadline=rounds, allowed=allowed) == plain
    if plain.contract is not None:
        gains = u_a.flat[plain.contract] - stances[0].no_deal, u_b.flat[plain.contract] - stances[1].no_deal
        assert max(gains) > 0
        assert all(g > s.margin - s.favour for g, s in zip(gains, stances, strict=True))


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("favour", lambda: Stance(0.0, favour=-0.1)),
        ("margin", lambda: Stance(0.0, margin=float("nan"))),
        ("favour", lambda: Stance(0.0, favour=0.1, margin=0.1)),
        ("patience", lambda: Stance(0.0, patience=0.5)),
        ("step", lambda: Pace(step=0.0)),
        ("ask", lambda: Pace(ask=-1.0)),
        ("first_part", lambda: Pace(first_part=-1)),
    ],
)
def test_what_contradicts_itself_is_refused(key: str, wrong: Callable[[], object]) -> None:
    with pytest.raises(SessionError) as refused:
        wrong()
    assert refused.value.key == key
