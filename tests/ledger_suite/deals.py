"""Deals: escrowed in full, placed in the queue, paid for what arrived, refunded for what did not, and then final.

Amounts are calculated by hand: 500 base units at 250 make an escrow of 125,000.
"""

from dataclasses import replace

import pytest

from market.ledger.digest import conserved, digest
from market.ledger.errors import (
    AmountOverflow,
    BeyondHorizon,
    GateClosed,
    IndexOutOfRange,
    InsufficientBalance,
    InvalidParameter,
    KeyUsed,
    LedgerError,
    NonceOutOfRange,
    NotQueueTail,
    QueueTooLong,
    RatingExceeded,
    SameMeter,
    SelfDeal,
    TermsMismatch,
    UnknownMeter,
    WrongDealStatus,
    ZeroAmount,
    ZeroCount,
)
from market.ledger.port import Settlement
from market.ledger.ranges import bytes32
from market.terms import DealKey, DealStatus, Transcript
from tests.ledger_suite.world import RATING, STAKE, Ledgers, World, recorded, refuses, settled


def couple(world: World) -> tuple[int, int]:
    """A seller's meter of Ana and a buyer's of Bo."""
    return world.meter("ana"), world.meter("bo")


class TestDeals:
    @pytest.mark.parametrize(
        ("exported", "delivered", "paid", "refunded"),
        [
            (800, 500, 125_000, 0),
            (500, 500, 125_000, 0),
            (300, 300, 75_000, 50_000),
            (0, 0, 0, 125_000),
        ],
    )
    def test_what_arrives_is_paid_and_the_rest_refunded(
        self, ledgers: Ledgers, exported: int, delivered: int, paid: int, refunded: int
    ) -> None:
        world = ledgers()
        seller, buyer = couple(world)
        deal = world.deal(world.terms(seller_meter=seller, buyer_meter=buyer))
        world.deliver(seller, 10, exported)
        assert settled(world.settle(deal)) == Settlement(
            key=DealKey.of(deal), delivered=delivered, paid=paid, refunded=refunded
        )
        state = world.ledger.state()
        assert state.balances[world["ana"]] == STAKE + paid
        assert state.balances[world["bo"]] == STAKE - paid
        assert state.escrowed == 0
        slot = state.deals[DealKey.of(deal)]
        assert (slot.deal, slot.index, slot.position) == (deal, 0, 0)
        assert slot.status is DealStatus.SETTLED
        assert (slot.delivered, slot.paid, slot.refunded) == (delivered, paid, refunded)
        assert conserved(state, world.minted)

    def test_who_came_first_is_served_first(self, ledgers: Ledgers) -> None:
        # 400 then 300 are promised and 500 arrive: the first gets 400, the second the remaining 100.
        outcomes = []
        for order in ((0, 1), (1, 0)):
            world = ledgers()
            seller, bo, cy = (world.meter(name) for name in ("ana", "bo", "cy"))
            deals = [
                world.deal(world.terms(seller_meter=seller, buyer_meter=bo), energy=400, price=100),
                world.deal(
                    world.terms("ana", "cy", seller_meter=seller, buyer_meter=cy), energy=300, price=200
                ),
            ]
            world.deliver(seller, 10, 500)
            results = {i: settled(world.settle(deals[i])) for i in order}
            assert (results[0].delivered, results[0].paid, results[0].refunded) == (400, 40_000, 0)
            assert (results[1].delivered, results[1].paid, results[1].refunded) == (100, 20_000, 40_000)
            state = world.ledger.state()
            assert state.meters[seller, 10].committed == 700
            assert state.deals[DealKey.of(deals[1])].position == 400
            outcomes.append(digest(state, world.names(), world.meters))
        assert outcomes[0] == outcomes[1]

    def test_a_run_is_one_agreement_and_a_deal_each_interval(self, ledgers: Ledgers) -> None:
        world = ledgers()
        seller, buyer = couple(world)
        first = world.terms(seller_meter=seller, buyer_meter=buyer, interval=11, nonce=5)
        world.deal(first, energy=200, price=100)
        terms = world.terms(seller_meter=seller, buyer_meter=buyer, count=3)
        made = recorded(world.record(world.agree(terms, world.move(10, energy=100, price=10))))
        assert made.positions == (0, 200, 0)
        assert world.ledger.state().escrowed == 20_000 + 3 * 1000
        world.deliver(seller, 10, 60)
        world.deliver(seller, 11, 250)
        assert settled(world.settle(made.deal, 1)).delivered == 50
        assert settled(world.settle(made.deal, 0)).delivered == 60
        world.ledger.advance_to(world.ledger.rules.closed(12))
        assert settled(world.settle(made.deal, 2)).delivered == 0
        keys = [key for key in world.ledger.state().deals if key.nonce == 1]
        assert sorted(key.index for key in keys) == [0, 1, 2]

    def test_settled_is_final(self, ledgers: Ledgers) -> None:
        world = ledgers()
        seller, buyer = couple(world)
        deal = world.deal(world.terms(seller_meter=seller, buyer_meter=buyer))
        world.deliver(seller, 10, 300)
        settled(world.settle(deal))
        refuses(
            world,
            WrongDealStatus(world.slot(deal), DealStatus.SETTLED, DealStatus.RECORDED),
            lambda: world.settle(deal),
        )
        again = world.agree(world.terms(seller_meter=seller, buyer_meter=buyer, interval=20), world.move(20))
        refuses(world, KeyUsed(world.slot(deal), DealStatus.SETTLED), lambda: world.record(again))

    def test_only_the_recorded_terms_are_settled(self, ledgers: Ledgers) -> None:
        world = ledgers()
        seller, buyer = couple(world)
        terms = world.terms(seller_meter=seller, buyer_meter=buyer)
        deal = world.deal(terms)
        dearer = replace(deal, price=251)
        world.deliver(seller, 10, 300)
        refuses(world, TermsMismatch(world.slot(deal)), lambda: world.settle(dearer))
        refuses(world, IndexOutOfRange(1, 1), lambda: world.settle(deal, 1))
        unknown = replace(deal, nonce=99)
        refuses(
            world,
            WrongDealStatus(world.slot(unknown), DealStatus.NONE, DealStatus.RECORDED),
            lambda: world.settle(unknown),
        )

    def test_a_batch_settles_what_it_can(self, ledgers: Ledgers) -> None:
        world = ledgers()
        seller, buyer = couple(world)
        terms = world.terms(seller_meter=seller, buyer_meter=buyer)
        deal = world.deal(terms)
        world.deliver(seller, 10, 300)
        results = world.ledger.settle([(deal, 1), (deal, 0), (deal, 0)])
        assert results[0] == IndexOutOfRange(1, 1)
        assert settled(results[1]).delivered == 300
        assert results[2] == WrongDealStatus(world.slot(deal), DealStatus.SETTLED, DealStatus.RECORDED)


