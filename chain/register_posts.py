"""Meters' registers and submeters on Ethereum: a part of the ledger there (:mod:`chain.ledger`)."""

from abc import abstractmethod
from collections.abc import Sequence

from chain import batches
from chain import events as ev
from chain.accounts import Account
from chain.clients.registry import REGISTERS_GAS
from chain.clock import Clock
from chain.dispatch import Dispatch
from chain.forward.signing import registers_hash
from chain.keyring import Keyring
from chain.market import Market
from chain.signing import NO_SIGNATURE, Signature, digest, sign
from market.ledger import registers as register_book
from market.ledger.errors import LedgerError
from market.ledger.port import Registers


class RegisterPosts:
    """What a ledger on a chain does with registers; the ledger brings what it stands on."""

    _market: Market
    _keyring: Keyring
    _dispatch: Dispatch
    _clock: Clock
    _meter_keys: dict[int, Account]
    _readings: bytes
    """Separator of the registry's domain."""

    @abstractmethod
    def _owner(self, meter: int) -> Account: ...

    def post_registers(self, registers: Sequence[Registers]) -> list[Registers | LedgerError]:
        """Post registers in one batch, signed by their meters' keys; each refusal stands at its place."""
        for each in registers:
            register_book.encodable(each)

        def known(each: Registers) -> "Registers | LedgerError | None":
            entry = self._dispatch.take("registers", each.meter, each.at)
            return None if entry is None else entry.result

        def send(rest: Sequence[Registers]) -> list[Registers | LedgerError]:
            client = self._market.registry
            sized = (((each, self._seal(each)), REGISTERS_GAS, 500) for each in rest)
            made = batches.chunks(sized, self._clock.block_gas, batches.BATCH_GAS)
            actions = [client.post_registers(chunk, gas) for chunk, gas in made]
            receipts = self._dispatch.do(self._keyring.relayer, *actions)
            refusals = [
                each for receipt in receipts for each in batches.register_postings(receipt, client.to)
            ]
            return [refusal or each for refusal, each in zip(refusals, rest, strict=True)]

        return batches.each(registers, known, send)

    def prove_register_conflict(self, first: Registers, second: Registers) -> None:
        """Show two sets of registers of one meter, time and schedule that differ: the meter is frozen."""
        register_book.encodable(first)
        register_book.encodable(second)
        same = first.place == second.place
        if first == second or not same or not self._dispatch.take("conflict", first.meter, first.at):
            shown = [(each, self._seal(each)) for each in (first, second)]
            action = self._market.registry.prove_register_conflict(shown[0], shown[1])
            self._dispatch.do(self._keyring.relayer, action)

    def aggregate_meter(self, meter: int, into: int) -> int:
        """The owner puts a meter behind another, which sells for it; returns from which interval on."""
        known = self._dispatch.take("aggregate", meter, into)
        if known is not None:
            return int(known.result)
        (receipt,) = self._dispatch.do(self._owner(meter), self._market.registry.aggregate(meter, into))
        (event,) = batches.of_type(receipt.logs, self._market.registry.to, ev.Aggregated)
        return event.from_interval

    def _seal(self, registers: Registers) -> Signature:
        key = self._meter_keys.get(registers.meter)
        if key is None:
            return NO_SIGNATURE
        return sign(key.key, digest(self._readings, registers_hash(registers)))
