"""Check ``replay``: every event once more through the in-memory ledger's exact rules, at its block's time.

Where the rules refuse what the chain did, or give another result, the chain broke them. The ledger that is left at the
end is what the chain's storage is compared with (``chain.audit.storage``).
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_hash.auto import keccak

from chain.audit.agreements import terms_of
from chain.audit.deals import CANCEL_CALL
from chain.audit.disagreement import Disagreement, same
from chain.audit.forward.replay import ForwardReplay
from chain.audit.loans.replay import LoanReplay
from chain.audit.report import Findings
from chain.audit.world import World
from chain.codec import party_of
from chain.events import (
    Aggregated,
    AgreementSigned,
    Bought,
    Committed,
    DealCancelled,
    DealRecorded,
    DealReleased,
    DealSettled,
    Deposited,
    Event,
    MarketAllowed,
    MeterFrozen,
    MeterRegistered,
    MeterRetired,
    OfferMade,
    Paused,
    ReadingPosted,
    Redeemed,
    RegistersPosted,
    SessionClosed,
    SessionJoined,
    SessionOpened,
    Supplied,
    SupplyEnded,
    TariffAppended,
    Transfer,
    Uncommitted,
    Withdrawn,
)
from chain.forward.registers import registers_of
from chain.signing import key_function
from market.ledger.errors import LedgerError
from market.ledger.forwarding import ForwardNames, MemoryForward
from market.ledger.lending import MemoryLoans
from market.ledger.memory import MemoryLedger
from market.ledger.port import ProviderOrder, Reading, Recorded, SessionView, TariffStep
from market.ledger.ranges import NotEncodable
from market.terms import (
    ANY_QUEUE,
    NO_METER,
    NOBODY,
    ONCHAIN_NONCE,
    PROVIDER_NONCE,
    Party,
    SessionStatus,
    SignedOffer,
    Transcript,
)

CHECK = "replay"


class Replay:
    """The in-memory ledger of a market, driven by its chain's events."""

    def __init__(self, world: World, findings: Findings) -> None:
        self.world = world
        self.findings = findings
        initial = [event for event in world.of(TariffAppended) if world.created_by(event)]
        self._given = {event.at for event in initial}
        self.ledger = MemoryLedger(
            rules=world.rules,
            provider=world.provider,
            tariff=[_step(event) for event in initial],
            address=world.negotiator,
            now=world.events[0].at.time if world.events else world.time,
            guardian=world.guardian,
            keys=key_function(world.chain_id, world.negotiator),
            seals=None,  # signatures are checked by themselves (chain.audit.agreements, chain.audit.loans)
            loans_address=None if world.loans == NOBODY else world.loans,
            loan_keys=key_function(world.chain_id, world.loans),
            loan_seals=None,
            forward_names=ForwardNames(
                address=None if world.forward == NOBODY else world.forward,
                keys=key_function(world.chain_id, world.forward),
                hash=keccak,
                seals=None,
            ),
        )
        self.loans = LoanReplay(world, self.ledger.loans, findings)
        self.forward = ForwardReplay(world, self.ledger.forward, self._supplied_elsewhere)
        self._own = {world.negotiator, world.loans, world.forward}
        self.cancelled: set[bytes] = set()
        self._made = world.recorded()
        self._signed = {(event.at.transaction, event.key): event for event in world.of(AgreementSigned)}
        self._closers: dict[int, Party] = {}
        self._recorded: dict[tuple[str, bytes], Recorded] = {}
        self._paired = _pairs(world)
        self._steps: dict[type[Event], Callable[[Any], None]] = {
            Transfer: self._transfer,
            Bought: lambda e: self.ledger.buy_tokens(e.buyer, e.amount),
            Redeemed: lambda e: self.ledger.redeem_tokens(e.holder, e.amount),
            Deposited: lambda e: self._market(e).deposit(e.party, e.amount),
            Withdrawn: lambda e: self._market(e).withdraw(e.party, e.amount),
            MeterRegistered: self._register,
            MarketAllowed: self._allow,
            MeterRetired: lambda e: self.ledger.retire_meter(e.meter, e.from_interval),
            MeterFrozen: lambda e: self.ledger.freeze(e.meter),
            ReadingPosted: self._read,
            Committed: self._elsewhere,
            Uncommitted: self._elsewhere,
            TariffAppended: self._append,
            SessionOpened: self._open,
            SessionJoined: self._join,
            OfferMade: self._offer,
            SessionClosed: self._close,
            DealRecorded: self._record,
            DealCancelled: self._cancel,
            DealReleased: self._release,
            DealSettled: self._settle,
            Paused: self._pause,
            RegistersPosted: self._registers,
            Aggregated: self._aggregate,
            **self.loans.steps,
            **self.forward.steps,
        }

    def run(self) -> MemoryLedger:
        """Replay all events; what the rules refuse is a violation, and the replay goes on with the next event."""
        for event in self.world.events:
            self.findings.count(CHECK)
            step = self._steps.get(type(event))
            if step is None:
                continue
            self.ledger.advance_to(event.at.time)
            try:
                step(event)
            except LedgerError as refusal:
                detail = f"{_name(event)}: the rules refuse it with {refusal}"
                self.findings.violate(CHECK, event.at.transaction, detail)
            except (Disagreement, NotEncodable, KeyError) as fault:
                self.findings.violate(CHECK, event.at.transaction, f"{_name(event)}: {fault}")
        for what in self.forward.left_out():
            self.findings.violate(CHECK, None, f"{what}: there is no such event, and there should be")
        self.ledger.advance_to(self.world.time)
        return self.ledger

    def _market(self, event: Event) -> MemoryLedger | MemoryLoans | MemoryForward:
        """The market of deals, that of loans or that of forward contracts, whichever an event is of."""
        if event.at.address == self.world.forward:
            return self.ledger.forward
        return self.ledger.loans if event.at.address == self.world.loans else self.ledger

    # Money ------------------------------------------------------------------------------------------------------------

    def _transfer(self, event: Transfer) -> None:
        if NOBODY in (event.sender, event.to):
            return  # Bought and Redeemed say it
        move = (event.at.transaction, event.sender, event.to, event.value)
        if self._paired[move] > 0:
            self._paired[move] -= 1  # Deposited and Withdrawn say it
            return
        self.ledger.transfer_tokens(event.sender, event.to, event.value)

    # Meters -----------------------------------------------------------------------------------------------------------

    def _register(self, event: MeterRegistered) -> None:
        number = self.ledger.register(
            owner=event.owner,
            rating=event.rating,
            utility=event.utility,
            key=event.key,
            attester=event.attester,
        )
        same("number", event.meter, number)

    def _allow(self, event: MarketAllowed) -> None:
        if event.market in self._own:
            owner = self.ledger.meter(event.meter).owner
            self.ledger.allow_market(owner, event.meter, event.allowed, event.market)

    def _read(self, event: ReadingPosted) -> None:
        self.ledger.post(
            Reading(
                meter=event.meter,
                interval=event.interval,
                exported=event.exported,
                imported=event.imported,
            )
        )

    def _registers(self, event: RegistersPosted) -> None:
        self.ledger.post_register(registers_of(event))

    def _aggregate(self, event: Aggregated) -> None:
        owner = self.ledger.meter(event.meter).owner
        since = self.ledger.aggregate(owner, event.meter, event.into)
        same("first interval", event.from_interval, since)

    def _supplied_elsewhere(self, event: Supplied | SupplyEnded) -> None:
        self.ledger.supplied_elsewhere(
            event.market,
            event.meter,
            event.from_interval,
            event.to_interval,
            ended=isinstance(event, SupplyEnded),
        )

    def _elsewhere(self, event: Committed | Uncommitted) -> None:
        if event.market not in self._own:
            grown = event.quantity if isinstance(event, Committed) else -event.quantity
            self.ledger.committed_elsewhere(event.market, event.meter, event.interval, grown)

    # Tariff -----------------------------------------------------------------------------------------------------------

    def _append(self, event: TariffAppended) -> None:
        if event.at not in self._given:
            self.ledger.append_tariff([_step(event)])

    # Sessions on chain ------------------------------------------------------------------------------------------------

    def _open(self, event: SessionOpened) -> None:
        number = self.ledger.open(event.initiator, event.request)
        same("number", event.session, number)
        same("deadline", event.deadline, self.ledger.session(number).deadline)

    def _join(self, event: SessionJoined) -> None:
        self.ledger.join(event.responder, event.session, event.meter, event.max_ahead)
        same("deadline", event.deadline, self.ledger.session(event.session).deadline)

    def _offer(self, event: OfferMade) -> None:
        session = self.ledger.session(event.session)
        same("round", event.round, session.rounds)
        proposer = session.initiator if event.round % 2 == 0 else session.responder
        self.ledger.offer(proposer, event.session, event.price, event.energy, event.locked)

    def _close(self, event: SessionClosed) -> None:
        match event.status:
            case SessionStatus.AGREED:
                self._closers[event.session] = event.by  # its deal follows
            case SessionStatus.WITHDRAWN:
                self.ledger.withdraw_from(event.by, event.session)
            case SessionStatus.EXPIRED:
                self.ledger.expire(event.session)
            case _:
                raise Disagreement(f"closed as {event.status.name}")

    # Deals ------------------------------------------------------------------------------------------------------------

    def _record(self, event: DealRecorded) -> None:
        run = (event.at.transaction, self.world.key(event.deal))
        if event.index == 0:
            if event.key in self.cancelled:
                raise Disagreement("recorded in a slot that was cancelled")
            self._recorded[run] = self._agree(event)
        made = self._recorded.get(run)
        if made is None:
            raise Disagreement("recorded without its first interval")
        same("terms", event.deal, made.deal)
        same("position", event.position, made.positions[event.index])

    def _agree(self, event: DealRecorded) -> Recorded:
        deal = event.deal
        if deal.nonce >= ONCHAIN_NONCE:
            number = deal.nonce - ONCHAIN_NONCE
            session: SessionView = self.ledger.session(number)
            by = self._closers.get(number)
            if by is None:
                raise Disagreement(f"recorded before session {number} was closed")
            return self.ledger.accept(by, number, session.rounds - 1, deal.price, deal.energy)
        if deal.nonce >= PROVIDER_NONCE:
            selling = deal.buyer_meter == NO_METER
            return self.ledger.trade(
                ProviderOrder(
                    party=deal.seller if selling else deal.buyer,
                    number=deal.nonce - PROVIDER_NONCE,
                    meter=deal.seller_meter if selling else deal.buyer_meter,
                    interval=deal.interval,
                    energy=deal.energy,
                    limit=deal.price,  # the caller's own limit is checked with the tariff
                    selling=selling,
                    max_ahead=ANY_QUEUE,
                )
            )
        signed = self._signed.get((event.at.transaction, event.key))
        if signed is None:
            raise Disagreement("recorded without an agreement")
        head = SignedOffer(signed.round, signed.move, signed.previous, b"", signed.proposer_signature)
        transcript = Transcript(terms_of(signed, event), (head,), signed.acceptor_signature)
        return self.ledger.record_agreement(transcript, disclose=False)

    def _cancel(self, event: DealCancelled) -> None:
        self.cancelled.add(event.key)
        data = self.world.calldata(event)
        if data[:4] != CANCEL_CALL:
            self.findings.note(
                CHECK, "a session number was cancelled through another contract: only its slot is seen"
            )
            return
        try:
            counterpart, nonce = decode(["address", "uint64"], data[4:])
        except DecodingError as error:
            raise Disagreement(f"its call cannot be read: {error}") from error
        self.ledger.cancel(event.by, _party(counterpart), nonce)

    def _release(self, event: DealReleased) -> None:
        made = self._made[event.key]
        if made.index == 0:
            self.ledger.release(made.deal)
        same("refund", event.refunded, made.deal.price * made.deal.energy)

    def _settle(self, event: DealSettled) -> None:
        made = self._made[event.key]
        settlement = self.ledger.settle_one(made.deal, made.index)
        same("delivered", event.delivered, settlement.delivered)
        same("paid", event.paid, settlement.paid)
        same("refunded", event.refunded, settlement.refunded)

    def _pause(self, event: Paused) -> None:
        market = self._market(event)
        market.pause_by(self.world.guardian)
        same("end of the pause", event.until, market.paused_until)


def _pairs(world: World) -> Counter[tuple[str, Party, Party, int]]:
    """Transfers that a deposit or a withdrawal says as well."""
    pairs: Counter[tuple[str, Party, Party, int]] = Counter()
    pairs.update((e.at.transaction, e.party, e.at.address, e.amount) for e in world.of(Deposited))
    pairs.update((e.at.transaction, e.at.address, e.party, e.amount) for e in world.of(Withdrawn))
    return pairs


def _step(event: TariffAppended) -> TariffStep:
    return TariffStep(
        from_interval=event.from_interval, buy_price=event.buy_price, sell_price=event.sell_price
    )


def _party(address: str) -> Party:
    return party_of(bytes.fromhex(address[2:]))


def _name(event: Event) -> str:
    return f"{type(event).__name__} in block {event.at.block}, log {event.at.log_index}"
