"""What a session asks of a negotiator: one action at each of its turns."""

from dataclasses import dataclass
from typing import Protocol

from market.issues import Domain, Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What a negotiator sees when it is its turn.

    ``time`` is the number of offers made so far, by both: t of the paper's Eq. 1. ``locked`` is a bit mask over the
    issues (bit i: issue i is agreed at its standing value); always 0 in the whole-package procedure.
    """

    time: int
    max_rounds: int
    domain: Domain
    issue_by_issue: bool
    standing: Values | None
    """The counterpart's last offer; None before the first."""
    locked: int
    own_last: Values | None


@dataclass(frozen=True, slots=True)
class Propose:
    """An offer; ``locked`` keeps every lock of the standing offer and adds the issues it takes from it."""

    values: Values
    locked: int = 0


@dataclass(frozen=True, slots=True)
class Accept:
    """Take the standing offer whole."""


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Leave the session without an agreement."""


Action = Propose | Accept | Withdraw


class Negotiator(Protocol):
    """Who decides in a session; a fresh one for each."""

    def act(self, turn: Turn) -> Action: ...
