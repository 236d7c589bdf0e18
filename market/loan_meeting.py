"""One negotiation of a loan: the session of two traders, the messages they sign, and what became of it."""

from dataclasses import dataclass

from market.issues import Domain
from market.ledger.errors import LedgerError
from market.ledger.faults import Fault
from market.ledger.port import Ledger
from market.loan_trader import LoanTrader
from market.loans.port import LoanSigner, RecordedLoan
from market.loans.session import LoanChannel
from market.loans.terms import LoanTerms, LoanTranscript
from market.meeting import Leaving, ended_as
from market.negotiation import Negotiator
from market.records import LoanOfferRow, LoanSessionRow
from market.session import Agreed, SessionRules, SessionRun


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanTermsOffered:
    """What is the same in all sessions of a market: token units per base unit, seconds, rounds."""

    price: int
    cover: int
    max_rounds: int
    turn_timeout: int


class LoanMeeting:
    """A session about a loan between an opener and a responder, by signed messages.

    Parameters
    ----------
    number
        Counted through the run's loan sessions, from 1; with the interval it makes the number of the signed session.
    negotiators
        Of opener and responder.
    ahead
        (given, returned): the queues behind which neither party accepts a place, base units.
    """

    def __init__(
        self,
        *,
        number: int,
        step: int,
        interval: int,
        opener: LoanTrader,
        responder: LoanTrader,
        negotiators: tuple[Negotiator, Negotiator],
        domain: Domain,
        ahead: tuple[int, int],
        offered: LoanTermsOffered,
        ledger: Ledger,
        signer: LoanSigner,
        faults: tuple[Fault, ...],
    ) -> None:
        self.number = number
        self.interval = interval
        self.opener = opener
        self.responder = responder
        self.negotiators = negotiators
        self.recorded: RecordedLoan | None = None
        self._step = step
        self._refusal = ""
        terms = LoanTerms(
            opener=opener.party,
            responder=responder.party,
            nonce=interval * 2**24 + number,
            opener_meter=opener.meter,
            responder_meter=responder.meter,
            interval=interval,
            price=offered.price,
            cover=offered.cover,
            max_ahead_given=ahead[0],
            max_ahead_returned=ahead[1],
        )
        self._channel = LoanChannel(
            terms,
            signer=signer,
            timeout=offered.turn_timeout,
            gate=ledger.rules.gate_of(interval),
            clock=ledger.now,
        )
        self._sides = (
            Leaving(negotiators[0], faults, opener.name, interval),
            Leaving(negotiators[1], faults, responder.name, interval),
        )
        self._run = SessionRun(
            SessionRules(domain=domain, max_rounds=offered.max_rounds, issue_by_issue=False),
            opener=self._sides[0],
            responder=self._sides[1],
            channel=self._channel,
        )

    @property
    def transcript(self) -> LoanTranscript:
        """What was signed."""
        return self._channel.transcript

    @property
    def agreement(self) -> tuple[int, int] | None:
        """(q, τ) in the opener's view, recorded or not; None without one."""
        outcome = self._run.outcome
        if not isinstance(outcome, Agreed):
            return None
        quantity, return_after = outcome.values
        return quantity, return_after

    def finish(self) -> bool:
        """Let both sides act in turn; False if one has stopped answering and its turn is not over yet."""
        while True:
            state = self._run.state
            if self._sides[state.mover].silent(state.round) and not self._channel.overdue():
                return False
            if self._run.advance():
                return True

    def conclude(self, result: RecordedLoan | LedgerError) -> None:
        """What the ledger made of the agreement."""
        if isinstance(result, LedgerError):
            self._refusal = str(result)
        else:
            self.recorded = result

    def row(self) -> LoanSessionRow:
        """This meeting as a row, once it is over."""
        kind, reason = ended_as(self._run.outcome, self._refusal)
        quantity, return_after = self.agreement or (0, 0)
        return LoanSessionRow(
            session=self.number,
            step=self._step,
            interval=self.interval,
            opener=self.opener.name,
            responder=self.responder.name,
            outcome=kind,
            reason=reason,
            rounds=len(self._run.trace),
            quantity=quantity,
            return_after=return_after,
        )

    def offers(self) -> list[LoanOfferRow]:
        """Every offer made."""
        names = (self.opener.name, self.responder.name)
        return [
            LoanOfferRow(
                session=self.number,
                step=self._step,
                round=offer.round,
                proposer=names[offer.who],
                quantity=offer.values[0],
                return_after=offer.values[1],
            )
            for offer in self._run.trace
        ]
