"""An address on a network, and what each contract's client is made of: typed reads, and actions to sign."""

from collections.abc import Sequence
from typing import Any

from eth_utils.address import to_checksum_address

from chain.calls import Action, Function, answer_of, read
from chain.port import Call, Network
from chain.signing import address_bytes
from market.terms import Party


def party(address: str | bytes) -> Party:
    """An address in checksum form."""
    return Party(to_checksum_address(address))


class Contract:
    """An address on a network."""

    def __init__(self, network: Network, address: str) -> None:
        self.network = network
        self.address = party(address)
        self.to = address_bytes(address)

    def _read(self, function: Function, *values: Any, block: int | None = None) -> Any:
        return read(self.network, self.to, function, *values, block=block)

    def _read_many(
        self, function: Function, values: Sequence[tuple[Any, ...]], block: int | None
    ) -> list[Any]:
        calls = [Call(self.to, function.encode(*each)) for each in values]
        return [answer_of(function, answer) for answer in self.network.call(calls, block)]

    def _action(self, kind: str, data: bytes, gas: int, *, value: int = 0, items: int = 1) -> Action:
        return Action(kind, self.to, data, gas, value, items)
