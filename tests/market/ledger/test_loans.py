"""Loans where only the in-memory ledger can show it: an independent telling of the rules, ranges, replay, copies."""

from dataclasses import replace
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.ledger.digest import conserved
from market.ledger.errors import (
    BadSignature,
    BrokenTranscript,
    CollateralBelowBond,
    GateClosed,
    InvalidParameter,
    LedgerError,
    LoanOverflow,
    MarketAlreadyListed,
    MarketNotAllowed,
    MarketNotListed,
    NotGuardian,
    NotPlaceHolder,
    SameMeter,
    SelfLoan,
    ZeroReturnTime,
    ZeroVolume,
)
from market.ledger.loans import plain_loan_key
from market.ledger.memory import MemoryLedger
from market.ledger.port import Ledger, Reading
from market.ledger.ranges import NotEncodable, bytes32
from market.ledger.unsigned import UNSIGNED_LOANS
from market.loans.port import LoanDesk, LoanSettlement, RecordedLoan
from market.loans.terms import Loan, LoanMove, LoanStatus, LoanTerms, LoanTranscript, loan_of
from market.terms import ANY_QUEUE, DealKey, DealStatus, Party
from tests.market.ledger.plain import ANA, BO, GUARDIAN, MARKET, RULES, deal, fresh, metered

LOAN = Loan(
    lender=ANA,
    borrower=BO,
    nonce=1,
    lender_meter=1,
    borrower_meter=2,
    interval=10,
    return_after=4,
    quantity=500,
    price=30,
    collateral=20_000,
)
TERMS = LoanTerms(
    opener=ANA,
    responder=BO,
    nonce=1,
    opener_meter=1,
    responder_meter=2,
    interval=10,
    price=30,
    cover=40,
)


def covered(**changes: object) -> MemoryLedger:
    """Ana's meter 1 and Bo's meter 2, and 10**8 token units of each at the desk."""
    ledger = metered(**changes)
    for party in (ANA, BO):
        ledger.buy_tokens(party, 10**8)
        ledger.loans.deposit(party, 10**8)
    return ledger


def agreed(terms: LoanTerms = TERMS, *, quantity: int = 500, return_after: int = 4) -> LoanTranscript:
    move = LoanMove(quantity=quantity, return_after=return_after, expiry=RULES.gate_of(terms.interval))
    offer = UNSIGNED_LOANS.sign(terms, move, 0, bytes(32))
    return LoanTranscript(terms, (offer,), UNSIGNED_LOANS.countersign(terms, offer))


class Wish(NamedTuple):
    """A loan that two of four homes agree on, all in the same interval."""

    opener: int
    shift: int
    quantity: int
    return_after: int
    price: int
    more: int


wishes = st.builds(
    Wish,
    opener=st.integers(0, 3),
    shift=st.integers(1, 3),
    quantity=st.integers(-400, 400).filter(bool),
    return_after=st.integers(1, 3),
    price=st.integers(0, 50),
    more=st.integers(0, 20),
)
HOMES = tuple(Party("0x" + digit * 40) for digit in "1234")


