"""The alternating-offers session: its rules as a pure state machine, and a run of two negotiators through it.

Any number of integer issues, two procedures. In the *whole-package* procedure an offer is taken or countered whole; in
the *issue-by-issue* procedure an offer may lock issues at the counterpart's standing value, a lock is never dropped,
and the last issue is settled by accepting. The opener makes the offers of even rounds; ``max_rounds`` is the most
offers in a session, after which the other side can still accept the last one.

This module knows nothing of money, meters, ledgers, strategies or clocks: see ``market.channels`` for how a session
reaches a ledger. What is decided for every offer (:func:`offer_fault`) works on plain integers alone.
"""

import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from market.issues import Domain, Issue, Values
from market.negotiation import Accept, Action, Negotiator, Propose, Turn, Withdraw

OPENER: Final = 0
"""The side that makes the first offer."""
RESPONDER: Final = 1

# What may be wrong with an offer; the first that applies, in this order.
LEGAL: Final = 0
OUT_OF_DOMAIN: Final = 1
UNKNOWN_LOCK: Final = 2
LOCK_DROPPED: Final = 3
LOCK_MOVED: Final = 4
ALL_LOCKED: Final = 5


def on_grid(value: int, low: int, high: int, tick: int) -> bool:
    """Whether ``value`` is one of ``low, low + tick, … ≤ high``."""
    return low <= value <= high and (value - low) % tick == 0


def offer_fault(
    values: Sequence[int],
    locked: int,
    standing: Sequence[int],
    held: int,
    lows: Sequence[int],
    highs: Sequence[int],
    ticks: Sequence[int],
    issue_by_issue: bool,
) -> tuple[int, int]:
    """What is wrong with an offer: (fault, issue), ``(LEGAL, -1)`` if nothing is.

    Arrays have one entry an issue; ``standing`` has none before the first offer. ``held`` is the standing offer's lock
    mask. Plain integers and indexing only, so that it can be compiled as it stands.
    """
    n = len(values)
    for i in range(n):
        if not on_grid(values[i], lows[i], highs[i], ticks[i]):
            return OUT_OF_DOMAIN, i
    everything = (1 << n) - 1
    lockable = everything if issue_by_issue and len(standing) == n else 0
    for i in range(n):
        if held >> i & 1 and not locked >> i & 1:
            return LOCK_DROPPED, i
    if locked & ~lockable:
        return UNKNOWN_LOCK, -1
    for i in range(n):
        if locked >> i & 1 and values[i] != standing[i]:
            return LOCK_MOVED, i
    if locked == everything:
        return ALL_LOCKED, -1
    return LEGAL, -1


class IllegalAction(Exception):
    """A negotiator did what the rules do not allow; the session's state is unchanged."""


class NotAnAction(IllegalAction):
    """What came is no offer, acceptance or withdrawal, or an offer whose values are no integers."""


class WrongIssueCount(IllegalAction):
    """An offer with another number of values than the domain has issues."""


class OutOfDomain(IllegalAction):
    """A value off its issue's grid."""


class UnknownLock(IllegalAction):
    """A lock on no issue of the domain, before there is an offer to agree with, or in the whole-package procedure."""


class LockDropped(IllegalAction):
    """An offer without a lock that the standing offer has."""


class LockMoved(IllegalAction):
    """A lock on another value than the standing one."""


class EverythingLocked(IllegalAction):
    """All issues locked by an offer: that is an acceptance, and has to be one."""


class NothingToAccept(IllegalAction):
    """An acceptance before any offer."""


class SessionOver(IllegalAction):
    """An action after the session's end."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One offer of a session's trace."""

    round: int
    """From 0; the time t at which it was made."""
    who: int
    """``OPENER`` or ``RESPONDER``."""
    values: Values
    locked: int = 0
    """Bit i: issue i is agreed at the counterpart's last value."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """The standing offer was accepted."""

    values: Values
    by: int
    """Who accepted."""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A side left. ``reason`` is empty if it chose to, otherwise it says which fault of its own ended the session.

    Those are the words of the exception, and they may be logged: who writes a strategy keeps private numbers out of them.
    """

    by: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Deadline:
    """No agreement in time: after ``max_rounds`` offers, or (``clock``) because a turn ran out."""

    clock: bool = False


