"""``MeterRegistry`` as Python sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chain import packing
from chain.calls import Action, Function
from chain.clients.base import Contract, party
from chain.signing import Signature
from market.ledger.port import MeterInterval, Reading, Registers, Supply
from market.terms import NOBODY, Party

_METER = "(address,uint32,uint32,uint8,bool,address,address)"
_SLOT = "(uint64,uint64,uint64,bool)"
_REGISTERS = "(uint32,uint32,bytes32,uint64[4],uint64[4])"
_SIGNED_REGISTERS = f"({_REGISTERS},bytes32,bytes32,bytes32,bytes32)"
REGISTERS_GAS = 80_000
"""Most gas that posting one meter's registers uses."""


@dataclass(frozen=True, slots=True)
class MeterView:
    """What the registry keeps of a meter."""

    owner: Party
    rating: int
    retired_from: int
    utility: int
    frozen: bool
    key: Party
    attester: Party


class RegistryClient(Contract):
    """``MeterRegistry``."""

    EPOCH = Function("EPOCH()", "uint64")
    INTERVAL = Function("INTERVAL()", "uint32")
    GATE = Function("GATE()", "uint32")
    HORIZON = Function("HORIZON()", "uint32")
    WINDOW = Function("WINDOW()", "uint32")
    REGISTRAR = Function("REGISTRAR()", "address")
    MARKETS = Function("markets()", "address[]")
    METER_COUNT = Function("meterCount()", "uint32")
    METERS = Function("meters(uint32)", _METER)
    SLOTS = Function("slots(uint32,uint32)", _SLOT)
    READING_DIGEST = Function("readingDigest((uint32,uint32,uint64,uint64))", "bytes32")
    LIST_MARKET = Function("listMarket(address)")
    REGISTER = Function("register(address,address,address,uint8,uint32,bytes32,bytes32)", "uint32")
    ALLOW_MARKET = Function("allowMarket(uint32,address,bool)")
    RETIRE = Function("retire(uint32,uint32)")
    PROVE = Function(
        f"proveConflict({packing.READING_ABI},bytes32,bytes32,{packing.READING_ABI},bytes32,bytes32)"
    )

    SUPPLIES = Function("suppliesOf(uint32)", "(address,uint32,uint32)[2]")
    REGISTERS_DIGEST = Function(f"registersDigest({_REGISTERS})", "bytes32")
    POST_REGISTER = Function(f"postRegisters({_SIGNED_REGISTERS})")
    POST_REGISTERS = Function(f"postRegistersBatch({_SIGNED_REGISTERS}[])")
    PROVE_REGISTERS = Function(
        f"proveRegisterConflict({_REGISTERS},bytes32,bytes32,{_REGISTERS},bytes32,bytes32)"
    )
    AGGREGATE = Function("aggregate(uint32,uint32)")

    def constants(self) -> dict[str, int]:
        """EPOCH, INTERVAL, GATE, HORIZON and WINDOW, under their names in :class:`MarketRules`."""
        functions = (self.EPOCH, self.INTERVAL, self.GATE, self.HORIZON, self.WINDOW)
        return {function.name.lower(): int(self._read(function)) for function in functions}

    def registrar(self) -> Party:
        """Who registers meters and lists markets."""
        return party(self._read(self.REGISTRAR))

    def markets(self) -> list[Party]:
        """Listed markets."""
        return [party(each) for each in self._read(self.MARKETS)]

    def meter_count(self) -> int:
        """Meters registered so far; their ids count from 1."""
        return int(self._read(self.METER_COUNT))

    def meter(self, meter: int) -> MeterView:
        """What is kept of a meter; an unknown one has no owner."""
        owner, rating, retired, utility, frozen, key, attester = self._read(self.METERS, meter)
        return MeterView(party(owner), rating, retired, utility, frozen, party(key), party(attester))

    def slots(self, keys: Sequence[tuple[int, int]], block: int | None = None) -> list[MeterInterval]:
        """What is known of each (meter, interval)."""
        return [
            MeterInterval(exported=exported, imported=imported, committed=committed, recorded=recorded)
            for exported, imported, committed, recorded in self._read_many(self.SLOTS, list(keys), block)
        ]

    def supplies(self, meters: Sequence[int], block: int | None = None) -> list[tuple[Supply, ...]]:
        """The supplies last recorded of each meter, at most two."""
        return [
            tuple(
                Supply(market=party(market), from_interval=first, to_interval=end)
                for market, first, end in found
                if party(market) != NOBODY
            )
            for found in self._read_many(self.SUPPLIES, [(meter,) for meter in meters], block)
        ]

    def registers_digest(self, registers: Registers) -> bytes:
        """What the meter's key signs."""
        return bytes(self._read(self.REGISTERS_DIGEST, _register_values(registers)))

    def reading_digest(self, reading: Reading) -> bytes:
        """What the meter's key signs."""
        values = (reading.meter, reading.interval, reading.exported, reading.imported)
        return bytes(self._read(self.READING_DIGEST, values))

    def list_market(self, market: Party) -> Action:
        """List a market."""
        return self._action("list market", self.LIST_MARKET.encode(market), 150_000)

    def register(
        self, owner: Party, key: Party, attester: Party, utility: int, rating: int, signature: Signature
    ) -> Action:
        """Register a meter."""
        data = self.REGISTER.encode(owner, key, attester, utility, rating, signature.r, signature.vs)
        return self._action("register", data, 250_000)

    def allow_market(self, meter: int, market: Party, allowed: bool) -> Action:
        """Let a market commit a meter's energy, or stop it."""
        return self._action("allow", self.ALLOW_MARKET.encode(meter, market, allowed), 100_000)

    def retire(self, meter: int, from_interval: int) -> Action:
        """Retire a meter."""
        return self._action("retire", self.RETIRE.encode(meter, from_interval), 80_000)

    def post_batch(self, readings: Sequence[tuple[Reading, Signature, Signature | None]]) -> Action:
        """Post readings; those refused are skipped."""
        gas = 100_000 + 90_000 * len(readings)
        return self._action("post", packing.post_batch(readings), gas, items=len(readings))

    def prove_conflict(self, first: tuple[Reading, Signature], second: tuple[Reading, Signature]) -> Action:
        """Show two readings that differ."""
        values: list[Any] = []
        for reading, signature in (first, second):
            words = (reading.meter, reading.interval, reading.exported, reading.imported)
            values += [words, signature.r, signature.vs]
        return self._action("conflict", self.PROVE.encode(*values), 150_000)

    def post_registers(self, registers: Sequence[tuple[Registers, Signature]], gas: int) -> Action:
        """Post registers; those refused are skipped."""
        nobody = bytes(32)
        values = [(_register_values(each), seal.r, seal.vs, nobody, nobody) for each, seal in registers]
        return self._action("registers", self.POST_REGISTERS.encode(values), gas, items=len(registers))

    def prove_register_conflict(
        self, first: tuple[Registers, Signature], second: tuple[Registers, Signature]
    ) -> Action:
        """Show two sets of registers that differ."""
        values: list[Any] = []
        for registers, signature in (first, second):
            values += [_register_values(registers), signature.r, signature.vs]
        return self._action("conflict", self.PROVE_REGISTERS.encode(*values), 150_000)

    def aggregate(self, meter: int, into: int) -> Action:
        """Put a meter behind another."""
        return self._action("aggregate", self.AGGREGATE.encode(meter, into), 120_000)


def _register_values(registers: Registers) -> tuple[Any, ...]:
    return (
        registers.meter,
        registers.at,
        registers.schedule,
        list(registers.imported),
        list(registers.exported),
    )
