"""The loans of a day: who meets, what is recorded, what the world is told, and how each loan ends; figures by hand."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from market.books import Books
from market.ledger.faults import DoesNotFund, Fault, StopsAnswering, Withdraws
from market.ledger.memory import MemoryLedger
from market.ledger.port import MarketRules, MeterSpec, Reading, TariffStep
from market.ledger.unsigned import UNSIGNED_LOANS
from market.loan_day import Lending, LoanPlan
from market.loan_meeting import LoanTermsOffered
from market.loan_trader import LoanBrief, LoanSeat
from market.loans.port import LoanSettlement, RecordedLoan
from market.negotiation import Accept, Action, Negotiator, Propose, Turn, Withdraw
from market.records import LoanRow
from market.terms import Party

ASH, OAK, ELM = (Party("0x" + digit * 40) for digit in "123")
GRID, MARKET = Party("0x" + "8" * 40), Party("0x" + "9" * 40)
NAMES = {ASH: "ash", OAK: "oak", ELM: "elm"}
PLAN = LoanPlan(
    every=1,
    tick=100,
    most=300,
    first_return=1,
    last_return=20,
    return_every=1,
    offered=LoanTermsOffered(price=300, cover=360, max_rounds=10, turn_timeout=300),
    any_queue=False,
    disclose=False,
)


@dataclass
class Scripted:
    """A negotiator that offers one loan, or takes whatever is offered."""

    offer: tuple[int, int] | None

    def act(self, turn: Turn) -> Action:
        if self.offer is not None and turn.time < 2:
            return Propose(self.offer)
        return Accept() if turn.standing is not None else Withdraw()


@dataclass
class Home:
    """A trader that wants one certain loan of one interval, or none."""

    name: str
    party: Party
    meter: int
    wants: dict[int, tuple[int, int]] = field(default_factory=dict)
    asks: Party | None = None
    heard: list[tuple[str, object]] = field(default_factory=list)
    seats: list[LoanSeat] = field(default_factory=list)

    def takes_part(self, brief: LoanBrief) -> bool:
        return True

    def peer(self, step: int, free: Sequence[Party]) -> Party | None:
        return self.asks if self.asks in free else None

    def loan_negotiator(self, brief: LoanBrief, seat: LoanSeat) -> Negotiator | None:
        self.seats.append(seat)
        return Scripted(self.wants.get(brief.interval) if seat.opens else None)

    def negotiated(self, counterpart: Party, agreed: tuple[int, int] | None) -> None:
        self.heard.append((NAMES[counterpart], agreed))

    def lent(self, recorded: RecordedLoan) -> None:
        self.heard.append(("lent", recorded.loan.quantity))

    def repaid(self, settlement: LoanSettlement) -> None:
        self.heard.append(("repaid", settlement.status.name))


class Noted:
    """A world that only notes what it is told; readings are posted by the test."""

    def __init__(self) -> None:
        self.legs: dict[tuple[int, int], int] = defaultdict(int)
        self.blocked: dict[tuple[int, int], int] = defaultdict(int)

    def plan(self, meter: int, interval: int, amount: int) -> None:
        raise AssertionError("no deals here")

    def lend(self, meter: int, interval: int, amount: int) -> None:
        self.legs[meter, interval] += amount

    def call_off(self, meter: int, interval: int, amount: int, *, blocked: bool) -> None:
        self.legs[meter, interval] -= amount
        self.blocked[meter, interval] += amount * blocked

    def realise(self, interval: int) -> list[Reading]:
        raise AssertionError("the test reads the meters")


class Stage:
    """Three homes on an in-memory ledger; ash asks oak for the loans in ``wants``."""

    def __init__(
        self,
        wants: dict[int, tuple[int, int]],
        *,
        plan: LoanPlan = PLAN,
        intervals: int = 30,
        faults: tuple[Fault, ...] = (),
        deposit: int = 10**6,
    ) -> None:
        rules = MarketRules(epoch=10**6, horizon=48)
        self.ledger = MemoryLedger(
            rules=rules,
            provider=GRID,
            tariff=(TariffStep(from_interval=0, buy_price=80, sell_price=300),),
            address=MARKET,
            now=rules.epoch - 10_000,
        )
        self.homes = []
        for party, name in NAMES.items():
            self.ledger.buy_tokens(party, deposit)
            self.ledger.loans.deposit(party, deposit)
            meter = self.ledger.register_meter(MeterSpec(name=name, owner=party, rating=1000))
            self.homes.append(Home(name, party, meter))
        self.ash, self.oak, self.elm = self.homes
        self.ash.wants, self.ash.asks = wants, OAK
        self.world, self.books = Noted(), Books()
        self.lending = Lending(
            plan=plan,
            day=range(intervals),
            ledger=self.ledger,
            signer=UNSIGNED_LOANS,
            traders=self.homes,
            ratings=dict.fromkeys(NAMES.values(), 1000),
            world=self.world,
            books=self.books,
            faults=faults,
            rng=np.random.default_rng(1),
        )

    def step(self, step: int, exported: dict[int, int] | None = None) -> None:
        """As the day does it; ``exported`` by meter are the readings of the interval before."""
        self.ledger.advance_to(self.ledger.rules.start(step))
        for meter, amount in (exported or {}).items():
            reading = Reading(meter=meter, interval=step - 1, exported=amount, imported=0)
            assert self.ledger.post_readings([reading]) == [reading]
            self.books.readings[meter, step - 1] = reading
        self.lending.settle()
        self.lending.negotiate(step, step + 1)

    def rows(self) -> list[LoanRow]:
        return self.lending.record.loans


def test_a_loan_is_recorded_told_to_the_world_and_settled_when_both_legs_are_final() -> None:
    """Ash lends 200 in interval 2 and has 150 of it back in 5: 50 × 300 token units are paid, of a collateral of 72,000."""
    stage = Stage({2: (200, 3)})
    stage.step(1)
    ash, oak = stage.ash.meter, stage.oak.meter
    assert stage.world.legs == {(ash, 2): 200, (oak, 2): -200, (oak, 5): 200, (ash, 5): -200}
    assert dict(stage.books.sold) == {(ash, 2): 200, (oak, 5): 200}
    assert dict(stage.books.bought) == {(oak, 2): 200, (ash, 5): 200}
    assert stage.ledger.loans.balance(OAK) == 10**6 - 72_000
    stage.step(3, {ash: 230})
    assert stage.rows() == []
    stage.step(6, {oak: 150})
    (row,) = stage.rows()
    assert (row.lender, row.borrower, row.interval, row.returned_in, row.status) == (
        "ash",
        "oak",
        2,
        5,
        "settled",
    )
    assert (row.principal, row.returned, row.shortfall) == (200, 150, 50)
    assert (row.compensation, row.refunded) == (15_000, 57_000)
    assert stage.ledger.loans.balance(ASH) == 10**6 + 15_000
    assert stage.lending.ends is None
    assert stage.ash.heard == [
        ("oak", (200, 3)),
        ("lent", 200),
        ("oak", None),
        ("repaid", "SETTLED"),
        ("oak", None),
    ]


def test_a_negative_quantity_is_lent_by_the_responder() -> None:
    stage = Stage({2: (-100, 4)})
    stage.step(1)
    (meeting,) = stage.lending.record.meetings
    assert meeting.recorded is not None
    assert (meeting.recorded.loan.lender, meeting.recorded.loan.borrower) == (OAK, ASH)
    assert stage.world.legs[stage.ash.meter, 6] == 100
    assert stage.lending.record.sessions[0].quantity == -100
    assert [(offer.proposer, offer.quantity) for offer in stage.lending.record.offers] == [("ash", -100)]


@pytest.mark.parametrize("silent", [True, False])
def test_a_loan_of_which_nothing_was_lent_is_void_at_once(silent: bool) -> None:
    """Silent: once the window of two intervals is over, at the start of 5; a reading of 0: in the very next step."""
    stage = Stage({2: (200, 10)})
    stage.step(1)
    stage.step(3, None if silent else {stage.ash.meter: 0})
    stage.step(5)
    (row,) = stage.rows()
    assert (row.status, row.principal, row.refunded, row.freed) == ("voided", 0, 72_000, True)
    assert stage.ledger.loans.balance(OAK) == 10**6
    assert stage.books.sold[stage.oak.meter, 12] == 0
    assert stage.books.bought[stage.ash.meter, 12] == 0
    assert stage.world.legs[stage.oak.meter, 12] == stage.world.legs[stage.ash.meter, 12] == 0
    assert not any(stage.world.blocked.values())


def test_a_place_with_others_behind_it_stays_blocked() -> None:
    """Both loans return in interval 12; the first is void, but the second stands behind it in oak's queue."""
    stage = Stage({2: (200, 10), 3: (100, 9)})
    stage.step(1)
    stage.step(2)
    stage.step(3, {stage.ash.meter: 0})
    (row,) = stage.rows()
    assert (row.status, row.freed) == ("voided", False)
    assert stage.books.sold[stage.oak.meter, 12] == 300
    assert stage.world.legs[stage.oak.meter, 12] == 100
    assert stage.world.blocked[stage.oak.meter, 12] == 200


