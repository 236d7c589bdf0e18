"""The provider: firm sales at the tariff, purchases through the queue within a cap, and a tariff that gives notice."""

from dataclasses import replace

from market.ledger.errors import (
    BeyondHorizon,
    BuyAboveSell,
    EmptyTariff,
    GateClosed,
    InsufficientBalance,
    InvalidParameter,
    KeyUsed,
    NonceOutOfRange,
    NoPrice,
    NotFinal,
    NoticeTooShort,
    NotMeterOwner,
    PriceLimit,
    ProviderCap,
    SelfDeal,
    StepOutOfOrder,
    UnknownMeter,
    ZeroAmount,
)
from market.ledger.port import ProviderOrder, Recorded, TariffStep
from market.ledger.ranges import bytes32
from market.terms import PROVIDER_NONCE, DealStatus
from tests.ledger_suite.world import STAKE, Ledgers, World, recorded, refuses, settled


def trade(world: World, order: ProviderOrder) -> object:
    """One order's result."""
    (result,) = world.ledger.trade_with_provider([order])
    return result


def buying(world: World, meter: int, *, party: str = "bo") -> ProviderOrder:
    """200 base units for interval 10, at most at the tariff's 300."""
    return ProviderOrder(
        party=world[party], number=1, meter=meter, interval=10, energy=200, limit=300, selling=False
    )


def selling(world: World, meter: int, *, party: str = "ana") -> ProviderOrder:
    """200 base units in interval 10, at least at the tariff's 80."""
    return ProviderOrder(
        party=world[party], number=1, meter=meter, interval=10, energy=200, limit=80, selling=True
    )


class TestProvider:
    def test_a_purchase_from_it_is_firm(self, ledgers: Ledgers) -> None:
        world = ledgers()
        meter = world.meter("bo")
        made = trade(world, buying(world, meter))
        assert isinstance(made, Recorded)
        deal = made.deal
        assert (deal.seller, deal.buyer) == (world.ledger.provider, world["bo"])
        assert (deal.seller_meter, deal.buyer_meter, deal.price, deal.energy) == (0, meter, 300, 200)
        assert (deal.nonce, deal.count, made.positions) == (PROVIDER_NONCE + 1, 1, (0,))
        assert world.ledger.balance(world["bo"]) == STAKE - 60_000
        end = world.ledger.rules.end(10)
        before = end - 1 - world.slack
        world.ledger.advance_to(before)
        refuses(world, NotFinal(0, 10, end, before), lambda: world.settle(deal))
        world.ledger.advance_to(end)
        settlement = settled(world.settle(deal))
        assert (settlement.delivered, settlement.paid, settlement.refunded) == (200, 60_000, 0)
        assert world.ledger.balance(world.ledger.provider) == STAKE + 60_000

    def test_a_sale_to_it_takes_a_place_in_the_queue(self, ledgers: Ledgers) -> None:
        world = ledgers()
        meter, buyer = world.meter("ana"), world.meter("bo")
        world.deal(world.terms(seller_meter=meter, buyer_meter=buyer), energy=100)
        made = trade(world, selling(world, meter))
        assert isinstance(made, Recorded)
        assert (made.deal.price, made.deal.buyer_meter, made.positions) == (80, 0, (100,))
        assert world.ledger.balance(world.ledger.provider) == STAKE - 16_000
        world.deliver(meter, 10, 250)
        settlement = settled(world.settle(made.deal))
        assert (settlement.delivered, settlement.paid, settlement.refunded) == (150, 12_000, 4_000)
        assert world.ledger.balance(world["ana"]) == STAKE + 12_000

    def test_prices_follow_the_schedule(self, ledgers: Ledgers) -> None:
        world = ledgers()
        meter = world.meter("bo")
        assert world.ledger.tariff_at(49) == (80, 300)
        assert world.ledger.tariff_at(50) == (100, 400)
        order = replace(buying(world, meter), interval=50)
        refuses(world, PriceLimit(50, 400, 300), lambda: trade(world, order))
        made = trade(world, replace(order, limit=400))
        assert isinstance(made, Recorded)
        assert made.deal.price == 400

    def test_the_limit_is_the_callers(self, ledgers: Ledgers) -> None:
        world = ledgers()
        a, b = world.meter("ana"), world.meter("bo")
        refuses(world, PriceLimit(10, 300, 299), lambda: trade(world, replace(buying(world, b), limit=299)))
        refuses(world, PriceLimit(10, 80, 81), lambda: trade(world, replace(selling(world, a), limit=81)))

    def test_no_price_before_the_first_step(self, ledgers: Ledgers) -> None:
        world = ledgers()
        meter = world.meter("bo")
        refuses(world, NoPrice(0), lambda: world.ledger.tariff_at(0))
        refuses(world, NoPrice(0), lambda: trade(world, replace(buying(world, meter), interval=0)))

    def test_a_number_serves_once(self, ledgers: Ledgers) -> None:
        world = ledgers()
        a, b = world.meter("ana"), world.meter("bo")
        made = trade(world, buying(world, b))
        assert isinstance(made, Recorded)
        refuses(
            world,
            KeyUsed(world.slot(made.deal), DealStatus.RECORDED),
            lambda: trade(world, buying(world, b)),
        )
        # Each party counts for itself.
        assert isinstance(trade(world, selling(world, a)), Recorded)
        refuses(
            world,
            NonceOutOfRange(2**62),
            lambda: trade(world, replace(selling(world, a), number=2**62)),
        )

    def test_a_meter_promises_it_no_more_than_the_cap(self, ledgers: Ledgers) -> None:
        world = ledgers(provider_cap=500)
        meter = world.meter("ana")
        orders = [replace(selling(world, meter), number=n, interval=10 + n) for n in range(3)]
        first = trade(world, orders[0])
        assert isinstance(first, Recorded)
        assert isinstance(trade(world, orders[1]), Recorded)
        refuses(world, ProviderCap(meter, 400, 200, 500), lambda: trade(world, orders[2]))
        # Exactly up to the cap, and again once a deal is settled.
        assert isinstance(trade(world, replace(orders[2], energy=100)), Recorded)
        world.deliver(meter, 10, 200)
        settled(world.settle(first.deal))
        assert isinstance(trade(world, replace(orders[2], number=9, interval=20)), Recorded)

    def test_its_escrow_bounds_what_it_buys(self, ledgers: Ledgers) -> None:
        world = ledgers()
        meter, provider = world.meter("ana"), world.ledger.provider
        world.ledger.withdraw(provider, STAKE - 15_999)
        refuses(
            world,
            InsufficientBalance(provider, 15_999, 16_000),
            lambda: trade(world, selling(world, meter)),
        )

    def test_a_foreign_meter_and_nothing_at_all_are_refused(self, ledgers: Ledgers) -> None:
        world = ledgers()
        meter = world.meter("ana")
        refuses(
            world,
            NotMeterOwner(meter, world["bo"], world["ana"]),
            lambda: trade(world, buying(world, meter)),
        )
        refuses(
            world,
            NotMeterOwner(meter, world["bo"], world["ana"]),
            lambda: trade(world, selling(world, meter, party="bo")),
        )
        refuses(
            world,
            InvalidParameter(bytes32("sellerMeter"), 0),
            lambda: trade(world, selling(world, 0)),
        )
        refuses(world, UnknownMeter(0), lambda: trade(world, buying(world, 0)))
        refuses(world, ZeroAmount(80, 0), lambda: trade(world, replace(selling(world, meter), energy=0)))

    def test_it_does_not_trade_with_itself(self, ledgers: Ledgers) -> None:
        world = ledgers()
        meter, provider = world.meter("ana"), world.ledger.provider
        order = replace(selling(world, meter), party=provider)
        refuses(world, SelfDeal(provider), lambda: trade(world, order))

    def test_its_firm_sales_keep_the_gate_and_the_horizon(self, ledgers: Ledgers) -> None:
        world = ledgers()
        meter, rules, now = world.meter("bo"), world.ledger.rules, world.ledger.now()
        far = replace(buying(world, meter), interval=200, limit=400)
        refuses(
            world,
            BeyondHorizon(200, now + rules.horizon * rules.interval, now),
            lambda: trade(world, far),
        )
        gate = rules.gate_of(10)
        world.ledger.advance_to(gate + 1)
        refuses(world, GateClosed(10, gate, gate + 1), lambda: trade(world, buying(world, meter)))

    def test_a_batch_trades_what_it_can(self, ledgers: Ledgers) -> None:
        world = ledgers()
        meter = world.meter("bo")
        order = buying(world, meter)
        results = world.ledger.trade_with_provider([order, order, replace(order, number=2)])
        deal = recorded(results[0]).deal
        assert results[1] == KeyUsed(world.slot(deal), DealStatus.RECORDED)
        assert recorded(results[2]).positions == (0,)


