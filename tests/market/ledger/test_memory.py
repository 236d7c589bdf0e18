"""What only the in-memory ledger offers or can show: exact seconds, and operations for a replay."""

from dataclasses import replace
from hashlib import sha256

import pytest

from market.ledger.deals import delivered, plain_key
from market.ledger.errors import (
    GateClosed,
    InsufficientBalance,
    InvalidParameter,
    KeyInUse,
    KeyIsOwner,
    KeyUsed,
    LedgerError,
    MarketNotAllowed,
    NotFinal,
    NotGuardian,
    NotMeterOwner,
    PausedUntil,
    ProviderCap,
    ReadingTooEarly,
    ReadingTooLate,
    SameMeter,
    TurnExpired,
    TurnNotExpired,
    UnknownMeter,
    WrongUtility,
    ZeroAddress,
)
from market.ledger.port import (
    DealState,
    Ledger,
    MeterSpec,
    OpenRequest,
    Reading,
    TariffStep,
)
from market.ledger.ranges import bytes32
from market.terms import (
    ANY_QUEUE,
    NOBODY,
    Deal,
    DealKey,
    DealStatus,
    Lock,
    Party,
)
from tests.market.ledger.plain import (
    ANA,
    BO,
    GUARDIAN,
    MARKET,
    PROVIDER,
    RULES,
    deal,
    fresh,
    metered,
)


def test_it_is_a_ledger() -> None:
    ledger: Ledger = fresh()
    assert ledger.rules is RULES
    assert ledger.provider == PROVIDER


class TestTime:
    def test_the_clock_only_goes_forward(self) -> None:
        ledger = fresh()
        ledger.advance_to(RULES.epoch + 5)
        ledger.advance_to(RULES.epoch)
        assert ledger.now() == RULES.epoch + 5

    def test_the_gates_own_second_is_open(self) -> None:
        ledger = metered(now=RULES.gate_of(10))
        copy = ledger.copy()
        assert ledger.record_deal(deal(), ANY_QUEUE).positions == (0,)
        copy.advance_to(RULES.gate_of(10) + 1)
        with pytest.raises(GateClosed) as refused:
            copy.record_deal(deal(), ANY_QUEUE)
        assert refused.value == GateClosed(10, RULES.gate_of(10), RULES.gate_of(10) + 1)

    def test_the_horizons_last_interval_is_open(self) -> None:
        ledger = metered()
        assert ledger.record_deal(deal(interval=192), ANY_QUEUE).positions == (0,)
        with pytest.raises(LedgerError, match="BeyondHorizon"):
            ledger.record_deal(deal(interval=193, nonce=2), ANY_QUEUE)
        with pytest.raises(LedgerError, match="BeyondHorizon"):
            ledger.record_deal(deal(interval=192, count=2, nonce=3), ANY_QUEUE)

    def test_a_reading_is_taken_from_the_end_up_to_the_window(self) -> None:
        ledger = metered()
        reading = Reading(meter=1, interval=10, exported=5, imported=0)
        end, closed = RULES.end(10), RULES.closed(10)
        ledger.advance_to(end - 1)
        assert ledger.post_readings([reading]) == [ReadingTooEarly(1, 10, end - 1, end)]
        at_end, at_last = ledger.copy(), ledger.copy()
        at_end.advance_to(end)
        assert at_end.post_readings([reading]) == [reading]
        at_last.advance_to(closed - 1)
        assert at_last.post_readings([reading]) == [reading]
        ledger.advance_to(closed)
        assert ledger.post_readings([reading]) == [ReadingTooLate(1, 10, closed, closed)]

    def test_silence_is_final_at_the_windows_end(self) -> None:
        ledger = metered()
        ledger.record_deal(deal(), ANY_QUEUE)
        closed = RULES.closed(10)
        ledger.advance_to(closed - 1)
        assert ledger.settle([(deal(), 0)]) == [NotFinal(1, 10, closed, closed - 1)]
        ledger.advance_to(closed)
        assert ledger.settle_one(deal(), 0).refunded == 125_000

    def test_a_turns_deadline_is_its_last_second(self) -> None:
        ledger = metered()
        opened = OpenRequest(counterpart=ANA, selling=False, meter=2, interval=10, max_rounds=3, timeout=60)
        session = ledger.open(BO, opened)
        ledger.advance_to(RULES.epoch + 60)
        ledger.join(ANA, session, 1, 0)
        deadline = RULES.epoch + 120
        assert ledger.session(session).deadline == deadline
        ledger.advance_to(deadline)
        with pytest.raises(TurnNotExpired) as live:
            ledger.expire(session)
        assert live.value == TurnNotExpired(session, deadline, deadline)
        late = ledger.copy()
        ledger.offer(BO, session, 1, 1, Lock.NONE)
        late.advance_to(deadline + 1)
        with pytest.raises(TurnExpired) as refused:
            late.offer(BO, session, 1, 1, Lock.NONE)
        assert refused.value == TurnExpired(session, deadline, deadline + 1)
        late.expire(session)

    def test_a_pause_ends_at_its_second(self) -> None:
        ledger = metered(rules=replace(RULES, horizon=10_000))
        ledger.pause()
        until = RULES.epoch + RULES.pause_length
        late = deal(interval=5000)
        ledger.advance_to(until - 1)
        with pytest.raises(PausedUntil) as refused:
            ledger.record_deal(late, ANY_QUEUE)
        assert refused.value == PausedUntil(until, until - 1)
        ledger.advance_to(until)
        assert ledger.record_deal(late, ANY_QUEUE).positions == (0,)


