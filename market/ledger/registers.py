"""What meters' registers say at the ends of periods, once and for all (``IMeterRegistry.postRegisters``)."""

from market.ledger.errors import ReadingTooEarly, ReadingTooLate, RegisterOverflow, RegistersExist
from market.ledger.port import Four, MarketRules, Registers
from market.ledger.ranges import UINT32, UINT64, NotEncodable, unsigned, word

REGISTER_END = 2**60
"""Registers from here on do not fit."""


class RegisterBook:
    """Registers by meter, time and schedule; whose meter it is does not matter here."""

    __slots__ = ("_rules", "posted")

    def __init__(self, rules: MarketRules) -> None:
        self._rules = rules
        self.posted: dict[tuple[int, int, bytes], Registers] = {}

    def copy(self) -> "RegisterBook":
        """An independent book with the same contents."""
        other = RegisterBook(self._rules)
        other.posted = self.posted.copy()
        return other

    def post(self, registers: Registers, now: int) -> None:
        """Take the first registers of a meter, time and schedule, in [start of ``at``, that + window).

        Raises
        ------
        ReadingTooEarly, ReadingTooLate, RegistersExist, RegisterOverflow
        """
        meter, at = registers.meter, registers.at
        start, closed = self._rules.start(at), self.silence(at)
        if now < start:
            raise ReadingTooEarly(meter, at, now, start)
        if now >= closed:
            raise ReadingTooLate(meter, at, now, closed)
        if registers.place in self.posted:
            raise RegistersExist(meter, at, registers.schedule)
        if max(*registers.imported, *registers.exported) >= REGISTER_END:
            raise RegisterOverflow(meter, at)
        self.posted[registers.place] = registers

    def net_at(self, meter: int, at: int, schedule: bytes) -> Four | None:
        """Net import of each register at the start of ``at``; None where none is posted."""
        registers = self.posted.get((meter, at, schedule))
        return None if registers is None else registers.net

    def is_final(self, meter: int, at: int, schedule: bytes, now: int) -> bool:
        """Whether registers are posted, or none can be any more."""
        return (meter, at, schedule) in self.posted or now >= self.silence(at)

    def silence(self, at: int) -> int:
        """First second at which no registers of the start of ``at`` are accepted any more."""
        return self._rules.start(at) + self._rules.window


def encodable(registers: Registers) -> Registers:
    """``registers`` themselves if each value fits its type (``NotEncodable``)."""
    unsigned("meter", registers.meter, UINT32)
    unsigned("at", registers.at, UINT32)
    word("schedule", registers.schedule)
    for name, values in (("imported", registers.imported), ("exported", registers.exported)):
        if len(values) != 4:
            raise NotEncodable(f"number of {name}", len(values), 5, least=4)
        for value in values:
            unsigned(name, value, UINT64)
    return registers
