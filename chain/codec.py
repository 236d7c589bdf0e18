"""Strict decoding of ABI-encoded values into Python fields, planned once per class from its annotations.

A field says what it is in Solidity by its annotation (``session: Annotated[int, "uint64"]``). Decoding refuses what
Solidity would not have written: an integer beyond its type, a bool of two, padding that is not zero, a missing or
surplus byte. It is no general ABI library: values, arrays of them, structs of both, and ``bytes`` are all that events
carry.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, is_dataclass
from enum import IntEnum, IntFlag
from functools import lru_cache
from typing import Annotated, Any, TypeAlias, get_args, get_origin, get_type_hints

from eth_utils.address import to_checksum_address

from market.terms import Party

WORD = 32
Reader: TypeAlias = Callable[[bytes, int], Any]
"""Reads the value whose head word begins at an offset."""


class Indexed:
    """Marks an event's field that stands in a topic."""


INDEXED = Indexed()
_FIXED = re.compile(r"(.+)\[(\d+)\]")


class MalformedValue(ValueError):
    """Bytes that are no encoding of their type."""

    def __init__(self, solidity: str, found: str) -> None:
        self.solidity, self.found = solidity, found
        super().__init__(f"found {found}, expected {solidity}")


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """How one field is read: its name, its Solidity type, whether it is a topic, and the words of its head."""

    name: str
    solidity: str
    indexed: bool
    words: int
    dynamic: bool
    read: Reader


@lru_cache(maxsize=65_536)
def party_of(address: bytes) -> Party:
    """Twenty bytes as a checksummed address."""
    return Party(to_checksum_address(address))


def plan_fields(cls: type[Any], *, skip: Sequence[str] = ()) -> tuple[FieldPlan, ...]:
    """The plan of every annotated field of a dataclass, in order.

    Raises
    ------
    TypeError
        If a field's annotation names no Solidity type.
    """
    hints = get_type_hints(cls, include_extras=True)
    names = [f.name for f in fields(cls) if f.name not in skip]
    return tuple(_plan(name, hints[name]) for name in names)


def _plan(name: str, hint: Any) -> FieldPlan:
    if get_origin(hint) is not Annotated:
        raise TypeError(f"field {name}: {hint} names no Solidity type")
    python, *marks = get_args(hint)
    indexed = INDEXED in marks
    solidity = next(mark for mark in marks if isinstance(mark, str))
    if is_dataclass(python):
        types = solidity.strip("()").split(",")
        read, words, dynamic = _struct(python, types)
        return FieldPlan(name, solidity, indexed, words, dynamic, read)
    return FieldPlan(name, solidity, indexed, _words(solidity), _dynamic(solidity), _reader(solidity, python))


def _words(solidity: str) -> int:
    """Words of a value in the head: those of a fixed array; one for everything else."""
    fixed = _FIXED.fullmatch(solidity)
    return 1 if fixed is None else int(fixed[2])


def _dynamic(solidity: str) -> bool:
    return solidity == "bytes" or solidity.endswith("[]")


def _struct(cls: Any, types: Sequence[str]) -> tuple[Reader, int, bool]:
    """How a struct is read, the words of its head where it stands in another, and whether it is dynamic."""
    members = fields(cls)
    hints = get_type_hints(cls)
    if len(members) != len(types):
        raise TypeError(f"{cls.__name__}: {len(members)} fields, {len(types)} Solidity types")
    readers: list[tuple[str, Reader, int]] = []
    offset = 0
    for member, solidity in zip(members, types, strict=True):
        readers.append((member.name, _reader(solidity, hints[member.name]), offset))
        offset += WORD * _words(solidity)

    def read(data: bytes, at: int) -> Any:
        return cls(**{name: reader(data, at + place) for name, reader, place in readers})

    def read_behind(data: bytes, at: int) -> Any:
        start = int.from_bytes(data[at : at + WORD])
        if start + offset > len(data):
            raise MalformedValue(cls.__name__, f"offset {start} in {len(data)} bytes")
        return read(data[start:], 0)

    if any(_dynamic(solidity) for solidity in types):
        return read_behind, 1, True
    return read, offset // WORD, False


def _reader(solidity: str, python: Any) -> Reader:
    if solidity.endswith("[]"):
        return _array(_reader(solidity[:-2], _element(python)))
    fixed = _FIXED.fullmatch(solidity)
    if fixed is not None:
        each, count = _reader(fixed[1], _element(python)), int(fixed[2])
        return lambda data, at: tuple(each(data, at + WORD * i) for i in range(count))
    if solidity.startswith("uint"):
        return _uint(solidity, python)
    if solidity.startswith("int"):
        return _int(solidity)
    return {"address": _address, "bool": _bool, "bytes32": _bytes32, "bytes": _bytes}[solidity]


def _element(python: Any) -> Any:
    """What a tuple holds, by its hint; the hint itself where it is none."""
    return get_args(python)[0] if get_args(python) else python


def _array(each: Reader) -> Reader:
    def read(data: bytes, at: int) -> tuple[Any, ...]:
        start = int.from_bytes(data[at : at + WORD])
        count = int.from_bytes(data[start : start + WORD]) if start + WORD <= len(data) else len(data)
        if start + WORD * (count + 1) > len(data):
            raise MalformedValue("array", f"{count} entries at {start} in {len(data)} bytes")
        return tuple(each(data, start + WORD * (i + 1)) for i in range(count))

    return read


def _uint(solidity: str, python: Any) -> Reader:
    limit = 1 << int(solidity[4:])
    wrap = python if isinstance(python, type) and issubclass(python, IntEnum | IntFlag) else None
    known = sum(python) if wrap and issubclass(wrap, IntFlag) else None

    def read(data: bytes, at: int) -> Any:
        value = int.from_bytes(data[at : at + WORD])
        if value >= limit:
            raise MalformedValue(solidity, hex(value))
        if wrap is None:
            return value
        # a flag accepts unknown bits by itself, an enum does not
        if known is not None and value & ~known:
            raise MalformedValue(wrap.__name__, str(value))
        try:
            return wrap(value)
        except ValueError:
            raise MalformedValue(wrap.__name__, str(value)) from None

    return read


def _int(solidity: str) -> Reader:
    limit = 1 << int(solidity[3:]) - 1

    def read(data: bytes, at: int) -> int:
        value = int.from_bytes(data[at : at + WORD], signed=True)
        if not -limit <= value < limit:
            raise MalformedValue(solidity, hex(value))
        return value

    return read


def _address(data: bytes, at: int) -> Party:
    if any(data[at : at + 12]):
        raise MalformedValue("address", "0x" + data[at : at + WORD].hex())
    return party_of(data[at + 12 : at + WORD])


def _bool(data: bytes, at: int) -> bool:
    value = int.from_bytes(data[at : at + WORD])
    if value > 1:
        raise MalformedValue("bool", str(value))
    return value == 1


def _bytes32(data: bytes, at: int) -> bytes:
    return data[at : at + WORD]


def _bytes(data: bytes, at: int) -> bytes:
    start = int.from_bytes(data[at : at + WORD])
    if start + WORD > len(data):
        raise MalformedValue("bytes", f"offset {start} in {len(data)} bytes")
    length = int.from_bytes(data[start : start + WORD])
    begin = start + WORD
    padded = -(-length // WORD) * WORD
    if begin + padded > len(data):
        raise MalformedValue("bytes", f"length {length} at {start} in {len(data)} bytes")
    if any(data[begin + length : begin + padded]):
        raise MalformedValue("bytes", "padding that is not zero")
    return data[begin : begin + length]
