"""Meters and readings: the first reading in [end, end + window) is final, silence is zero, conflicts freeze."""

from market.ledger.errors import (
    FrozenMeter,
    GateClosed,
    NoConflict,
    NotFinal,
    NotMeterOwner,
    RatingExceeded,
    ReadingExists,
    ReadingTooEarly,
    ReadingTooLate,
    RetiredMeter,
    UnknownMeter,
    ZeroAddress,
)
from market.ledger.port import MeterInterval, MeterSpec, Reading
from market.ledger.ranges import bytes32
from market.terms import NOBODY
from tests.ledger_suite.world import RATING, Ledgers, refuses, settled


class TestMeters:
    def test_ids_count_from_one(self, ledgers: Ledgers) -> None:
        world = ledgers()
        assert [world.meter("ana"), world.meter("bo"), world.meter("ana")] == [1, 2, 3]

    def test_a_meter_has_an_owner(self, ledgers: Ledgers) -> None:
        world = ledgers()
        refuses(
            world,
            ZeroAddress(bytes32("owner")),
            lambda: world.ledger.register_meter(MeterSpec(name="x", owner=NOBODY, rating=1)),
        )

    def test_a_reading_is_taken_once(self, ledgers: Ledgers) -> None:
        world = ledgers()
        meter, rules = world.meter("ana"), world.ledger.rules
        world.ledger.advance_to(rules.end(10))
        first = world.read(meter, 10, exported=700, imported=3)
        assert first == Reading(meter=meter, interval=10, exported=700, imported=3)
        refuses(world, ReadingExists(meter, 10), lambda: world.read(meter, 10, exported=700, imported=3))
        refuses(world, ReadingExists(meter, 10), lambda: world.read(meter, 10, exported=0))
        assert world.ledger.state().meters[meter, 10] == MeterInterval(
            exported=700, imported=3, committed=0, recorded=True
        )

    def test_a_reading_comes_neither_early_nor_late(self, ledgers: Ledgers) -> None:
        world = ledgers()
        meter, rules = world.meter("ana"), world.ledger.rules
        early = rules.end(10) - 1 - world.slack
        world.ledger.advance_to(early)
        refuses(world, ReadingTooEarly(meter, 10, early, rules.end(10)), lambda: world.read(meter, 10, 5))
        world.ledger.advance_to(rules.closed(10))
        refuses(
            world,
            ReadingTooLate(meter, 10, rules.closed(10), rules.closed(10)),
            lambda: world.read(meter, 10, 5),
        )

    def test_the_rating_bounds_both_directions(self, ledgers: Ledgers) -> None:
        world = ledgers()
        meter = world.meter("ana")
        world.ledger.advance_to(world.ledger.rules.end(10))
        refused = RatingExceeded(meter, 10, RATING + 1, RATING)
        refuses(world, refused, lambda: world.read(meter, 10, exported=RATING + 1))
        refuses(world, refused, lambda: world.read(meter, 10, imported=RATING + 1))
        assert isinstance(world.read(meter, 10, exported=RATING, imported=RATING), Reading)

    def test_an_unknown_meter_reads_nothing(self, ledgers: Ledgers) -> None:
        world = ledgers()
        world.ledger.advance_to(world.ledger.rules.end(10))
        refuses(world, UnknownMeter(5), lambda: world.read(5, 10, 1))

    def test_a_batch_takes_what_it_can(self, ledgers: Ledgers) -> None:
        world = ledgers()
        a, b = world.meter("ana"), world.meter("bo")
        world.ledger.advance_to(world.ledger.rules.end(10))
        good = [Reading(meter=m, interval=10, exported=m, imported=0) for m in (a, b)]
        results = world.ledger.post_readings([good[0], good[0], good[1]])
        assert results == [good[0], ReadingExists(a, 10), good[1]]

    def test_silence_counts_as_zero_when_the_window_has_passed(self, ledgers: Ledgers) -> None:
        world = ledgers()
        seller = world.meter("ana")
        deal = world.deal(world.terms(seller_meter=seller, buyer_meter=world.meter("bo")))
        rules = world.ledger.rules
        almost = rules.closed(10) - 1 - world.slack
        world.ledger.advance_to(almost)
        refuses(world, NotFinal(seller, 10, rules.closed(10), almost), lambda: world.settle(deal))
        world.ledger.advance_to(rules.closed(10))
        settlement = settled(world.settle(deal))
        assert (settlement.delivered, settlement.paid, settlement.refunded) == (0, 0, 125_000)

    def test_two_readings_that_differ_freeze_the_meter(self, ledgers: Ledgers) -> None:
        world = ledgers()
        seller, buyer = world.meter("ana"), world.meter("bo")
        kept = world.deal(world.terms(seller_meter=seller, buyer_meter=buyer))
        first = Reading(meter=seller, interval=3, exported=5, imported=0)
        refuses(world, NoConflict(seller, 3), lambda: world.ledger.prove_conflict(first, first))
        other = Reading(meter=seller, interval=4, exported=6, imported=0)
        refuses(world, NoConflict(seller, 3), lambda: world.ledger.prove_conflict(first, other))
        second = Reading(meter=seller, interval=3, exported=6, imported=0)
        world.ledger.prove_conflict(first, second)
        terms = world.terms(seller_meter=seller, buyer_meter=buyer, nonce=2)
        refuses(world, FrozenMeter(seller), lambda: world.record(world.agree(terms, world.move(10))))
        # What it promised before stands, and so does its reading.
        world.deliver(seller, 10, 500)
        assert settled(world.settle(kept)).paid == 125_000

    def test_a_retired_meter_serves_only_before(self, ledgers: Ledgers) -> None:
        world = ledgers()
        seller, buyer = world.meter("ana"), world.meter("bo")
        world.ledger.retire_meter(seller, 20)
        world.deal(world.terms(seller_meter=seller, buyer_meter=buyer, interval=19))
        late = world.terms(seller_meter=seller, buyer_meter=buyer, interval=20, nonce=2)
        refuses(world, RetiredMeter(seller, 20, 20), lambda: world.record(world.agree(late, world.move(20))))
        run = world.terms(seller_meter=seller, buyer_meter=buyer, interval=18, count=3, nonce=3)
        refuses(
            world,
            RetiredMeter(seller, 20, 20),
            lambda: world.record(world.agree(run, world.move(18, energy=10))),
        )

    def test_a_retired_meter_buys_no_more(self, ledgers: Ledgers) -> None:
        world = ledgers()
        seller, buyer = world.meter("ana"), world.meter("bo")
        world.ledger.retire_meter(buyer, 20)
        terms = world.terms(seller_meter=seller, buyer_meter=buyer, interval=20)
        refuses(world, RetiredMeter(buyer, 20, 20), lambda: world.record(world.agree(terms, world.move(20))))

    def test_retirement_is_not_postponed_and_not_sudden(self, ledgers: Ledgers) -> None:
        world = ledgers()
        meter, rules = world.meter("ana"), world.ledger.rules
        world.ledger.retire_meter(meter, 20)
        refuses(world, RetiredMeter(meter, 21, 20), lambda: world.ledger.retire_meter(meter, 21))
        world.ledger.advance_to(rules.gate_of(5) + 1)
        refuses(
            world,
            GateClosed(5, rules.gate_of(5), rules.gate_of(5) + 1),
            lambda: world.ledger.retire_meter(meter, 5),
        )

    def test_nobody_trades_over_anothers_meter(self, ledgers: Ledgers) -> None:
        world = ledgers()
        ana, bo, cy = (world.meter(name) for name in ("ana", "bo", "cy"))
        stolen = world.terms("ana", "bo", seller_meter=cy, buyer_meter=bo)
        refuses(
            world,
            NotMeterOwner(cy, world["ana"], world["cy"]),
            lambda: world.record(world.agree(stolen, world.move(10))),
        )
        stolen = world.terms("ana", "bo", seller_meter=ana, buyer_meter=cy)
        refuses(
            world,
            NotMeterOwner(cy, world["bo"], world["cy"]),
            lambda: world.record(world.agree(stolen, world.move(10))),
        )
