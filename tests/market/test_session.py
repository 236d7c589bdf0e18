"""The session's rules: what is legal, who may move, how it ends; and that a broken negotiator harms only itself."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.issues import Domain, Issue
from market.negotiation import Accept, Action, Propose, Turn, Withdraw
from market.session import (
    OPENER,
    RESPONDER,
    Agreed,
    Deadline,
    EverythingLocked,
    IllegalAction,
    LockDropped,
    LockMoved,
    NotAnAction,
    NothingToAccept,
    Offer,
    OutOfDomain,
    SessionOver,
    SessionRules,
    SessionRun,
    SessionState,
    UnknownLock,
    Withdrawn,
    WrongIssueCount,
    apply,
    replay,
)
from tests.market.scripted import Script, Wild

PRICE, ENERGY, DAY = Issue("price", 10, 20), Issue("energy", 0, 100, 10), Issue("day", 1, 7)
TRADE, THREE = Domain((PRICE, ENERGY)), Domain((PRICE, ENERGY, DAY))


def rules(domain: Domain = TRADE, *, max_rounds: int = 10, issue_by_issue: bool = True) -> SessionRules:
    return SessionRules(domain=domain, max_rounds=max_rounds, issue_by_issue=issue_by_issue)


def test_three_issues_are_agreed_one_by_one() -> None:
    state = replay(
        rules(THREE),
        [
            Propose((10, 50, 3)),
            Propose((15, 50, 6), 0b010),  # takes the energy
            Propose((12, 50, 6), 0b110),  # takes the day
            Propose((14, 50, 6), 0b110),
            Accept(),
        ],
    )
    assert state.outcome == Agreed((14, 50, 6), OPENER)
    assert state.offers == (
        Offer(0, OPENER, (10, 50, 3), 0),
        Offer(1, RESPONDER, (15, 50, 6), 0b010),
        Offer(2, OPENER, (12, 50, 6), 0b110),
        Offer(3, RESPONDER, (14, 50, 6), 0b110),
    )


def test_a_turn_shows_time_standing_offer_locks_and_the_own_last_offer() -> None:
    state = replay(rules(max_rounds=7), [Propose((10, 50)), Propose((15, 50), 2)])
    assert state.turn() == Turn(
        time=2,
        max_rounds=7,
        domain=TRADE,
        issue_by_issue=True,
        standing=(15, 50),
        locked=2,
        own_last=(10, 50),
    )
    first = SessionState(rules()).turn()
    assert (first.time, first.standing, first.locked, first.own_last) == (0, None, 0, None)


OPENED: list[Action] = [Propose((10, 50))]
LOCKED: list[Action] = [Propose((10, 50)), Propose((15, 50), 2)]


@pytest.mark.parametrize(
    ("before", "action", "refusal", "told"),
    [
        ([], Propose((9, 50)), OutOfDomain, "price: found 9, expected 10..20 in steps of 1"),
        ([], Propose((10, 55)), OutOfDomain, "energy: found 55, expected 0..100 in steps of 10"),
        ([], Propose((10, 110)), OutOfDomain, "energy: found 110"),
        ([], Propose((10,)), WrongIssueCount, "found 1 values, expected 2: price, energy"),
        ([], Propose((10, 50, 1)), WrongIssueCount, "found 3 values"),
        ([], Propose((10.0, 50)), NotAnAction, "expected integers"),  # type: ignore[arg-type]
        ([], "accept", NotAnAction, "expected Propose, Accept or Withdraw"),
        ([], Propose((10, 50), 1), UnknownLock, "found locks 0b1, expected none beyond 0b0"),
        ([], Accept(), NothingToAccept, "round 0"),
        (OPENED, Propose((10, 50), 4), UnknownLock, "found locks 0b100"),
        (OPENED, Propose((10, 50), -1), UnknownLock, "found locks -0b1"),
        (OPENED, Propose((11, 50), 1), LockMoved, "price: found a lock at 11, expected the standing 10"),
        (OPENED, Propose((10, 50), 3), EverythingLocked, "price, energy"),
        (LOCKED, Propose((11, 50), 0), LockDropped, "energy: found no lock, expected the standing one at 50"),
        (LOCKED, Propose((15, 50), 1), LockDropped, "energy"),
        (LOCKED, Propose((11, 60), 2), LockMoved, "energy: found a lock at 60, expected the standing 50"),
        (LOCKED, Propose((15, 50), 3), EverythingLocked, "expected an acceptance"),
        ([*OPENED, Accept()], Propose((10, 50)), SessionOver, "ended as Agreed"),
        ([Withdraw()], Withdraw(), SessionOver, "ended as Withdrawn"),
    ],
)
def test_refusals_are_named_and_change_nothing(
    before: list[Action], action: Any, refusal: type[IllegalAction], told: str
) -> None:
    state = replay(rules(), before)
    with pytest.raises(refusal) as caught:
        apply(state, action)
    assert told in str(caught.value)
    assert state == replay(rules(), before)


def test_nothing_is_locked_in_the_whole_package_procedure() -> None:
    state = replay(rules(issue_by_issue=False), OPENED)
    with pytest.raises(UnknownLock):
        apply(state, Propose((10, 60), 1))
    assert apply(state, Propose((10, 60))).round == 2


def test_after_the_last_round_an_offer_is_not_made_but_the_last_can_be_accepted() -> None:
    state = replay(rules(max_rounds=2), [Propose((10, 50)), Propose((15, 60))])
    late = apply(state, Propose((11, 50)))
    assert late.outcome == Deadline()
    assert late.round == 2
    assert apply(state, Accept()).outcome == Agreed((15, 60), OPENER)


def test_numbers_of_other_integer_types_become_integers() -> None:
    state = apply(SessionState(rules()), Propose((np.int64(11), np.int32(50))))  # type: ignore[arg-type]
    assert state.offers[0].values == (11, 50)
    assert {type(value) for value in state.offers[0].values} == {int}


@pytest.mark.parametrize("wrong", [{"max_rounds": 0}, {"domain": Domain(())}])
def test_rules_without_meaning_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="expected at least"):
        SessionRules(**{"domain": TRADE, "max_rounds": 4, **wrong})


def test_a_run_can_be_paced_move_by_move() -> None:
    run = SessionRun(
        rules(), opener=Script([Propose((10, 50)), Accept()]), responder=Script([Propose((12, 50))])
    )
    assert [run.advance(), len(run.trace)] == [False, 1]
    assert [run.advance(), len(run.trace), run.outcome] == [False, 2, None]
    assert run.advance()
    assert run.outcome == Agreed((12, 50), OPENER)
    assert run.advance(), "an ended run stays ended"
    assert len(run.trace) == 2


class Raising:
    def act(self, turn: Turn) -> Action:
        raise KeyError("no such tariff")


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError


class RaisingUnspeakably:
    def act(self, turn: Turn) -> Action:
        raise Unspeakable


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (Raising(), "KeyError: 'no such tariff'"),
        (RaisingUnspeakably(), "Unspeakable"),
        (Script([Propose((99, 50))]), "OutOfDomain: price: found 99, expected 10..20 in steps of 1"),
        (Script([]), ""),
    ],
)
def test_a_fault_of_a_negotiator_is_its_own_withdrawal(broken: Any, reason: str) -> None:
    run = SessionRun(rules(), opener=Script([Propose((10, 50))]), responder=broken)
    assert run.finish() == Withdrawn(RESPONDER, reason)
    assert len(run.trace) == 1


def test_an_interrupt_is_nobodys_withdrawal_and_leaves_the_state() -> None:
    class Interrupted:
        def act(self, turn: Turn) -> Action:
            raise KeyboardInterrupt

    run = SessionRun(rules(), opener=Script([Propose((10, 50))]), responder=Interrupted())
    with pytest.raises(KeyboardInterrupt):
        run.finish()
    assert run.outcome is None
    assert len(run.trace) == 1


domains = st.lists(
    st.builds(
        lambda low, size, tick: Issue("issue", low, low + size, tick),
        st.integers(-50, 50),
        st.integers(0, 30),
        st.integers(1, 7),
    ),
    min_size=1,
    max_size=4,
).map(lambda issues: Domain(tuple(issues)))


@settings(max_examples=150, deadline=None)
@given(domains, st.integers(1, 12), st.booleans(), st.integers(0, 2**32), st.integers(0, 2**32))
def test_any_legal_play_ends_in_time_keeps_its_locks_and_repeats(
    domain: Domain, max_rounds: int, issue_by_issue: bool, one: int, other: int
) -> None:
    def play() -> SessionRun:
        run = SessionRun(
            rules(domain, max_rounds=max_rounds, issue_by_issue=issue_by_issue),
            opener=Wild(one),
            responder=Wild(other),
        )
        run.finish()
        return run

    run = play()
    assert len(run.trace) <= max_rounds
    assert not (isinstance(run.outcome, Withdrawn) and run.outcome.reason), run.outcome
    for before, after in zip(run.trace, run.trace[1:], strict=False):
        assert after.who != before.who
        assert before.locked & after.locked == before.locked
        assert after.locked in (range((1 << len(domain.issues)) - 1) if issue_by_issue else (0,))
        for i in range(len(domain.issues)):
            if after.locked >> i & 1:
                assert after.values[i] == before.values[i]
    assert all(offer.values in domain for offer in run.trace)
    if isinstance(run.outcome, Agreed):
        assert run.outcome.values == run.trace[-1].values
        assert run.outcome.by != run.trace[-1].who
    again = play()
    assert (again.trace, again.outcome) == (run.trace, run.outcome)
