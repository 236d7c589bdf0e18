"""A session reaches a ledger by signed messages or call by call: the same outcome, the same deal, the same refusals."""

from collections.abc import Callable
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.channels import LedgerChannel, SignedChannel
from market.issues import Issue, trade_domain
from market.ledger.errors import GateClosed, InsufficientBalance, LedgerError, PausedUntil
from market.ledger.memory import MemoryLedger
from market.ledger.port import MarketRules, MeterSpec, Recorded, TariffStep
from market.ledger.unsigned import HashChain
from market.negotiation import Accept, Action, Negotiator, Propose, Turn, Withdraw
from market.session import OPENER, RESPONDER, Agreed, Deadline, Outcome, SessionRules, SessionRun, Withdrawn
from market.terms import ONCHAIN_NONCE, Lock, Party, SessionStatus, SessionTerms
from tests.market.scripted import Script, Wild

SELLER, BUYER, PROVIDER, MARKET = (Party("0x" + digit * 40) for digit in "1234")
DOMAIN = trade_domain(price=Issue("price", 10, 20), energy=Issue("energy", 5, 50, 5))
EPOCH = 1_000
RULES = MarketRules(epoch=EPOCH)
INTERVAL = 4
GATE = RULES.gate_of(INTERVAL)  # 1,000 + 4 × 900 − 60 = 4,540
TIMEOUT = 300


class Place(NamedTuple):
    ledger: MemoryLedger
    terms: SessionTerms


def place(*, funds: int = 10_000, seller_opens: bool = False, issue_by_issue: bool = True) -> Place:
    """A ledger at the epoch with two metered parties."""
    tariff = [TariffStep(from_interval=0, buy_price=10, sell_price=20)]
    ledger = MemoryLedger(rules=RULES, provider=PROVIDER, tariff=tariff, address=MARKET, now=EPOCH)
    meters = [ledger.register_meter(MeterSpec(name=p[-4:], owner=p, rating=50)) for p in (SELLER, BUYER)]
    if funds:
        ledger.buy_tokens(BUYER, funds)
        ledger.deposit(BUYER, funds)
    terms = SessionTerms(
        seller=SELLER,
        buyer=BUYER,
        nonce=7,
        seller_meter=meters[0],
        buyer_meter=meters[1],
        interval=INTERVAL,
        seller_opens=seller_opens,
        issue_by_issue=issue_by_issue,
    )
    return Place(ledger, terms)


def signed(at: Place) -> SignedChannel:
    return SignedChannel(at.terms, signer=HashChain(), timeout=TIMEOUT, gate=GATE, clock=at.ledger.now)


def on_ledger(at: Place, *, max_rounds: int = 8) -> LedgerChannel:
    return LedgerChannel.open(at.ledger, at.terms, max_rounds=max_rounds, timeout=TIMEOUT)


def run(
    at: Place, channel: SignedChannel | LedgerChannel, opener: Negotiator, responder: Negotiator
) -> SessionRun:
    rules = SessionRules(domain=DOMAIN, max_rounds=8, issue_by_issue=at.terms.issue_by_issue)
    return SessionRun(rules, opener=opener, responder=responder, channel=channel)


def haggle() -> tuple[Script, Script]:
    """Agreed in three offers: 14 for 30, the energy locked in round 1."""
    return (
        Script([Propose((10, 30)), Propose((14, 30), 2)]),
        Script([Propose((18, 30), 2), Accept()]),
    )


def test_a_signed_session_leaves_a_transcript_that_the_ledger_records() -> None:
    at = place()
    channel = signed(at)
    assert run(at, channel, *haggle()).finish() == Agreed((14, 30), RESPONDER)
    transcript = channel.transcript
    assert [(o.round, o.move.price, o.move.energy, o.move.locked) for o in transcript.offers] == [
        (0, 10, 30, Lock.NONE),
        (1, 18, 30, Lock.ENERGY),
        (2, 14, 30, Lock.ENERGY),
    ]
    assert transcript.offers[0].previous == bytes(32)
    assert [o.previous for o in transcript.offers[1:]] == [o.hash for o in transcript.offers[:-1]]
    assert [o.move.expiry for o in transcript.offers] == [EPOCH + TIMEOUT] * 3
    (result,) = at.ledger.record([transcript], disclose=True)
    assert isinstance(result, Recorded)
    assert (result.deal.price, result.deal.energy, result.deal.nonce) == (14, 30, 7)
    assert at.ledger.balance(BUYER) == 10_000 - 14 * 30


