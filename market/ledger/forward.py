"""Forward contracts from their signing to their end: deposits, joining, bills, exits, closing.

The only code that moves deposits. Every function checks first and changes afterwards, so that a refusal has changed
nothing.
"""

from dataclasses import dataclass, field, replace
from hashlib import sha256

from market.forward.port import ForwardSeals, ForwardState, Hash, MemberBill, MemberExit
from market.forward.terms import (
    NOTHING,
    Bill,
    ForwardStatus,
    ForwardTerms,
    Joining,
    MemberState,
    SignedForward,
)
from market.forward.trees import (
    member_leaf,
    root_from,
    schedule_of,
    tariff_hash,
    terms_hash,
    volumes_hash,
)
from market.ledger.ballots import Votes
from market.ledger.billing import account, amount_of, contracted_in
from market.ledger.deals import KeyHash
from market.ledger.errors import (
    AlreadyExited,
    AlreadyMember,
    BadSignature,
    BadVolumes,
    ContractRunning,
    ExitTooLate,
    ForwardKeyUsed,
    MembersOpen,
    NonceOutOfRange,
    NotAMember,
    NotOnRoster,
    NotTheMember,
    OfferExpired,
    PeriodNotFinal,
    SelfForward,
    TermsMismatch,
    WrongForwardStatus,
    WrongPeriod,
    ZeroDeposit,
)
from market.ledger.forward_terms import are_volumes, check_amount, check_terms
from market.ledger.port import Four, MarketRules
from market.ledger.ranges import UINT64, unsigned
from market.ledger.registry import Registry
from market.ledger.times import check_gate
from market.ledger.tokens import Purse
from market.terms import PROVIDER_NONCE, DealKey, Party


def plain_forward_key(key: DealKey) -> bytes:
    """A contract's slot where there is no chain: a hash of the parties and the nonce."""
    return sha256(f"forward|{key.low}|{key.high}|{key.nonce}".encode()).digest()


@dataclass(slots=True)
class _Slot:
    terms: ForwardTerms
    schedule: bytes
    status: ForwardStatus
    retailer_deposit: int
    members: dict[int, MemberState] = field(default_factory=dict)
    open: int = 0

    def view(self) -> ForwardState:
        return ForwardState(
            terms=self.terms,
            status=self.status,
            retailer_deposit=self.retailer_deposit,
            members=self.members.copy(),
        )

    def copy(self) -> "_Slot":
        return _Slot(
            self.terms, self.schedule, self.status, self.retailer_deposit, self.members.copy(), self.open
        )


