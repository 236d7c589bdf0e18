"""``MeterRegistry`` as Python sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chain import packing
from chain.calls import Action, Function
from chain.clients.base import Contract, party
from chain.signing import Signature
from market.ledger.port import MeterInterval, Reading
from market.terms import Party

_METER = "(address,uint32,uint32,uint8,bool,address,address)"
_SLOT = "(uint64,uint64,uint64,bool)"


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
