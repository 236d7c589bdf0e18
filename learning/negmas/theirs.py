"""NegMAS's negotiators in our sessions.

Each plays in a session of NegMAS of its own, with the same outcomes and times as ours, against a seat that says what the
counterpart said here. So it sees all that NegMAS shows it: state, times, history. What it draws at random comes from
Python's and numpy's global generators, which are NegMAS's affair: a session with one that draws is not repeatable by our
seeds.
"""

from typing import Any

from learning.negmas.errors import NegmasMismatch
from learning.negmas.library import ResponseType, SAONegotiator, SAOResponse
from learning.negmas.spaces import mechanism, values_of
from market.negotiation import Accept, Action, Propose, Turn, Withdraw


class _Seat(SAONegotiator):  # type: ignore[misc]
    """Offers what it is told to."""

    says: Any = None

    def __call__(self, state: Any, dest: str | None = None) -> Any:
        return SAOResponse(ResponseType.REJECT_OFFER, self.says)

    def propose(self, state: Any, dest: str | None = None) -> Any:
        return self.says


class NegmasNegotiator:
    """A negotiator of NegMAS as one of ours (``market.negotiation.Negotiator``); one for each session.

    What it makes of an offer of its own that lies outside the domain, and whatever it raises, ends the session as its
    withdrawal (``market.session.SessionRun``).

    Parameters
    ----------
    negotiator
        An SAO negotiator that is in no session yet.
    ufun
        Its utility function (``learning.negmas.spaces.utility_function``); None if it has one.
    """

    def __init__(self, negotiator: Any, ufun: Any = None) -> None:
        self._inner = negotiator
        self._ufun = ufun
        self._seat = _Seat()
        self._session: Any = None

    def act(self, turn: Turn) -> Action:
        """Its answer to the standing offer.

        Raises
        ------
        NegmasMismatch
            In the issue-by-issue procedure, for which NegMAS has no word, and where it answers that it waits.
        """
        if self._session is None:
            self._session = self._begin(turn)
        if turn.standing is not None:
            self._seat.says = turn.standing
            self._session.step()
        state = self._session.step()
        if state.agreement is not None:
            return Accept()
        if state.waiting:
            raise NegmasMismatch("answer", "WAIT", "an answer in its turn")
        made = [offer for who, offer in state.new_offers if who == self._inner.id]
        return Propose(values_of(made[-1])) if made and made[-1] is not None else Withdraw()

    def _begin(self, turn: Turn) -> Any:
        if turn.issue_by_issue:
            raise NegmasMismatch("procedure", "issue-by-issue", "whole-package")
        session = mechanism(turn.domain, max_rounds=turn.max_rounds)
        own = {} if self._ufun is None else {"ufun": self._ufun}
        opens = turn.standing is None
        for negotiator in (self._inner, self._seat) if opens else (self._seat, self._inner):
            if not session.add(negotiator, **(own if negotiator is self._inner else {})):
                raise NegmasMismatch("negotiator", negotiator, "one that can join a session")
        return session
