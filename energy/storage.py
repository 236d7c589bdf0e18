"""A gas holder behind a firm's meter: what it takes and gives in one interval, in whole litres.

The same shape as ``energy.battery``, but without losses, so the arithmetic is that of integers and exact: what goes in
comes out. Compression, pressure and temperature are not modelled; litres are at the conditions that the meter counts.
"""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

from energy.errors import HolderError

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class GasHolder:
    """What a holder is; ``GasHolder(capacity_litres=0)`` is none.

    Attributes
    ----------
    capacity_litres : int
        Most that it holds [l], >= 0.
    fill_limit_litres, draw_limit_litres : int or None
        Most that it takes or gives in one interval [l], >= 0; None: no limit but the capacity.

    Raises
    ------
    HolderError
        Where one of these rules is broken.
    """

    capacity_litres: int
    fill_limit_litres: int | None = None
    draw_limit_litres: int | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if value is None and field.name != "capacity_litres":
                continue
            if isinstance(value, bool) or not isinstance(value, int):
                raise HolderError(field.name, value, "a whole number of litres")
            if not 0 <= value < 2**62:
                raise HolderError(field.name, value, "at least 0 and less than 2**62 litres")

    @property
    def most_in_litres(self) -> int:
        """Most that one interval can add [l], whatever the level."""
        return self.capacity_litres if self.fill_limit_litres is None else self.fill_limit_litres

    @property
    def most_out_litres(self) -> int:
        """Most that one interval can take [l], whatever the level."""
        return self.capacity_litres if self.draw_limit_litres is None else self.draw_limit_litres


@dataclass(frozen=True, slots=True)
class HolderStep:
    """One interval of one holder, in litres: `drawn` and `filled` are never both positive, `level` is at the end,
    `flow` is positive when the holder takes, `residual` = need + flow is positive when something is still short."""

    drawn: int
    filled: int
    level: int
    flow: int
    residual: int


@dataclass(frozen=True, slots=True)
class HolderSteps:
    """The fields of `HolderStep` as int64 arrays of one shape [l]."""

    drawn: IntArray
    filled: IntArray
    level: IntArray
    flow: IntArray
    residual: IntArray


def step(holder: GasHolder, level: int, need: int) -> HolderStep:
    """One interval of `holder` from `level` [l] with `need` [l] (positive: a deficit).

    Raises
    ------
    HolderError
        If `level` lies outside [0, capacity].
    """
    if not 0 <= level <= holder.capacity_litres:
        raise HolderError("level", level, f"litres in [0, {holder.capacity_litres}]")
    drawn = min(max(need, 0), holder.most_out_litres, level)
    filled = min(max(-need, 0), holder.most_in_litres, holder.capacity_litres - level)
    flow = filled - drawn
    return HolderStep(drawn, filled, level + flow, flow, need + flow)


def step_many(holder: GasHolder, level: ArrayLike, need: ArrayLike) -> HolderSteps:
    """`step` over integer arrays that broadcast against each other.

    Raises
    ------
    HolderError
        If any level lies outside [0, capacity], or an array is not of integers.
    """
    arrays = []
    for key, values in (("level", level), ("need", need)):
        array = np.asarray(values)
        if not np.issubdtype(array.dtype, np.integer):
            raise HolderError(key, str(array.dtype), "whole litres (an integer array)")
        arrays.append(array.astype(np.int64))
    levels, needs = np.broadcast_arrays(*arrays)
    inside = (levels >= 0) & (levels <= holder.capacity_litres)
    if not inside.all():
        raise HolderError("level", int(levels[~inside][0]), f"litres in [0, {holder.capacity_litres}]")
    drawn = np.minimum(np.minimum(np.maximum(needs, 0), holder.most_out_litres), levels)
    filled = np.minimum(
        np.minimum(np.maximum(-needs, 0), holder.most_in_litres), holder.capacity_litres - levels
    )
    flow = filled - drawn
    return HolderSteps(drawn, filled, levels + flow, flow, needs + flow)
