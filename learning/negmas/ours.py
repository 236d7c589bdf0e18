"""Our negotiators in NegMAS's sessions: any strategy of ``agents``, and negotiators over utility tables.

NegMAS negotiates whole offers, so the turn that a negotiator sees is that of the whole-package procedure. What the rules of
``market.session`` refuse, and what a negotiator raises, ends the session as its own withdrawal, as in ``SessionRun``.
"""

from collections.abc import Sequence
from typing import Any, Protocol

from agents.strategy import Bounded, Context, Strategy
from learning.negmas.library import ResponseType, SAONegotiator, SAOResponse
from learning.negmas.spaces import rounds_of, values_of
from market.issues import Domain, Values
from market.negotiation import Accept, Action, Negotiator, Propose, Turn, Withdraw
from market.session import SessionRules, SessionState, apply


class OurNegotiator(SAONegotiator):  # type: ignore[misc]
    """A negotiator of ours as one of NegMAS's; one for each session.

    Parameters
    ----------
    inner
        Who decides.
    domain
        What is negotiated; the mechanism's outcome space is that of ``learning.negmas.spaces.outcome_space``.
    more
        Of NegMAS's negotiators: ``name``, ``ufun`` (to judge the outcome; nothing here decides by it), … .
    """

    def __init__(self, inner: Negotiator, domain: Domain, **more: Any) -> None:
        super().__init__(**more)
        self.reason = ""
        """Which fault of its own ended the session; empty if none did."""
        self._inner = inner
        self._domain = domain
        self._state: SessionState | None = None

    def __call__(self, state: Any, dest: str | None = None) -> Any:
        """Its answer to the standing offer.

        Raises
        ------
        NegmasMismatch
            In its first turn, if this is no session for it.
        """
        if self._state is None:
            rounds = rounds_of(self.nmi, self._domain)
            self._state = SessionState(
                SessionRules(domain=self._domain, max_rounds=rounds, issue_by_issue=False)
            )
        try:
            before = self._heard(self._state, state.current_offer)
            action = self._inner.act(before.turn())
            self._state = apply(before, action)
        except Exception as fault:  # noqa: BLE001 - a negotiator is foreign code: whatever it raises is its own loss
            self.reason = f"{type(fault).__name__}: {fault}"
            return SAOResponse(ResponseType.END_NEGOTIATION, None)
        if isinstance(action, Propose):
            return SAOResponse(ResponseType.REJECT_OFFER, tuple(action.values))
        if isinstance(action, Accept):
            return SAOResponse(ResponseType.ACCEPT_OFFER, state.current_offer)
        return SAOResponse(ResponseType.END_NEGOTIATION, None)

    def propose(self, state: Any, dest: str | None = None) -> Any:
        """Never asked: NegMAS calls the negotiator itself, which answers and proposes at once."""
        return self(state, dest).outcome

    @staticmethod
    def _heard(before: SessionState, offer: Any) -> SessionState:
        return before if offer is None else apply(before, Propose(values_of(offer)))


def strategy_in_negmas(strategy: type[Strategy], context: Context, **more: Any) -> OurNegotiator:
    """A strategy with what it knows of its session, kept within its owner's limits as a market keeps it."""
    strategy.check(context.parameters)
    return OurNegotiator(Bounded(strategy, context), context.brief.domain, **more)


class OverTable(Protocol):
    """Who negotiates about the places of a table, round by round (as ``agents.loans.timed.TimedNegotiator``)."""

    def make_offer(self, round: int) -> int | None: ...

    def accept_offer(self, offer: int, round: int) -> bool: ...


class TableNegotiator:
    """A negotiator over a table as one over a domain (``market.negotiation.Negotiator``).

    Parameters
    ----------
    inner
        Its places are those of ``outcomes``.
    outcomes
        In the table's order; each once.
    """

    def __init__(self, inner: OverTable, outcomes: Sequence[Values]) -> None:
        self._inner = inner
        self._outcomes = tuple(outcomes)
        self._places = {values: place for place, values in enumerate(self._outcomes)}

    def act(self, turn: Turn) -> Action:
        """Take what it accepts in this round, otherwise make this round's offer; leave where it has none."""
        if turn.standing is not None and self._inner.accept_offer(self._places[turn.standing], turn.time):
            return Accept()
        offer = self._inner.make_offer(turn.time)
        return Withdraw() if offer is None else Propose(self._outcomes[offer])
