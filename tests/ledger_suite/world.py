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
``World.key`` gives the 32 bytes by which the ledger's errors name a deal's slot, ``World.slack`` the seconds that the
ledger's clock may run by itself during one test (0 in memory). Times in refusals are compared within the slack.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Protocol, TypeVar

from market.ledger.errors import LedgerError
from market.ledger.port import Ledger, MeterSpec, OfferSigner, Reading, Recorded, Settlement, TariffStep
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


def recorded(result: Recorded | LedgerError) -> Recorded:
    """The deal of a result that must be one."""
    assert isinstance(result, Recorded), result
    return result


def settled(result: Settlement | LedgerError) -> Settlement:
    """The settlement of a result that must be one."""
    assert isinstance(result, Settlement), result
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