Outcome = Agreed | Withdrawn | Deadline


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRules:
    """What two sides negotiate about, and how.

    Raises
    ------
    ValueError
        If ``max_rounds`` is not positive or the domain has no issues.
    """

    domain: Domain
    max_rounds: int
    """Most offers, by both sides together."""
    issue_by_issue: bool = True

    def __post_init__(self) -> None:
        if self.max_rounds < 1:
            raise ValueError(f"max_rounds is {self.max_rounds}, expected at least 1")
        if not self.domain.issues:
            raise ValueError("the domain has no issues, expected at least one")


@dataclass(frozen=True, slots=True)
class SessionState:
    """A session at one moment: its rules, its trace, and its outcome once it has one."""

    rules: SessionRules
    offers: tuple[Offer, ...] = ()
    outcome: Outcome | None = None

    @property
    def round(self) -> int:
        """Offers made so far: t of Eq. 1."""
        return len(self.offers)

    @property
    def mover(self) -> int:
        """Whose turn it is."""
        return len(self.offers) % 2

    @property
    def standing(self) -> Offer | None:
        """The last offer."""
        return self.offers[-1] if self.offers else None

    def turn(self) -> Turn:
        """What the mover sees."""
        standing = self.standing
        return Turn(
            time=self.round,
            max_rounds=self.rules.max_rounds,
            domain=self.rules.domain,
            issue_by_issue=self.rules.issue_by_issue,
            standing=standing.values if standing else None,
            locked=standing.locked if standing else 0,
            own_last=self.offers[-2].values if len(self.offers) > 1 else None,
        )


def apply(state: SessionState, action: Action) -> SessionState:
    """The state after the mover's ``action``.

    An offer after ``max_rounds`` offers is not made: it ends the session as a :class:`Deadline`.

    Raises
    ------
    IllegalAction
        A subclass names what the rules refuse, with the values found and expected.
    """
    if state.outcome is not None:
        raise SessionOver(f"session ended as {state.outcome}, expected no further action, found {action!r}")
    if isinstance(action, Propose):
        if state.round >= state.rules.max_rounds:
            return replace(state, outcome=Deadline())
        return replace(state, offers=(*state.offers, _checked(state, action)))
    if isinstance(action, Accept):
        standing = state.standing
        if standing is None:
            raise NothingToAccept("accepted in round 0, expected a standing offer")
        return replace(state, outcome=Agreed(standing.values, state.mover))
    if isinstance(action, Withdraw):
        return replace(state, outcome=Withdrawn(state.mover))
    raise NotAnAction(f"found {action!r}, expected Propose, Accept or Withdraw")


def replay(rules: SessionRules, actions: Iterable[Action]) -> SessionState:
    """The state that ``actions`` lead to from the start; raises as :func:`apply` does."""
    state = SessionState(rules)
    for action in actions:
        state = apply(state, action)
    return state


def _checked(state: SessionState, action: Propose) -> Offer:
    """``action`` as the next offer of the trace, in Python integers, or the refusal by its name."""
    issues = state.rules.domain.issues
    try:
        values = tuple(operator.index(value) for value in action.values)
        locked = operator.index(action.locked)
    except TypeError:
        raise NotAnAction(f"found {action!r}, expected integers") from None
    if len(values) != len(issues):
        raise WrongIssueCount(f"found {len(values)} values, expected {len(issues)}: {_names(issues)}")
    standing = state.standing
    held = standing.locked if standing else 0
    before: Values = standing.values if standing else ()
    fault, i = offer_fault(
        values,
        locked,
        before,
        held,
        [issue.low for issue in issues],
        [issue.high for issue in issues],
        [issue.tick for issue in issues],
        state.rules.issue_by_issue,
    )
    if fault == OUT_OF_DOMAIN:
        issue = issues[i]
        raise OutOfDomain(
            f"{issue.name}: found {values[i]}, expected {issue.low}..{issue.high} in steps of {issue.tick}"
        )
    if fault == UNKNOWN_LOCK:
        raise UnknownLock(f"found locks {locked:#b}, expected none beyond {_lockable(state):#b}")
    if fault == LOCK_DROPPED:
        raise LockDropped(f"{issues[i].name}: found no lock, expected the standing one at {before[i]}")
    if fault == LOCK_MOVED:
        raise LockMoved(f"{issues[i].name}: found a lock at {values[i]}, expected the standing {before[i]}")
    if fault == ALL_LOCKED:
        raise EverythingLocked(f"found all of {_names(issues)} locked by an offer, expected an acceptance")
    return Offer(state.round, state.mover, values, locked)


