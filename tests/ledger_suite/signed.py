"""Signed sessions: offers chained by their hashes, signed by both, recorded in time; and the guardian's pause."""

from dataclasses import replace

import pytest

from market.ledger.errors import (
    BadSignature,
    BrokenTranscript,
    ExpiryBeyondGate,
    LedgerError,
    NonceOutOfRange,
    OfferExpired,
    PausedUntil,
    PauseTooSoon,
    SelfDeal,
)
from market.ledger.port import ProviderOrder
from market.ledger.ranges import NotEncodable
from market.terms import ANY_QUEUE, DealKey, Lock, SignedOffer, Transcript
from tests.ledger_suite.sessions import request
from tests.ledger_suite.world import Ledgers, World, recorded, refuses, settled


def long_talk(world: World, *, nonce: int = 1) -> Transcript:
    """Three offers: Bo 20, Ana 80 (takes the energy), Bo 35; Ana accepts."""
    seller, buyer = world.meter("ana"), world.meter("bo")
    terms = world.terms(seller_meter=seller, buyer_meter=buyer, nonce=nonce)
    return world.agree(
        terms,
        world.move(10, price=20, energy=150),
        world.move(10, price=80, energy=150, locked=Lock.ENERGY),
        world.move(10, price=35, energy=150, locked=Lock.ENERGY),
    )


def altered(transcript: Transcript, number: int, **changes: object) -> Transcript:
    """The transcript with one offer changed after it was sealed."""
    offers = list(transcript.offers)
    offers[number] = replace(offers[number], **changes)  # type: ignore[arg-type]
    return replace(transcript, offers=tuple(offers))


class TestSigned:
    @pytest.mark.parametrize("disclose", [False, True])
    def test_the_last_offer_becomes_the_deal(self, ledgers: Ledgers, disclose: bool) -> None:
        world = ledgers()
        transcript = long_talk(world)
        made = recorded(world.record(transcript, disclose=disclose))
        assert made.deal == transcript.deal
        assert (made.deal.price, made.deal.energy) == (35, 150)
        world.deliver(made.deal.seller_meter, 10, 150)
        assert settled(world.settle(made.deal)).paid == 5_250

    def test_the_seller_may_open(self, ledgers: Ledgers) -> None:
        world = ledgers()
        seller, buyer = world.meter("ana"), world.meter("bo")
        terms = world.terms(seller_meter=seller, buyer_meter=buyer, seller_opens=True, issue_by_issue=False)
        transcript = world.agree(terms, world.move(10, price=80), world.move(10, price=40))
        assert terms.proposer(1) == world["bo"]
        assert recorded(world.record(transcript, disclose=True)).deal.price == 40

    def test_a_transcript_put_on_the_ledger_is_whole(self, ledgers: Ledgers) -> None:
        world = ledgers()
        transcript = long_talk(world)
        slot = world.slot(transcript.deal)
        first, second, head = transcript.offers

        def without(*offers: SignedOffer) -> Transcript:
            return replace(transcript, offers=offers)

        for broken in (without(second, head), altered(transcript, 0, move=replace(first.move, price=21))):
            found = world.record(broken, disclose=True)
            assert isinstance(found, BrokenTranscript), found
            assert found.key == slot
        assert isinstance(recorded(world.record(transcript, disclose=True)).positions, tuple)

    def test_an_offer_ends(self, ledgers: Ledgers) -> None:
        world = ledgers()
        seller, buyer = world.meter("ana"), world.meter("bo")
        terms = world.terms(seller_meter=seller, buyer_meter=buyer)
        expiry = world.ledger.now() + 300
        transcript = world.agree(terms, replace(world.move(10), expiry=expiry))
        world.ledger.advance_to(expiry + 1)
        refuses(
            world,
            OfferExpired(world.slot(transcript.deal), expiry, expiry + 1),
            lambda: world.record(transcript),
        )

    def test_no_offer_outlasts_the_gate(self, ledgers: Ledgers) -> None:
        world = ledgers()
        seller, buyer = world.meter("ana"), world.meter("bo")
        terms = world.terms(seller_meter=seller, buyer_meter=buyer)
        gate = world.ledger.rules.gate_of(10)
        transcript = world.agree(terms, replace(world.move(10), expiry=gate + 1))
        refuses(
            world,
            ExpiryBeyondGate(world.slot(transcript.deal), gate + 1, gate),
            lambda: world.record(transcript),
        )

    def test_both_must_have_signed_just_this(self, ledgers: Ledgers) -> None:
        world = ledgers()
        transcript = long_talk(world)
        slot, head = world.slot(transcript.deal), transcript.offers[-1]
        assert transcript.acceptance is not None
        proposer, acceptor = world["bo"], world["ana"]
        forgeries: list[tuple[Transcript, LedgerError]] = [
            # A price that nobody signed.
            (altered(transcript, 2, move=replace(head.move, price=36)), BadSignature(slot, proposer)),
            # Signatures in each other's place.
            (altered(transcript, 2, signature=transcript.acceptance), BadSignature(slot, proposer)),
            (replace(transcript, acceptance=head.signature), BadSignature(slot, acceptor)),
            # An acceptance of another offer.
            (
                replace(
                    transcript, acceptance=world.signer.countersign(transcript.terms, transcript.offers[0])
                ),
                BadSignature(slot, acceptor),
            ),
        ]
        for forged, expected in forgeries:
            refuses(world, expected, lambda forged=forged: world.record(forged))  # type: ignore[misc]

    def test_another_session_is_another_signature(self, ledgers: Ledgers) -> None:
        world = ledgers()
        transcript = long_talk(world)
        replayed = replace(transcript, terms=replace(transcript.terms, nonce=2))
        refuses(world, BadSignature(world.slot(replayed.deal), world["bo"]), lambda: world.record(replayed))

    def test_session_numbers_of_others_are_not_signed_for(self, ledgers: Ledgers) -> None:
        world = ledgers()
        for nonce in (2**62, 2**63 + 1):
            transcript = long_talk(world, nonce=nonce)
            refuses(world, NonceOutOfRange(nonce), lambda t=transcript: world.record(t))  # type: ignore[misc]

    def test_nobody_deals_with_himself(self, ledgers: Ledgers) -> None:
        world = ledgers()
        one, two = world.meter("ana"), world.meter("ana")
        terms = world.terms("ana", "ana", seller_meter=one, buyer_meter=two)
        refuses(world, SelfDeal(world["ana"]), lambda: world.record(world.agree(terms, world.move(10))))

    def test_what_no_ledger_can_say_is_no_refusal(self, ledgers: Ledgers) -> None:
        # One that fits no bytes32 or uint64 would take the others of its batch with it.
        world = ledgers()
        good = long_talk(world)
        before = world.ledger.state()
        for length in (0, 31, 33):
            bad = altered(good, 2, previous=b"\x01" * length)
            with pytest.raises(NotEncodable, match="previous"):
                world.ledger.record([good, bad], disclose=False)
        with pytest.raises(NotEncodable, match="nonce"):
            world.ledger.cancel(world["ana"], world["ana"], 2**64)
        assert world.ledger.state() == before

    def test_a_session_without_an_offer_is_broken_before_all_else(self, ledgers: Ledgers) -> None:
        world = ledgers()
        terms = replace(long_talk(world).terms, nonce=2**62)
        empty = BrokenTranscript(world.key(DealKey.of(terms)), 0)
        refuses(world, empty, lambda: world.record(Transcript(terms, (), None)))
        world.ledger.pause()
        refuses(world, empty, lambda: world.record(Transcript(terms, (), None)))