class TestRecording:
    def _refuses(self, world: World, expected: LedgerError, transcript: Transcript) -> None:
        refuses(world, expected, lambda: world.record(transcript))

    def test_a_session_number_serves_once(self, ledgers: Ledgers) -> None:
        world = ledgers()
        seller, buyer = couple(world)
        transcript = world.agree(world.terms(seller_meter=seller, buyer_meter=buyer), world.move(10))
        deal = recorded(world.record(transcript)).deal
        self._refuses(world, KeyUsed(world.slot(deal), DealStatus.RECORDED), transcript)
        # The two parties share the number, whoever sells.
        world.meter("bo")
        back = world.terms("bo", "ana", seller_meter=buyer, buyer_meter=seller, interval=12)
        self._refuses(
            world, KeyUsed(world.slot(deal), DealStatus.RECORDED), world.agree(back, world.move(12))
        )
        # Other pairs have their own.
        cy = world.meter("cy")
        other = world.terms("ana", "cy", seller_meter=seller, buyer_meter=cy)
        assert recorded(world.record(world.agree(other, world.move(10)))).positions == (500,)

    def test_a_batch_records_what_it_can(self, ledgers: Ledgers) -> None:
        world = ledgers()
        seller, buyer = couple(world)
        one = world.agree(world.terms(seller_meter=seller, buyer_meter=buyer), world.move(10))
        two = world.agree(world.terms(seller_meter=seller, buyer_meter=buyer, nonce=2), world.move(10))
        results = world.ledger.record([one, one, two], disclose=False)
        assert recorded(results[0]).positions == (0,)
        assert results[1] == KeyUsed(world.slot(one.deal), DealStatus.RECORDED)
        assert recorded(results[2]).positions == (500,)

    def test_a_cancelled_number_is_burnt(self, ledgers: Ledgers) -> None:
        world = ledgers()
        seller, buyer = couple(world)
        transcript = world.agree(world.terms(seller_meter=seller, buyer_meter=buyer), world.move(10))
        world.ledger.cancel(world["bo"], world["ana"], 1)
        used = KeyUsed(world.slot(transcript.deal), DealStatus.CANCELLED)
        self._refuses(world, used, transcript)
        refuses(world, used, lambda: world.ledger.cancel(world["ana"], world["bo"], 1))
        recorded_deal = world.deal(world.terms(seller_meter=seller, buyer_meter=buyer, nonce=2))
        refuses(
            world,
            KeyUsed(world.slot(recorded_deal), DealStatus.RECORDED),
            lambda: world.ledger.cancel(world["bo"], world["ana"], 2),
        )

    def test_only_a_signed_session_can_be_cancelled(self, ledgers: Ledgers) -> None:
        world = ledgers()
        for nonce in (2**62, 2**63 + 1):
            refuses(
                world,
                NonceOutOfRange(nonce),
                lambda nonce=nonce: world.ledger.cancel(world["ana"], world["bo"], nonce),  # type: ignore[misc]
            )
        refuses(world, SelfDeal(world["ana"]), lambda: world.ledger.cancel(world["ana"], world["ana"], 1))

    def test_time_bounds_recording(self, ledgers: Ledgers) -> None:
        world = ledgers()
        seller, buyer = couple(world)
        rules = world.ledger.rules
        now = world.ledger.now()
        far = world.terms(seller_meter=seller, buyer_meter=buyer, interval=200)
        horizon = now + rules.horizon * rules.interval
        self._refuses(world, BeyondHorizon(200, horizon, now), world.agree(far, world.move(200)))
        # Of a run the last interval decides.
        run = world.terms(seller_meter=seller, buyer_meter=buyer, count=150)
        self._refuses(world, BeyondHorizon(159, horizon, now), world.agree(run, world.move(10)))
        world.ledger.advance_to(rules.gate_of(5) - world.slack)
        last = world.terms(seller_meter=seller, buyer_meter=buyer, interval=5)
        assert recorded(world.record(world.agree(last, world.move(5)))).positions == (0,)
        gate = rules.gate_of(5)
        world.ledger.advance_to(gate + 1)
        late = world.terms(seller_meter=seller, buyer_meter=buyer, interval=5, nonce=2)
        self._refuses(world, GateClosed(5, gate, gate + 1), world.agree(late, world.move(5)))

    def test_an_empty_purse_buys_nothing(self, ledgers: Ledgers) -> None:
        world = ledgers()
        seller, buyer = couple(world)
        transcript = world.agree(world.terms(seller_meter=seller, buyer_meter=buyer), world.move(10))
        world.ledger.withdraw(world["bo"], STAKE - 124_999)
        self._refuses(world, InsufficientBalance(world["bo"], 124_999, 125_000), transcript)
        # Who cannot pay is told so first, whatever became of the number.
        world.ledger.cancel(world["ana"], world["bo"], 2)
        burnt = world.terms(seller_meter=seller, buyer_meter=buyer, nonce=2)
        self._refuses(
            world,
            InsufficientBalance(world["bo"], 124_999, 125_000),
            world.agree(burnt, world.move(10)),
        )
        # It consumed nothing: funded again, the same agreement is recorded.
        world.ledger.deposit(world["bo"], 1)
        assert recorded(world.record(transcript)).positions == (0,)
        assert world.ledger.balance(world["bo"]) == 0

    @pytest.mark.parametrize(
        ("price", "energy", "count", "expected"),
        [
            (0, 500, 1, ZeroAmount(0, 500)),
            (250, 0, 1, ZeroAmount(250, 0)),
            (250, 500, 0, ZeroCount()),
            (1, 2**32, 1, AmountOverflow(1, 2**32, 1)),
            (2**33, 2**31, 1, AmountOverflow(2**33, 2**31, 1)),
            (2**33, 2**29, 2, AmountOverflow(2**33, 2**29, 2)),
        ],
    )
    def test_amounts_are_neither_zero_nor_too_large(
        self, ledgers: Ledgers, price: int, energy: int, count: int, expected: LedgerError
    ) -> None:
        world = ledgers()
        seller, buyer = couple(world)
        terms = world.terms(seller_meter=seller, buyer_meter=buyer, count=count)
        self._refuses(world, expected, world.agree(terms, world.move(10, price=price, energy=energy)))

    def test_the_largest_amount_is_only_too_dear(self, ledgers: Ledgers) -> None:
        world = ledgers()
        seller, buyer = couple(world)
        price, energy = (2**63 - 1) // 7, 7  # 2**63 − 1 is divisible by 7
        terms = world.terms(seller_meter=seller, buyer_meter=buyer)
        self._refuses(
            world,
            InsufficientBalance(world["bo"], STAKE, 2**63 - 1),
            world.agree(terms, world.move(10, price=price, energy=energy)),
        )

    def test_two_meters_of_two_parties(self, ledgers: Ledgers) -> None:
        world = ledgers()
        seller, buyer = couple(world)
        self._refuses(
            world,
            SameMeter(seller),
            world.agree(world.terms(seller_meter=seller, buyer_meter=seller), world.move(10)),
        )
        self._refuses(
            world,
            UnknownMeter(77),
            world.agree(world.terms(seller_meter=77, buyer_meter=buyer), world.move(10)),
        )
        self._refuses(
            world,
            UnknownMeter(78),
            world.agree(world.terms(seller_meter=seller, buyer_meter=78), world.move(10)),
        )

    def test_nobody_poses_as_the_provider(self, ledgers: Ledgers) -> None:
        # Meter 0 means the provider: a firm sale paid without a reading, a purchase without a meter.
        world = ledgers()
        seller, buyer = couple(world)
        for sold, bought, name in ((0, buyer, "sellerMeter"), (seller, 0, "buyerMeter")):
            self._refuses(
                world,
                InvalidParameter(bytes32(name), 0),
                world.agree(world.terms(seller_meter=sold, buyer_meter=bought), world.move(10)),
            )

    def test_the_same_energy_is_not_sold_twice(self, ledgers: Ledgers) -> None:
        world = ledgers()
        seller, buyer = couple(world)
        world.deal(world.terms(seller_meter=seller, buyer_meter=buyer), energy=600)
        second = world.terms(seller_meter=seller, buyer_meter=buyer, nonce=2)
        self._refuses(
            world,
            RatingExceeded(seller, 10, 1001, RATING),
            world.agree(second, world.move(10, energy=401)),
        )
        made = recorded(world.record(world.agree(second, world.move(10, energy=400))))
        assert made.positions == (600,)

    def test_a_buyer_bounds_who_stands_before_him(self, ledgers: Ledgers) -> None:
        world = ledgers()
        seller, buyer = couple(world)
        world.deal(world.terms(seller_meter=seller, buyer_meter=buyer), energy=300)
        for max_ahead in (0, 299):
            terms = world.terms(seller_meter=seller, buyer_meter=buyer, nonce=2, max_ahead=max_ahead)
            self._refuses(world, QueueTooLong(seller, 10, 300, max_ahead), world.agree(terms, world.move(10)))
        terms = world.terms(seller_meter=seller, buyer_meter=buyer, nonce=2, max_ahead=300)
        assert recorded(world.record(world.agree(terms, world.move(10)))).positions == (300,)

    def test_a_run_is_recorded_whole_or_not_at_all(self, ledgers: Ledgers) -> None:
        world = ledgers()
        seller, buyer = couple(world)
        world.deal(world.terms(seller_meter=seller, buyer_meter=buyer, interval=12), energy=900)
        run = world.terms(seller_meter=seller, buyer_meter=buyer, count=3, nonce=2)
        self._refuses(
            world,
            RatingExceeded(seller, 12, 1100, RATING),
            world.agree(run, world.move(10, energy=200)),
        )


