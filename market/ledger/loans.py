"""Loans from their recording to their end: collateral, a place for each leg, compensation and refund, release.

The only code that moves collateral. Every function checks first and changes afterwards, so that a refusal has changed
nothing.
"""

from dataclasses import replace
from hashlib import sha256

from market.ledger.deals import KeyHash, delivered
from market.ledger.errors import (
    CollateralBelowBond,
    InvalidParameter,
    LedgerError,
    LoanKeyUsed,
    LoanOverflow,
    NonceOutOfRange,
    NotFinal,
    PrincipalDelivered,
    SameMeter,
    SelfLoan,
    TermsMismatch,
    WrongLoanStatus,
    ZeroReturnTime,
    ZeroVolume,
)
from market.ledger.port import MarketRules
from market.ledger.ranges import INT64_MAX, UINT32, UINT32_MAX, UINT64, bytes32, unsigned
from market.ledger.registry import Registry
from market.ledger.times import check_gate, check_horizon
from market.ledger.tokens import Purse
from market.loans.port import LoanSettlement, LoanState, RecordedLoan
from market.loans.terms import Loan, LoanStatus
from market.terms import NO_METER, PROVIDER_NONCE, DealKey, Party


def plain_loan_key(key: DealKey) -> bytes:
    """A loan's slot where there is no chain: a hash of the parties and the nonce, other than that of their deal."""
    return sha256(f"loan|{key.low}|{key.high}|{key.nonce}".encode()).digest()


