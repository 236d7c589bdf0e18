"""What one period of one member costs: a pure function of the terms, the member's state and the registers.

Net import is what was imported less what was exported, block by block. With a register at the period's end and an
earlier one, the volume is their difference; without an earlier one it is the contracted volume, and the register is the
base of what follows; without a register it is the contracted volume, which is counted as if it had been read, so that
the next register puts it right.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from market.forward.terms import ForwardTerms, MemberState
from market.ledger.port import Four

NONE: Four = (0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Accounted:
    """One period's volumes, and up to which registers is paid for after it."""

    metered: bool
    volumes: Four
    based: bool
    accounted: Four


def account(
    member: MemberState, base: Four | None, end: Four | None, contracted: Sequence[int] | None, blocks: int
) -> Accounted | None:
    """The volumes of a period (base units); None where the contracted ones are needed and not given.

    Parameters
    ----------
    base
        Net registers at the contract's first boundary, in period 0, if posted.
    end
        Net registers at the period's end, if posted.
    contracted
        The member's volumes of this period, one for each block.
    blocks
        How many blocks the tariff has: nothing is billed of further registers.
    """
    based, accounted = (member.based, member.accounted) if base is None else (True, base)
    if based and end is not None:
        return Accounted(True, padded(_each(end, accounted, -1)[:blocks]), True, end)
    if contracted is None:
        return None
    volumes = padded(contracted)
    if end is not None:
        return Accounted(False, volumes, True, end)
    return Accounted(False, volumes, based, _each(accounted, volumes, 1) if based else NONE)


def amount_of(rates: Sequence[int], volumes: Four) -> int:
    """Token units owed for volumes: Σ rate × volume; negative: to the member."""
    return sum(rate * volume for rate, volume in zip(rates, volumes, strict=False))


def contracted_in(terms: ForwardTerms, volumes: Sequence[int], period: int) -> tuple[int, ...]:
    """A member's contracted volumes of one period, one for each block."""
    blocks = len(terms.blocks)
    return tuple(volumes[period * blocks : (period + 1) * blocks])


def padded(values: Sequence[int]) -> Four:
    """One value for each of four blocks, zero where there is no such block."""
    a, b, c, d = (*values, *NONE)[:4]
    return a, b, c, d


def _each(a: Four, b: Four, sign: int) -> Four:
    p, q, r, s = (x + sign * y for x, y in zip(a, b, strict=True))
    return p, q, r, s
