"""How the replay of a market (``chain.audit.replay``) drives the in-memory loan desk by the desk's events."""

from collections.abc import Callable, Mapping
from typing import Any

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError

from chain.audit.disagreement import Disagreement, same
from chain.audit.loans.terms import CANCEL_CALL
from chain.audit.report import Findings
from chain.audit.world import World
from chain.codec import party_of
from chain.events import (
    Event,
    LoanAgreed,
    LoanCancelled,
    LoanRecorded,
    LoanReleased,
    LoanSettled,
    LoanVoided,
)
from chain.loans.results import ended
from market.ledger.lending import MemoryLoans
from market.loans.port import LoanSettlement
from market.loans.terms import LoanTranscript, SignedLoanOffer
from market.terms import Party

CHECK = "replay"


class LoanReplay:
    """Every event of a desk as the operation that it says was done."""

    def __init__(self, world: World, desk: MemoryLoans, findings: Findings) -> None:
        self._world = world
        self._desk = desk
        self._findings = findings
        self._made = world.lent()
        self._agreed = {(event.at.transaction, event.key): event for event in world.of(LoanAgreed)}
        self.cancelled: set[bytes] = set()
        self.steps: Mapping[type[Event], Callable[[Any], None]] = {
            LoanRecorded: self._record,
            LoanCancelled: self._cancel,
            LoanReleased: self._release,
            LoanSettled: self._settle,
            LoanVoided: self._void,
        }

    def _record(self, event: LoanRecorded) -> None:
        if event.key in self.cancelled:
            raise Disagreement("recorded in a slot that was cancelled")
        agreed = self._agreed.get((event.at.transaction, event.key))
        if agreed is None:
            raise Disagreement("recorded without an agreement")
        head = SignedLoanOffer(agreed.round, agreed.move, agreed.previous, b"", agreed.proposer_signature)
        transcript = LoanTranscript(agreed.terms, (head,), agreed.acceptor_signature)
        made = self._desk.record_agreement(transcript, disclose=False)
        same("terms", event.loan, made.loan)
        same("position of the given leg", event.given_position, made.given_position)
        same("position of the returned leg", event.returned_position, made.returned_position)

    def _cancel(self, event: LoanCancelled) -> None:
        self.cancelled.add(event.key)
        data = self._world.calldata(event)
        if data[:4] != CANCEL_CALL:
            self._findings.note(
                CHECK, "the number of a loan was cancelled through another contract: only its slot is seen"
            )
            return
        try:
            counterpart, nonce = decode(["address", "uint64"], data[4:])
        except DecodingError as error:
            raise Disagreement(f"its call cannot be read: {error}") from error
        self._desk.cancel(event.by, _party(counterpart), nonce)

    def _release(self, event: LoanReleased) -> None:
        loan = self._made[event.key].loan
        self._desk.release(loan)
        same("refund", event.refunded, loan.collateral)

    def _settle(self, event: LoanSettled) -> None:
        self._ended(event, self._desk.settle_one(self._made[event.key].loan))

    def _void(self, event: LoanVoided) -> None:
        self._ended(event, self._desk.void(self._made[event.key].loan))

    def _ended(self, event: LoanSettled | LoanVoided, settlement: LoanSettlement) -> None:
        same("settlement", ended(settlement.key, event), settlement)


def _party(address: str) -> Party:
    return party_of(bytes.fromhex(address[2:]))