def test_a_session_on_the_ledger_makes_each_call_as_it_happens() -> None:
    at = place()
    channel = on_ledger(at)
    going = run(at, channel, *haggle())
    going.advance()
    view = at.ledger.session(channel.session)
    assert (view.status, view.rounds, view.price, view.energy) == (SessionStatus.NEGOTIATING, 1, 10, 30)
    assert going.finish() == Agreed((14, 30), RESPONDER)
    assert at.ledger.session(channel.session).status is SessionStatus.AGREED
    assert isinstance(channel.result, Recorded)
    assert channel.result.deal.nonce == ONCHAIN_NONCE + channel.session == channel.terms.nonce
    assert at.ledger.balance(BUYER) == 10_000 - 14 * 30


@settings(max_examples=100, deadline=None)
@given(
    st.integers(0, 2**32), st.integers(0, 2**32), st.booleans(), st.booleans(), st.sampled_from([0.05, 0.3])
)
def test_the_outcome_does_not_depend_on_the_channel(
    one: int, other: int, seller_opens: bool, issue_by_issue: bool, ends: float
) -> None:
    def play(channel: Callable[[Place], SignedChannel | LedgerChannel]) -> tuple[SessionRun, Recorded | None]:
        at = place(seller_opens=seller_opens, issue_by_issue=issue_by_issue)
        carried = channel(at)
        going = run(at, carried, Wild(one, ends=ends), Wild(other, ends=ends))
        going.finish()
        if isinstance(carried, LedgerChannel):
            result = carried.result
        else:
            agreed = carried.transcript.acceptance is not None
            result = at.ledger.record([carried.transcript], disclose=True)[0] if agreed else None
        assert not isinstance(result, LedgerError)
        assert (result is not None) == isinstance(going.outcome, Agreed)
        return going, result

    by_message, message_deal = play(signed)
    by_call, call_deal = play(on_ledger)
    assert by_message.trace == by_call.trace
    assert by_message.outcome == by_call.outcome
    if message_deal is not None and call_deal is not None:
        ours, theirs = message_deal.deal, call_deal.deal
        assert (ours.price, ours.energy, ours.seller) == (theirs.price, theirs.energy, theirs.seller)
        assert message_deal.positions == call_deal.positions


@pytest.mark.parametrize(
    ("opener", "responder", "outcome"),
    [
        ([Propose((10, 30))], [Withdraw()], Withdrawn(RESPONDER)),
        ([Propose((10, 30))] * 9, [Propose((20, 30))] * 9, Deadline()),
        (
            [Propose((10, 31))],
            [],
            Withdrawn(OPENER, "OutOfDomain: energy: found 31, expected 5..50 in steps of 5"),
        ),
    ],
)
def test_a_session_without_agreement_is_closed_on_the_ledger(
    opener: list[Action], responder: list[Action], outcome: Outcome
) -> None:
    at = place()
    channel = on_ledger(at)
    assert run(at, channel, Script(opener), Script(responder)).finish() == outcome
    assert at.ledger.session(channel.session).status is SessionStatus.WITHDRAWN
    assert at.ledger.balance(BUYER) == 10_000


def test_a_turn_that_ran_out_ends_either_channel_by_the_clock() -> None:
    for channel_of in (signed, on_ledger):
        at = place()
        channel = channel_of(at)
        going = run(at, channel, *haggle())
        going.advance()
        at.ledger.advance_to(EPOCH + TIMEOUT)
        assert not going.advance(), "the last second of a turn still counts"
        at.ledger.advance_to(EPOCH + 2 * TIMEOUT + 1)
        assert going.advance()
        assert going.outcome == Deadline(clock=True)
        assert len(going.trace) == 2
        if isinstance(channel, LedgerChannel):
            assert at.ledger.session(channel.session).status is SessionStatus.EXPIRED