class TestAgainstThePlainTelling:
    """The outcome of a neighbourhood's loans, calculated beside the ledger from lists and dictionaries."""

    @settings(max_examples=150, deadline=None)
    @given(
        wished=st.lists(wishes, min_size=1, max_size=12),
        exports=st.lists(st.none() | st.integers(0, 1000), min_size=16, max_size=16),
        seed=st.randoms(use_true_random=False),
    )
    def test_every_unit_goes_where_the_rules_say(
        self, wished: list[Wish], exports: list[int | None], seed: object
    ) -> None:
        ledger = fresh()
        meters = [ledger.register(owner=home, rating=1000) for home in HOMES]
        for home, meter in zip(HOMES, meters, strict=True):
            ledger.allow_market(home, meter, True, ledger.loans.address)
            ledger.buy_tokens(home, 60_000)
            ledger.loans.deposit(home, 60_000)
        told = dict.fromkeys(HOMES, 60_000)
        queued: dict[tuple[int, int], int] = {}
        held: list[tuple[Loan, int, int]] = []
        for number, wish in enumerate(wished):
            other = (wish.opener + wish.shift) % 4
            terms = LoanTerms(
                opener=HOMES[wish.opener],
                responder=HOMES[other],
                nonce=number,
                opener_meter=meters[wish.opener],
                responder_meter=meters[other],
                interval=1,
                price=wish.price,
                cover=wish.price + wish.more,
            )
            transcript = agreed(terms, quantity=wish.quantity, return_after=wish.return_after)
            (result,) = ledger.loans.record([transcript], disclose=True)
            # Told plainly: there are tokens for the cover, and room in both queues.
            lender, borrower = (wish.opener, other) if wish.quantity > 0 else (other, wish.opener)
            volume, stake = abs(wish.quantity), (wish.price + wish.more) * abs(wish.quantity)
            there, back = (meters[lender], 1), (meters[borrower], 1 + wish.return_after)
            places = queued.get(there, 0), queued.get(back, 0)
            if told[HOMES[borrower]] < stake or max(places) + volume > 1000:
                assert isinstance(result, LedgerError)
                continue
            assert isinstance(result, RecordedLoan)
            assert (result.given_position, result.returned_position) == places
            told[HOMES[borrower]] -= stake
            queued[there], queued[back] = places[0] + volume, places[1] + volume
            held.append((result.loan, *places))
        assert ledger.loans.state().collateral == sum(loan.collateral for loan, _, _ in held)

        # Sixteen readings: four homes in the intervals 1 to 4; None is a meter that stays silent.
        read = {(meters[i % 4], 1 + i // 4): export for i, export in enumerate(exports)}
        for interval in range(1, 5):
            ledger.advance_to(RULES.end(interval))
            ledger.post_readings(
                [
                    Reading(meter=meter, interval=interval, exported=export, imported=0)
                    for (meter, when), export in read.items()
                    if when == interval and export is not None
                ]
            )
        ledger.advance_to(RULES.closed(4))
        seed.shuffle(held)  # type: ignore[attr-defined]
        for loan, first, second in held:
            (end,) = ledger.loans.settle([loan])
            assert isinstance(end, LoanSettlement)
            arrived = [
                max(0, min(loan.quantity, (read[place] or 0) - ahead))
                for place, ahead in (
                    ((loan.lender_meter, 1), first),
                    ((loan.borrower_meter, loan.returned_in), second),
                )
            ]
            lost = max(0, arrived[0] - arrived[1])
            told[loan.lender] += loan.price * lost
            told[loan.borrower] += loan.collateral - loan.price * lost
            assert (end.status is LoanStatus.VOIDED) == (arrived[0] == 0)
            assert (end.principal, end.compensation) == (arrived[0], loan.price * lost)
            assert end.compensation + end.refunded == loan.collateral
        state = ledger.state()
        assert state.loans.balances == {home: amount for home, amount in told.items() if amount}
        assert state.loans.collateral == 0
        assert conserved(state, ledger.minted)


class TestMarkets:
    def test_a_ledger_and_its_desk_are_ports(self) -> None:
        ledger: Ledger = metered()
        desk: LoanDesk = ledger.loans
        assert desk.address != ledger.address
        assert fresh().loans.address == fresh().loans.address
        assert fresh(loans_address=ANA).loans.address == ANA
        with pytest.raises(MarketAlreadyListed) as refused:
            fresh(loans_address=MARKET)
        assert refused.value == MarketAlreadyListed(MARKET)

    def test_an_owner_opts_in_to_each_market(self) -> None:
        ledger = fresh()
        desk = ledger.loans.address
        for owner in (ANA, BO):
            ledger.buy_tokens(owner, 10**8)
            ledger.loans.deposit(owner, 10**8)
            meter = ledger.register(owner=owner, rating=1000)
            ledger.allow_market(owner, meter, True)
        (refused,) = ledger.loans.record([agreed()], disclose=False)
        assert refused == MarketNotAllowed(1, desk)
        ledger.allow_market(ANA, 1, True, desk)
        (refused,) = ledger.loans.record([agreed()], disclose=False)
        assert refused == MarketNotAllowed(2, desk)
        ledger.allow_market(BO, 2, True, desk)
        (made,) = ledger.loans.record([agreed()], disclose=False)
        assert isinstance(made, RecordedLoan)
        ledger.allow_market(ANA, 1, False)
        with pytest.raises(MarketNotAllowed) as kept_out:
            ledger.record_deal(deal(), ANY_QUEUE)
        assert kept_out.value == MarketNotAllowed(1, MARKET)
        with pytest.raises(MarketNotListed) as unknown:
            ledger.allow_market(ANA, 1, True, BO)
        assert unknown.value == MarketNotListed(BO)

    def test_a_market_kept_elsewhere_takes_its_places_too(self) -> None:
        ledger, third = covered(), Party("0x" + "7" * 40)
        ledger.committed_elsewhere(third, 2, 14, 100)
        made = ledger.loans.record_loan(LOAN, 0, 100)
        assert (made.given_position, made.returned_position) == (0, 100)
        ledger.committed_elsewhere(third, 2, 14, 50)
        with pytest.raises(NotPlaceHolder) as refused:
            ledger.loans.release(LOAN)
        assert refused.value == NotPlaceHolder(2, 14, ledger.loans.address)
        ledger.committed_elsewhere(third, 2, 14, -50)
        assert ledger.meter_interval(2, 14).committed == 600


class TestReplay:
    """Operations of a replay, which asks nobody how a loan was agreed."""

    def test_a_loan_by_its_event(self) -> None:
        ledger = covered()
        made = ledger.loans.record_loan(LOAN, ANY_QUEUE, ANY_QUEUE)
        assert made == RecordedLoan(loan=LOAN, given_position=0, returned_position=0)
        other = covered()
        other.loans.record([agreed()], disclose=False)
        assert ledger.state() == other.state()
        ledger.advance_to(RULES.closed(14))
        assert ledger.loans.settle_one(LOAN).status is LoanStatus.VOIDED
        slot = ledger.loans.loan(LOAN.key)
        assert slot is not None
        assert slot.status is ledger.loans.loan_status(LOAN.key) is LoanStatus.VOIDED

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"borrower": ANA}, SelfLoan(ANA)),
            ({"quantity": 0}, ZeroVolume()),
            ({"return_after": 0}, ZeroReturnTime()),
            ({"quantity": 2**32}, LoanOverflow(1, 2**32)),
            ({"collateral": 2**63, "quantity": 1}, LoanOverflow(2**63, 1)),
            ({"collateral": 14_999}, CollateralBelowBond(14_999, 15_000)),
            ({"lender_meter": 0}, InvalidParameter(bytes32("lenderMeter"), 0)),
            ({"borrower_meter": 0}, InvalidParameter(bytes32("borrowerMeter"), 0)),
            ({"borrower_meter": 1}, SameMeter(1)),
        ],
    )
    def test_no_loan_is_refused(self, changes: dict[str, object], expected: LedgerError) -> None:
        ledger = covered()
        with pytest.raises(LedgerError) as refused:
            ledger.loans.record_loan(replace(LOAN, **changes), ANY_QUEUE, ANY_QUEUE)  # type: ignore[arg-type]
        assert refused.value == expected

    def test_not_after_the_gate_to_the_second(self) -> None:
        gate = RULES.gate_of(10)
        ledger = covered(now=gate)
        late = ledger.copy()
        ledger.loans.record_loan(LOAN, ANY_QUEUE, ANY_QUEUE)
        late.advance_to(gate + 1)
        with pytest.raises(GateClosed) as refused:
            late.loans.record_loan(LOAN, ANY_QUEUE, ANY_QUEUE)
        assert refused.value == GateClosed(10, gate, gate + 1)

    def test_the_freed_place_ends_with_its_gate_to_the_second(self) -> None:
        for late, freed in ((0, True), (1, False)):
            ledger = covered()
            ledger.loans.record_loan(LOAN, ANY_QUEUE, ANY_QUEUE)
            ledger.advance_to(RULES.end(10))
            ledger.post(Reading(meter=1, interval=10, exported=0, imported=9))
            ledger.advance_to(RULES.gate_of(14) + late)
            assert ledger.loans.void(LOAN).freed is freed
            assert ledger.meter_interval(2, 14).committed == (0 if freed else 500)

    def test_only_the_guardian_pauses(self) -> None:
        ledger = covered()
        with pytest.raises(NotGuardian) as refused:
            ledger.loans.pause_by(ANA)
        assert refused.value == NotGuardian(ANA, GUARDIAN)
        ledger.loans.pause_by(GUARDIAN)
        assert ledger.loans.paused_until == ledger.now() + RULES.pause_length
        assert ledger.paused_until == 0

    def test_a_copy_goes_its_own_way(self) -> None:
        ledger = covered()
        ledger.loans.record_loan(LOAN, ANY_QUEUE, ANY_QUEUE)
        ledger.record_deal(deal(energy=100), ANY_QUEUE)
        before, copy = ledger.state(), ledger.copy()
        assert copy.state() == before
        copy.advance_to(RULES.closed(14))
        copy.loans.settle_one(LOAN)
        copy.settle_one(deal(energy=100), 0)
        copy.loans.withdraw(BO, 10**8)
        copy.loans.cancel(ANA, BO, 2)
        copy.loans.pause()
        assert ledger.state() == before
        assert ledger.now() == RULES.epoch
        assert (ledger.loans.paused_until, ledger.loans.loan_status(DealKey(ANA, BO, 2))) == (0, 0)
        # And the tails of the queues are the copy's own: both release the deal.
        ledger.copy().release(deal(energy=100))
        ledger.release(deal(energy=100))
        assert ledger.deal_status(DealKey.of(deal())) is DealStatus.RELEASED