class TestPause:
    def test_it_stops_new_business_and_nothing_else(self, ledgers: Ledgers) -> None:
        world = ledgers(horizon=960)
        ledger = world.ledger
        seller, buyer = world.meter("ana"), world.meter("bo")
        kept = world.deal(world.terms(seller_meter=seller, buyer_meter=buyer, interval=10))
        freed = world.deal(world.terms(seller_meter=seller, buyer_meter=buyer, interval=30, nonce=2))
        joined = ledger.open(world["bo"], request(world, buyer, interval=20, timeout=10_000))
        ledger.join(world["ana"], joined, seller, ANY_QUEUE)
        ledger.offer(world["bo"], joined, 20, 150, Lock.NONE)
        waiting = ledger.open(world["bo"], request(world, buyer, interval=20, timeout=10_000))

        ledger.pause()
        until = ledger.now() + ledger.rules.pause_length
        stopped = PausedUntil(until, ledger.now())
        refuses(world, stopped, lambda: ledger.open(world["bo"], request(world, buyer)))
        refuses(world, stopped, lambda: ledger.join(world["ana"], waiting, seller, 0))
        refuses(world, stopped, lambda: ledger.accept(world["ana"], joined, 0, 20, 150))
        terms = world.terms(seller_meter=seller, buyer_meter=buyer, nonce=3)
        refuses(world, stopped, lambda: world.record(world.agree(terms, world.move(10))))
        order = ProviderOrder(
            party=world["bo"], number=1, meter=buyer, interval=10, energy=5, limit=300, selling=False
        )
        refuses(world, stopped, lambda: ledger.trade_with_provider([order])[0])

        ledger.withdraw(world["ana"], 1)
        ledger.deposit(world["ana"], 1)
        ledger.redeem_tokens(world["ana"], 1)
        ledger.cancel(world["ana"], world["bo"], 4)
        ledger.withdraw_from(world["bo"], waiting)
        ledger.release(freed)
        world.deliver(seller, 10, 500)
        assert settled(world.settle(kept)).paid == 125_000

    def test_it_ends_and_rests(self, ledgers: Ledgers) -> None:
        world = ledgers(horizon=960)
        ledger, rules = world.ledger, world.ledger.rules
        seller, buyer = world.meter("ana"), world.meter("bo")
        ledger.pause()
        until = ledger.now() + rules.pause_length
        earliest = until + rules.pause_cooldown
        refuses(world, PauseTooSoon(earliest, ledger.now()), ledger.pause)
        ledger.advance_to(until + world.slack)
        terms = world.terms(seller_meter=seller, buyer_meter=buyer, interval=110)
        assert recorded(world.record(world.agree(terms, world.move(110)))).positions == (0,)
        again = earliest - 1 - 2 * world.slack
        ledger.advance_to(again)
        refuses(world, PauseTooSoon(earliest, again), ledger.pause)
        ledger.advance_to(earliest + world.slack)
        ledger.pause()