class TestReplay:
    def test_only_the_guardian_pauses(self) -> None:
        ledger = fresh()
        with pytest.raises(NotGuardian) as refused:
            ledger.pause_by(ANA)
        assert refused.value == NotGuardian(ANA, GUARDIAN)
        assert ledger.paused_until == 0
        ledger.pause_by(GUARDIAN)
        assert ledger.paused_until == RULES.epoch + RULES.pause_length

    def test_a_market_without_a_guardian_is_not_paused(self) -> None:
        ledger = fresh(guardian=NOBODY)
        with pytest.raises(NotGuardian) as refused:
            ledger.pause()
        assert refused.value == NotGuardian(NOBODY, NOBODY)

    def test_a_meter_promises_nothing_until_its_owner_opts_in(self) -> None:
        ledger = metered()
        meter = ledger.register(owner=ANA, rating=50)
        with pytest.raises(MarketNotAllowed) as refused:
            ledger.record_deal(deal(seller_meter=meter, energy=5), ANY_QUEUE)
        assert refused.value == MarketNotAllowed(meter, MARKET)
        with pytest.raises(NotMeterOwner) as foreign:
            ledger.allow_market(BO, meter, True)
        assert foreign.value == NotMeterOwner(meter, BO, ANA)
        ledger.allow_market(ANA, meter, True)
        ledger.record_deal(deal(seller_meter=meter, energy=5), ANY_QUEUE)
        ledger.allow_market(ANA, meter, False)
        with pytest.raises(MarketNotAllowed):
            ledger.record_deal(deal(seller_meter=meter, energy=5, nonce=2), ANY_QUEUE)

    def test_a_buyers_meter_needs_no_opt_in(self) -> None:
        ledger = metered()
        meter = ledger.register(owner=BO, rating=50)
        assert ledger.record_deal(deal(buyer_meter=meter), ANY_QUEUE).positions == (0,)

    def test_gas_is_not_sold_as_electricity(self) -> None:
        ledger = metered()
        gas = ledger.register(owner=ANA, rating=1000, utility=2)
        ledger.allow_market(ANA, gas, True)
        with pytest.raises(WrongUtility) as selling:
            ledger.record_deal(deal(seller_meter=gas), ANY_QUEUE)
        assert selling.value == WrongUtility(gas, 2, 1)
        with pytest.raises(WrongUtility) as buying:
            ledger.record_deal(deal(seller=BO, seller_meter=2, buyer=ANA, buyer_meter=gas), ANY_QUEUE)
        assert buying.value == WrongUtility(gas, 2, 1)

    def test_the_providers_cap_counts_every_interval_of_a_deal(self) -> None:
        ledger = metered(rules=replace(RULES, provider_cap=999))
        run = deal(buyer=PROVIDER, buyer_meter=0, price=80, energy=500, count=2)
        with pytest.raises(ProviderCap) as refused:
            ledger.record_deal(run, ANY_QUEUE)
        assert refused.value == ProviderCap(1, 0, 1000, 999)
        ledger.record_deal(replace(run, energy=499), ANY_QUEUE)
        assert ledger.provider_open(1) == 998

    def test_a_key_is_one_meters_and_not_its_owners(self) -> None:
        ledger = fresh()
        key, other = Party("0x" + "77" * 20), Party("0x" + "88" * 20)
        assert ledger.register(owner=ANA, rating=1, key=key, attester=other) == 1
        for arguments, expected in (
            ({"owner": BO, "key": key}, KeyInUse(key, 1)),
            ({"owner": BO, "key": BO}, KeyIsOwner(BO)),
            ({"owner": NOBODY, "key": other}, ZeroAddress(bytes32("owner"))),
            ({"owner": BO, "key": NOBODY}, ZeroAddress(bytes32("key"))),
            (
                {"owner": BO, "key": other, "attester": other},
                InvalidParameter(bytes32("attester"), int("88" * 20, 16)),
            ),
            (
                {"owner": BO, "key": Party("0x" + "99" * 20), "attester": BO},
                InvalidParameter(bytes32("attester"), int(BO, 16)),
            ),
            ({"owner": BO, "key": other, "rating": 0}, InvalidParameter(bytes32("rating"), 0)),
        ):
            with pytest.raises(type(expected)) as refused:
                ledger.register(**{"rating": 1, **arguments})  # type: ignore[arg-type]
            assert refused.value == expected
        assert (ledger.meter(1).key, ledger.meter(1).attester) == (key, other)
        with pytest.raises(UnknownMeter) as unknown:
            ledger.meter(2)
        assert unknown.value == UnknownMeter(2)

    def test_only_the_owner_retires_a_meter(self) -> None:
        ledger = metered()
        with pytest.raises(NotMeterOwner) as refused:
            ledger.retire(BO, 1, 20)
        assert refused.value == NotMeterOwner(1, BO, ANA)
        ledger.retire(ANA, 1, 20)
        assert ledger.meter(1).retired_from == 20
        ledger.retire(ANA, 1, 15)
        assert ledger.meter(1).retired_from == 15

    def test_a_frozen_meter_is_found_so(self) -> None:
        ledger = metered()
        ledger.freeze(1)
        assert ledger.meter(1).frozen
        with pytest.raises(LedgerError, match=r"FrozenMeter\(meter=1\)"):
            ledger.record_deal(deal(), ANY_QUEUE)
        readings = [Reading(meter=1, interval=3, exported=e, imported=0) for e in (1, 2)]
        with pytest.raises(LedgerError, match=r"FrozenMeter\(meter=1\)"):
            ledger.prove_conflict(*readings)

    def test_one_meter_is_not_both_sides(self) -> None:
        ledger = metered()
        with pytest.raises(SameMeter) as refused:
            ledger.record_deal(deal(buyer_meter=1), ANY_QUEUE)
        assert refused.value == SameMeter(1)

    def test_tokens_move_outside_the_market(self) -> None:
        ledger = fresh()
        ledger.withdraw(ANA, 5)
        ledger.transfer_tokens(ANA, BO, 4)
        assert ledger.state().tokens == {ANA: 1, BO: 4}
        with pytest.raises(InsufficientBalance) as refused:
            ledger.transfer_tokens(ANA, BO, 2)
        assert refused.value == InsufficientBalance(ANA, 1, 2)
        assert ledger.minted == 3 * 10**9

    def test_a_provider_deal_is_replayed_as_any_other(self) -> None:
        ledger = metered()
        sale = Deal(
            seller=PROVIDER,
            buyer=BO,
            nonce=2**62 + 5,
            seller_meter=0,
            buyer_meter=2,
            interval=10,
            count=1,
            price=300,
            energy=10,
        )
        purchase = replace(
            sale, seller=ANA, buyer=PROVIDER, seller_meter=1, buyer_meter=0, price=80, nonce=2**62
        )
        ledger.record_deal(sale, 0)
        ledger.record_deal(purchase, ANY_QUEUE)
        assert ledger.provider_open(1) == 10
        ledger.release(purchase)
        assert ledger.provider_open(1) == 0
        ledger.advance_to(RULES.end(10))
        assert ledger.settle_one(sale, 0).paid == 3000
        assert ledger.deal_status(DealKey.of(purchase)) is DealStatus.RELEASED

    def test_meter_zero_is_the_providers_alone(self) -> None:
        ledger = metered()
        for changes, name in (({"seller_meter": 0}, "sellerMeter"), ({"buyer_meter": 0}, "buyerMeter")):
            with pytest.raises(InvalidParameter) as refused:
                ledger.record_deal(deal(**changes), ANY_QUEUE)
            assert refused.value == InvalidParameter(bytes32(name), 0)

    def test_what_is_not_there(self) -> None:
        ledger = metered()
        assert ledger.deal(DealKey.of(deal())) is None
        ledger.cancel(ANA, BO, 1)
        assert ledger.deal(DealKey.of(deal())) is None
        assert ledger.deal_status(DealKey.of(deal())) is DealStatus.CANCELLED
        assert ledger.state().deals == {}

    def test_keys_are_what_the_caller_says(self) -> None:
        def keys(key: DealKey) -> bytes:
            return bytes([key.index + 1]) * 32

        ledger = metered(keys=keys)
        ledger.record_deal(deal(count=2), ANY_QUEUE)
        with pytest.raises(KeyUsed) as refused:
            ledger.record_deal(deal(), ANY_QUEUE)
        assert refused.value == KeyUsed(b"\x01" * 32, DealStatus.RECORDED)
        assert ledger.key(DealKey(ANA, BO, 1, 1)) == b"\x02" * 32

    def test_a_plain_key_is_a_hash_plus_the_index(self) -> None:
        base = sha256(f"{ANA}|{BO}|7".encode()).digest()
        assert plain_key(DealKey(ANA, BO, 7)) == base
        later = plain_key(DealKey(ANA, BO, 7, 3))
        assert int.from_bytes(later) == int.from_bytes(base) + 3

    def test_a_copy_goes_its_own_way(self) -> None:
        ledger = metered()
        ledger.record_deal(deal(), ANY_QUEUE)
        before = ledger.state()
        copy = ledger.copy()
        copy.advance_to(RULES.end(10))
        copy.post(Reading(meter=1, interval=10, exported=400, imported=0))
        copy.settle_one(deal(), 0)
        copy.cancel(ANA, BO, 2)
        copy.register_meter(MeterSpec(name="c", owner=ANA, rating=1))
        copy.append_tariff([TariffStep(from_interval=900, buy_price=1, sell_price=2)])
        copy.pause()
        copy.trade_with_provider([])
        assert ledger.state() == before
        assert (ledger.now(), ledger.paused_until) == (RULES.epoch, 0)
        assert ledger.meter_names == {1: "a", 2: "b"}
        assert ledger.tariff_at(900) == (80, 300)
        assert ledger.deal_status(DealKey(ANA, BO, 2)) is DealStatus.NONE
        assert ledger.deal(DealKey.of(deal())) == DealState(
            deal=deal(), index=0, status=DealStatus.RECORDED, position=0
        )


@pytest.mark.parametrize(
    ("exported", "position", "energy", "expected"),
    [(0, 0, 5, 0), (3, 0, 5, 3), (9, 0, 5, 5), (9, 6, 5, 3), (9, 9, 5, 0), (9, 12, 5, 0), (20, 12, 5, 5)],
)
def test_delivered_is_a_clamp(exported: int, position: int, energy: int, expected: int) -> None:
    assert delivered(exported, position, energy) == expected
