"""Sessions of alternating offers held on the ledger: turns, deadlines, rounds, locks, and one way to the deal."""

from dataclasses import replace

import pytest

from market.ledger.errors import (
    AmountOverflow,
    BeyondHorizon,
    GateClosed,
    InsufficientBalance,
    InvalidLock,
    InvalidParameter,
    InvalidRounds,
    InvalidTimeout,
    NoStandingOffer,
    NotCounterpart,
    NotMeterOwner,
    NotParty,
    OutOfTurn,
    QueueTooLong,
    RoundLimit,
    SameMeter,
    SelfDeal,
    StandingOfferDiffers,
    TurnExpired,
    TurnNotExpired,
    UnknownMeter,
    UnknownSession,
    WrongSessionStatus,
    ZeroAmount,
    ZeroCount,
)
from market.ledger.port import OpenRequest
from market.ledger.ranges import bytes32
from market.terms import ANY_QUEUE, NOBODY, ONCHAIN_NONCE, DealKey, Lock, SessionStatus
from tests.ledger_suite.world import STAKE, Ledgers, World, refuses, settled

TIMEOUT = 600


def request(world: World, meter: int, /, **changes: object) -> OpenRequest:
    """Bo opens towards Ana, who shall sell for interval 10."""
    base = OpenRequest(
        counterpart=world["ana"],
        selling=False,
        meter=meter,
        interval=10,
        count=1,
        max_ahead=ANY_QUEUE,
        issue_by_issue=True,
        max_rounds=6,
        timeout=TIMEOUT,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def begun(world: World, **changes: object) -> tuple[int, int, int]:
    """A session of Bo (initiator, buys) and Ana (sells) at Bo's first turn; with the meters of Ana and Bo."""
    ana, bo = world.meter("ana"), world.meter("bo")
    session = world.ledger.open(world["bo"], request(world, bo, **changes))
    world.ledger.join(world["ana"], session, ana, ANY_QUEUE)
    return session, ana, bo


class TestSessions:
    def test_offers_alternate_until_one_is_taken(self, ledgers: Ledgers) -> None:
        world = ledgers()
        ledger = world.ledger
        session, ana, bo = begun(world)
        assert session == 1
        ledger.offer(world["bo"], session, 20, 150, Lock.NONE)
        ledger.offer(world["ana"], session, 80, 100, Lock.NONE)
        ledger.offer(world["bo"], session, 35, 100, Lock.ENERGY)
        view = ledger.session(session)
        assert (view.status, view.rounds, view.price, view.energy) == (SessionStatus.NEGOTIATING, 3, 35, 100)
        assert view.locked == Lock.ENERGY
        assert abs(view.deadline - (ledger.now() + TIMEOUT)) <= world.slack
        made = ledger.accept(world["ana"], session, 2, 35, 100)
        deal = made.deal
        assert (deal.seller, deal.buyer, deal.nonce) == (world["ana"], world["bo"], ONCHAIN_NONCE + 1)
        assert (deal.seller_meter, deal.buyer_meter, deal.price, deal.energy) == (ana, bo, 35, 100)
        assert made.positions == (0,)
        assert ledger.session(session).status is SessionStatus.AGREED
        assert ledger.balance(world["bo"]) == STAKE - 3_500
        world.deliver(ana, 10, 60)
        assert settled(world.settle(deal)).paid == 2_100
        assert ledger.state().deals[DealKey.of(deal)].delivered == 60

    def test_anyone_may_join_where_nobody_is_named(self, ledgers: Ledgers) -> None:
        world = ledgers()
        cy, bo = world.meter("cy"), world.meter("bo")
        session = world.ledger.open(
            world["bo"], request(world, bo, counterpart=NOBODY, selling=True, count=2, issue_by_issue=False)
        )
        assert world.ledger.session(session).responder == NOBODY
        world.ledger.join(world["cy"], session, cy, 40)
        view = world.ledger.session(session)
        assert (view.responder, view.responder_meter, view.max_ahead) == (world["cy"], cy, 40)
        world.ledger.offer(world["bo"], session, 9, 100, Lock.NONE)
        made = world.ledger.accept(world["cy"], session, 0, 9, 100)
        assert (made.deal.seller, made.deal.count, made.positions) == (world["bo"], 2, (0, 0))
        assert world.ledger.balance(world["cy"]) == STAKE - 1_800

    def test_the_buyers_place_in_the_queue_is_his_own_bound(self, ledgers: Ledgers) -> None:
        world = ledgers()
        session, _, _ = begun(world, max_ahead=7)
        # Ana sells: what she names as joiner does not count.
        assert world.ledger.session(session).max_ahead == 7

    def test_opening_checks_what_it_can(self, ledgers: Ledgers) -> None:
        world = ledgers()
        bo, rules = world.meter("bo"), world.ledger.rules

        def opens(**changes: object) -> object:
            return world.ledger.open(world["bo"], request(world, bo, **changes))

        refuses(world, SelfDeal(world["bo"]), lambda: opens(counterpart=world["bo"]))
        refuses(world, ZeroCount(), lambda: opens(count=0))
        refuses(world, InvalidRounds(0), lambda: opens(max_rounds=0))
        refuses(world, InvalidTimeout(0), lambda: opens(timeout=0))
        refuses(world, InvalidParameter(bytes32("meter"), 0), lambda: opens(meter=0))
        world.ledger.advance_to(rules.gate_of(5) + 1)
        refuses(world, GateClosed(5, rules.gate_of(5), rules.gate_of(5) + 1), lambda: opens(interval=5))

    def test_joining_is_the_counterparts(self, ledgers: Ledgers) -> None:
        world = ledgers()
        ana, bo, cy = (world.meter(name) for name in ("ana", "bo", "cy"))
        join = world.ledger.join
        session = world.ledger.open(world["bo"], request(world, bo))
        refuses(world, UnknownSession(5), lambda: join(world["ana"], 5, ana, 0))
        refuses(world, UnknownSession(0), lambda: join(world["ana"], 0, ana, 0))
        refuses(
            world,
            NotCounterpart(session, world["cy"], world["ana"]),
            lambda: join(world["cy"], session, cy, 0),
        )
        refuses(world, InvalidParameter(bytes32("meter"), 0), lambda: join(world["ana"], session, 0, 0))
        refuses(world, SameMeter(bo), lambda: join(world["ana"], session, bo, 0))
        public = world.ledger.open(world["bo"], request(world, bo, counterpart=NOBODY))
        refuses(world, SelfDeal(world["bo"]), lambda: join(world["bo"], public, bo, 0))
        join(world["ana"], session, ana, 0)
        refuses(
            world,
            WrongSessionStatus(session, SessionStatus.NEGOTIATING, SessionStatus.OPEN),
            lambda: join(world["ana"], session, ana, 0),
        )

    def test_a_turn_is_one_partys(self, ledgers: Ledgers) -> None:
        world = ledgers()
        session, _, _ = begun(world)
        offer = world.ledger.offer
        refuses(
            world,
            OutOfTurn(session, world["ana"], world["bo"]),
            lambda: offer(world["ana"], session, 1, 1, Lock.NONE),
        )
        offer(world["bo"], session, 20, 150, Lock.NONE)
        for name in ("bo", "cy"):
            refuses(
                world,
                OutOfTurn(session, world[name], world["ana"]),
                lambda name=name: offer(world[name], session, 21, 150, Lock.NONE),  # type: ignore[misc]
            )
        refuses(
            world,
            OutOfTurn(session, world["bo"], world["ana"]),
            lambda: world.ledger.accept(world["bo"], session, 0, 20, 150),
        )

    def test_a_turn_ends(self, ledgers: Ledgers) -> None:
        world = ledgers()
        session, _, _ = begun(world)
        offer = world.ledger.offer
        offer(world["bo"], session, 20, 150, Lock.NONE)
        deadline = world.ledger.session(session).deadline
        world.ledger.advance_to(deadline - 1 - 2 * world.slack)
        refuses(
            world,
            TurnNotExpired(session, deadline, deadline - 1 - 2 * world.slack),
            lambda: world.ledger.expire(session),
        )
        world.ledger.advance_to(deadline + 1)
        late = TurnExpired(session, deadline, deadline + 1)
        refuses(world, late, lambda: offer(world["ana"], session, 21, 150, Lock.NONE))
        refuses(world, late, lambda: world.ledger.accept(world["ana"], session, 0, 20, 150))
        world.ledger.expire(session)
        assert world.ledger.session(session).status is SessionStatus.EXPIRED
        gone = WrongSessionStatus(session, SessionStatus.EXPIRED, SessionStatus.NEGOTIATING)
        refuses(world, gone, lambda: world.ledger.expire(session))
        refuses(world, gone, lambda: offer(world["ana"], session, 21, 150, Lock.NONE))

    def test_joining_has_a_deadline_too(self, ledgers: Ledgers) -> None:
        world = ledgers()
        ana, bo = world.meter("ana"), world.meter("bo")
        session = world.ledger.open(world["bo"], request(world, bo))
        deadline = world.ledger.session(session).deadline
        world.ledger.advance_to(deadline + 1)
        refuses(
            world,
            TurnExpired(session, deadline, deadline + 1),
            lambda: world.ledger.join(world["ana"], session, ana, 0),
        )
        world.ledger.expire(session)
        assert world.ledger.session(session).status is SessionStatus.EXPIRED

    def test_no_turn_outlasts_the_gate(self, ledgers: Ledgers) -> None:
        world = ledgers()
        gate = world.ledger.rules.gate_of(10)
        world.ledger.advance_to(gate - 200)
        session, _, _ = begun(world)
        assert world.ledger.session(session).deadline == gate

    def test_rounds_are_counted(self, ledgers: Ledgers) -> None:
        world = ledgers()
        session, _, _ = begun(world, max_rounds=2)
        offer = world.ledger.offer
        offer(world["bo"], session, 20, 150, Lock.NONE)
        offer(world["ana"], session, 80, 150, Lock.NONE)
        refuses(world, RoundLimit(session, 2), lambda: offer(world["bo"], session, 30, 150, Lock.NONE))
        # The last offer can still be taken.
        assert world.ledger.accept(world["bo"], session, 1, 80, 150).deal.price == 80

    def test_an_offer_is_an_amount(self, ledgers: Ledgers) -> None:
        world = ledgers()
        session, _, _ = begun(world)
        offer, bo = world.ledger.offer, world["bo"]
        refuses(world, ZeroAmount(0, 5), lambda: offer(bo, session, 0, 5, Lock.NONE))
        refuses(world, ZeroAmount(5, 0), lambda: offer(bo, session, 5, 0, Lock.NONE))
        refuses(world, AmountOverflow(1, 2**32, 1), lambda: offer(bo, session, 1, 2**32, Lock.NONE))
        refuses(world, AmountOverflow(2**62, 2, 1), lambda: offer(bo, session, 2**62, 2, Lock.NONE))

    def test_accepting_names_the_standing_offer(self, ledgers: Ledgers) -> None:
        world = ledgers()
        session, _, _ = begun(world)
        accept = world.ledger.accept
        refuses(world, NoStandingOffer(session), lambda: accept(world["bo"], session, 0, 20, 150))
        world.ledger.offer(world["bo"], session, 20, 150, Lock.NONE)
        differs = StandingOfferDiffers(session, 0, 20, 150)
        for named in ((1, 20, 150), (0, 21, 150), (0, 20, 149)):
            refuses(world, differs, lambda named=named: accept(world["ana"], session, *named))  # type: ignore[misc]

    def test_an_accept_that_cannot_be_paid_leaves_the_session(self, ledgers: Ledgers) -> None:
        world = ledgers()
        session, _, bo = begun(world)
        world.ledger.offer(world["bo"], session, 20, 150, Lock.NONE)
        world.ledger.withdraw(world["bo"], STAKE - 2_999)
        refuses(
            world,
            InsufficientBalance(world["bo"], 2_999, 3_000),
            lambda: world.ledger.accept(world["ana"], session, 0, 20, 150),
        )
        assert world.ledger.session(session).status is SessionStatus.NEGOTIATING
        world.ledger.deposit(world["bo"], 1)
        assert world.ledger.accept(world["ana"], session, 0, 20, 150).deal.buyer_meter == bo

    def test_leaving(self, ledgers: Ledgers) -> None:
        world = ledgers()
        session, _, bo = begun(world)
        leave = world.ledger.withdraw_from
        refuses(world, NotParty(world["cy"]), lambda: leave(world["cy"], session))
        leave(world["ana"], session)
        assert world.ledger.session(session).status is SessionStatus.WITHDRAWN
        refuses(
            world,
            WrongSessionStatus(session, SessionStatus.WITHDRAWN, SessionStatus.NEGOTIATING),
            lambda: leave(world["bo"], session),
        )
        waiting = world.ledger.open(world["bo"], request(world, bo))
        refuses(world, NotParty(world["ana"]), lambda: leave(world["ana"], waiting))
        leave(world["bo"], waiting)
        assert world.ledger.session(waiting).status is SessionStatus.WITHDRAWN

    def test_meters_and_time_are_judged_when_the_deal_is_recorded(self, ledgers: Ledgers) -> None:
        world = ledgers()
        ledger, bo, cy = world.ledger, world.meter("bo"), world.meter("cy")
        rules, now = ledger.rules, ledger.now()
        for meter, interval, expected in (
            (cy, 10, NotMeterOwner(cy, world["ana"], world["cy"])),
            (77, 10, UnknownMeter(77)),
            (cy, 200, BeyondHorizon(200, now + rules.horizon * rules.interval, now)),
        ):
            session = ledger.open(world["bo"], request(world, bo, interval=interval))
            ledger.join(world["ana"], session, meter, 0)
            ledger.offer(world["bo"], session, 20, 150, Lock.NONE)
            refuses(world, expected, lambda s=session: ledger.accept(world["ana"], s, 0, 20, 150))  # type: ignore[misc]
            assert ledger.session(session).status is SessionStatus.NEGOTIATING

    def test_the_queue_is_judged_when_the_deal_is_recorded(self, ledgers: Ledgers) -> None:
        world = ledgers()
        session, ana, bo = begun(world, max_ahead=99)
        world.deal(world.terms(seller_meter=ana, buyer_meter=bo), energy=100)
        world.ledger.offer(world["bo"], session, 20, 150, Lock.NONE)
        refuses(
            world,
            QueueTooLong(ana, 10, 100, 99),
            lambda: world.ledger.accept(world["ana"], session, 0, 20, 150),
        )


class TestLocks:
    """Standing offer of Bo: price 20, energy 150, nothing locked; Ana answers."""

    @pytest.fixture
    def stage(self, ledgers: Ledgers) -> tuple[World, int]:
        world = ledgers()
        session, _, _ = begun(world)
        world.ledger.offer(world["bo"], session, 20, 150, Lock.NONE)
        return world, session

    @pytest.mark.parametrize(
        ("price", "energy", "locked"),
        [
            (21, 150, Lock.PRICE),  # locks a price that it does not repeat
            (20, 149, Lock.ENERGY),
            (20, 150, Lock.ALL),  # that is an acceptance
            (80, 100, Lock.ALL),
        ],
    )
    def test_only_a_repeated_value_is_locked(
        self, stage: tuple[World, int], price: int, energy: int, locked: Lock
    ) -> None:
        world, session = stage
        refuses(
            world,
            InvalidLock(session, 0, int(locked)),
            lambda: world.ledger.offer(world["ana"], session, price, energy, locked),
        )

    def test_a_lock_stays(self, stage: tuple[World, int]) -> None:
        world, session = stage
        offer = world.ledger.offer
        offer(world["ana"], session, 80, 150, Lock.ENERGY)
        for price, energy, locked in (
            (30, 150, Lock.NONE),  # dropped
            (30, 149, Lock.ENERGY),  # kept by name, changed in value
            (80, 149, Lock.PRICE),  # exchanged
        ):
            refuses(
                world,
                InvalidLock(session, int(Lock.ENERGY), int(locked)),
                lambda p=price, e=energy, k=locked: offer(world["bo"], session, p, e, k),  # type: ignore[misc]
            )
        offer(world["bo"], session, 30, 150, Lock.ENERGY)
        assert world.ledger.session(session).locked == Lock.ENERGY

    def test_the_first_offer_locks_nothing(self, ledgers: Ledgers) -> None:
        world = ledgers()
        session, _, _ = begun(world)
        refuses(
            world,
            InvalidLock(session, 0, 1),
            lambda: world.ledger.offer(world["bo"], session, 20, 150, Lock.PRICE),
        )

    def test_a_package_locks_nothing(self, ledgers: Ledgers) -> None:
        world = ledgers()
        session, _, _ = begun(world, issue_by_issue=False)
        world.ledger.offer(world["bo"], session, 20, 150, Lock.NONE)
        refuses(
            world,
            InvalidLock(session, 0, 2),
            lambda: world.ledger.offer(world["ana"], session, 80, 150, Lock.ENERGY),
        )
        world.ledger.offer(world["ana"], session, 80, 150, Lock.NONE)
        assert world.ledger.session(session).rounds == 2