def test_places_in_the_queues_bound_what_comes_after() -> None:
    """700 of 1000 of ash's rating are queued for interval 2; the responder hears the same from its side."""
    stage = Stage({2: (100, 3)})
    stage.books.sold[stage.ash.meter, 2] = 700
    stage.books.sold[stage.oak.meter, 5] = 400
    stage.step(1)
    assert stage.ash.seats[0].room == (300, 1000)
    assert stage.oak.seats[0].room == (1000, 300)
    assert stage.ash.seats[0].room_returned[2] == (1000, 600)
    terms = stage.lending.record.meetings[0].transcript.terms
    assert (terms.max_ahead_given, terms.max_ahead_returned) == (700, 400)


def test_every_loan_of_the_day_returns_within_it() -> None:
    stage = Stage({27: (100, 1), 28: (100, 1), 29: (100, 1)}, intervals=30)
    for step in (26, 27, 28, 29):
        stage.step(step)
    assert [row.interval for row in stage.lending.record.sessions] == [27, 28]
    late = Stage({27: (100, 3)}, intervals=30)
    late.step(26)
    (row,) = late.lending.record.sessions
    assert row.outcome == "withdrawn"
    assert "return_after: found 3, expected 1..2" in row.reason


def test_sessions_are_held_as_often_as_the_plan_says() -> None:
    stage = Stage(dict.fromkeys(range(20), (100, 2)), plan=replace(PLAN, every=4))
    for step in range(10):
        stage.step(step)
    assert [row.interval for row in stage.lending.record.sessions] == [4, 8]


