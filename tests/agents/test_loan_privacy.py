"""Weights, utilities, aspirations, forecasts and what a home thinks of its peers appear in nothing that leaves it."""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, fields, is_dataclass

import numpy as np
import pytest

from agents.acquaintances import Acquaintances
from agents.lender import Lender, Outlook
from agents.loans.model import ProsumerModel
from energy.battery import Battery
from market import records
from market.issues import Issue
from market.ledger.unsigned import UNSIGNED_LOANS
from market.loan_meeting import LoanTermsOffered
from market.loan_trader import LoanBrief, LoanSeat, loan_domain
from market.loans import port, terms
from market.loans.session import LoanChannel
from market.loans.terms import LoanTerms, LoanTranscript
from market.negotiation import Action, Negotiator, Turn
from market.session import Agreed, SessionRules, SessionRun
from market.terms import Party
from market.transcripts import to_json
from tests.agents.park import BUYER, SELLER
from tests.agents.test_privacy import PRIVATE_WORDS

DOMAIN = loan_domain(quantity=Issue("quantity", -300, 300, 100), return_after=Issue("return_after", 1, 7, 1))
BRIEF = LoanBrief(step=3, interval=4, domain=DOMAIN, max_rounds=60)
ROOM = (2500, 2500)


class Told:
    """A fixed outlook."""

    def __init__(self, needs: list[float], soc_kwh: float) -> None:
        self._outlook = Outlook(soc_kwh=soc_kwh, needs_kwh=np.array([needs]), legs_kwh=np.zeros(len(needs)))

    def outlook(self, step: int, interval: int) -> Outlook:
        return self._outlook


def lender(
    party: Party, needs: list[float], *, weights: tuple[float, float], aspiration: float, least_gain: float
) -> Lender:
    battery = Battery(capacity_kwh=2.0, lo=0.1, hi=0.95)
    model = ProsumerModel(battery, weights=weights)
    return Lender(
        name="ash" if party == SELLER else "oak",
        party=party,
        meter=1 if party == SELLER else 2,
        model=lambda interval: model,
        expectations=Told(needs, 0.7313),
        aspiration=aspiration,
        least_gain=least_gain,
        sure=0.8371,
        peers=Acquaintances(epsilon=0.1731, seeds=(1,)),
    )


class Watching:
    """Notes what a negotiator is shown."""

    def __init__(self, inner: Negotiator, seen: list[Turn]) -> None:
        self._inner, self._seen = inner, seen

    def act(self, turn: Turn) -> Action:
        self._seen.append(turn)
        return self._inner.act(turn)


def session() -> tuple[SessionRun, LoanTranscript, list[Turn], list[float]]:
    """A session of two homes, all that was said and seen in it, and every number that only one of them knows."""
    ash = lender(
        SELLER,
        [-0.4413, -0.2917, -0.3127, 0.1068, -0.0994, 0.0506, 0.3372, 0.3432],
        weights=(0.3131, 0.6869),
        aspiration=0.4373,
        least_gain=0.00171,
    )
    oak = lender(
        BUYER,
        [0.1901, -0.1803, -0.3019, -0.3259, -0.1375, -0.0206, -0.3889, -0.4538],
        weights=(0.1717, 0.8283),
        aspiration=0.3911,
        least_gain=0.00213,
    )
    agreement = LoanTerms(
        opener=SELLER,
        responder=BUYER,
        nonce=1,
        opener_meter=1,
        responder_meter=2,
        interval=4,
        price=300,
        cover=360,
    )
    channel = LoanChannel(agreement, signer=UNSIGNED_LOANS, timeout=300, gate=10**6, clock=lambda: 5000)
    seen: list[Turn] = []
    sides = []
    for home, opens in ((ash, True), (oak, False)):
        assert home.takes_part(BRIEF)
        other = BUYER if opens else SELLER
        seat = LoanSeat(opens=opens, counterpart=other, room=ROOM, room_returned=(ROOM,) * 7)
        side = home.loan_negotiator(BRIEF, seat)
        assert side is not None
        sides.append(Watching(side, seen))
    run = SessionRun(
        SessionRules(domain=DOMAIN, max_rounds=60, issue_by_issue=False),
        opener=sides[0],
        responder=sides[1],
        channel=channel,
    )
    run.finish()
    private = [0.3131, 0.6869, 0.4373, 0.00171, 0.1717, 0.8283, 0.3911, 0.00213, 0.7313, 0.8371, 0.1731]
    for home in (ash, oak):
        view = home._view  # what is private is behind an underscore; only this test looks there
        assert view is not None
        private += list(home._expectations.outlook(3, 4).needs_kwh.ravel())
        private += [view.border, view.proposes, view.space.no_deal, *view.space.utilities.ravel()]
    return run, channel.transcript, seen, private


def leaves(value: object) -> Iterator[object]:
    """Everything in a value that is no container."""
    if is_dataclass(value) and not isinstance(value, type):
        yield from leaves(asdict(value))
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield from leaves(key)
            yield from leaves(entry)
    elif isinstance(value, list | tuple | range):
        for entry in value:
            yield from leaves(entry)
    else:
        yield value


def test_a_transcript_holds_terms_and_offers_and_nothing_private() -> None:
    run, transcript, _, private = session()
    assert isinstance(run.outcome, Agreed)
    assert len(run.trace) > 4, "a session with an end and real concessions"
    said = [value for value in leaves(transcript) if isinstance(value, int | float)]
    assert all(isinstance(value, int) for value in said)
    text = json.dumps(to_json(transcript))
    # Whatever the scale on which a private number might be written: no four of its digits stand in the text as a number.
    digits = {
        f"{abs(value):.12e}".partition("e")[0].replace(".", "")[:4] for value in private if abs(value) > 1e-6
    }
    spoken = set(re.findall(r"(?<![\w.])\d{4,}(?![\w.])", text))
    public = {"5000", "5300"}
    assert not {number for number in spoken - public if number[:4] in digits}


def test_what_the_counterpart_sees_are_offers_alone() -> None:
    run, _, seen, _ = session()
    offered = {number for offer in run.trace for number in offer.values}
    grid = {0, 1, 7, -300, 300, 100, 60, *range(60)}
    for turn in seen:
        numbers = {value for value in leaves(turn) if isinstance(value, int) and not isinstance(value, bool)}
        assert numbers <= offered | grid
        assert not [value for value in leaves(turn) if isinstance(value, float)]


@pytest.mark.parametrize(
    "message",
    [
        LoanBrief, LoanSeat, LoanTermsOffered, terms.LoanTerms, terms.LoanMove, terms.Loan, terms.SignedLoanOffer,
        terms.LoanTranscript, port.RecordedLoan, port.LoanSettlement, port.LoanState, port.LoanDeskState,
        records.LoanSessionRow, records.LoanOfferRow, records.LoanRow,
    ],
)  # fmt: skip
def test_no_message_and_no_row_has_a_place_for_anything_private(message: type) -> None:
    names = [field.name for field in fields(message)]
    assert not [
        name for name in names if PRIVATE_WORDS.search(name) or re.search("gain|soc|need|sure|peer", name)
    ]
