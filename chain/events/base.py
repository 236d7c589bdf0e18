"""What every event has: the Solidity types of its fields, the contract that declares it, and where it stands."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, TypeAlias

from chain.codec import INDEXED
from market.terms import Party

U8: TypeAlias = Annotated[int, "uint8"]
U16: TypeAlias = Annotated[int, "uint16"]
U32: TypeAlias = Annotated[int, "uint32"]
U64: TypeAlias = Annotated[int, "uint64"]
U256: TypeAlias = Annotated[int, "uint256"]
I64: TypeAlias = Annotated[int, "int64"]
I256: TypeAlias = Annotated[int, "int256"]
U64s4: TypeAlias = Annotated[tuple[int, int, int, int], "uint64[4]"]
I64s4: TypeAlias = Annotated[tuple[int, int, int, int], "int64[4]"]
I64s: TypeAlias = Annotated[tuple[int, ...], "int64[]"]
Words: TypeAlias = Annotated[tuple[bytes, ...], "bytes32[]"]
Addresses: TypeAlias = Annotated[tuple[Party, ...], "address[]"]
Address: TypeAlias = Annotated[Party, "address"]
Word: TypeAlias = Annotated[bytes, "bytes32"]
Bytes: TypeAlias = Annotated[bytes, "bytes"]
Bool: TypeAlias = Annotated[bool, "bool"]
IndexedU16: TypeAlias = Annotated[U16, INDEXED]
IndexedU32: TypeAlias = Annotated[U32, INDEXED]
IndexedU64: TypeAlias = Annotated[U64, INDEXED]
IndexedU256: TypeAlias = Annotated[U256, INDEXED]
IndexedAddress: TypeAlias = Annotated[Address, INDEXED]
IndexedWord: TypeAlias = Annotated[Word, INDEXED]


@dataclass(frozen=True, slots=True, order=True)
class Origin:
    """Where an event stands on its chain; sorts in the order in which things happened."""

    block: int
    tx_index: int
    log_index: int
    """Within the block."""
    time: int
    """Of the block, seconds since 1970."""
    transaction: str
    """Its hash, 0x…"""
    address: Party
    """The contract that emitted it."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event and where it stands."""

    contracts: ClassVar[tuple[str, ...]]
    """Whose event it is; what two kinds of contract emit alike is told apart by ``at.address``."""
    at: Origin
