"""Calling contracts: functions by their Solidity signature, and what a transaction is before somebody signs it."""

from dataclasses import dataclass
from typing import Any

from eth_abi.abi import decode, encode
from eth_hash.auto import keccak

from chain.errors import ChainError
from chain.port import Call, Network, Reverted
from chain.refusals import refusal_of


def split_types(types: str) -> list[str]:
    """The members of a parenthesised list of ABI types, tuples kept whole."""
    out: list[str] = []
    depth, start = 0, 0
    for place, letter in enumerate(types):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            out.append(types[start:place])
            start = place + 1
    return [*out, types[start:]] if types else []


class Function:
    """One function of a contract: ``Function("priceAt(uint32)", "uint64,uint64")``."""

    __slots__ = ("inputs", "name", "outputs", "selector", "signature")

    def __init__(self, signature: str, outputs: str = "") -> None:
        self.signature = signature
        self.name = signature[: signature.index("(")]
        self.inputs = split_types(signature[len(self.name) + 1 : -1])
        self.outputs = split_types(outputs)
        self.selector = keccak(signature.encode())[:4]

    def encode(self, *values: Any) -> bytes:
        """Call data."""
        return self.selector + (encode(self.inputs, values) if self.inputs else b"")

    def decode(self, data: bytes) -> Any:
        """The one value returned, or a tuple of them."""
        values = decode(self.outputs, data)
        return values[0] if len(values) == 1 else values


@dataclass(frozen=True, slots=True)
class Action:
    """A transaction that nobody has signed yet."""

    kind: str
    """What the gas meter files it under."""
    to: bytes
    """Empty: a contract is created."""
    data: bytes
    gas: int
    """The most that it may use."""
    value: int = 0
    """Wei."""
    items: int = 1
    """Deals, readings or settlements in it."""


def read(network: Network, to: bytes, function: Function, *values: Any, block: int | None = None) -> Any:
    """Ask one contract one thing; a refusal is raised as the ledger's error."""
    (answer,) = network.call([Call(to, function.encode(*values))], block)
    return answer_of(function, answer)


def answer_of(function: Function, answer: bytes | Reverted) -> Any:
    """Decode what a call returned, or raise what it refused with."""
    if isinstance(answer, Reverted):
        raise refusal_of(answer.data, function.name)
    if not answer:
        raise ChainError(function.name, b"", "an empty answer: no contract is there")
    return function.decode(answer)
