"""What the in-memory ledger makes of broken transcripts, bad constants, and values that fit no contract."""

from dataclasses import replace

import pytest

from market.ledger.errors import (
    BadSignature,
    BeyondHorizon,
    BrokenTranscript,
    BuyAboveSell,
    EmptyTariff,
    ExpiryBeyondGate,
    InvalidParameter,
    LedgerError,
    NoProvider,
)
from market.ledger.memory import MemoryLedger
from market.ledger.port import (
    ProviderOrder,
    Reading,
    Recorded,
    TariffStep,
)
from market.ledger.ranges import NotEncodable, bytes32
from market.ledger.unsigned import UNSIGNED
from market.terms import (
    ANY_QUEUE,
    NOBODY,
    DealKey,
    Transcript,
)
from tests.market.ledger.plain import (
    ANA,
    BO,
    MARKET,
    RULES,
    deal,
    fresh,
    metered,
    transcript,
)


class TestTranscripts:
    def test_nothing_was_offered(self) -> None:
        ledger = metered()
        empty = replace(transcript(), offers=())
        key = ledger.key(DealKey(ANA, BO, 1))
        assert ledger.record([empty], disclose=False) == [BrokenTranscript(key, 0)]

    def test_nothing_was_accepted(self) -> None:
        ledger = metered()
        open_ended = replace(transcript(), acceptance=None)
        key = ledger.key(DealKey(ANA, BO, 1))
        assert ledger.record([open_ended], disclose=False) == [BadSignature(key, ANA)]

    def test_a_first_offer_has_no_predecessor(self) -> None:
        terms = transcript().terms
        offer = UNSIGNED.sign(terms, transcript().offers[0].move, 0, b"\x01" * 32)
        chained = Transcript(terms, (offer,), UNSIGNED.countersign(terms, offer))
        ledger = metered()
        key = ledger.key(DealKey(ANA, BO, 1))
        for disclose in (False, True):
            assert ledger.record([chained], disclose=disclose) == [BrokenTranscript(key, 0)]

    def test_without_seals_signatures_are_taken_as_given(self) -> None:
        signed_elsewhere = replace(transcript(), acceptance=b"made by another signer")
        assert isinstance(metered(seals=None).record([signed_elsewhere], disclose=True)[0], Recorded)
        (refused,) = metered().record([signed_elsewhere], disclose=True)
        assert isinstance(refused, BadSignature)

    def test_an_expiry_is_judged_by_the_first_interval(self) -> None:
        gate = RULES.gate_of(10)
        run = transcript(count=3)
        late = UNSIGNED.sign(run.terms, replace(run.offers[0].move, expiry=gate + 1), 0, bytes(32))
        beyond = Transcript(run.terms, (late,), UNSIGNED.countersign(run.terms, late))
        ledger = metered()
        key = ledger.key(DealKey(ANA, BO, 1))
        assert ledger.record([beyond], disclose=False) == [ExpiryBeyondGate(key, gate + 1, gate)]
        assert isinstance(ledger.record([run], disclose=False)[0], Recorded)


class TestConstruction:
    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"interval": 1}, InvalidParameter(bytes32("interval"), 1)),
            ({"window": 0}, InvalidParameter(bytes32("window"), 0)),
            ({"epoch": 0}, InvalidParameter(bytes32("epoch"), 0)),
            ({"epoch": 59}, InvalidParameter(bytes32("epoch"), 59)),
            ({"horizon": 0}, InvalidParameter(bytes32("horizon"), 0)),
            ({"horizon": 1, "gate": 901}, InvalidParameter(bytes32("horizon"), 1)),
            ({"pause_length": 2_592_001}, InvalidParameter(bytes32("pauseLength"), 2_592_001)),
            ({"pause_length": 10, "pause_cooldown": 9}, InvalidParameter(bytes32("pauseCooldown"), 9)),
        ],
    )
    def test_constants_with_which_no_market_works(
        self, changes: dict[str, int], expected: LedgerError
    ) -> None:
        with pytest.raises(InvalidParameter) as refused:
            fresh(rules=replace(RULES, **changes))
        assert refused.value == expected

    def test_a_provider_has_a_tariff(self) -> None:
        with pytest.raises(EmptyTariff) as refused:
            fresh(tariff=())
        assert refused.value == EmptyTariff()
        with pytest.raises(BuyAboveSell) as wrong:
            fresh(tariff=[TariffStep(from_interval=0, buy_price=2, sell_price=1)])
        assert wrong.value == BuyAboveSell(2, 1)

    def test_a_market_without_a_provider(self) -> None:
        ledger = MemoryLedger(rules=RULES, provider=NOBODY, tariff=(), address=MARKET, now=RULES.epoch)
        order = ProviderOrder(party=BO, number=1, meter=1, interval=10, energy=1, limit=1000, selling=False)
        assert ledger.trade_with_provider([order]) == [NoProvider()]


class TestRanges:
    """Values that fit no contract's type are the caller's mistakes: they raise before anything is done."""

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("price", -1),
            ("price", 2**64),
            ("price", 250.0),
            ("energy", 2**64),
            ("count", 2**16),
            ("seller_meter", -1),
            ("buyer_meter", 2**32),
            ("nonce", 2**64),
            ("interval", 2**32),
        ],
    )
    def test_a_deals_values_fit(self, name: str, value: float) -> None:
        ledger = metered()
        with pytest.raises(NotEncodable) as refused:
            ledger.record_deal(deal(**{name: value}), ANY_QUEUE)
        assert (refused.value.name, refused.value.value) == (name, value)

    def test_a_run_that_leaves_the_counting_of_intervals_is_beyond_the_horizon(self) -> None:
        # The chain names its last interval in 32 bits.
        ledger = metered()
        with pytest.raises(BeyondHorizon) as refused:
            ledger.record_deal(deal(interval=2**32 - 1, count=3), ANY_QUEUE)
        assert refused.value == BeyondHorizon(1, RULES.epoch + 192 * 900, RULES.epoch)

    def test_a_batch_with_one_does_nothing(self) -> None:
        ledger = metered(now=RULES.end(10))
        good = Reading(meter=1, interval=10, exported=1, imported=0)
        before = ledger.state()
        with pytest.raises(NotEncodable, match="exported is -1, expected an integer in 0"):
            ledger.post_readings([good, replace(good, exported=-1)])
        assert ledger.state() == before

    def test_amounts_are_whole(self) -> None:
        ledger = fresh()
        for amount in (-1, 1.0, True):
            for operation in (ledger.buy_tokens, ledger.deposit, ledger.withdraw, ledger.redeem_tokens):
                with pytest.raises(NotEncodable):
                    operation(ANA, amount)  # type: ignore[arg-type]
