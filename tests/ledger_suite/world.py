"""A fresh market with named parties, and what the shared ledger tests need to play in it.

How a ledger plugs in: a test module defines a fixture ``ledgers`` that gives a :class:`Ledgers` factory and imports the
``Test…`` classes of this folder::

    @pytest.fixture
    def ledgers() -> Ledgers:
        def make(**rules: int) -> World: ...
        return make

    from tests.ledger_suite.deals import TestDeals  # and so on: see tests/market/ledger/test_suite.py

The factory deploys a new market with :data:`RULES` (updated by what it is called with) and :data:`TARIFF`, an epoch of
its choice at least :data:`EARLY` seconds after its clock, a provider, a guardian that ``ledger.pause`` acts for, and the
parties of :data:`PEOPLE` and the provider each with :data:`PURSE` token units bought, :data:`STAKE` of them deposited.
``World.key`` and ``World.loan_key`` give the 32 bytes by which the ledger's errors name the slot of a deal and of a loan,
``World.slack`` the seconds that the ledger's clock may run by itself during one test (0 in memory). Times in refusals
are compared within the slack. At the loan desk nobody has anything until :meth:`World.cover` brings it there, nor at the forward desk until a
:class:`tests.ledger_suite.forward_world.Community` does.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Protocol, TypeVar

from market.forward.port import ForwardSigner
from market.ledger.errors import LedgerError
from market.ledger.loans import plain_loan_key
from market.ledger.port import Ledger, MeterSpec, OfferSigner, Reading, Recorded, Settlement, TariffStep
from market.ledger.unsigned import UNSIGNED_FORWARDS, UNSIGNED_LOANS
from market.loans.port import LoanSettlement, LoanSigner, LoanState, RecordedLoan
from market.loans.terms import Loan, LoanMove, LoanTerms, LoanTranscript, SignedLoanOffer
from market.terms import (
    ANY_QUEUE,
    Deal,
    DealKey,
    Lock,
    Move,
    Party,
    SessionTerms,
    SignedOffer,
    Transcript,
)

RULES = {
    "interval": 900,
    "gate": 60,
    "horizon": 96,
    "window": 1800,
    "utility": 1,
    "provider_cap": 10_000,
    "pause_length": 86_400,
    "pause_cooldown": 2 * 86_400,
}
"""Constants of the deployment, as far as the tests lean on them."""

TARIFF = (
    TariffStep(from_interval=1, buy_price=80, sell_price=300),
    TariffStep(from_interval=50, buy_price=100, sell_price=400),
)
"""The provider buys at 80 and sells at 300 token units per base unit; from interval 50 on at 100 and 400."""

PEOPLE = ("ana", "bo", "cy", "dov")
PURSE = 50_000_000
STAKE = 40_000_000
DESK = 5_000_000
"""What a party brings to the loan desk, unless told."""
EARLY = 7200
RATING = 1000
"""Base units per interval of every meter that :meth:`World.meter` registers, unless told."""

_CLOCK_VALUES = frozenset({"time", "horizon", "earliest", "final_at", "deadline", "until"})

T = TypeVar("T")


class Ledgers(Protocol):
    """Gives a fresh market; rules other than :data:`RULES` by name."""

    def __call__(self, **rules: int) -> "World": ...


@dataclass
class World:
    """One market under test."""

    ledger: Ledger
    people: Mapping[str, Party]
    signer: OfferSigner
    key: Callable[[DealKey], bytes]
    slack: int = 0
    loan_signer: LoanSigner = UNSIGNED_LOANS
    loan_key: Callable[[DealKey], bytes] = plain_loan_key
    forward_signer: ForwardSigner = UNSIGNED_FORWARDS
    meters: dict[int, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Party:
        return self.people[name]

    @property
    def minted(self) -> int:
        """Token units bought by the factory."""
        return PURSE * (len(PEOPLE) + 1)

    def names(self) -> dict[Party, str]:
        """Names of all parties, the provider among them."""
        return {**{party: name for name, party in self.people.items()}, self.ledger.provider: "provider"}

    def meter(self, owner: str, *, rating: int = RATING) -> int:
        """Register a meter."""
        name = f"{owner}-{len(self.meters) + 1}"
        meter = self.ledger.register_meter(MeterSpec(name=name, owner=self[owner], rating=rating))
        self.meters[meter] = name
        return meter

    def terms(
        self,
        seller: str = "ana",
        buyer: str = "bo",
        *,
        seller_meter: int,
        buyer_meter: int,
        interval: int = 10,
        nonce: int = 1,
        count: int = 1,
        max_ahead: int = ANY_QUEUE,
        seller_opens: bool = False,
        issue_by_issue: bool = True,
    ) -> SessionTerms:
        """Terms of a signed session."""
        return SessionTerms(
            seller=self[seller],
            buyer=self[buyer],
            nonce=nonce,
            seller_meter=seller_meter,
            buyer_meter=buyer_meter,
            interval=interval,
            count=count,
            max_ahead=max_ahead,
            seller_opens=seller_opens,
            issue_by_issue=issue_by_issue,
        )

    def move(self, interval: int, *, price: int = 250, energy: int = 500, locked: Lock = Lock.NONE) -> Move:
        """An offer that stands until the gate."""
        gate = self.ledger.rules.gate_of(interval)
        return Move(price=price, energy=energy, locked=locked, expiry=gate)

    def agree(self, terms: SessionTerms, *moves: Move) -> Transcript:
        """A session in which these offers were made in turn and the last one was taken."""
        offers: list[SignedOffer] = []
        previous = bytes(32)
        for number, move in enumerate(moves):
            offers.append(self.signer.sign(terms, move, number, previous))
            previous = offers[-1].hash
        assert all(later.previous == earlier.hash for earlier, later in pairwise(offers))
        return Transcript(terms, tuple(offers), self.signer.countersign(terms, offers[-1]))

    def deal(self, terms: SessionTerms, *, price: int = 250, energy: int = 500) -> Deal:
        """Record a deal agreed at once, and give its terms."""
        transcript = self.agree(terms, self.move(terms.interval, price=price, energy=energy))
        return recorded(self.record(transcript)).deal

    def record(self, transcript: Transcript, *, disclose: bool = False) -> Recorded | LedgerError:
        """Record one agreement."""
        (result,) = self.ledger.record([transcript], disclose=disclose)
        return result

    def settle(self, deal: Deal, index: int = 0) -> Settlement | LedgerError:
        """Settle one interval of a deal."""
        (result,) = self.ledger.settle([(deal, index)])
        return result

    def read(self, meter: int, interval: int, exported: int = 0, imported: int = 0) -> Reading | LedgerError:
        """Post one reading, now."""
        reading = Reading(meter=meter, interval=interval, exported=exported, imported=imported)
        (result,) = self.ledger.post_readings([reading])
        return result

    def deliver(self, meter: int, interval: int, exported: int) -> None:
        """Wait for the interval's end and read the meter."""
        self.ledger.advance_to(self.ledger.rules.end(interval))
        result = self.read(meter, interval, exported)
        assert isinstance(result, Reading), result

    def slot(self, deal: Deal, index: int = 0) -> bytes:
        """The 32 bytes of a deal's slot."""
        return self.key(DealKey.of(deal, index))

    # Loans ------------------------------------------------------------------------------------------------------------

    def cover(self, name: str, amount: int = DESK) -> None:
        """Bring token units to the loan desk."""
        self.ledger.loans.deposit(self[name], amount)

    def loan_terms(
        self,
        opener: str = "ana",
        responder: str = "bo",
        *,
        opener_meter: int,
        responder_meter: int,
        nonce: int = 1,
        interval: int = 10,
        price: int = 30,
        cover: int = 40,
        max_ahead_given: int = ANY_QUEUE,
        max_ahead_returned: int = ANY_QUEUE,
    ) -> LoanTerms:
        """Terms of a session about a loan."""
        return LoanTerms(
            opener=self[opener],
            responder=self[responder],
            nonce=nonce,
            opener_meter=opener_meter,
            responder_meter=responder_meter,
            interval=interval,
            price=price,
            cover=cover,
            max_ahead_given=max_ahead_given,
            max_ahead_returned=max_ahead_returned,
        )

    def agree_loan(
        self, terms: LoanTerms, *offers: tuple[int, int], expiry: int | None = None
    ) -> LoanTranscript:
        """A session in which these (q, τ) were offered in turn, each until the gate, and the last one was taken."""
        until = self.ledger.rules.gate_of(terms.interval) if expiry is None else expiry
        made: list[SignedLoanOffer] = []
        for number, (quantity, return_after) in enumerate(offers or ((500, 4),)):
            move = LoanMove(quantity=quantity, return_after=return_after, expiry=until)
            made.append(self.loan_signer.sign(terms, move, number, made[-1].hash if made else bytes(32)))
        return LoanTranscript(terms, tuple(made), self.loan_signer.countersign(terms, made[-1]))

    def lend(self, terms: LoanTerms, quantity: int = 500, return_after: int = 4) -> Loan:
        """Record a loan agreed at once, and give its terms."""
        return lent(self.record_loan(self.agree_loan(terms, (quantity, return_after)))).loan

    def record_loan(
        self, transcript: LoanTranscript, *, disclose: bool = False
    ) -> RecordedLoan | LedgerError:
        """Record one agreement on a loan."""
        (result,) = self.ledger.loans.record([transcript], disclose=disclose)
        return result

    def settle_loan(self, loan: Loan) -> LoanSettlement | LedgerError:
        """Settle or void one loan."""
        (result,) = self.ledger.loans.settle([loan])
        return result

    def loan_slot(self, loan: Loan) -> bytes:
        """The 32 bytes of a loan's slot."""
        return self.loan_key(loan.key)

    def loan_state(self, loan: Loan) -> LoanState:
        """A loan as the ledger holds it."""
        return self.ledger.state().loans.loans[loan.key]

    def committed(self, meter: int, interval: int) -> int:
        """Base units queued at a meter."""
        slot = self.ledger.state().meters.get((meter, interval))
        return slot.committed if slot else 0


