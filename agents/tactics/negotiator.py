"""One side of a session, put together from bidding, acceptance and opponent model, over any number of issues."""

from agents.concession import no_worse
from agents.tactics.acceptance.base import Acceptance
from agents.tactics.bidding.base import Bidding
from agents.tactics.models.base import Model, Opponent
from agents.tactics.space import space_of
from agents.tactics.view import Seat, View
from market.issues import Values
from market.negotiation import Accept, Action, Propose, Turn


class Composed:
    """A negotiator of three parts (``market.negotiation.Negotiator``).

    The acceptance condition decides about the standing offer as a whole. Where it is refused and issues are agreed one by
    one, those on which it is no worse than the own next offer are locked: that can only better the own offer. Were all of
    them so, none is, as the last issue is settled by an acceptance.
    """

    def __init__(self, seat: Seat, bidding: Bidding, acceptance: Acceptance, model: Model) -> None:
        self._seat = seat
        self._bidding, self._acceptance = bidding, acceptance
        self._opponent: Opponent = model.begin(seat.ground)
        self._own: list[Values] = []
        self._theirs: list[Values] = []

    def act(self, turn: Turn) -> Action:
        """Observe the standing offer, decide about it, and answer it."""
        standing = turn.standing
        if standing is not None:
            self._theirs.append(standing)
            self._opponent.observe(standing, min(1.0, turn.time / max(1, turn.max_rounds - 1)))
        view = View(
            seat=self._seat,
            turn=turn,
            own=tuple(self._own),
            theirs=tuple(self._theirs),
            space=self._seat.space
            if turn.locked == 0 or standing is None
            else space_of(self._seat.stakes, self._seat.utility, held=standing, locked=turn.locked),
            model=self._opponent,
        )
        bid = self._bidding.bid(view)
        if standing is not None and self._seat.allows(standing) and self._acceptance.accepts(view, bid):
            return Accept()
        return self._offer(turn, bid)

    def _offer(self, turn: Turn, bid: Values) -> Propose:
        locked = turn.locked
        if turn.issue_by_issue and turn.standing is not None:
            agreed = locked | _agreeable(self._seat, turn.standing, bid)
            if agreed != (1 << len(bid)) - 1:
                locked = agreed
                bid = tuple(turn.standing[i] if locked >> i & 1 else value for i, value in enumerate(bid))
        self._own.append(bid)
        return Propose(bid, locked)


def _agreeable(seat: Seat, standing: Values, bid: Values) -> int:
    """Mask of the issues on which ``standing`` is within the limits and no worse than ``bid``."""
    mask = 0
    for i, stake in enumerate(seat.stakes):
        if stake.allows(standing[i]) and no_worse(standing[i], bid[i], stake.sense):
            mask |= 1 << i
    return mask