class Forwards:
    """The forward contracts of a market, over its registry, its purse and its votes."""

    __slots__ = (
        "_hash",
        "_keys",
        "_market",
        "_purse",
        "_registry",
        "_rules",
        "_seals",
        "_slots",
        "_votes",
        "cancelled",
    )

    def __init__(
        self,
        rules: MarketRules,
        registry: Registry,
        purse: Purse,
        votes: Votes,
        *,
        market: Party,
        keys: KeyHash,
        hash: Hash,
        seals: ForwardSeals | None,
    ) -> None:
        self._rules = rules
        self._registry = registry
        self._purse = purse
        self._votes = votes
        self._market = market
        self._keys = keys
        self._hash = hash
        self._seals = seals
        self._slots: dict[bytes, _Slot] = {}
        self.cancelled: set[bytes] = set()

    def copy(self, registry: Registry, purse: Purse, votes: Votes) -> "Forwards":
        """The same contracts over copies of what they stand on."""
        other = Forwards(
            self._rules,
            registry,
            purse,
            votes,
            market=self._market,
            keys=self._keys,
            hash=self._hash,
            seals=self._seals,
        )
        other._slots = {key: slot.copy() for key, slot in self._slots.items()}
        other.cancelled = self.cancelled.copy()
        return other

    def view(self, key: bytes) -> ForwardState | None:
        """A contract; None where none was signed."""
        slot = self._slots.get(key)
        return None if slot is None else slot.view()

    def views(self) -> dict[bytes, ForwardState]:
        """All contracts."""
        return {key: slot.view() for key, slot in self._slots.items()}

    def status(self, key: bytes) -> ForwardStatus:
        """What stands in a slot."""
        slot = self._slots.get(key)
        if slot is not None:
            return slot.status
        return ForwardStatus.CANCELLED if key in self.cancelled else ForwardStatus.NONE

    # Signing ----------------------------------------------------------------------------------------------------------

    def sign(self, signed: SignedForward, now: int) -> bytes:
        """Take the retailer's deposit for what both signed; returns the contract's key.

        Raises
        ------
        LedgerError
            Of ``forward_terms.check_terms``.
        OfferExpired, GateClosed, BadSignature, NotDecided, InsufficientBalance, ForwardKeyUsed
        """
        terms = signed.terms
        check_terms(terms)
        key = self._keys(terms.key)
        if now > terms.expiry:
            raise OfferExpired(key, terms.expiry, now)
        check_gate(self._rules, terms.boundaries[0], now)
        if self._seals is not None:
            digest = self._seals.forward_digest(terms)
            for party, signature in (
                (terms.retailer, signed.retailer_signature),
                (terms.community, signed.community_signature),
            ):
                if not self._seals.is_valid(party, digest, signature):
                    raise BadSignature(key, party)
        if terms.decision != NOTHING:
            decided = tariff_hash(terms, self._hash)
            self._votes.check_decided(terms.decision, terms.community, decided, now)
        self._purse.check_free(terms.retailer, terms.retailer_deposit)
        self._check_unused(key)
        self._purse.hold(terms.retailer, terms.retailer_deposit)
        schedule = schedule_of(terms.blocks, terms.zone, self._hash)
        self._slots[key] = _Slot(terms, schedule, ForwardStatus.SIGNED, terms.retailer_deposit)
        return key

    def cancel(self, party: Party, counterpart: Party, nonce: int) -> None:
        """Burn a contract's number before it is signed.

        Raises
        ------
        SelfForward, NonceOutOfRange, ForwardKeyUsed
        """
        unsigned("nonce", nonce, UINT64)
        if party == counterpart:
            raise SelfForward(party)
        if nonce >= PROVIDER_NONCE:
            raise NonceOutOfRange(nonce)
        low, high = sorted((party, counterpart), key=str.lower)
        self.burn(self._keys(DealKey(low, high, nonce)))

    def burn(self, key: bytes) -> None:
        """Cancel a slot by its key (``ForwardKeyUsed``)."""
        self._check_unused(key)
        self.cancelled.add(key)

    def join(self, joining: Joining, now: int) -> None:
        """Take a member's deposit, and supply its meter from the first boundary to the last.

        Raises
        ------
        TermsMismatch, WrongForwardStatus, OfferExpired, BadVolumes, NotOnRoster, ZeroDeposit, BadSignature,
        ForwardOverflow, InsufficientBalance, AlreadyMember
        LedgerError
            Of ``Registry.supply``.
        """
        terms, consent = joining.terms, joining.membership
        key, slot = self._signed(terms)
        if consent.terms != terms_hash(terms, self._hash):
            raise TermsMismatch(key)
        self._check_status(key, slot)
        member, meter = consent.member, consent.meter
        if now > consent.expiry:
            raise OfferExpired(key, consent.expiry, now)
        if not are_volumes(terms, joining.volumes):
            raise BadVolumes(key, meter)
        published = volumes_hash(joining.volumes, self._hash)
        leaf = member_leaf(member, meter, published, self._hash)
        if root_from(leaf, joining.proof, self._hash) != terms.roster:
            raise NotOnRoster(key, member, meter)
        if consent.max_deposit == 0:
            raise ZeroDeposit()
        if joining.signature and self._seals is not None:
            digest = self._seals.membership_digest(consent)
            if not self._seals.is_valid(member, digest, joining.signature):
                raise BadSignature(key, member)
        check_amount("maxDeposit", consent.max_deposit)
        self._purse.check_free(member, consent.max_deposit)
        if meter in slot.members:
            raise AlreadyMember(key, meter)
        self._registry.supply(self._market, meter, member, terms.boundaries[0], terms.boundaries[-1], now)
        self._purse.hold(member, consent.max_deposit)
        slot.members[meter] = MemberState(
            member=member, deposit=consent.max_deposit, last=terms.periods, volumes_hash=published
        )
        slot.open += 1

    # Billing ----------------------------------------------------------------------------------------------------------

    def running(self, terms: ForwardTerms) -> bytes:
        """The key of a contract that stands with these terms (``TermsMismatch``, ``WrongForwardStatus``)."""
        key, slot = self._signed(terms)
        self._check_status(key, slot)
        return key

    def bill(self, terms: ForwardTerms, bill: Bill, now: int) -> MemberBill:
        """Bill one period of one member, as far as the deposit that pays reaches.

        Raises
        ------
        TermsMismatch, WrongForwardStatus, NotAMember, WrongPeriod, PeriodNotFinal, BadVolumes
        """
        key = self.running(terms)
        slot = self._slots[key]
        member = self._member(key, slot, bill.meter)
        if not member.is_open or bill.period != member.billed:
            raise WrongPeriod(key, bill.meter, bill.period, member.billed)
        base = self._net(slot, bill.meter, 0, now) if bill.period == 0 else None
        end = self._net(slot, bill.meter, bill.period + 1, now)
        contracted = None
        if volumes_hash(bill.volumes, self._hash) == member.volumes_hash:
            contracted = contracted_in(terms, bill.volumes, bill.period)
        accounted = account(member, base, end, contracted, len(terms.blocks))
        if accounted is None:
            raise BadVolumes(key, bill.meter)
        amount = amount_of(terms.rates, accounted.volumes)
        paid = min(amount, member.deposit) if amount > 0 else min(-amount, slot.retailer_deposit)
        if amount > 0:
            self._purse.let_go(terms.retailer, paid)
        else:
            self._purse.let_go(member.member, paid)
            slot.retailer_deposit -= paid
        billed = replace(
            member,
            deposit=member.deposit - (paid if amount > 0 else 0),
            billed=member.billed + 1,
            based=accounted.based,
            accounted=accounted.accounted,
        )
        return MemberBill(
            key=key,
            meter=bill.meter,
            period=bill.period,
            metered=accounted.metered,
            volumes=accounted.volumes,
            amount=amount,
            paid=paid,
            refunded=self._keep(slot, bill.meter, billed),
        )

    # Leaving ----------------------------------------------------------------------------------------------------------

    def exit(self, caller: Party, terms: ForwardTerms, meter: int, now: int) -> MemberExit:
        """The member leaves with the period that is running; its fee is paid as far as the deposit reaches.

        Raises
        ------
        TermsMismatch, WrongForwardStatus, NotAMember, NotTheMember, AlreadyExited, ExitTooLate
        """
        key = self.running(terms)
        slot = self._slots[key]
        member = self._member(key, slot, meter)
        if member.member != caller:
            raise NotTheMember(key, meter, caller, member.member)
        if member.exited:
            raise AlreadyExited(key, meter, member.last)
        end = self._rules.start(terms.boundaries[-1])
        if now >= end:
            raise ExitTooLate(key, meter, end, now)
        last = sum(self._rules.start(boundary) <= now for boundary in terms.boundaries[:-1])
        fee = min(terms.exit_fee, member.deposit)
        self._registry.supplies.end(self._market, meter, terms.boundaries[0], terms.boundaries[last])
        self._purse.let_go(terms.retailer, fee)
        left = replace(member, deposit=member.deposit - fee, last=last, exited=True)
        return MemberExit(
            key=key, meter=meter, last_periods=last, fee=fee, refunded=self._keep(slot, meter, left)
        )

    def close(self, terms: ForwardTerms, now: int) -> int:
        """Give the retailer its deposit back; returns the token units.

        Raises
        ------
        TermsMismatch, WrongForwardStatus, ContractRunning, MembersOpen
        """
        key = self.running(terms)
        slot = self._slots[key]
        end = self._rules.start(terms.boundaries[-1])
        if now < end:
            raise ContractRunning(key, end, now)
        if slot.open:
            raise MembersOpen(key, slot.open)
        refunded = slot.retailer_deposit
        self._purse.let_go(terms.retailer, refunded)
        slot.status, slot.retailer_deposit = ForwardStatus.CLOSED, 0
        return refunded

    def _keep(self, slot: _Slot, meter: int, member: MemberState) -> int | None:
        """Write a member's new state; without a bill to come its deposit goes back, and is returned."""
        if member.is_open:
            slot.members[meter] = member
            return None
        self._purse.let_go(member.member, member.deposit)
        slot.members[meter] = replace(member, deposit=0)
        slot.open -= 1
        return member.deposit

    def _net(self, slot: _Slot, meter: int, boundary: int, now: int) -> Four | None:
        """Net registers at a boundary; None where silence is final."""
        at, registers = slot.terms.boundaries[boundary], self._registry.registers
        if not registers.is_final(meter, at, slot.schedule, now):
            raise PeriodNotFinal(meter, at, registers.silence(at), now)
        return registers.net_at(meter, at, slot.schedule)

    def _member(self, key: bytes, slot: _Slot, meter: int) -> MemberState:
        member = slot.members.get(meter)
        if member is None:
            raise NotAMember(key, meter)
        return member

    def _signed(self, terms: ForwardTerms) -> tuple[bytes, _Slot]:
        key = self._keys(terms.key)
        slot = self._slots.get(key)
        if slot is None or slot.terms != terms:
            raise TermsMismatch(key)
        return key, slot

    def _check_status(self, key: bytes, slot: _Slot) -> None:
        if slot.status is not ForwardStatus.SIGNED:
            raise WrongForwardStatus(key, slot.status, ForwardStatus.SIGNED)

    def _check_unused(self, key: bytes) -> None:
        status = self.status(key)
        if status is not ForwardStatus.NONE:
            raise ForwardKeyUsed(key, status)