def recorded(result: Recorded | LedgerError) -> Recorded:
    """The deal of a result that must be one."""
    assert isinstance(result, Recorded), result
    return result


def settled(result: Settlement | LedgerError) -> Settlement:
    """The settlement of a result that must be one."""
    assert isinstance(result, Settlement), result
    return result


def lent(result: RecordedLoan | LedgerError) -> RecordedLoan:
    """The loan of a result that must be one."""
    assert isinstance(result, RecordedLoan), result
    return result


def ended(result: LoanSettlement | LedgerError) -> LoanSettlement:
    """The loan's end of a result that must be one."""
    assert isinstance(result, LoanSettlement), result
    return result


def refuses(world: World, expected: LedgerError, call: Callable[[], object]) -> None:
    """Assert that ``call`` raises or returns exactly ``expected`` and that nothing changed.

    Values that follow the clock may differ by the world's slack.
    """
    before = world.ledger.state()
    found: object
    try:
        found = call()
    except LedgerError as refusal:
        found = refusal
    assert type(found) is type(expected), f"found {found!r}, expected {expected}"
    assert isinstance(found, LedgerError)
    found_values, expected_values = found.values(), expected.values()
    for name, value in expected_values.items():
        if name in _CLOCK_VALUES:
            assert abs(found_values[name] - value) <= world.slack, (
                f"{name}: found {found}, expected {expected}"
            )
        else:
            assert found_values[name] == value, f"{name}: found {found}, expected {expected}"
    after = world.ledger.state()
    assert after == before, "a refusal changed the state"
