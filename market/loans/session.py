"""How a session about a loan becomes signed messages: each offer names the hash of the one before.

Who offers what is decided elsewhere: move by move (a :class:`~market.session.SessionRun` over a domain of quantity
first, return time second), or all at once (:func:`signed_session`, for kernels that give the whole sequence). Either
way every offer is signed, so that the chain from the first to the last can be shown to anyone.
"""

from collections.abc import Callable, Iterable

from market.ledger.sealed import GENESIS
from market.loans.port import LoanSigner
from market.loans.terms import LoanMove, LoanTerms, LoanTranscript, SignedLoanOffer
from market.session import Offer, Outcome


class LoanChannel:
    """Moves as signed messages; the agreement still has to be recorded (``market.session.Channel``).

    An offer's expiry is the end of the turn that it starts, min(now + timeout, gate): up to that second the other side
    may accept it, and the agreement be recorded. A side that leaves keeps its last offer alive until then, unless it
    burns the session's number (``LoanDesk.cancel``). The package is taken or countered whole.

    Parameters
    ----------
    timeout
        Seconds for each turn.
    gate
        Last second at which anything is recorded for the interval in which the lender gives.
    clock
        The ledger's time.
    """

    def __init__(
        self,
        terms: LoanTerms,
        *,
        signer: LoanSigner,
        timeout: int,
        gate: int,
        clock: Callable[[], int],
    ) -> None:
        self.terms = terms
        self._signer = signer
        self._timeout = timeout
        self._gate = gate
        self._clock = clock
        self._offers: list[SignedLoanOffer] = []
        self._acceptance: bytes | None = None
        self._deadline = min(clock() + timeout, gate)

    @property
    def transcript(self) -> LoanTranscript:
        """What was said so far."""
        return LoanTranscript(self.terms, tuple(self._offers), self._acceptance)

    def propose(self, quantity: int, return_after: int) -> None:
        """The next offer (q, τ), base units and intervals, by the party whose round it is."""
        self._deadline = min(self._clock() + self._timeout, self._gate)
        move = LoanMove(quantity=quantity, return_after=return_after, expiry=self._deadline)
        previous = self._offers[-1].hash if self._offers else GENESIS
        self._offers.append(self._signer.sign(self.terms, move, len(self._offers), previous))

    def agree(self) -> None:
        """The other party takes the last offer.

        Raises
        ------
        ValueError
            If nothing was offered.
        """
        if not self._offers:
            raise ValueError(
                f"session {self.terms.nonce} of {self.terms.opener} and {self.terms.responder}: "
                "found no offer, expected one before an acceptance"
            )
        self._acceptance = self._signer.countersign(self.terms, self._offers[-1])

    # As the channel of a SessionRun -----------------------------------------------------------------------------------

    def overdue(self) -> bool:
        return self._clock() > self._deadline

    def offer(self, offer: Offer) -> Outcome | None:
        quantity, return_after = offer.values
        self.propose(quantity, return_after)
        return None

    def accept(self, standing: Offer, by: int) -> Outcome | None:
        self.agree()
        return None

    def close(self, outcome: Outcome, mover: int) -> None:
        """Nothing to carry: offers run out by themselves."""


def signed_session(
    channel: LoanChannel, offers: Iterable[tuple[int, int]], *, accepted: bool
) -> LoanTranscript:
    """The transcript of a session in which these (q, τ) were offered in turn, from the opener's first.

    Parameters
    ----------
    offers
        Base units (positive: the opener gives first) and intervals.
    accepted
        Whether the last one was taken.
    """
    for quantity, return_after in offers:
        channel.propose(quantity, return_after)
    if accepted:
        channel.agree()
    return channel.transcript
