"""One meeting of two traders: their session, the channel it goes through, and what became of it."""

from dataclasses import dataclass

from market.channels import LedgerChannel, SignedChannel
from market.issues import Domain
from market.ledger.errors import LedgerError
from market.ledger.faults import Fault, Silence, silence
from market.ledger.port import Ledger, OfferSigner, Recorded
from market.negotiation import Action, Negotiator, Turn, Withdraw
from market.records import OfferRow, SessionRow
from market.session import Agreed, Deadline, Outcome, SessionRules, SessionRun, Withdrawn
from market.terms import SessionTerms, Transcript
from market.trader import Trader


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingPlan:
    """How a meeting is held."""

    on_chain: bool
    issue_by_issue: bool
    max_rounds: int
    turn_timeout: int
    """Seconds."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """A negotiator who leaves when the fault script says so."""

    inner: Negotiator
    faults: tuple[Fault, ...]
    party: str
    interval: int

    def act(self, turn: Turn) -> Action:
        left = silence(self.faults, party=self.party, interval=self.interval, round=turn.time)
        return Withdraw() if left is Silence.WITHDRAWS else self.inner.act(turn)

    def silent(self, round: int) -> bool:
        """Whether it has stopped answering at ``round``: only time can end its turn."""
        left = silence(self.faults, party=self.party, interval=self.interval, round=round)
        return left is Silence.STOPS


def ended_as(outcome: Outcome | None, refusal: str) -> tuple[str, str]:
    """Outcome and reason of a session's row; ``refusal`` is the ledger's, if it refused what was agreed."""
    if refusal:
        return "refused", refusal
    if isinstance(outcome, Agreed):
        return "agreed", ""
    if isinstance(outcome, Withdrawn):
        return "withdrawn", outcome.reason
    return "deadline", "a turn ran out" if isinstance(outcome, Deadline) and outcome.clock else ""


class Meeting:
    """A session between a seller and a buyer, one move at a time; the buyer opens, as in the paper's Fig. 4.

    Parameters
    ----------
    number
        Counted through the run, from 1; with the interval it makes the number of a signed session.
    negotiators
        Of seller and buyer.
    queued
        Base units that already stand in the queue of the seller's meter: the buyer accepts no place behind more.
    """

    def __init__(
        self,
        *,
        number: int,
        step: int,
        interval: int,
        seller: Trader,
        buyer: Trader,
        negotiators: tuple[Negotiator, Negotiator],
        domain: Domain,
        queued: int,
        plan: MeetingPlan,
        ledger: Ledger,
        signer: OfferSigner,
        faults: tuple[Fault, ...],
    ) -> None:
        self.number = number
        self.interval = interval
        self.seller = seller
        self.buyer = buyer
        self.offers: list[OfferRow] = []
        self.recorded: Recorded | None = None
        self._step = step
        self._plan = plan
        self._refusal = ""
        self._channel: SignedChannel | LedgerChannel | None = None
        terms = SessionTerms(
            seller=seller.party,
            buyer=buyer.party,
            nonce=interval * 2**24 + number,
            seller_meter=seller.meter,
            buyer_meter=buyer.meter,
            interval=interval,
            max_ahead=queued,
            seller_opens=False,
            issue_by_issue=plan.issue_by_issue,
        )
        try:
            self._channel = self._open(terms, ledger, signer)
        except LedgerError as refusal:
            self._refusal = str(refusal)
        self._sides = (
            Leaving(negotiators[1], faults, buyer.name, interval),
            Leaving(negotiators[0], faults, seller.name, interval),
        )
        self._run = SessionRun(
            SessionRules(domain=domain, max_rounds=plan.max_rounds, issue_by_issue=plan.issue_by_issue),
            opener=self._sides[0],
            responder=self._sides[1],
            channel=self._channel,
        )

    def _open(
        self, terms: SessionTerms, ledger: Ledger, signer: OfferSigner
    ) -> SignedChannel | LedgerChannel:
        timeout = self._plan.turn_timeout
        if self._plan.on_chain:
            return LedgerChannel.open(ledger, terms, max_rounds=self._plan.max_rounds, timeout=timeout)
        gate = ledger.rules.gate_of(terms.interval)
        return SignedChannel(terms, signer=signer, timeout=timeout, gate=gate, clock=ledger.now)

    @property
    def transcript(self) -> Transcript | None:
        """What was signed; None for a session on the ledger."""
        return self._channel.transcript if isinstance(self._channel, SignedChannel) else None

    @property
    def agreed(self) -> Transcript | None:
        """The transcript of a signed agreement that still has to be recorded."""
        transcript = self.transcript
        return transcript if transcript is not None and transcript.acceptance is not None else None

    @property
    def waits(self) -> bool:
        """Whether the mover has stopped answering: only time can end this session."""
        return self._sides[self._run.state.mover].silent(self._run.state.round)

    def advance(self, step: int) -> bool:
        """Let the mover act once; True when the session has ended. Without an answer nothing happens until its turn is over."""
        if self._channel is None:
            return True
        if self.waits and not self._channel.overdue():
            return False
        made = len(self._run.trace)
        finished = self._run.advance()
        for offer in self._run.trace[made:]:
            price, energy = offer.values
            self.offers.append(
                OfferRow(
                    session=self.number,
                    step=step,
                    round=offer.round,
                    proposer=(self.buyer, self.seller)[offer.who].name,
                    price=price,
                    energy=energy,
                    locked=offer.locked,
                )
            )
        if finished and isinstance(self._channel, LedgerChannel) and self._channel.result is not None:
            self.conclude(self._channel.result)
        return finished

    def conclude(self, result: Recorded | LedgerError) -> None:
        """What the ledger made of the agreement."""
        if isinstance(result, LedgerError):
            self._refusal = str(result)
        else:
            self.recorded = result

    def row(self) -> SessionRow:
        """This meeting as a row, once it is over."""
        outcome = self._run.outcome
        kind, reason = ended_as(outcome, self._refusal)
        price, energy = outcome.values if isinstance(outcome, Agreed) else (0, 0)
        return SessionRow(
            session=self.number,
            step=self._step,
            interval=self.interval,
            seller=self.seller.name,
            buyer=self.buyer.name,
            channel="chain" if self._plan.on_chain else "signed",
            outcome=kind,
            reason=reason,
            rounds=len(self._run.trace),
            price=price,
            energy=energy,
        )
