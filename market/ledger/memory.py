"""The exact in-memory ledger: the market's rules in whole numbers, with nothing signed, mined or read from a clock.

It does what the contracts do, in the same order of checks, with the same refusals and the same final state; training,
large simulations and the audit's replay run on it. Each rule lives in the module named after its concept; this one only
joins them into the Ledger port. It is no model of a chain: there are no fees, no allowances and no reorganisations,
and whoever calls is believed to be who he says.

Beyond the port, for the replay of a chain's events and for experiments: :meth:`MemoryLedger.register`,
:meth:`~MemoryLedger.allow_market`, :meth:`~MemoryLedger.retire`, :meth:`~MemoryLedger.freeze`,
:meth:`~MemoryLedger.post`, :meth:`~MemoryLedger.transfer_tokens`, :meth:`~MemoryLedger.committed_elsewhere`,
:meth:`~MemoryLedger.record_agreement`, :meth:`~MemoryLedger.record_deal`, :meth:`~MemoryLedger.trade`,
:meth:`~MemoryLedger.settle_one`, :meth:`~MemoryLedger.pause_by`, :meth:`~MemoryLedger.copy`, the read-only views at the
end, and the like of its loans (:class:`market.ledger.lending.MemoryLoans`) and of its forward contracts
(:class:`market.ledger.forwarding.MemoryForward`).
"""

from collections.abc import Sequence
from hashlib import sha256

from market.ledger import agreements, deals, desk, sessions
from market.ledger.balances import MemoryBalances
from market.ledger.batches import each
from market.ledger.deals import Book, KeyHash, plain_key
from market.ledger.desk import Desk
from market.ledger.errors import EmptyTariff, InvalidParameter, LedgerError, UnknownSession
from market.ledger.forwarding import PLAIN_NAMES, ForwardNames, MemoryForward
from market.ledger.ground import Ground
from market.ledger.lending import MemoryLoans
from market.ledger.loans import plain_loan_key
from market.ledger.pause import check_running
from market.ledger.port import (
    DealState,
    LedgerState,
    MarketRules,
    OpenRequest,
    ProviderOrder,
    Recorded,
    SessionView,
    Settlement,
    TariffStep,
)
from market.ledger.ranges import bytes32
from market.ledger.sealed import check_begun
from market.ledger.tariff import Tariff
from market.ledger.tokens import Purse
from market.ledger.unsigned import UNSIGNED, UNSIGNED_LOANS, LoanSeals, Seals
from market.terms import (
    NO_METER,
    NOBODY,
    Deal,
    DealKey,
    DealStatus,
    Lock,
    Party,
    Transcript,
    deal_of,
)