def _lockable(state: SessionState) -> int:
    return (1 << len(state.rules.domain.issues)) - 1 if state.rules.issue_by_issue and state.offers else 0


def _names(issues: Sequence[Issue]) -> str:
    return ", ".join(issue.name for issue in issues)


def _told(fault: Exception) -> str:
    """The fault in words, even if it cannot say itself what it is."""
    try:
        return f"{type(fault).__name__}: {fault}"
    except Exception:  # noqa: BLE001 - foreign code again: its __str__
        return type(fault).__name__


class Channel(Protocol):
    """How the moves of a run reach the other side and a ledger (``market.channels``)."""

    def overdue(self) -> bool:
        """Whether the present turn has run out."""
        ...

    def offer(self, offer: Offer) -> Outcome | None:
        """Carry an offer; an outcome instead of None if the session ended because it could not be carried."""
        ...

    def accept(self, standing: Offer, by: int) -> Outcome | None:
        """Carry the acceptance of ``standing``; an outcome as above."""
        ...

    def close(self, outcome: Outcome, mover: int) -> None:
        """The session ended without an agreement, in ``mover``'s turn."""
        ...


class SessionRun:
    """Two negotiators in a session, one move at a time.

    A negotiator that raises or acts against the rules ends the session as its own withdrawal, with the reason kept; it
    can do the other side no harm. What a channel raises (a broken connection) passes through, with the state as it was.
    Given equal negotiators, two runs are equal: nothing here draws random numbers or reads a clock.
    """

    def __init__(
        self,
        rules: SessionRules,
        *,
        opener: Negotiator,
        responder: Negotiator,
        channel: Channel | None = None,
    ) -> None:
        self._negotiators = (opener, responder)
        self._channel = channel
        self.state = SessionState(rules)

    @property
    def outcome(self) -> Outcome | None:
        """How it ended; None while it runs."""
        return self.state.outcome

    @property
    def trace(self) -> tuple[Offer, ...]:
        """Every offer made, in order."""
        return self.state.offers

    def advance(self) -> bool:
        """Let the mover act once; True when the session has ended."""
        if self.state.outcome is None:
            self.state = self._next()
        return self.state.outcome is not None

    def finish(self) -> Outcome:
        """Run to the end."""
        while not self.advance():
            pass
        assert self.state.outcome is not None
        return self.state.outcome

    def _next(self) -> SessionState:
        state = self.state
        if self._channel is not None and self._channel.overdue():
            return self._ended(Deadline(clock=True))
        after, fault = self._act()
        if after is None:
            return self._ended(Withdrawn(state.mover, fault))
        if self._channel is None:
            return after
        if after.outcome is None:
            failure = self._channel.offer(after.offers[-1])
        elif isinstance(after.outcome, Agreed):
            failure = self._channel.accept(state.offers[-1], state.mover)
        else:
            return self._ended(after.outcome)
        return after if failure is None else self._ended(failure)

    def _act(self) -> tuple[SessionState | None, str]:
        """The state after the mover's action, or None and its fault."""
        try:
            return apply(self.state, self._negotiators[self.state.mover].act(self.state.turn())), ""
        except Exception as fault:  # noqa: BLE001 - a negotiator is foreign code: whatever it raises is its own loss
            return None, _told(fault)

    def _ended(self, outcome: Outcome) -> SessionState:
        if self._channel is not None:
            self._channel.close(outcome, self.state.mover)
        return replace(self.state, outcome=outcome)
