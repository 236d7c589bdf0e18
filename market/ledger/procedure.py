"""Which issues an offer may lock: the two procedures of a negotiation, as one rule for every ledger and session.

In the whole-package procedure nothing is ever locked. In the issue-by-issue procedure an offer keeps every lock of the
standing offer and may add issues whose standing value it repeats; when all would be locked, that is an acceptance and
must be one.
"""

from market.ledger.errors import InvalidLock
from market.terms import Lock


def check_locks(
    session: int,
    *,
    issue_by_issue: bool,
    standing: tuple[int, int] | None,
    standing_locks: int,
    values: tuple[int, int],
    locks: int,
) -> None:
    """Refuse an offer's locks (``InvalidLock``).

    Parameters
    ----------
    standing
        (price, energy) of the standing offer; None before the first offer, which can lock nothing.
    values
        (price, energy) of the new offer.
    """
    if locks == 0 and standing_locks == 0:
        return
    kept = locks & standing_locks == standing_locks
    allowed = issue_by_issue and standing is not None and locks < Lock.ALL
    if not (kept and allowed and standing is not None and _repeats(standing, values, locks)):
        raise InvalidLock(session, int(standing_locks), int(locks))


def _repeats(standing: tuple[int, int], values: tuple[int, int], locks: int) -> bool:
    return all(
        not locks & bit or standing[issue] == values[issue]
        for issue, bit in enumerate((Lock.PRICE, Lock.ENERGY))
    )
