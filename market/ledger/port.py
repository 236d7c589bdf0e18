"""The Ledger port: everything a market settles through, whichever ledger keeps it.

Two implementations behave alike (``market.ledger.memory`` with exact integers, ``chain.ledger`` on Ethereum): the same
calls in the same order give the same results, refusals and final state. A ledger keeps the market of one utility: its
deals here, its energy loans and its forward contracts at the desks beside them (``market.loans.port``,
``market.forward.port``).

Single operations raise a :class:`~market.ledger.errors.LedgerError` and then have changed nothing. Batches never raise
for an item: each item's result stands at its place, a refusal in place of a value. Every operation is identified by
what it is about (a session number, a meter and interval, a deal's slot), so that a ledger which has done it already
in an interrupted run can say so and give the recorded result instead of doing it twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from market.forward.port import ForwardDesk, ForwardDeskState
from market.ledger.errors import LedgerError
from market.loans.port import LoanDesk, LoanDeskState
from market.terms import (
    Deal,
    DealKey,
    DealStatus,
    Lock,
    Move,
    Party,
    SessionStatus,
    SessionTerms,
    SignedOffer,
    Transcript,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketRules:
    """Constants of a deployment (``IMeterRegistry``, ``IUtilityNegotiator``)."""

    epoch: int
    """Start of interval 0, seconds since 1970."""
    interval: int = 900
    """Seconds, at least 2."""
    gate: int = 60
    """Seconds before its start after which nothing is recorded for an interval."""
    horizon: int = 192
    """Intervals: nothing is recorded for one that starts later than now + horizon."""
    window: int = 1800
    """W: seconds after an interval's end in which its reading is accepted."""
    utility: int = 1
    wei_per_unit: int = 10**9
    """Wei per token base unit."""
    provider_cap: int = 2**32 - 1
    """Most base units that one meter may have open towards the provider."""
    pause_length: int = 7 * 86_400
    pause_cooldown: int = 30 * 86_400

    def start(self, interval: int) -> int:
        """First second of ``interval``."""
        return self.epoch + interval * self.interval

    def end(self, interval: int) -> int:
        """First second after ``interval``."""
        return self.start(interval + 1)

    def gate_of(self, interval: int) -> int:
        """Last second at which anything is recorded for ``interval``."""
        return self.start(interval) - self.gate

    def latest_start(self, now: int) -> int:
        """The horizon at ``now``: nothing is recorded for an interval that starts later than this second."""
        return now + self.horizon * self.interval

    def closed(self, interval: int) -> int:
        """First second at which no reading is accepted any more: silence counts as zero."""
        return self.end(interval) + self.window


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffStep:
    """The provider's prices from an interval on, token units per base unit; buy ≤ sell."""

    from_interval: int
    buy_price: int
    """What the provider pays."""
    sell_price: int
    """What the provider asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterSpec:
    """A meter to register. ``name`` is the scenario's; the key that signs its readings is the ledger's business."""

    name: str
    owner: Party
    rating: int
    """Most base units per interval, in either direction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a meter saw in one interval, base units."""

    meter: int
    interval: int
    exported: int
    imported: int


Four = tuple[int, int, int, int]
"""Base units by register, one for each rate block."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registers:
    """A meter's registers at the end of a period, base units since it was made, below 2**60."""

    meter: int
    at: int
    """As they stand at the start of this interval."""
    schedule: bytes
    """Names the hours that each register counts (``market.forward.trees.schedule_of``)."""
    imported: Four
    """Zero where there is no such register."""
    exported: Four

    @property
    def place(self) -> tuple[int, int, bytes]:
        """What can be posted once."""
        return self.meter, self.at, self.schedule

    @property
    def net(self) -> Four:
        """Imported less exported."""
        a, b, c, d = (i - e for i, e in zip(self.imported, self.exported, strict=True))
        return a, b, c, d


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """A market that supplies a meter, in intervals from ``from_interval`` on and before ``to_interval``."""

    market: Party
    from_interval: int
    to_interval: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate:
    """The meter that another is behind, and from which interval on."""

    into: int
    from_interval: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderOrder:
    """A trade with the provider at its tariff, bounded by a limit price.

    ``number`` identifies it: below 2**62, once per party.
    """

    party: Party
    number: int
    meter: int
    interval: int
    energy: int
    limit: int
    selling: bool
    """The party sells to the provider (a place in its meter's queue); otherwise it buys, firm."""
    max_ahead: int = 2**32 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRequest:
    """What a session on the ledger is opened with."""

    counterpart: Party
    """``NOBODY``: anyone may join."""
    selling: bool
    """The opener sells."""
    meter: int
    """The opener's."""
    interval: int
    count: int = 1
    max_ahead: int = 2**32 - 1
    """Used if the opener buys."""
    issue_by_issue: bool = True
    max_rounds: int
    timeout: int
    """Seconds for each turn, and for joining."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """A session on the ledger as read back (``IUtilityNegotiator.SessionView``)."""

    status: SessionStatus
    initiator: Party
    responder: Party
    initiator_meter: int
    responder_meter: int
    interval: int
    count: int
    max_ahead: int
    initiator_sells: bool
    issue_by_issue: bool
    rounds: int
    """Offers made so far."""
    max_rounds: int
    timeout: int
    deadline: int
    """End of the present turn (or of joining), seconds since 1970."""
    price: int
    energy: int
    locked: Lock


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A deal that is binding: its terms and, for each interval, its place in the seller's queue (0 if firm)."""

    deal: Deal
    positions: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """How one interval of a deal ended: paid + refunded = price × energy."""

    key: DealKey
    delivered: int
    paid: int
    refunded: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DealState:
    """One interval of a deal as a ledger holds it."""

    deal: Deal
    index: int
    status: DealStatus
    position: int
    delivered: int = 0
    paid: int = 0
    refunded: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterInterval:
    """One interval of a meter as a ledger holds it, base units."""

    exported: int = 0
    imported: int = 0
    committed: int = 0
    recorded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerState:
    """All that a ledger holds: what the digest is made of, and what an audit compares to the last unit."""

    balances: Mapping[Party, int]
    """Internal (free) balances, token units."""
    tokens: Mapping[Party, int]
    """Token balances outside the market, token units."""
    escrowed: int
    """Token units held by the market in open deals."""
    deals: Mapping[DealKey, DealState]
    meters: Mapping[tuple[int, int], MeterInterval]
    """By (meter, interval)."""
    loans: LoanDeskState = field(default_factory=LoanDeskState)
    forward: ForwardDeskState = field(default_factory=ForwardDeskState)
    registers: Mapping[tuple[int, int, bytes], Registers] = field(default_factory=dict)
    """By (meter, at, schedule)."""
    supplies: Mapping[int, tuple[Supply, ...]] = field(default_factory=dict)
    """By meter: those recorded last, at most two, in the order of their times."""
    aggregates: Mapping[int, Aggregate] = field(default_factory=dict)
    """By the meter that is behind another."""


