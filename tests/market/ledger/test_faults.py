"""Faults as data: read strictly, and applied the same way whoever asks."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.ledger.faults import (
    AboveRating,
    Deliveries,
    DoesNotFund,
    Fault,
    FaultError,
    LateMeter,
    ReadsLess,
    RegisterDeliveries,
    Silence,
    SilentMeter,
    StopsAnswering,
    TwoReadings,
    Withdraws,
    deliveries,
    drains,
    parse,
    register_deliveries,
    silence,
)
from market.ledger.port import Reading, Registers

METERS = {1: "roof", 2: "home"}
RATINGS = {1: 1000, 2: 500}


def reading(meter: int, interval: int, exported: int = 100, imported: int = 7) -> Reading:
    return Reading(meter=meter, interval=interval, exported=exported, imported=imported)


def applied(readings: list[Reading], *faults: Fault) -> Deliveries:
    return deliveries(readings, faults, meters=METERS, ratings=RATINGS)


class TestMeters:
    def test_without_faults_all_is_posted_on_time(self) -> None:
        readings = [reading(2, 5), reading(1, 5)]
        assert applied(readings) == Deliveries(on_time=tuple(readings))

    def test_a_silent_meter_posts_nothing_in_its_intervals(self) -> None:
        readings = [reading(meter, interval) for interval in (3, 4, 5, 6) for meter in (1, 2)]
        result = applied(readings, SilentMeter(meter="roof", first=4, last=5))
        assert result.on_time == tuple(r for r in readings if r.meter == 2 or r.interval in (3, 6))
        assert (result.late, result.conflicts) == ((), ())

    @pytest.mark.parametrize(
        ("factor", "minus", "exported"),
        [
            (Fraction(1, 2), 0, 50),
            (Fraction(1, 3), 0, 33),  # floor(33.33)
            (Fraction(1), 30, 70),
            (Fraction(1, 2), 60, 0),  # never below zero
            (Fraction(0), 0, 0),
        ],
    )
    def test_a_meter_reads_less(self, factor: Fraction, minus: int, exported: int) -> None:
        fault = ReadsLess(meter="roof", first=0, last=9, factor=factor, minus=minus)
        assert applied([reading(1, 5)], fault).on_time == (reading(1, 5, exported),)

    def test_a_late_meter_posts_after_the_window(self) -> None:
        result = applied([reading(1, 5), reading(2, 5)], LateMeter(meter="home", first=5, last=5))
        assert result == Deliveries(on_time=(reading(1, 5),), late=(reading(2, 5),))

    def test_two_readings_conflict(self) -> None:
        result = applied([reading(1, 5)], TwoReadings(meter="roof", first=5, last=5, more=20))
        assert result.on_time == (reading(1, 5),)
        assert result.conflicts == ((reading(1, 5), reading(1, 5, 120)),)

    def test_a_key_signs_above_its_rating(self) -> None:
        result = applied([reading(2, 5)], AboveRating(meter="home", first=5, last=5, excess=1))
        assert result.on_time == (reading(2, 5, 501),)

    def test_faults_add_up_in_their_order(self) -> None:
        result = applied(
            [reading(1, 5)],
            LateMeter(meter="roof", first=0, last=9),
            ReadsLess(meter="roof", first=0, last=9, factor=Fraction(1, 2)),
            ReadsLess(meter="roof", first=0, last=9, minus=10),
            TwoReadings(meter="roof", first=0, last=9, more=1),
        )
        assert result == Deliveries(
            late=(reading(1, 5, 40),), conflicts=((reading(1, 5, 40), reading(1, 5, 41)),)
        )
        mute = applied(
            [reading(1, 5)], *(cls(meter="roof", first=5, last=5) for cls in (LateMeter, SilentMeter))
        )
        assert mute == Deliveries()

    @given(
        exported=st.integers(0, 10**12),
        numerator=st.integers(0, 1000),
        minus=st.integers(0, 10**12),
    )
    def test_less_is_never_more(self, exported: int, numerator: int, minus: int) -> None:
        fault = ReadsLess(meter="roof", first=0, last=0, factor=Fraction(numerator, 1000), minus=minus)
        (found,) = applied([reading(1, 0, exported)], fault).on_time
        assert 0 <= found.exported <= exported
        assert found.imported == 7


class TestRegisters:
    def registers(self, meter: int, at: int) -> Registers:
        return Registers(meter=meter, at=at, schedule=bytes(32), imported=(9, 0, 0, 0), exported=(0, 0, 0, 0))

    def test_a_meter_is_silent_or_late_with_its_registers_too(self) -> None:
        counted = [self.registers(meter, at) for at in (4, 5) for meter in (1, 2)]
        faults: list[Fault] = [
            SilentMeter(meter="roof", first=5, last=5),
            LateMeter(meter="home", first=4, last=4),
            ReadsLess(meter="roof", first=0, last=9, minus=5),
            TwoReadings(meter="home", first=0, last=9, more=1),
        ]
        assert register_deliveries(counted, faults, meters=METERS) == RegisterDeliveries(
            on_time=(self.registers(1, 4), self.registers(2, 5)), late=(self.registers(2, 4),)
        )


class TestPeers:
    FAULTS = (
        StopsAnswering(party="ana", first=10, last=12, round=3),
        Withdraws(party="ana", first=12, last=20, round=1),
        DoesNotFund(party="bo", first=4, last=4),
    )

    @pytest.mark.parametrize(
        ("party", "interval", "round", "expected"),
        [
            ("ana", 10, 2, None),
            ("ana", 10, 3, Silence.STOPS),
            ("ana", 10, 7, Silence.STOPS),
            ("ana", 9, 7, None),
            ("ana", 12, 1, Silence.WITHDRAWS),
            ("ana", 12, 3, Silence.STOPS),  # the first fault that holds
            ("ana", 13, 3, Silence.WITHDRAWS),
            ("ana", 21, 3, None),
            ("bo", 10, 7, None),
        ],
    )
    def test_a_peer_leaves_or_falls_silent(
        self, party: str, interval: int, round: int, expected: Silence | None
    ) -> None:
        assert silence(self.FAULTS, party=party, interval=interval, round=round) is expected

    def test_a_peer_drains_its_balance(self) -> None:
        found = [
            (party, interval)
            for party in ("ana", "bo")
            for interval in (3, 4, 5)
            if drains(self.FAULTS, party=party, interval=interval)
        ]
        assert found == [("bo", 4)]


class TestParse:
    @pytest.mark.parametrize(
        ("data", "expected"),
        [
            (
                {"kind": "silent-meter", "meter": "roof", "first": 1, "last": 2},
                SilentMeter(meter="roof", first=1, last=2),
            ),
            (
                {"kind": "reads-less", "meter": "roof", "first": 1, "last": 1, "factor": 0.1},
                ReadsLess(meter="roof", first=1, last=1, factor=Fraction(1, 10)),
            ),
            (
                {"kind": "reads-less", "meter": "roof", "first": 0, "last": 1, "minus": 5},
                ReadsLess(meter="roof", first=0, last=1, minus=5),
            ),
            (
                {"kind": "late-meter", "meter": "roof", "first": 1, "last": 2},
                LateMeter(meter="roof", first=1, last=2),
            ),
            (
                {"kind": "two-readings", "meter": "roof", "first": 1, "last": 2, "more": 3},
                TwoReadings(meter="roof", first=1, last=2, more=3),
            ),
            (
                {"kind": "above-rating", "meter": "roof", "first": 1, "last": 2, "excess": 3},
                AboveRating(meter="roof", first=1, last=2, excess=3),
            ),
            (
                {"kind": "stops-answering", "party": "ana", "first": 1, "last": 2, "round": 0},
                StopsAnswering(party="ana", first=1, last=2, round=0),
            ),
            (
                {"kind": "withdraws", "party": "ana", "first": 1, "last": 2, "round": 4},
                Withdraws(party="ana", first=1, last=2, round=4),
            ),
            (
                {"kind": "does-not-fund", "party": "ana", "first": 1, "last": 2},
                DoesNotFund(party="ana", first=1, last=2),
            ),
        ],
    )
    def test_each_kind(self, data: dict[str, Any], expected: Fault) -> None:
        assert parse(data) == expected

    @pytest.mark.parametrize(
        ("changes", "key", "value"),
        [
            ({"kind": "explodes"}, "kind", "explodes"),
            ({"kind": None}, "kind", None),
            ({"meter": ""}, "meter", ""),
            ({"meter": 3}, "meter", 3),
            ({"first": -1}, "first", -1),
            ({"first": 1.0}, "first", 1.0),
            ({"first": True}, "first", True),
            ({"last": 0}, "last", 0),
            ({"factor": 1.5}, "factor", 1.5),
            ({"factor": -0.1}, "factor", -0.1),
            ({"factor": "half"}, "factor", "half"),
            ({"minus": -3}, "minus", -3),
            ({"party": "ana"}, "party", "ana"),
        ],
    )
    def test_a_wrong_value_is_named_with_its_rule(
        self, changes: dict[str, Any], key: str, value: object
    ) -> None:
        good = {"kind": "reads-less", "meter": "roof", "first": 1, "last": 2, "factor": 0.5}
        with pytest.raises(FaultError, match="expected") as refused:
            parse({**good, **changes})
        assert (refused.value.key, refused.value.value) == (key, value)

    def test_nan_is_no_factor(self) -> None:
        data = {"kind": "reads-less", "meter": "roof", "first": 1, "last": 2, "factor": float("nan")}
        with pytest.raises(FaultError, match="factor is nan, expected a number from 0 to 1"):
            parse(data)

    @pytest.mark.parametrize("missing", ["meter", "first", "last", "more"])
    def test_nothing_is_assumed(self, missing: str) -> None:
        data = {"kind": "two-readings", "meter": "roof", "first": 1, "last": 2, "more": 3}
        del data[missing]
        with pytest.raises(FaultError, match=f"{missing} is None, expected a value"):
            parse(data)

    @pytest.mark.parametrize("key", ["more", "excess"])
    def test_a_conflict_is_a_difference(self, key: str) -> None:
        kind = {"more": "two-readings", "excess": "above-rating"}[key]
        with pytest.raises(FaultError, match=f"{key} is 0, expected a whole number, at least 1"):
            parse({"kind": kind, "meter": "roof", "first": 1, "last": 2, key: 0})
