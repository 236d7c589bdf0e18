"""How the moves of a session reach the other side and a ledger: signed messages, or the ledger call by call.

A :class:`~market.session.SessionRun` decides what happens; a channel carries it. Given the same negotiators both give
the same trace and outcome. A trade's domain is price first, energy second (``market.issues.trade_domain``), as is the
order of the lock bits.
"""

from collections.abc import Callable
from dataclasses import replace

from market.ledger.errors import GateClosed, LedgerError, TurnExpired, TurnNotExpired, WrongSessionStatus
from market.ledger.port import Ledger, OfferSigner, OpenRequest, Recorded
from market.session import OPENER, RESPONDER, Deadline, Offer, Outcome, Withdrawn
from market.terms import ONCHAIN_NONCE, Lock, Move, Party, SessionTerms, SignedOffer, Transcript


def party_of(terms: SessionTerms, who: int) -> Party:
    """The party on side ``who`` of a session."""
    return terms.proposer(who)


class SignedChannel:
    """Moves as signed messages, each naming the hash of the one before; the agreement still has to be recorded.

    An offer's expiry is the end of the turn that it starts, min(now + timeout, gate): up to that second the other side
    may accept it, and the agreement be recorded. A side that leaves keeps its last offer alive until then, unless it
    burns the session's number (``Ledger.cancel``).

    Parameters
    ----------
    timeout
        Seconds for each turn.
    gate
        Last second at which anything is recorded for the first delivery interval.
    clock
        The ledger's time.
    """

    def __init__(
        self,
        terms: SessionTerms,
        *,
        signer: OfferSigner,
        timeout: int,
        gate: int,
        clock: Callable[[], int],
    ) -> None:
        self.terms = terms
        self._signer = signer
        self._timeout = timeout
        self._gate = gate
        self._clock = clock
        self._offers: list[SignedOffer] = []
        self._acceptance: bytes | None = None
        self._deadline = min(clock() + timeout, gate)

    @property
    def transcript(self) -> Transcript:
        """What was said so far."""
        return Transcript(self.terms, tuple(self._offers), self._acceptance)

    def overdue(self) -> bool:
        return self._clock() > self._deadline

    def offer(self, offer: Offer) -> Outcome | None:
        price, energy = offer.values
        self._deadline = min(self._clock() + self._timeout, self._gate)
        move = Move(price=price, energy=energy, locked=Lock(offer.locked), expiry=self._deadline)
        previous = self._offers[-1].hash if self._offers else bytes(32)
        self._offers.append(self._signer.sign(self.terms, move, offer.round, previous))
        return None

    def accept(self, standing: Offer, by: int) -> Outcome | None:
        self._acceptance = self._signer.countersign(self.terms, self._offers[-1])
        return None

    def close(self, outcome: Outcome, mover: int) -> None:
        """Nothing to carry: offers run out by themselves."""


class LedgerChannel:
    """Moves as calls of the ledger, each as it happens; an acceptance records the deal.

    A move that the ledger refuses because the turn or the gate has passed ends the session as a ``Deadline(clock)``;
    any other refused offer as a withdrawal of who made it. A refused acceptance (an empty balance, a full queue) is
    still an agreement between the two: ``result`` holds the refusal, and the session on the ledger is closed.
    """

    def __init__(self, ledger: Ledger, *, terms: SessionTerms, session: int, timeout: int) -> None:
        self.terms = terms
        self.session = session
        """Its number on the ledger."""
        self.result: Recorded | LedgerError | None = None
        """What became of the agreement."""
        self._ledger = ledger
        self._timeout = timeout
        self._gate = ledger.rules.gate_of(terms.interval)
        self._deadline = self._turn_end()

    @classmethod
    def open(cls, ledger: Ledger, terms: SessionTerms, *, max_rounds: int, timeout: int) -> "LedgerChannel":
        """Open the session on the ledger and let the other side join; ``terms.nonce`` is replaced by its number.

        Raises
        ------
        LedgerError
            If the ledger refuses either; then no session is left open.
        """
        opener, responder = party_of(terms, OPENER), party_of(terms, RESPONDER)
        meters = {terms.seller: terms.seller_meter, terms.buyer: terms.buyer_meter}
        session = ledger.open(
            opener,
            OpenRequest(
                counterpart=responder,
                selling=terms.seller_opens,
                meter=meters[opener],
                interval=terms.interval,
                count=terms.count,
                max_ahead=terms.max_ahead,
                issue_by_issue=terms.issue_by_issue,
                max_rounds=max_rounds,
                timeout=timeout,
            ),
        )
        try:
            ledger.join(responder, session, meters[responder], terms.max_ahead)
        except LedgerError:
            ledger.withdraw_from(opener, session)
            raise
        return cls(
            ledger, terms=replace(terms, nonce=ONCHAIN_NONCE + session), session=session, timeout=timeout
        )

    def overdue(self) -> bool:
        return self._ledger.now() > self._deadline

    def offer(self, offer: Offer) -> Outcome | None:
        price, energy = offer.values
        try:
            self._ledger.offer(
                party_of(self.terms, offer.who), self.session, price, energy, Lock(offer.locked)
            )
        except (TurnExpired, GateClosed):
            return Deadline(clock=True)
        except LedgerError as refusal:
            return Withdrawn(offer.who, str(refusal))
        self._deadline = self._turn_end()
        return None

    def accept(self, standing: Offer, by: int) -> Outcome | None:
        party = party_of(self.terms, by)
        price, energy = standing.values
        try:
            self.result = self._ledger.accept(party, self.session, standing.round, price, energy)
        except (TurnExpired, GateClosed):
            return Deadline(clock=True)
        except LedgerError as refusal:
            self.result = refusal
            self._ledger.withdraw_from(party, self.session)
        return None

    def close(self, outcome: Outcome, mover: int) -> None:
        """Close the session on the ledger: expired if its turn ran out, otherwise left by who would have to move."""
        try:
            if outcome == Deadline(clock=True):
                self._ledger.expire(self.session)
            else:
                self._ledger.withdraw_from(party_of(self.terms, mover), self.session)
        except TurnNotExpired:
            self._ledger.withdraw_from(party_of(self.terms, mover), self.session)
        except WrongSessionStatus:
            return  # anyone may have expired it

    def _turn_end(self) -> int:
        return min(self._ledger.now() + self._timeout, self._gate)