class TestTranscripts:
    def test_nothing_offered_or_accepted(self) -> None:
        ledger = covered()
        key = plain_loan_key(TERMS.key)
        empty = replace(agreed(), offers=())
        open_ended = replace(agreed(), acceptance=None)
        assert ledger.loans.record([empty, open_ended], disclose=True) == [
            BrokenTranscript(key, 0),
            BadSignature(key, BO),
        ]

    def test_without_seals_signatures_are_taken_as_given(self) -> None:
        signed_elsewhere = replace(agreed(), acceptance=b"made by another signer")
        (made,) = covered(loan_seals=None).loans.record([signed_elsewhere], disclose=True)
        assert isinstance(made, RecordedLoan)
        (refused,) = covered().loans.record([signed_elsewhere], disclose=True)
        assert refused == BadSignature(plain_loan_key(TERMS.key), BO)

    def test_a_deal_and_a_loan_of_one_number_have_two_names(self) -> None:
        ledger = covered()
        assert ledger.key(TERMS.key) != ledger.loans.key(TERMS.key) == plain_loan_key(LOAN.key)

    @pytest.mark.parametrize("quantity", [500, -500])
    def test_the_sign_says_who_gives_first(self, quantity: int) -> None:
        loan = loan_of(TERMS, LoanMove(quantity=quantity, return_after=4, expiry=0))
        lender, borrower = (ANA, BO) if quantity > 0 else (BO, ANA)
        assert (loan.lender, loan.borrower, loan.quantity) == (lender, borrower, 500)
        assert (loan.lender_meter, loan.borrower_meter) == ((1, 2) if quantity > 0 else (2, 1))
        assert (loan.collateral, loan.returned_in, loan.key) == (20_000, 14, TERMS.key)


