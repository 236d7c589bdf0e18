"""What goes wrong on purpose: faults of meters and peers as a scenario's data, applied alike for every ledger.

Pure functions from what would have happened to what happens instead; posting, negotiating and paying are done
elsewhere. Meters and parties stand under their scenario names, and each fault holds for the delivery intervals from
``first`` to ``last``, both included.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from enum import Enum
from fractions import Fraction
from typing import Any

from market.ledger.port import Reading, Registers


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    first: int
    last: int

    def covers(self, interval: int) -> bool:
        """Whether the fault holds in ``interval``."""
        return self.first <= interval <= self.last


@dataclass(frozen=True, slots=True, kw_only=True)
class SilentMeter(_Span):
    """The meter posts nothing."""

    meter: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadsLess(_Span):
    """The meter reads floor(exported × factor) − minus, never below zero; its import is untouched."""

    meter: str
    factor: Fraction = Fraction(1)
    minus: int = 0
    """Base units."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LateMeter(_Span):
    """The meter's reading is posted after the window, when silence has already counted as zero."""

    meter: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoReadings(_Span):
    """The meter signs a second reading that says ``more`` base units were exported; anyone may show both."""

    meter: str
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AboveRating(_Span):
    """The meter's key signs an export of ``excess`` base units above its rating."""

    meter: str
    excess: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StopsAnswering(_Span):
    """The party makes no move any more when it is its turn at ``round`` or later."""

    party: str
    round: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraws(_Span):
    """The party leaves the session when it is its turn at ``round`` or later."""

    party: str
    round: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DoesNotFund(_Span):
    """The party takes its free balance out of the market just before its deals would be recorded."""

    party: str


MeterFault = SilentMeter | ReadsLess | LateMeter | TwoReadings | AboveRating
PeerFault = StopsAnswering | Withdraws | DoesNotFund
Fault = MeterFault | PeerFault