class TestRelease:
    def test_both_undo_a_deal_before_its_gate(self, ledgers: Ledgers) -> None:
        world = ledgers()
        seller, buyer = couple(world)
        kept = world.deal(world.terms(seller_meter=seller, buyer_meter=buyer), energy=100)
        run = world.deal(world.terms(seller_meter=seller, buyer_meter=buyer, count=2, nonce=2))
        world.ledger.release(run)
        state = world.ledger.state()
        assert state.escrowed == 25_000
        assert state.balances[world["bo"]] == STAKE - 25_000
        assert (state.meters[seller, 10].committed, state.meters[seller, 11].committed) == (100, 0)
        for index in (0, 1):
            slot = state.deals[DealKey.of(run, index)]
            assert (slot.status, slot.paid, slot.refunded) == (DealStatus.RELEASED, 0, 125_000)
        refuses(
            world,
            WrongDealStatus(world.slot(run), DealStatus.RELEASED, DealStatus.RECORDED),
            lambda: world.ledger.release(run),
        )
        refuses(
            world,
            KeyUsed(world.slot(run), DealStatus.RELEASED),
            lambda: world.record(
                world.agree(world.terms(seller_meter=seller, buyer_meter=buyer, nonce=2), world.move(10))
            ),
        )
        # Its place is free again.
        again = world.terms(seller_meter=seller, buyer_meter=buyer, nonce=3, max_ahead=100)
        assert recorded(world.record(world.agree(again, world.move(10)))).positions == (100,)
        world.deliver(seller, 10, 100)
        assert settled(world.settle(kept)).delivered == 100

    def test_only_the_tail_is_released(self, ledgers: Ledgers) -> None:
        world = ledgers()
        seller, buyer = couple(world)
        first = world.deal(world.terms(seller_meter=seller, buyer_meter=buyer), energy=100)
        second = world.deal(world.terms(seller_meter=seller, buyer_meter=buyer, nonce=2), energy=200)
        refuses(world, NotQueueTail(seller, 10, 100, 300), lambda: world.ledger.release(first))
        world.ledger.release(second)
        world.ledger.release(first)
        assert world.ledger.state().meters[seller, 10].committed == 0

    def test_not_after_the_gate(self, ledgers: Ledgers) -> None:
        world = ledgers()
        seller, buyer = couple(world)
        deal = world.deal(world.terms(seller_meter=seller, buyer_meter=buyer))
        gate = world.ledger.rules.gate_of(10)
        world.ledger.advance_to(gate + 1)
        refuses(world, GateClosed(10, gate, gate + 1), lambda: world.ledger.release(deal))

    def test_a_run_of_nothing_is_refused(self, ledgers: Ledgers) -> None:
        world = ledgers()
        seller, buyer = couple(world)
        deal = world.deal(world.terms(seller_meter=seller, buyer_meter=buyer))
        refuses(world, ZeroCount(), lambda: world.ledger.release(replace(deal, count=0)))
        refuses(world, ZeroCount(), lambda: world.ledger.release(replace(deal, count=0, buyer_meter=0)))

    def test_only_what_was_recorded(self, ledgers: Ledgers) -> None:
        world = ledgers()
        seller, buyer = couple(world)
        deal = world.deal(world.terms(seller_meter=seller, buyer_meter=buyer))
        refuses(
            world, TermsMismatch(world.slot(deal)), lambda: world.ledger.release(replace(deal, energy=499))
        )
        unknown = replace(deal, nonce=9)
        refuses(
            world,
            WrongDealStatus(world.slot(unknown), DealStatus.NONE, DealStatus.RECORDED),
            lambda: world.ledger.release(unknown),
        )
