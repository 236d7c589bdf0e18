"""Two sides over any number of issues: domains, seats, sessions, and views for a single part."""

from collections.abc import Sequence

import numpy as np

from agents.strategy import Stake
from agents.tactics.acceptance.base import Acceptance
from agents.tactics.acceptance.next import Next
from agents.tactics.bidding.base import Bidding
from agents.tactics.models.base import Model, Unknown
from agents.tactics.negotiator import Composed
from agents.tactics.space import space_of
from agents.tactics.utility import Additive, Utility
from agents.tactics.view import Seat, View
from market.issues import Domain, Issue, Values
from market.negotiation import Negotiator, Turn
from market.session import SessionRules, SessionRun


def stakes_of(
    lengths: Sequence[int], senses: Sequence[int], limits: Sequence[tuple[int, int]] | None = None
) -> tuple[Stake, ...]:
    """Issues 0..length−1 with tick 1; limits are the whole issue where none are given."""
    return tuple(
        Stake(Issue(f"issue {i}", 0, length - 1), *(limits[i] if limits else (0, length - 1)), sense)
        for i, (length, sense) in enumerate(zip(lengths, senses, strict=True))
    )


def seat_of(stakes: tuple[Stake, ...], utility: Utility | None = None, seed: int = 0) -> Seat:
    """A seat with an additive utility of equal weights unless another is given."""
    return Seat(stakes, utility or Additive(stakes), np.random.default_rng(seed))


def side(
    seat: Seat, bidding: Bidding, acceptance: Acceptance | None = None, model: Model | None = None
) -> Composed:
    """A negotiator in ``seat``; AC_next and no model unless others are given."""
    return Composed(seat, bidding, acceptance or Next(), model or Unknown())


def play(
    domain: Domain, opener: Negotiator, responder: Negotiator, *, rounds: int, issue_by_issue: bool = False
) -> SessionRun:
    """A session run to its end."""
    rules = SessionRules(domain=domain, max_rounds=rounds, issue_by_issue=issue_by_issue)
    run = SessionRun(rules, opener=opener, responder=responder)
    run.finish()
    return run


def view_of(
    seat: Seat,
    *,
    time: int = 0,
    rounds: int = 21,
    own: Sequence[Values] = (),
    theirs: Sequence[Values] = (),
    locked: int = 0,
    model: Model | None = None,
) -> View:
    """A turn of ``seat`` after these offers; the last of ``theirs`` stands."""
    domain = Domain(tuple(stake.issue for stake in seat.stakes))
    standing = theirs[-1] if theirs else None
    return View(
        seat=seat,
        turn=Turn(
            time=time,
            max_rounds=rounds,
            domain=domain,
            issue_by_issue=bool(locked),
            standing=standing,
            locked=locked,
            own_last=own[-1] if own else None,
        ),
        own=tuple(own),
        theirs=tuple(theirs),
        space=space_of(seat.stakes, seat.utility, held=standing or (), locked=locked),
        model=(model or Unknown()).begin(seat.ground),
    )