class MemoryLedger(MemoryBalances, Ground):
    """A market's ledger in memory (``market.ledger.port.Ledger``).

    Parameters
    ----------
    rules
        Constants of the deployment.
    provider
        Who trades at the tariff; ``NOBODY`` for a market without a provider.
    tariff
        The provider's first steps; they need no notice.
    address
        The market's own address: it holds what is inside the market, and no one trades under it.
    now
        The clock at the start, seconds since 1970; only :meth:`advance_to` moves it.
    guardian
        Who may pause.
    keys
        How a deal's slot is named in errors (on a chain: keccak256 of chain id, contract, parties and nonce, plus the
        index).
    seals
        How transcripts are checked; None to take their hashes and signatures as given.
    loans_address, loan_keys, loan_seals
        The same of the loan desk; its address is made of ``address`` unless given.
    forward_names
        The same of the forward desk.

    Raises
    ------
    InvalidParameter
        A constant is one with which no market works.
    MarketAlreadyListed
        Two of the markets have the same address.
    EmptyTariff, BuyAboveSell, StepOutOfOrder
        The tariff of a provider has no step, or a wrong one.
    """

    def __init__(
        self,
        *,
        rules: MarketRules,
        provider: Party,
        tariff: Sequence[TariffStep],
        address: Party,
        now: int,
        guardian: Party = NOBODY,
        keys: KeyHash = plain_key,
        seals: Seals | None = UNSIGNED,
        loans_address: Party | None = None,
        loan_keys: KeyHash = plain_loan_key,
        loan_seals: LoanSeals | None = UNSIGNED_LOANS,
        forward_names: ForwardNames = PLAIN_NAMES,
    ) -> None:
        loans = _beside(address, "loans") if loans_address is None else loans_address
        forward = _beside(address, "forward") if forward_names.address is None else forward_names.address
        super().__init__(rules, (address, loans, forward), now)
        if provider != NOBODY and not tariff:
            raise EmptyTariff()
        self._address = address
        self._guardian = guardian
        self._keys = keys
        self._seals = seals
        self._paused_until = 0
        self._purse = Purse(self._tokens)
        self._tariff = Tariff(tariff)
        self._desk = Desk(provider, rules.provider_cap)
        self._book = Book(rules, self._registry, self._purse, market=address, keys=keys)
        self._sessions: list[SessionView] = []
        self._loans = MemoryLoans(
            rules=rules,
            registry=self._registry,
            tokens=self._tokens,
            clock=self.now,
            address=loans,
            guardian=guardian,
            keys=loan_keys,
            seals=loan_seals,
        )
        self._forward = MemoryForward(
            rules=rules,
            registry=self._registry,
            tokens=self._tokens,
            clock=self.now,
            address=forward,
            guardian=guardian,
            names=forward_names,
        )

    def copy(self) -> "MemoryLedger":
        """An independent ledger in the same state; its cost grows with the number of slots, all values are shared."""
        other = MemoryLedger.__new__(MemoryLedger)
        other.__dict__.update(self.__dict__)
        other._tokens = self._tokens.copy()
        other._purse = self._purse.copy(other._tokens)
        other._registry = self._registry.copy()
        other._tariff = self._tariff.copy()
        other._desk = self._desk.copy()
        other._book = self._book.copy(other._registry, other._purse)
        other._sessions = self._sessions.copy()
        other._names = self._names.copy()
        other._loans = self._loans.copy(registry=other._registry, tokens=other._tokens, clock=other.now)
        other._forward = self._forward.copy(registry=other._registry, tokens=other._tokens, clock=other.now)
        return other

    @property
    def provider(self) -> Party:
        """The provider of the tariff; ``NOBODY`` if there is none."""
        return self._desk.provider

    @property
    def loans(self) -> MemoryLoans:
        """The loan desk, which shares clock, tokens and meters."""
        return self._loans

    @property
    def forward(self) -> MemoryForward:
        """The forward desk, which shares clock, tokens and meters."""
        return self._forward

    # Tariff -----------------------------------------------------------------------------------------------------------

    def append_tariff(self, steps: Sequence[TariffStep]) -> None:
        """The provider appends steps, each starting later than now + horizon."""
        self._tariff.append(self._rules, steps, self._now)

    def tariff_at(self, interval: int) -> tuple[int, int]:
        """(buy, sell) price of the provider for ``interval`` (``NoPrice``)."""
        return self._tariff.price_at(interval)

    def trade_with_provider(self, orders: Sequence[ProviderOrder]) -> list[Recorded | LedgerError]:
        """Trade at the tariff, one order after the other; each refusal stands at its place."""
        return each(map(desk.encodable, orders), self.trade)

    def trade(self, order: ProviderOrder) -> Recorded:
        """One trade with the provider, or its refusal."""
        check_running(self._paused_until, self._now)
        deal = self._desk.deal(desk.encodable(order), self._tariff, self._book, self._now)
        return self._record(deal, order.max_ahead)

    # Sessions held on the ledger --------------------------------------------------------------------------------------

    def open(self, party: Party, request: OpenRequest) -> int:
        """Open a session; returns its number (from 1)."""
        check_running(self._paused_until, self._now)
        self._sessions.append(sessions.opened(self._rules, party, request, self._now))
        return len(self._sessions)

    def join(self, party: Party, session: int, meter: int, max_ahead: int) -> None:
        """Join an open session; ``max_ahead`` counts if the joiner buys."""
        check_running(self._paused_until, self._now)
        self._sessions[session - 1] = sessions.joined(
            self._rules,
            session,
            self.session(session),
            party,
            meter=meter,
            max_ahead=max_ahead,
            now=self._now,
        )

    def offer(self, party: Party, session: int, price: int, energy: int, locked: Lock) -> None:
        """Make the next offer."""
        self._sessions[session - 1] = sessions.offered(
            self._rules,
            session,
            self.session(session),
            party,
            price=price,
            energy=energy,
            locked=locked,
            now=self._now,
        )

    def accept(self, party: Party, session: int, round: int, price: int, energy: int) -> Recorded:
        """Take the standing offer, named by round, price and energy, and record the deal."""
        check_running(self._paused_until, self._now)
        after = sessions.accepted(
            session, self.session(session), party, round=round, price=price, energy=energy, now=self._now
        )
        recorded = self._record(sessions.deal_from(session, after), after.max_ahead)
        self._sessions[session - 1] = after
        return recorded

    def withdraw_from(self, party: Party, session: int) -> None:
        """Leave a session."""
        self._sessions[session - 1] = sessions.withdrawn(session, self.session(session), party)

    def expire(self, session: int) -> None:
        """Close a session whose turn has run out."""
        self._sessions[session - 1] = sessions.expired(session, self.session(session), self._now)

    def session(self, session: int) -> SessionView:
        """A session as it stands (``UnknownSession``)."""
        if 1 <= session <= len(self._sessions):
            return self._sessions[session - 1]
        raise UnknownSession(session)

    # Signed sessions --------------------------------------------------------------------------------------------------

    def record(self, transcripts: Sequence[Transcript], *, disclose: bool) -> list[Recorded | LedgerError]:
        """Record agreements in one batch; each refusal stands at its place."""
        return each(
            map(agreements.encodable, transcripts),
            lambda item: self.record_agreement(item, disclose=disclose),
        )

    def record_agreement(self, transcript: Transcript, *, disclose: bool) -> Recorded:
        """Record one agreement, or raise its refusal."""
        agreements.encodable(transcript)
        check_begun(transcript.offers, key=lambda: self._keys(DealKey.of(transcript.terms)))
        check_running(self._paused_until, self._now)
        head = agreements.check_agreement(
            self._rules,
            transcript,
            name=self._keys,
            disclose=disclose,
            seals=self._seals,
            now=self._now,
        )
        return self._record(deal_of(transcript.terms, head.move), transcript.terms.max_ahead)

    def record_deal(self, deal: Deal, max_ahead: int) -> Recorded:
        """Record a deal without asking how it was agreed: the step in which every negotiation ends.

        Meter 0 stands for the provider and for nobody else (``InvalidParameter``); the tariff is not asked.
        """
        check_running(self._paused_until, self._now)
        deals.encodable(deal)
        for name, meter, party in (
            ("sellerMeter", deal.seller_meter, deal.seller),
            ("buyerMeter", deal.buyer_meter, deal.buyer),
        ):
            if meter == NO_METER and (party != self.provider or party == NOBODY):
                raise InvalidParameter(bytes32(name), NO_METER)
        if deal.seller_meter == NO_METER:
            self._book.check_firm(deal.buyer_meter, deal.buyer, deal.interval, self._now)
        elif deal.buyer_meter == NO_METER:
            self._desk.check_cap(deal.seller_meter, deal.energy * deal.count)
        return self._record(deal, max_ahead)

    def cancel(self, party: Party, counterpart: Party, nonce: int) -> None:
        """Burn the number of a signed session before it is recorded."""
        self._book.cancel(party, counterpart, nonce)

    def release(self, deal: Deal) -> None:
        """Undo a recorded deal before its gate; both parties' consent is taken for given."""
        self._book.release(deals.encodable(deal), self._now)
        self._desk.ended(deal, deal.count)

    # Settlement -------------------------------------------------------------------------------------------------------

    def settle(self, deals: Sequence[tuple[Deal, int]]) -> list[Settlement | LedgerError]:
        """Settle intervals in one batch; each refusal stands at its place."""
        return each(deals, lambda item: self.settle_one(*item))

    def settle_one(self, deal: Deal, index: int) -> Settlement:
        """Settle one interval, or raise its refusal."""
        settlement = self._book.settle(deal, index, self._now)
        self._desk.ended(deal, 1)
        return settlement

    def _time(self) -> int:
        return self._now

    # Views ------------------------------------------------------------------------------------------------------------

    def state(self) -> LedgerState:
        """All that the ledger holds; zero balances and cancelled numbers hold nothing and are left out."""
        return LedgerState(
            balances={party: amount for party, amount in self._purse.free.items() if amount},
            tokens={party: amount for party, amount in self._tokens.held.items() if amount},
            escrowed=self._purse.escrowed,
            deals=self._book.slots.copy(),
            meters=self._registry.slots.copy(),
            loans=self._loans.state(),
            forward=self._forward.state(),
            registers=self._registry.registers.posted.copy(),
            supplies=self._registry.supplies.supplies.copy(),
            aggregates=self._registry.supplies.aggregates.copy(),
        )

    def deal(self, key: DealKey) -> DealState | None:
        """A deal's slot; None where none was recorded."""
        return self._book.slots.get(key)

    def deal_status(self, key: DealKey) -> DealStatus:
        """What stands in a deal's slot."""
        return self._book.status(key)

    def provider_open(self, meter: int) -> int:
        """Base units that ``meter`` has promised the provider in deals not settled."""
        return self._desk.open.get(meter, 0)

    def key(self, key: DealKey) -> bytes:
        """The 32 bytes by which errors name a deal's slot."""
        return self._keys(key)

    def _record(self, deal: Deal, max_ahead: int) -> Recorded:
        recorded = self._book.record(deal, max_ahead, self._now)
        self._desk.recorded(deal)
        return recorded


def _beside(market: Party, desk: str) -> Party:
    """The address of a desk of a market that names none."""
    return Party("0x" + sha256(f"{market}|{desk}".encode()).hexdigest()[:40])