def test_a_session_that_someone_else_expired_ends_all_the_same() -> None:
    at = place()
    channel = on_ledger(at)
    going = run(at, channel, *haggle())
    going.advance()
    at.ledger.advance_to(EPOCH + TIMEOUT + 1)
    at.ledger.expire(channel.session)
    assert going.advance()
    assert going.outcome == Deadline(clock=True)
    assert at.ledger.session(channel.session).status is SessionStatus.EXPIRED


def test_no_turn_lasts_beyond_the_gate() -> None:
    at = place()
    at.ledger.advance_to(GATE - 10)
    channel = signed(at)
    going = run(at, channel, *haggle())
    going.advance()
    assert channel.transcript.offers[0].move.expiry == GATE
    at.ledger.advance_to(GATE + 1)
    going.advance()
    assert going.outcome == Deadline(clock=True)


def test_an_agreement_that_the_ledger_refuses_is_kept_with_its_refusal_on_either_channel() -> None:
    poor = place(funds=100)
    by_message = signed(poor)
    assert run(poor, by_message, *haggle()).finish() == Agreed((14, 30), RESPONDER)
    (refused,) = poor.ledger.record([by_message.transcript], disclose=True)
    assert refused == InsufficientBalance(BUYER, 100, 14 * 30)

    poor = place(funds=100)
    by_call = on_ledger(poor)
    assert run(poor, by_call, *haggle()).finish() == Agreed((14, 30), RESPONDER)
    assert by_call.result == InsufficientBalance(BUYER, 100, 14 * 30)
    assert poor.ledger.session(by_call.session).status is SessionStatus.WITHDRAWN


def test_an_offer_that_the_ledger_refuses_is_its_makers_withdrawal() -> None:
    at = place()
    channel = LedgerChannel.open(at.ledger, at.terms, max_rounds=1, timeout=TIMEOUT)
    going = run(at, channel, Script([Propose((10, 30))]), Script([Propose((18, 30))]))
    assert going.finish() == Withdrawn(RESPONDER, f"RoundLimit(session={channel.session}, max_rounds=1)")
    assert len(going.trace) == 1
    assert at.ledger.session(channel.session).status is SessionStatus.WITHDRAWN


def test_a_session_that_cannot_be_joined_is_not_left_open(monkeypatch: pytest.MonkeyPatch) -> None:
    at = place()

    def refuse(*_: object) -> None:
        raise PausedUntil(2 * EPOCH, EPOCH)

    monkeypatch.setattr(at.ledger, "join", refuse)
    with pytest.raises(PausedUntil):
        on_ledger(at)
    assert at.ledger.session(1).status is SessionStatus.WITHDRAWN


def test_a_session_that_cannot_be_opened_is_refused_by_the_ledgers_own_error() -> None:
    at = place()
    at.ledger.advance_to(GATE + 1)
    with pytest.raises(GateClosed):
        on_ledger(at)


def test_a_broken_connection_passes_through_and_the_move_is_not_made() -> None:
    class Broken(SignedChannel):
        def offer(self, offer: object) -> None:
            raise ConnectionError

    at = place()
    channel = Broken(at.terms, signer=HashChain(), timeout=TIMEOUT, gate=GATE, clock=at.ledger.now)
    going = run(at, channel, *haggle())
    with pytest.raises(ConnectionError):
        going.advance()
    assert going.trace == ()
    assert going.outcome is None


def test_a_negotiator_sees_the_same_turns_on_either_channel() -> None:
    seen: list[list[Turn]] = []
    for channel_of in (signed, on_ledger):
        at = place()
        opener, responder = haggle()
        run(at, channel_of(at), opener, responder).finish()
        seen.append(opener.seen + responder.seen)
    assert seen[0] == seen[1]
