"""The ranges of the contracts' integer types, for values that come from Python code.

A value outside its type could not even be encoded for a chain, so it is a mistake of the caller and no refusal of the
market: :class:`NotEncodable`, raised before anything is looked at.
"""

UINT8 = 2**8
UINT16 = 2**16
UINT32 = 2**32
UINT64 = 2**64
UINT256 = 2**256
INT64 = 2**63
"""Magnitude: from −2**63 to 2**63 − 1."""

WORD = 32
"""Bytes of a ``bytes32``."""

INT64_MAX = 2**63 - 1
UINT32_MAX = UINT32 - 1


class NotEncodable(ValueError):
    """A value lies outside the integer type that the contracts give it."""

    def __init__(self, name: str, value: object, bound: int, *, least: int = 0) -> None:
        super().__init__(f"{name} is {value!r}, expected an integer in {least}..{bound - 1}")
        self.name = name
        self.value = value
        self.bound = bound


class NotAWord(NotEncodable):
    """A value is not the 32 bytes that the contracts take for it."""

    def __init__(self, name: str, value: object) -> None:
        ValueError.__init__(self, f"{name} is {value!r}, expected 32 bytes")
        self.name = name
        self.value = value
        self.bound = WORD


def word(name: str, value: bytes) -> bytes:
    """``value`` itself if it is 32 bytes."""
    if len(value) != WORD:
        raise NotAWord(name, value)
    return value


def unsigned(name: str, value: int, bound: int) -> int:
    """``value`` itself if it is an integer in [0, bound)."""
    # A float or a bool would pass comparisons, and a numpy integer would overflow later.
    if type(value) is not int or not 0 <= value < bound:
        raise NotEncodable(name, value, bound)
    return value


def signed(name: str, value: int, bound: int) -> int:
    """``value`` itself if it is an integer in [−bound, bound)."""
    if type(value) is not int or not -bound <= value < bound:
        raise NotEncodable(name, value, bound, least=-bound)
    return value


def bytes32(name: str) -> bytes:
    """A short ASCII name as Solidity holds it in a ``bytes32``."""
    return name.encode("ascii").ljust(32, b"\0")