class TestRanges:
    """Values that fit no contract's type are the caller's mistakes: they raise before anything is done."""

    @pytest.mark.parametrize(
        ("name", "value"),
        [("quantity", 2**63), ("quantity", -(2**63) - 1), ("quantity", 0.5), ("return_after", -1)],
    )
    def test_an_offers_values_fit(self, name: str, value: float) -> None:
        ledger = covered()
        good, bad = agreed(), agreed(replace(TERMS, nonce=2))
        move = replace(bad.offers[0].move, **{name: value})  # type: ignore[arg-type]
        bad = replace(bad, offers=(replace(bad.offers[0], move=move),))
        with pytest.raises(NotEncodable) as refused:
            ledger.loans.record([good, bad], disclose=False)
        assert (refused.value.name, refused.value.value) == (name, value)
        assert ledger.loans.state().loans == {}

    @pytest.mark.parametrize(
        ("name", "value"),
        [("nonce", 2**64), ("cover", -1), ("price", 2**64), ("opener_meter", 2**32), ("interval", -1)],
    )
    def test_the_terms_fit(self, name: str, value: int) -> None:
        with pytest.raises(NotEncodable) as refused:
            covered().loans.record([replace(agreed(), terms=replace(TERMS, **{name: value}))], disclose=False)  # type: ignore[arg-type]
        assert (refused.value.name, refused.value.value) == (name, value)

    def test_a_loan_fits_wherever_it_is_named(self) -> None:
        desk, loan = covered().loans, replace(LOAN, quantity=2**64)
        for operation in (desk.release, desk.void, desk.settle_one, lambda x: desk.settle([LOAN, x])):
            with pytest.raises(NotEncodable, match="quantity"):
                operation(loan)