class Loans:
    """The loans of a market, over its registry and its purse."""

    __slots__ = ("_keys", "_market", "_purse", "_registry", "_rules", "cancelled", "slots")

    def __init__(
        self, rules: MarketRules, registry: Registry, purse: Purse, *, market: Party, keys: KeyHash
    ) -> None:
        self._rules = rules
        self._registry = registry
        self._purse = purse
        self._market = market
        self._keys = keys
        self.slots: dict[DealKey, LoanState] = {}
        self.cancelled: set[DealKey] = set()

    def copy(self, registry: Registry, purse: Purse) -> "Loans":
        """The same loans over copies of the registry and the purse."""
        other = Loans(self._rules, registry, purse, market=self._market, keys=self._keys)
        other.slots = self.slots.copy()
        other.cancelled = self.cancelled.copy()
        return other

    def status(self, key: DealKey) -> LoanStatus:
        """What stands in a slot."""
        slot = self.slots.get(key)
        if slot is not None:
            return slot.status
        return LoanStatus.CANCELLED if key in self.cancelled else LoanStatus.NONE

    # Recording --------------------------------------------------------------------------------------------------------

    def record(self, loan: Loan, max_ahead_given: int, max_ahead_returned: int, now: int) -> RecordedLoan:
        """Take the collateral and a place for each leg.

        Whoever calls this has the consent of both parties to these terms, and has checked them (:func:`check_loan`,
        :func:`check_meters`, :func:`check_return`).

        Raises
        ------
        InsufficientBalance
            The borrower cannot provide it.
        LoanKeyUsed
            The session number has been used or cancelled.
        LedgerError
            It is too late, or the meters cannot promise it (see ``Registry.place``).
        """
        self._purse.check_free(loan.borrower, loan.collateral)
        self._check_unused(loan.key)
        given = self._registry.place(
            market=self._market,
            meter=loan.lender_meter,
            seller=loan.lender,
            buyer_meter=loan.borrower_meter,
            buyer=loan.borrower,
            interval=loan.interval,
            quantity=loan.quantity,
            max_ahead=max_ahead_given,
            now=now,
        )
        returned = self._registry.place(
            market=self._market,
            meter=loan.borrower_meter,
            seller=loan.borrower,
            buyer_meter=loan.lender_meter,
            buyer=loan.lender,
            interval=loan.returned_in,
            quantity=loan.quantity,
            max_ahead=max_ahead_returned,
            now=now,
        )
        self._purse.hold(loan.borrower, loan.collateral)
        self._registry.commit(self._market, loan.lender_meter, loan.interval, loan.quantity)
        self._registry.commit(self._market, loan.borrower_meter, loan.returned_in, loan.quantity)
        self.slots[loan.key] = LoanState(
            loan=loan, status=LoanStatus.RECORDED, given_position=given, returned_position=returned
        )
        return RecordedLoan(loan=loan, given_position=given, returned_position=returned)

    def cancel(self, party: Party, counterpart: Party, nonce: int) -> None:
        """Burn the number of a session that has not been recorded.

        Raises
        ------
        SelfLoan, NonceOutOfRange, LoanKeyUsed
        """
        unsigned("nonce", nonce, UINT64)
        if party == counterpart:
            raise SelfLoan(party)
        if nonce >= PROVIDER_NONCE:
            raise NonceOutOfRange(nonce)
        low, high = sorted((party, counterpart), key=str.lower)
        key = DealKey(low, high, nonce)
        self._check_unused(key)
        self.cancelled.add(key)

    def release(self, loan: Loan, now: int) -> None:
        """Undo a recorded loan before its first gate, if both legs are the tails of their queues.

        Raises
        ------
        GateClosed, WrongLoanStatus, TermsMismatch, NotPlaceHolder, NotQueueTail
        """
        check_gate(self._rules, loan.interval, now)
        slot = self._recorded(loan)
        self._check_tail(loan.lender_meter, loan.interval, slot.given_position, loan.quantity)
        self._check_tail(loan.borrower_meter, loan.returned_in, slot.returned_position, loan.quantity)
        self._registry.uncommit(loan.lender_meter, loan.interval, loan.quantity)
        self._registry.uncommit(loan.borrower_meter, loan.returned_in, loan.quantity)
        self._purse.let_go(loan.borrower, loan.collateral)
        self.slots[loan.key] = replace(slot, status=LoanStatus.RELEASED, refunded=loan.collateral)

    # Settlement -------------------------------------------------------------------------------------------------------

    def void(self, loan: Loan, now: int) -> LoanSettlement:
        """Give the collateral back where nothing was lent, and the place of the return leg if it still can be.

        Raises
        ------
        WrongLoanStatus, TermsMismatch, NotFinal, PrincipalDelivered
        """
        slot = self._recorded(loan)
        principal = self._given(slot, now)
        if principal:
            raise PrincipalDelivered(self._keys(loan.key), principal)
        return self._void(slot, now)

    def settle(self, loan: Loan, now: int) -> LoanSettlement:
        """Compensate and refund once both legs are final; void where nothing was lent.

        principal = clamp(given − place, 0, quantity), returned likewise; compensation = price × (principal −
        min(returned, principal)); the rest of the collateral is the borrower's.

        Raises
        ------
        WrongLoanStatus, TermsMismatch, NotFinal
        """
        slot = self._recorded(loan)
        principal = self._given(slot, now)
        if principal == 0:
            return self._void(slot, now)
        returned = self._leg(
            loan.borrower_meter, loan.returned_in, slot.returned_position, loan.quantity, now
        )
        compensation = loan.price * (principal - min(returned, principal))
        return self._end(
            replace(
                slot,
                status=LoanStatus.SETTLED,
                principal=principal,
                returned=returned,
                compensation=compensation,
                refunded=loan.collateral - compensation,
            )
        )

    def _void(self, slot: LoanState, now: int) -> LoanSettlement:
        loan = slot.loan
        freed = self._free_return(slot, now)
        return self._end(replace(slot, status=LoanStatus.VOIDED, refunded=loan.collateral), freed=freed)

    def _free_return(self, slot: LoanState, now: int) -> bool:
        """Give back the place of the return leg; not after its gate, and not where others stand behind it."""
        loan = slot.loan
        try:
            check_gate(self._rules, loan.returned_in, now)
            self._check_tail(loan.borrower_meter, loan.returned_in, slot.returned_position, loan.quantity)
        except LedgerError:
            return False
        self._registry.uncommit(loan.borrower_meter, loan.returned_in, loan.quantity)
        return True

    def _end(self, slot: LoanState, *, freed: bool = False) -> LoanSettlement:
        loan = slot.loan
        self._purse.let_go(loan.lender, slot.compensation)
        self._purse.let_go(loan.borrower, slot.refunded)
        self.slots[loan.key] = slot
        return LoanSettlement(
            key=loan.key,
            status=slot.status,
            principal=slot.principal,
            returned=slot.returned,
            compensation=slot.compensation,
            refunded=slot.refunded,
            freed=freed,
        )

    def _given(self, slot: LoanState, now: int) -> int:
        loan = slot.loan
        return self._leg(loan.lender_meter, loan.interval, slot.given_position, loan.quantity, now)

    def _leg(self, meter: int, interval: int, position: int, quantity: int, now: int) -> int:
        exported = self._registry.final_export(meter, interval, now)
        if exported is None:
            raise NotFinal(meter, interval, self._rules.closed(interval), now)
        return delivered(exported, position, quantity)

    def _check_tail(self, meter: int, interval: int, position: int, quantity: int) -> None:
        self._registry.check_tail(self._market, meter, interval, position, quantity)

    def _check_unused(self, key: DealKey) -> None:
        status = self.status(key)
        if status is not LoanStatus.NONE:
            raise LoanKeyUsed(self._keys(key), status)

    def _recorded(self, loan: Loan) -> LoanState:
        slot = self.slots.get(loan.key)
        if slot is None or slot.status is not LoanStatus.RECORDED:
            raise WrongLoanStatus(self._keys(loan.key), self.status(loan.key), LoanStatus.RECORDED)
        if slot.loan != loan:
            raise TermsMismatch(self._keys(loan.key))
        return slot


