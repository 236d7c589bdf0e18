"""Values in words of 32 bytes, as the contracts encode them (``abi.encode`` and EIP-712)."""

from collections.abc import Iterable

from market.ledger.ranges import UINT32, unsigned
from market.terms import Party

_RANGE = 2**256


def words(*values: int) -> bytes:
    """Integers, one word each; a negative one as its two's complement."""
    return b"".join((value % _RANGE).to_bytes(32) for value in values)


def number(value: int) -> bytes:
    """A number of 32 bits in a word (``NotEncodable``)."""
    return words(unsigned("number", value, UINT32))


def address(party: Party) -> bytes:
    """An address in a word."""
    return int(party, 16).to_bytes(32)


def offset(count: int) -> bytes:
    """Where a dynamic value begins, ``count`` words on."""
    return words(32 * count)


def array(values: Iterable[int]) -> bytes:
    """A dynamic array: its length, then its elements."""
    elements = words(*values)
    return words(len(elements) // 32) + elements
