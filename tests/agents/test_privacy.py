"""Preferences, reservation values, aspirations and forecasts appear in nothing that leaves an agent."""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, fields, is_dataclass, replace

import pytest

from agents.prosumer import FirmKind
from agents.strategy import Strategy
from market.channels import SignedChannel
from market.ledger import port
from market.ledger.unsigned import HashChain
from market.matching import Announcement
from market.negotiation import Action, Propose, Turn
from market.session import Agreed, Offer, SessionRules, SessionRun, SessionState, Withdrawn
from market.terms import Deal, Move, SessionTerms, SignedOffer, Transcript
from market.trader import Brief
from tests.agents.park import BUYER, SELLER, brief_of, domain_of, meet, prosumer

PRIVATE_WORDS = re.compile(
    "prefer|weight|reserv|aspir|forecast|utilities|threshold|margin|psi|strategy|stake|bound|concession"
)

# Numbers that only their owner knows; none of them can come about as an offer of the sessions below.
SELLER_RP, BUYER_RP, SELLER_DL, MARGIN, FORECAST = 20_011, 79_013, 37.25, 2_003, 100_777
DOMAIN = domain_of(20_000, 80_000, 200_000, price_tick=1000, energy_tick=1000)


def _leaves(value: object) -> Iterator[object]:
    """Everything in a value that is no container."""
    if is_dataclass(value) and not isinstance(value, type):
        yield from _leaves(asdict(value))
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield from _leaves(key)
            yield from _leaves(entry)
    elif isinstance(value, list | tuple | set | range):
        for entry in value:
            yield from _leaves(entry)
    else:
        yield value


def _session() -> tuple[SessionRun, Transcript]:
    seller = prosumer(
        FORECAST,
        "concession",
        {"price": {"ip": 80, "rp": SELLER_RP / 1000, "dl": SELLER_DL, "cr": 1.937}},
        kind=FirmKind(),
        unit=1000,
        threshold=0.4321,
    )
    buyer = prosumer(
        -150_333,
        "concession",
        {"price": {"ip": 20, "rp": BUYER_RP / 1000, "dl": 31.5, "cr": 1.123}, "energy": {"cr": 0.871}},
        kind=FirmKind(deadline=351, patience=43),
        unit=1000,
        margin=MARGIN,
    )
    terms = SessionTerms(
        seller=SELLER, buyer=BUYER, nonce=1, seller_meter=1, buyer_meter=2, interval=4, issue_by_issue=True
    )
    channel = SignedChannel(terms, signer=HashChain(), timeout=300, gate=10**6, clock=lambda: 5000)
    run = meet(seller, buyer, DOMAIN, max_rounds=40, channel=channel)
    assert run is not None
    return run, channel.transcript


def test_a_transcript_holds_terms_and_offers_and_nothing_private() -> None:
    run, transcript = _session()
    assert isinstance(run.outcome, Agreed), "a session with an end and real concessions"
    assert len(run.trace) > 4
    private = {
        SELLER_RP, BUYER_RP, MARGIN, FORECAST, 150_333, SELLER_DL, 31.5, 37, 1.937, 1.123, 0.871, 0.4321, 351, 43,
        20_000 + MARGIN, 80_000 - MARGIN, 22_003, 78_000, 77_000,
    }  # fmt: skip
    said = set(_leaves(transcript)) | {number for offer in run.trace for number in offer.values}
    assert not private & {value for value in said if isinstance(value, int | float)}
    text = json.dumps(
        asdict(transcript), default=lambda raw: raw.hex() if isinstance(raw, bytes) else str(raw)
    )
    assert not [
        number for number in map(str, sorted(private)) if re.search(rf"(?<![\w.]){number}(?![\w.])", text)
    ]


@pytest.mark.parametrize(
    "message",
    [
        Announcement, Brief, Turn, Offer, SessionState, Transcript, SessionTerms, SignedOffer, Move, Deal,
        port.OpenRequest, port.SessionView, port.ProviderOrder, port.Recorded, port.Settlement, port.DealState,
        port.Reading, port.MeterSpec, port.LedgerState,
    ],
)  # fmt: skip
def test_no_message_has_a_place_for_anything_private(message: type) -> None:
    assert not [field.name for field in fields(message) if PRIVATE_WORDS.search(field.name)]


def test_a_brief_is_the_same_whatever_the_trader_thinks() -> None:
    # Nothing of a trader enters its brief: it is made of public prices, ratings and times.
    allowed = {
        "selling",
        "counterpart",
        "step",
        "interval",
        "buy_price",
        "sell_price",
        "domain",
        "max_rounds",
    }
    assert {field.name for field in fields(Brief)} == allowed


def test_what_the_counterpart_sees_are_offers_alone() -> None:
    seen: list[Turn] = []

    class Watching:
        def __init__(self, inner: object) -> None:
            self.inner = inner

        def act(self, turn: Turn) -> object:
            seen.append(turn)
            return self.inner.act(turn)  # type: ignore[attr-defined]

    seller = prosumer(FORECAST, "conceder", margin=MARGIN, kind=FirmKind(), unit=1000)
    buyer = prosumer(-150_333, "boulware", kind=FirmKind(deadline=351), unit=1000)
    brief = brief_of(DOMAIN, selling=True, max_rounds=30)
    sells, buys = (
        seller.negotiator(brief),
        buyer.negotiator(replace(brief, selling=False, counterpart=SELLER)),
    )
    run = SessionRun(
        SessionRules(domain=DOMAIN, max_rounds=30),
        opener=Watching(buys),  # type: ignore[arg-type]
        responder=Watching(sells),  # type: ignore[arg-type]
    )
    run.finish()
    offered = {number for offer in run.trace for number in offer.values}
    public = offered | {30, *range(31), 0, 1, 2, 3, 20_000, 80_000, 1000, 200_000}
    for turn in seen:
        numbers = {value for value in _leaves(turn) if isinstance(value, int) and not isinstance(value, bool)}
        assert numbers <= public


def test_a_fault_does_not_tell_the_limits_that_it_broke() -> None:
    class Cheap(Strategy):
        def act(self, turn: Turn) -> Action:
            return Propose((turn.domain.issues[0].low, turn.domain.issues[1].low))

    dear = prosumer(FORECAST, Cheap, margin=MARGIN, kind=FirmKind(), unit=1000)
    upside_down = {"price": {"ip": SELLER_RP / 1000, "rp": BUYER_RP / 1000}}
    told = []
    for seller in (dear, prosumer(FORECAST, "concession", upside_down, kind=FirmKind(), unit=1000)):
        run = meet(seller, prosumer(-150_333, unit=1000), DOMAIN, max_rounds=10)
        assert run is not None
        assert isinstance(run.outcome, Withdrawn)
        told.append(run.outcome.reason)
    assert all(told)
    assert not re.search(r"\d", "".join(told)), told