KINDS: dict[str, type[Fault]] = {
    "silent-meter": SilentMeter,
    "reads-less": ReadsLess,
    "late-meter": LateMeter,
    "two-readings": TwoReadings,
    "above-rating": AboveRating,
    "stops-answering": StopsAnswering,
    "withdraws": Withdraws,
    "does-not-fund": DoesNotFund,
}
"""What a scenario file calls each fault, under the key ``kind``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliveries:
    """What is posted of an interval's readings, and when."""

    on_time: tuple[Reading, ...] = ()
    """Within the window, in the order of the readings they come from."""
    late: tuple[Reading, ...] = ()
    """After the window: a ledger refuses them."""
    conflicts: tuple[tuple[Reading, Reading], ...] = ()
    """Two readings signed by one key for one interval, to be shown to the ledger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterDeliveries:
    """What is posted of registers, and when."""

    on_time: tuple[Registers, ...] = ()
    late: tuple[Registers, ...] = ()
    """After the window: a ledger refuses them."""


class Silence(Enum):
    """What a peer does instead of its move."""

    STOPS = "stops answering"
    WITHDRAWS = "withdraws"


def deliveries(
    readings: Iterable[Reading],
    faults: Sequence[Fault],
    *,
    meters: Mapping[int, str],
    ratings: Mapping[int, int],
) -> Deliveries:
    """What is posted of ``readings`` under ``faults``.

    Faults that change a reading come first, in their order; then two readings, and last whether it is late or silent.

    Parameters
    ----------
    meters, ratings
        Scenario name and rating (base units per interval) of each meter id.
    """
    on_time: list[Reading] = []
    late: list[Reading] = []
    conflicts: list[tuple[Reading, Reading]] = []
    for true_reading in readings:
        name = meters[true_reading.meter]
        active = [f for f in faults if getattr(f, "meter", None) == name and f.covers(true_reading.interval)]
        reading = true_reading
        for fault in active:
            reading = _changed(reading, fault, ratings)
        conflicts += [
            (reading, _exporting(reading, reading.exported + fault.more))
            for fault in active
            if isinstance(fault, TwoReadings)
        ]
        if any(isinstance(fault, SilentMeter) for fault in active):
            continue
        (late if any(isinstance(fault, LateMeter) for fault in active) else on_time).append(reading)
    return Deliveries(on_time=tuple(on_time), late=tuple(late), conflicts=tuple(conflicts))


def register_deliveries(
    registers: Iterable[Registers], faults: Sequence[Fault], *, meters: Mapping[int, str]
) -> RegisterDeliveries:
    """What is posted of ``registers`` under ``faults``: a meter that is silent or late in the interval at whose start
    they stand is so with them too. Faults of single readings do not touch what a meter has counted since it was made.
    """
    on_time: list[Registers] = []
    late: list[Registers] = []
    for each in registers:
        name = meters[each.meter]
        active = [f for f in faults if getattr(f, "meter", None) == name and f.covers(each.at)]
        if any(isinstance(fault, SilentMeter) for fault in active):
            continue
        (late if any(isinstance(fault, LateMeter) for fault in active) else on_time).append(each)
    return RegisterDeliveries(on_time=tuple(on_time), late=tuple(late))


def silence(faults: Sequence[Fault], *, party: str, interval: int, round: int) -> Silence | None:
    """What ``party`` does instead of its move at ``round`` of a session for ``interval``; the first fault decides."""
    for fault in faults:
        if (
            isinstance(fault, StopsAnswering | Withdraws)
            and fault.party == party
            and fault.covers(interval)
            and round >= fault.round
        ):
            return Silence.STOPS if isinstance(fault, StopsAnswering) else Silence.WITHDRAWS
    return None


def drains(faults: Sequence[Fault], *, party: str, interval: int) -> bool:
    """Whether ``party`` empties its balance before its deals for ``interval`` are recorded."""
    return any(isinstance(f, DoesNotFund) and f.party == party and f.covers(interval) for f in faults)


class FaultError(ValueError):
    """A fault in a scenario is wrong: the key, the value found, and the rule it breaks."""

    exit_code = 2

    def __init__(self, key: str, value: object, rule: str) -> None:
        super().__init__(f"fault: {key} is {value!r}, expected {rule}")
        self.key = key
        self.value = value
        self.rule = rule


def parse(data: Mapping[str, Any]) -> Fault:
    """The fault that a scenario's table describes.

    Raises
    ------
    FaultError
        Unknown kind or key, missing key, or a value that breaks its rule.
    """
    kind = data.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise FaultError("kind", kind, "one of " + ", ".join(KINDS))
    cls = KINDS[kind]
    known = {field.name: field for field in fields(cls)}
    for key in data:
        if key != "kind" and key not in known:
            raise FaultError(key, data[key], f"no such key in a {kind} fault; it has " + ", ".join(known))
    values: dict[str, Any] = {}
    for key, field in known.items():
        if key in data:
            values[key] = _PARSERS.get(key, _count)(key, data[key])
        elif field.default is MISSING:
            raise FaultError(key, None, f"a value (a {kind} fault needs it)")
    if values["last"] < values["first"]:
        raise FaultError("last", values["last"], f"at least first, which is {values['first']}")
    return cls(**values)


def _changed(reading: Reading, fault: Fault, ratings: Mapping[int, int]) -> Reading:
    if isinstance(fault, ReadsLess):
        scaled = reading.exported * fault.factor.numerator // fault.factor.denominator
        return _exporting(reading, max(scaled - fault.minus, 0))
    if isinstance(fault, AboveRating):
        return _exporting(reading, ratings[reading.meter] + fault.excess)
    return reading


def _exporting(reading: Reading, exported: int) -> Reading:
    return Reading(
        meter=reading.meter, interval=reading.interval, exported=exported, imported=reading.imported
    )


def _name(key: str, value: object) -> str:
    if not isinstance(value, str) or not value:
        raise FaultError(key, value, "a name")
    return value


def _count(key: str, value: object) -> int:
    if type(value) is not int or value < 0:
        raise FaultError(key, value, "a whole number, at least 0")
    return value


def _positive(key: str, value: object) -> int:
    if type(value) is not int or value < 1:
        raise FaultError(key, value, "a whole number, at least 1")
    return value


def _factor(key: str, value: object) -> Fraction:
    # A TOML float is read by its decimal digits: 0.1 means one tenth, on every machine.
    rule = "a number from 0 to 1"
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FaultError(key, value, rule)
    if not 0 <= value <= 1:
        raise FaultError(key, value, rule)
    return Fraction(str(value))


_PARSERS = {
    "meter": _name,
    "party": _name,
    "factor": _factor,
    "more": _positive,
    "excess": _positive,
}