def check_loan(loan: Loan, cover: int) -> None:
    """Refuse what is no loan, does not fit (quantity a uint32, collateral an int64), or is not covered.

    ``cover``: collateral for each base unit, token units.

    Raises
    ------
    SelfLoan, ZeroVolume, ZeroReturnTime, LoanOverflow, CollateralBelowBond
    """
    if loan.lender == loan.borrower:
        raise SelfLoan(loan.lender)
    if loan.quantity == 0:
        raise ZeroVolume()
    if loan.return_after == 0:
        raise ZeroReturnTime()
    if loan.quantity > UINT32_MAX or loan.collateral > INT64_MAX:
        raise LoanOverflow(cover, loan.quantity)
    bond = loan.price * loan.quantity
    if loan.collateral < bond:
        raise CollateralBelowBond(loan.collateral, bond)


def check_meters(**meters: int) -> None:
    """Refuse a loan without two meters, given by what a refusal calls them (``InvalidParameter``, ``SameMeter``)."""
    for name, meter in meters.items():
        if meter == NO_METER:
            raise InvalidParameter(bytes32(name), NO_METER)
    if len(set(meters.values())) == 1:
        raise SameMeter(next(iter(meters.values())))


def check_return(rules: MarketRules, loan: Loan, now: int) -> None:
    """Refuse a return that is due further ahead than the market looks (``BeyondHorizon``)."""
    check_horizon(rules, loan.returned_in, 1, now)


def encodable(loan: Loan) -> Loan:
    """``loan`` itself if each value fits its type (``NotEncodable``)."""
    for name, bound in _BOUNDS.items():
        unsigned(name, getattr(loan, name), bound)
    return loan


_BOUNDS = {
    "nonce": UINT64,
    "lender_meter": UINT32,
    "borrower_meter": UINT32,
    "interval": UINT32,
    "return_after": UINT32,
    "quantity": UINT64,
    "price": UINT64,
    "collateral": UINT64,
}
