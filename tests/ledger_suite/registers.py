"""Registers at the ends of periods, and what keeps a meter from trading: a supply, or a meter that it is behind."""

from dataclasses import replace
from functools import partial

from market.ledger.errors import (
    AggregatedMeter,
    FrozenMeter,
    HasSubmeters,
    NoConflict,
    NotMeterOwner,
    ReadingTooEarly,
    ReadingTooLate,
    RegisterOverflow,
    RegistersExist,
    RetiredMeter,
    SameMeter,
    SuppliedMeter,
    UnknownMeter,
)
from market.ledger.port import Aggregate, ProviderOrder, Registers, Supply
from tests.ledger_suite.forward_world import BOUNDARIES, Community, community
from tests.ledger_suite.world import Ledgers, World, recorded, refuses

SCHEDULE = b"\x11" * 32


def registers(meter: int, at: int, imported: int = 7, exported: int = 0) -> Registers:
    return Registers(
        meter=meter,
        at=at,
        schedule=SCHEDULE,
        imported=(imported, 0, 0, 0),
        exported=(exported, 0, 0, 0),
    )


def post(world: World, each: Registers) -> object:
    (result,) = world.ledger.post_registers([each])
    return result


class TestRegisters:
    def test_the_first_are_final(self, ledgers: Ledgers) -> None:
        world = ledgers()
        meter, rules = world.meter("ana"), world.ledger.rules
        world.ledger.advance_to(rules.start(5))
        first = registers(meter, 5, imported=2**60 - 1, exported=3)
        assert post(world, first) == first
        assert first.net == (2**60 - 4, 0, 0, 0)
        refuses(world, RegistersExist(meter, 5, SCHEDULE), lambda: post(world, registers(meter, 5)))
        # Those of other hours are others.
        other = replace(first, schedule=b"\x12" * 32)
        assert post(world, other) == other
        assert world.ledger.state().registers == {
            (meter, 5, SCHEDULE): first,
            (meter, 5, other.schedule): other,
        }

    def test_they_are_accepted_for_the_window(self, ledgers: Ledgers) -> None:
        world = ledgers()
        meter, rules = world.meter("ana"), world.ledger.rules
        start, closed = rules.start(5), rules.start(5) + rules.window
        world.ledger.advance_to(start - 60)
        refuses(
            world,
            ReadingTooEarly(meter, 5, world.ledger.now(), start),
            lambda: post(world, registers(meter, 5)),
        )
        world.ledger.advance_to(closed)
        refuses(
            world,
            ReadingTooLate(meter, 5, closed, closed),
            lambda: post(world, registers(meter, 5)),
        )

    def test_what_is_wrong_is_named_in_order(self, ledgers: Ledgers) -> None:
        world = ledgers()
        meter, rules = world.meter("ana"), world.ledger.rules
        unknown = meter + 1
        world.ledger.advance_to(rules.start(1))
        refuses(world, UnknownMeter(unknown), lambda: post(world, registers(unknown, 900)))
        large = registers(meter, 1, exported=2**60)
        refuses(world, RegisterOverflow(meter, 1), lambda: post(world, large))
        assert post(world, registers(meter, 1)) == registers(meter, 1)
        refuses(world, RegistersExist(meter, 1, SCHEDULE), lambda: post(world, large))

    def test_two_that_differ_freeze_a_meter(self, ledgers: Ledgers) -> None:
        world = ledgers()
        meter, buyer = world.meter("ana"), world.meter("bo")
        first = registers(meter, 1)
        prove = world.ledger.prove_register_conflict
        refuses(world, NoConflict(meter, 1), lambda: prove(first, first))
        for other in (
            registers(meter, 2, imported=8),
            replace(first, schedule=b"\x12" * 32),
            registers(buyer, 1, imported=8),
        ):
            refuses(world, NoConflict(meter, 1), partial(prove, first, other))
        unknown = registers(buyer + 1, 1)
        refuses(world, UnknownMeter(buyer + 1), lambda: prove(unknown, first))
        prove(first, registers(meter, 1, imported=8))
        refuses(world, FrozenMeter(meter), lambda: prove(first, registers(meter, 1, imported=9)))
        terms = world.terms(seller_meter=meter, buyer_meter=buyer)
        refuses(world, FrozenMeter(meter), lambda: world.record(world.agree(terms, world.move(10))))


