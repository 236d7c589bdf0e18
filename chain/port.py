"""What the rest of ``chain`` needs of a node: calls, raw transactions, receipts and a clock.

Two implementations: the embedded EVM (``chain.embedded``), which is driven in process, and JSON-RPC (``chain.rpc``).
Code that only reads and does not mind the speed uses :attr:`Network.w3` instead.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from web3 import Web3

Snapshot: TypeAlias = object


@dataclass(frozen=True, slots=True)
class Log:
    """One event as the chain keeps it; addresses as 20 bytes."""

    address: bytes
    topics: tuple[bytes, ...]
    data: bytes
    block: int
    tx_hash: bytes
    tx_index: int
    log_index: int
    """Within its block."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a transaction."""

    tx_hash: bytes
    ok: bool
    block: int
    gas_used: int
    gas_price: int
    """Wei per gas, as charged."""
    logs: tuple[Log, ...]
    revert: bytes | None = None
    """Why it failed, where the node says so at once."""


@dataclass(frozen=True, slots=True)
class RawTransaction:
    """A signed transaction."""

    raw: bytes
    tx_hash: bytes
    gas: int


@dataclass(frozen=True, slots=True)
class Call:
    """A read, or a question of what a transaction would do."""

    to: bytes
    data: bytes
    sender: bytes = bytes(20)
    value: int = 0


@dataclass(frozen=True, slots=True)
class Reverted:
    """The answer of a call that failed: the error's ABI-encoded data, empty if there is none."""

    data: bytes


class Network(ABC):
    """A node, and what can be done with it."""

    name: str
    """As the user gave it, without secrets."""
    chain_id: int
    w3: Web3
    clock_settable: bool
    clock_still: bool
    """Whether time stands still until it is set."""
    disposable: bool
    """Whether this chain is a test chain of ours, where keys from a public seed do no harm."""

    @abstractmethod
    def now(self) -> int:
        """Time of the latest block, seconds since 1970."""

    @abstractmethod
    def set_time(self, time: int) -> None:
        """Let the latest block, and all blocks until the next call, have ``time``, which is not before now."""

    @abstractmethod
    def block_number(self) -> int: ...

    @abstractmethod
    def block_time(self, number: int) -> int:
        """Time of a block, seconds since 1970."""

    @abstractmethod
    def block_gas_limit(self) -> int: ...

    @abstractmethod
    def base_fee(self) -> int:
        """Wei per gas in the next block."""

    @abstractmethod
    def nonce(self, address: bytes) -> int:
        """Of the next transaction from ``address``."""

    @abstractmethod
    def balance(self, address: bytes) -> int:
        """Wei."""

    @abstractmethod
    def code(self, address: bytes) -> bytes: ...

    @abstractmethod
    def call(self, calls: Sequence[Call], block: int | None = None) -> list[bytes | Reverted]:
        """Answers of read-only calls on the state after ``block`` (default: the latest)."""

    @abstractmethod
    def send(self, transactions: Sequence[RawTransaction]) -> list[Receipt]:
        """Submit in order, wait until all are mined.

        Raises
        ------
        TransactionLost
            If one is not mined in time.
        """

    @abstractmethod
    def revert_data(self, call: Call, receipt: Receipt) -> bytes:
        """Why a transaction failed: what its call gives when it is played again in its place."""

    @abstractmethod
    def receipt(self, tx_hash: bytes) -> Receipt | None:
        """The receipt of a transaction that may have been sent before, None if it is not mined."""

    @abstractmethod
    def logs(self, addresses: Sequence[bytes], from_block: int, to_block: int) -> list[Log]:
        """All events of ``addresses`` in a range of blocks (inclusive), oldest first."""

    @abstractmethod
    def dev_keys(self) -> tuple[bytes, ...]:
        """Private keys that own Ether here; empty on a chain that is not ours."""

    @abstractmethod
    def snapshot(self) -> Snapshot:
        """A mark that :meth:`revert` goes back to (test chains only)."""

    @abstractmethod
    def revert(self, snapshot: Snapshot) -> None: ...

    @abstractmethod
    def close(self) -> None:
        """Let go of the node, and end it if it was started here."""

    def __enter__(self) -> "Network":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