class TestTariff:
    def _step(self, interval: int, buy: int = 10, sell: int = 20) -> TariffStep:
        return TariffStep(from_interval=interval, buy_price=buy, sell_price=sell)

    def test_a_step_begins_beyond_the_horizon(self, ledgers: Ledgers) -> None:
        world = ledgers()
        rules, now = world.ledger.rules, world.ledger.now()
        earliest = now + rules.horizon * rules.interval
        first = (earliest - rules.epoch) // rules.interval
        refuses(
            world,
            NoticeTooShort(first, rules.start(first), earliest),
            lambda: world.ledger.append_tariff([self._step(first)]),
        )
        # Asked before the steps are there, beyond the horizon too: that price is then another's
        assert [world.ledger.tariff_at(first + later) for later in (0, 1, 9)] == [(100, 400)] * 3
        world.ledger.append_tariff([self._step(first + 1), self._step(first + 9, 0, 0)])
        assert world.ledger.tariff_at(first) == (100, 400)
        assert world.ledger.tariff_at(first + 8) == (10, 20)
        assert world.ledger.tariff_at(first + 9) == (0, 0)

    def test_wrong_steps_change_nothing(self, ledgers: Ledgers) -> None:
        world = ledgers()
        append = world.ledger.append_tariff
        refuses(world, EmptyTariff(), lambda: append([]))
        refuses(world, BuyAboveSell(21, 20), lambda: append([self._step(200), self._step(201, 21)]))
        refuses(world, StepOutOfOrder(200, 200), lambda: append([self._step(200), self._step(200)]))
        assert world.ledger.tariff_at(300) == (100, 400)
        append([self._step(200)])
        refuses(world, StepOutOfOrder(200, 200), lambda: append([self._step(200)]))