def joined(ledgers: Ledgers, *names: str) -> Community:
    return community(ledgers()).sign().join(*names)


class TestSupplies:
    def test_a_supplied_meter_neither_sells_nor_buys(self, ledgers: Ledgers) -> None:
        contract = joined(ledgers, "cy")
        world, meter, other = contract.world, contract.meters["cy"], contract.meters["dov"]
        market = world.ledger.forward.address
        world.ledger.advance_to(world.ledger.rules.start(50))

        def deal(seller: str, interval: int) -> object:
            buyer = "dov" if seller == "cy" else "cy"
            terms = world.terms(
                seller,
                buyer,
                seller_meter=contract.meters[seller],
                buyer_meter=contract.meters[buyer],
                interval=interval,
                nonce=interval,
            )
            return world.record(world.agree(terms, world.move(interval, energy=10)))

        for interval in (100, 140):
            refused = SuppliedMeter(meter, interval, market)
            refuses(world, refused, partial(deal, "cy", interval))
            refuses(world, refused, partial(deal, "dov", interval))
        order = ProviderOrder(
            party=world["cy"], number=1, meter=meter, interval=110, energy=5, limit=10**6, selling=False
        )

        def trade(order: ProviderOrder) -> object:
            return world.ledger.trade_with_provider([order])[0]

        for bought in (order, replace(order, selling=True, limit=0)):
            refuses(
                world,
                SuppliedMeter(meter, 110, market),
                partial(trade, bought),
            )
        # Until the contract's first boundary it does.
        recorded(deal("cy", 99))  # type: ignore[arg-type]
        assert world.committed(meter, 99) == 10
        assert world.committed(other, 140) == 0

    def test_loans_are_refused_as_deals_are(self, ledgers: Ledgers) -> None:
        contract = joined(ledgers, "cy")
        world, meter = contract.world, contract.meters["cy"]
        world.ledger.advance_to(world.ledger.rules.start(50))
        for name in ("cy", "dov"):
            world.cover(name, 100_000)
        terms = world.loan_terms(
            "dov", "cy", opener_meter=contract.meters["dov"], responder_meter=meter, interval=98
        )
        refuses(
            world,
            SuppliedMeter(meter, 100, world.ledger.forward.address),
            lambda: world.record_loan(world.agree_loan(terms, (10, 2))),
        )

    def test_a_contract_is_renewed_while_it_runs(self, ledgers: Ledgers) -> None:
        first = joined(ledgers, "cy")
        world, meter, market = first.world, first.meters["cy"], first.world.ledger.forward.address

        def follows(boundaries: tuple[int, ...], nonce: int) -> Community:
            # The same meters under another contract.
            other = community(world, members=("dov",), boundaries=boundaries, nonce=nonce, volumes=(1, 1))
            roster = type(first.roster)(
                (type(first.roster.entries[0])(world["cy"], meter, (1, 1)),), first.roster.hash
            )
            return Community(
                world, replace(other.terms, roster=roster.root), roster, {"cy": meter}, {"cy": 0}
            ).sign()

        overlapping = follows((399, 450), 2)
        refuses(
            world,
            SuppliedMeter(meter, 399, market),
            lambda: world.ledger.forward.join(overlapping.joining()),
        )
        follows((400, 450), 3).join("cy")
        third = follows((450, 500), 4)
        # Two are not over yet.
        refuses(
            world,
            SuppliedMeter(meter, 450, market),
            lambda: world.ledger.forward.join(third.joining()),
        )
        # A supply is over when the interval begins in which it ends.
        world.ledger.advance_to(world.ledger.rules.start(400))
        fourth = follows((500, 600), 5).join("cy")
        assert world.ledger.state().supplies[meter] == (
            Supply(market=market, from_interval=400, to_interval=450),
            Supply(market=market, from_interval=500, to_interval=600),
        )
        # The one that has not begun can be left, the other stands.
        world.ledger.forward.exit(world["cy"], fourth.terms, meter)
        assert world.ledger.state().supplies[meter] == (
            Supply(market=market, from_interval=400, to_interval=450),
        )

    def test_whose_meter_it_is_and_whether_it_serves(self, ledgers: Ledgers) -> None:
        contract = community(ledgers()).sign()
        world, meter = contract.world, contract.meters["cy"]
        world.ledger.retire_meter(meter, 100)
        refuses(
            world,
            RetiredMeter(meter, 100, 100),
            lambda: world.ledger.forward.join(contract.joining()),
        )

    def test_a_member_joins_with_its_own_meter(self, ledgers: Ledgers) -> None:
        contract = community(ledgers())
        world = contract.world
        foreign = world.meter("ana")
        entries = (replace(contract.roster.entries[0], meter=foreign),)
        roster = type(contract.roster)(entries, contract.roster.hash)
        stolen = Community(
            world,
            replace(contract.terms, roster=roster.root),
            roster,
            {"cy": foreign},
            {"cy": 0},
        ).sign()
        refuses(
            world,
            NotMeterOwner(foreign, world["cy"], world["ana"]),
            lambda: world.ledger.forward.join(stolen.joining()),
        )


