"""Single agents: utility, tactics, acceptance and withdrawal, by hand."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.community.errors import PreferencesError, TacticError
from agents.community.preferences import TariffPreferences
from agents.community.single import TariffAgent
from agents.community.tactics import ByShare, ByTime, Firm, Tactic
from market.issues import Domain, Issue, Values
from market.negotiation import Accept, Propose, Turn, Withdraw
from market.session import Agreed, SessionRules, SessionRun, Withdrawn
from tests.agents.community.people import DOMAIN, many_preferences, preferences

BUYER = preferences((100, 60), (200, 100), (0.75, 0.25))


def agent(wanted: TariffPreferences = BUYER, tactic: Tactic | None = None, **changes: int) -> TariffAgent:
    return TariffAgent(preferences=wanted, tactics=(tactic or ByTime(10),) * 2, **changes)


def turn(time: int, standing: Values | None = None) -> Turn:
    return Turn(
        time=time,
        max_rounds=50,
        domain=DOMAIN,
        issue_by_issue=False,
        standing=standing,
        locked=0,
        own_last=None,
    )


@pytest.mark.parametrize(
    ("rates", "expected"),
    [
        ((100, 60), 1.0),
        ((200, 100), 0.0),
        ((150, 80), 0.5),
        ((150, 60), 0.625),  # 0.75 · 1/2 + 0.25
        ((220, 60), 0.1),  # beyond a limit, made good by the other rate: −0.75 · 0.2 + 0.25
        ((80, 100), 0.9),  # better than a goal: 0.75 · 1.2
    ],
)
def test_utility_by_hand(rates: Values, expected: float) -> None:
    assert BUYER.utility(rates) == pytest.approx(expected, abs=1e-12)
    assert BUYER.accepts(rates)


def test_who_is_paid_wants_more() -> None:
    seller = preferences((200, 100), (100, 60), (0.75, 0.25))
    assert seller.senses == (1, 1)
    assert seller.utility((200, 60)) == pytest.approx(0.75)


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"weights": (0.5, 0.6)}, "weights"),
        ({"weights": (1.5, -0.5)}, "weights"),
        ({"weights": (math.nan, 1.0)}, "weights"),
        ({"weights": (1.0,)}, "weights"),
        ({"limits": (200,)}, "limits"),
        ({"limits": (100, 200)}, "limits[0]"),
        ({"goals": (), "limits": (), "weights": ()}, "goals"),
        ({"least": 1.5}, "least"),
    ],
)
def test_preferences_that_make_no_utility_are_refused(changes: dict[str, object], key: str) -> None:
    base: dict[str, object] = {"goals": (100, 100), "limits": (200, 200), "weights": (0.5, 0.5)}
    with pytest.raises(PreferencesError) as refusal:
        TariffPreferences(**{**base, **changes})  # type: ignore[arg-type]
    assert (refusal.value.key, refusal.value.exit_code) == (key, 2)


@pytest.mark.parametrize(
    ("tactic", "time", "expected"),
    [
        (ByTime(10), 5, 150.0),
        (ByTime(10, 0.5), 5, 125.0),  # 100 + 100 · (1/2)²
        (ByTime(10), 30, 200.0),
        (ByShare(0.5), 2, 175.0),  # 200 − 100 · (1/2)²
        (Firm(), 30, 100.0),
    ],
)
def test_tactics_by_hand(tactic: Tactic, time: int, expected: float) -> None:
    assert tactic.value(100, 200, time) == pytest.approx(expected)


@pytest.mark.parametrize(
    "make", [lambda: ByTime(0), lambda: ByTime(5, 0), lambda: ByShare(1.0), lambda: ByShare(0)]
)
def test_tactics_that_make_no_offer_are_refused(make: object) -> None:
    with pytest.raises(TacticError):
        make()  # type: ignore[operator]


@given(many_preferences(), st.sampled_from([ByTime(7), ByTime(5, 0.3), ByTime(6, 3.0), ByShare(0.2), Firm()]))
def test_offers_only_concede_and_never_pass_a_limit(wanted: TariffPreferences, tactic: Tactic) -> None:
    mine = agent(wanted, tactic)
    made = [offer for time in range(12) if (offer := mine.next_offer(DOMAIN, time)) is not None]
    for earlier, later in pairwise(made):
        for sense, a, b in zip(wanted.senses, earlier, later, strict=True):
            assert sense * a >= sense * b
    for offer in made:
        assert wanted.accepts(offer)
        assert all(
            s * r >= s * bound for s, r, bound in zip(wanted.senses, offer, wanted.limits, strict=True)
        )


def test_an_offer_is_rounded_towards_conceding_and_stays_within_the_limit() -> None:
    # 100 + 100/3 = 133.3… with ticks of 50: a buyer concedes to 150; at its limit of 190 it still offers 150, not 200.
    coarse = Domain((Issue("day", 0, 1000, 50), Issue("night", 0, 1000, 50)))
    mine = agent(preferences((100, 100), (190, 190)), ByTime(3))
    assert mine.next_offer(coarse, 1) == (150, 150)
    assert mine.next_offer(coarse, 9) == (150, 150)


def test_it_accepts_what_is_worth_at_least_its_own_next_offer() -> None:
    # At turn 4 it would offer (140, 76), worth 0.6; (151, 65) is worth 0.75 · 0.49 + 0.25 · 0.875 = 0.58625.
    assert agent().act(turn(4)) == Propose((140, 76))
    assert agent().act(turn(4, (151, 65))) == Propose((140, 76))
    assert agent().act(turn(5, (151, 65))) == Accept()


def test_it_withdraws_where_only_less_than_its_least_acceptable_agreement_is_left() -> None:
    picky = agent(preferences((100, 60), (200, 100), (0.75, 0.25), least=0.3))
    assert picky.act(turn(7)) == Propose((170, 88))  # worth 0.3
    assert picky.act(turn(8)) == Withdraw()
    assert (
        picky.act(turn(8, (175, 60))) == Accept()
    )  # 0.75 · 0.25 + 0.25 is acceptable, though nothing is left to offer
    assert picky.act(turn(8, (190, 90))) == Withdraw()


def test_it_leaves_after_its_deadline() -> None:
    assert isinstance(agent(deadline=6).act(turn(6)), Propose)
    assert agent(deadline=6).act(turn(7, (0, 0))) == Withdraw()


def test_two_single_agents_agree_in_a_session_of_the_market() -> None:
    # Buyer 100 → 200 and seller 200 → 100 in 10 turns on both rates, the buyer at even turns: at turn 4 the buyer offers 140,
    # where the seller wants 150 at turn 5 and offers that; at turn 6 the buyer would offer 160 and takes 150.
    seller = TariffAgent(preferences=preferences((200, 200), (100, 100)), tactics=(ByTime(10),) * 2)
    run = SessionRun(
        SessionRules(domain=DOMAIN, max_rounds=20, issue_by_issue=False),
        opener=agent(preferences()),
        responder=seller,
    )
    assert run.finish() == Agreed((150, 150), 0)


def test_without_room_both_stay_until_one_withdraws() -> None:
    seller = TariffAgent(
        preferences=preferences((400, 400), (300, 300)), tactics=(ByTime(10),) * 2, deadline=12
    )
    run = SessionRun(
        SessionRules(domain=DOMAIN, max_rounds=30, issue_by_issue=False),
        opener=agent(preferences()),
        responder=seller,
    )
    assert run.finish() == Withdrawn(1)
    assert len(run.trace) == 13


def test_there_is_a_tactic_for_each_rate() -> None:
    with pytest.raises(PreferencesError, match="tactics"):
        TariffAgent(preferences=preferences(), tactics=(Firm(),))


def test_the_tables_of_tallies_have_the_same_numbers() -> None:
    assert np.array(BUYER.slopes).tolist() == [0.75 / (100 - 200), 0.25 / (60 - 100)]