class Ledger(Protocol):
    """A market's ledger. Times are seconds since 1970 on the ledger's own clock."""

    @property
    def rules(self) -> MarketRules: ...

    @property
    def provider(self) -> Party:
        """The provider of the tariff."""
        ...

    @property
    def address(self) -> Party:
        """The market's own address, by which the meters' queues know it."""
        ...

    @property
    def loans(self) -> LoanDesk:
        """The loans of the same meters, settled in the same tokens."""
        ...

    @property
    def forward(self) -> ForwardDesk:
        """The forward contracts of the same meters, settled in the same tokens."""
        ...

    def now(self) -> int: ...

    def advance_to(self, time: int) -> None:
        """Move the clock to ``time`` (warp, or wait); a time already past is left alone."""
        ...

    # Money ------------------------------------------------------------------------------------------------------------
    def buy_tokens(self, party: Party, amount: int) -> None:
        """Buy ``amount`` token units with Ether."""
        ...

    def redeem_tokens(self, party: Party, amount: int) -> None: ...

    def deposit(self, party: Party, amount: int) -> None:
        """Move token units into the party's internal balance."""
        ...

    def withdraw(self, party: Party, amount: int) -> None: ...

    def balance(self, party: Party) -> int:
        """Internal (free) balance, token units."""
        ...

    # Meters -----------------------------------------------------------------------------------------------------------
    def register_meter(self, spec: MeterSpec) -> int:
        """Register a meter, opted in by its owner to this market and the desks beside it; returns its id (from 1)."""
        ...

    def retire_meter(self, meter: int, from_interval: int) -> None: ...

    def post_readings(self, readings: Sequence[Reading]) -> list[Reading | LedgerError]:
        """Post readings in one batch."""
        ...

    def prove_conflict(self, first: Reading, second: Reading) -> None:
        """Show two readings of one meter and interval that its key signed and that differ: the meter is frozen."""
        ...

    def post_registers(self, registers: Sequence[Registers]) -> list[Registers | LedgerError]:
        """Post registers in one batch."""
        ...

    def prove_register_conflict(self, first: Registers, second: Registers) -> None:
        """Show two sets of registers of one meter, time and schedule that differ: the meter is frozen."""
        ...

    def aggregate_meter(self, meter: int, into: int) -> int:
        """The owner puts a meter behind another, which sells for it; returns from which interval on."""
        ...

    # Tariff -----------------------------------------------------------------------------------------------------------
    def append_tariff(self, steps: Sequence[TariffStep]) -> None: ...

    def tariff_at(self, interval: int) -> tuple[int, int]:
        """(buy, sell) price of the provider for ``interval``."""
        ...

    def trade_with_provider(self, orders: Sequence[ProviderOrder]) -> list[Recorded | LedgerError]: ...

    # Sessions held on the ledger --------------------------------------------------------------------------------------
    def open(self, party: Party, request: OpenRequest) -> int: ...

    def join(self, party: Party, session: int, meter: int, max_ahead: int) -> None: ...

    def offer(self, party: Party, session: int, price: int, energy: int, locked: Lock) -> None: ...

    def accept(self, party: Party, session: int, round: int, price: int, energy: int) -> Recorded: ...

    def withdraw_from(self, party: Party, session: int) -> None: ...

    def expire(self, session: int) -> None: ...

    def session(self, session: int) -> SessionView: ...

    # Signed sessions --------------------------------------------------------------------------------------------------
    def record(self, transcripts: Sequence[Transcript], *, disclose: bool) -> list[Recorded | LedgerError]:
        """Record agreements in one batch; ``disclose`` puts the whole transcript on the ledger, not its head alone."""
        ...

    def cancel(self, party: Party, counterpart: Party, nonce: int) -> None: ...

    def release(self, deal: Deal) -> None:
        """Undo a recorded deal before its gate with both parties' consent (their signatures, where there are any)."""
        ...

    # Settlement -------------------------------------------------------------------------------------------------------
    def settle(self, deals: Sequence[tuple[Deal, int]]) -> list[Settlement | LedgerError]:
        """Settle intervals (deal, index) in one batch; anyone may, once their export is final."""
        ...

    def pause(self) -> None:
        """The guardian stops new business for a while."""
        ...

    def state(self) -> LedgerState: ...


class OfferSigner(Protocol):
    """How agents seal what they offer in a signed session; where nothing is signed, hashes still chain the offers."""

    def sign(self, terms: SessionTerms, move: Move, round: int, previous: bytes) -> SignedOffer: ...

    def countersign(self, terms: SessionTerms, offer: SignedOffer) -> bytes:
        """The acceptor's signature over ``offer``."""
        ...