def test_nobody_sits_in_two_sessions_of_a_step() -> None:
    stage = Stage({2: (100, 3)})
    stage.elm.asks, stage.elm.wants = OAK, {2: (100, 3)}
    stage.step(1)
    (row,) = stage.lending.record.sessions
    assert {row.opener, row.responder} <= {"ash", "oak", "elm"}
    assert row.responder == "oak"


@pytest.mark.parametrize(
    ("fault", "outcome", "reason"),
    [
        (Withdraws(first=2, last=2, party="oak", round=1), "withdrawn", ""),
        (StopsAnswering(first=2, last=2, party="oak", round=1), "deadline", "a turn ran out"),
        (DoesNotFund(first=2, last=2, party="oak"), "refused", "InsufficientBalance"),
    ],
)
def test_a_faulty_peer_ends_its_session_and_harms_nobody(fault: Fault, outcome: str, reason: str) -> None:
    stage = Stage({2: (200, 3)}, faults=(fault,))
    stage.step(1)
    stage.step(2)
    row = next(row for row in stage.lending.record.sessions if row.interval == 2)
    assert row.outcome == outcome
    assert row.reason.startswith(reason)
    assert not any(interval == 2 for _, interval in stage.world.legs)
    assert stage.ledger.loans.balance(ASH) == 10**6


def test_an_agreement_that_the_ledger_refuses_binds_nobody() -> None:
    stage = Stage({2: (300, 3)}, deposit=1000)
    stage.step(1)
    (row,) = stage.lending.record.sessions
    assert (row.outcome, row.quantity) == ("refused", 300)
    assert stage.lending.ends is None
    assert not stage.world.legs
    assert stage.ash.heard == [("oak", (300, 3))]
