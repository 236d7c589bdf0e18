"""The matches of a tournament: sessions about trades, about loans, or both in turn."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from learning.judging.domains import Match, draw_match
from learning.judging.errors import JudgingError
from learning.judging.loans import LoanMatch, draw_loan_match

AnyMatch = Match | LoanMatch

TRADES, LOANS = KINDS = ("trades", "loans")
DRAW: Final[Mapping[str, Callable[[int, int], AnyMatch]]] = {TRADES: draw_match, LOANS: draw_loan_match}


def draw_matches(
    count: int, seed: int, kinds: tuple[str, ...] = (TRADES,), *, rounds: int | None = None
) -> list[AnyMatch]:
    """The first ``count`` matches of ``seed``, of each kind in turn.

    Parameters
    ----------
    rounds
        Most offers of each, of whole packages then: as a learned policy plays. None: as drawn.
    """
    if count < 1:
        raise JudgingError("domains", count, "at least 1")
    if not kinds or set(kinds) - set(KINDS):
        raise JudgingError("kinds", kinds, f"some of {', '.join(KINDS)}")
    drawn = [DRAW[kinds[number % len(kinds)]](number, seed) for number in range(count)]
    if rounds is None:
        return drawn
    return [replace(match, max_rounds=rounds, issue_by_issue=False) for match in drawn]


def opened_by(match: AnyMatch, *, seller: bool) -> AnyMatch:
    """The same match, begun by the seller (the first home) or by the other side."""
    return replace(match, seller_opens=seller)