class TestAggregates:
    def test_a_meter_behind_another_sells_nothing(self, ledgers: Ledgers) -> None:
        world = ledgers()
        meter, buyer, into = world.meter("ana"), world.meter("bo"), world.meter("cy")
        rules = world.ledger.rules
        world.ledger.advance_to(rules.start(0))
        # The first interval that starts later than now + horizon.
        since = (world.ledger.now() - rules.epoch) // rules.interval + rules.horizon + 1
        assert world.ledger.aggregate_meter(meter, into) == since == 97
        assert world.ledger.state().aggregates == {meter: Aggregate(into=into, from_interval=97)}
        world.ledger.advance_to(rules.start(50))
        before = world.terms(seller_meter=meter, buyer_meter=buyer, interval=96)
        recorded(world.record(world.agree(before, world.move(96))))
        after = world.terms(seller_meter=meter, buyer_meter=buyer, interval=97, nonce=2)
        refuses(
            world,
            AggregatedMeter(meter, into, 97),
            lambda: world.record(world.agree(after, world.move(97))),
        )
        # It may buy; and the meter that it is behind sells.
        bought = world.terms("bo", "ana", seller_meter=buyer, buyer_meter=meter, interval=97, nonce=3)
        recorded(world.record(world.agree(bought, world.move(97))))
        sold = world.terms("cy", "bo", seller_meter=into, buyer_meter=buyer, interval=97, nonce=4)
        recorded(world.record(world.agree(sold, world.move(97))))

    def test_what_is_wrong_is_named_in_order(self, ledgers: Ledgers) -> None:
        world = ledgers()
        a, b, c = (world.meter(name) for name in ("ana", "bo", "cy"))
        aggregate = world.ledger.aggregate_meter
        refuses(world, SameMeter(a), lambda: aggregate(a, a))
        refuses(world, UnknownMeter(c + 1), lambda: aggregate(a, c + 1))
        since = aggregate(a, b)
        refuses(world, AggregatedMeter(a, b, since), lambda: aggregate(a, c))
        refuses(world, AggregatedMeter(a, b, since), lambda: aggregate(c, a))
        refuses(world, HasSubmeters(b), lambda: aggregate(b, c))

    def test_a_supply_and_a_parent_exclude_each_other(self, ledgers: Ledgers) -> None:
        contract = community(ledgers()).sign()
        world, market = contract.world, contract.world.ledger.forward.address
        meter, behind = contract.meters["cy"], contract.meters["dov"]
        into = world.meter("bo")
        since = world.ledger.aggregate_meter(behind, into)
        refuses(
            world,
            AggregatedMeter(behind, into, since),
            lambda: world.ledger.forward.join(contract.joining("dov")),
        )
        contract.join("cy")
        assert since < BOUNDARIES[-1]
        refuses(world, SuppliedMeter(meter, since, market), lambda: world.ledger.aggregate_meter(meter, into))
