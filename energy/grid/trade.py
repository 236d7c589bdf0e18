"""Load profiles of the customers that are no households: trade, services and farms of SimBench's low-voltage grids.

They stand beside the homes that are looked at, so they are kept small: one byte a quarter hour, in 1/200 of the rated
power (an error of at most 0.0025 of it). Household profiles are those of ``energy.profiles``.
"""

import csv
import io
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from energy.grid.errors import GridDataError
from energy.grid.simbench import digest

FloatArray = NDArray[np.float64]

TRADE = ("G1-A", "G1-B", "G1-C", "G2-A", "G3-A", "G4-A", "G4-B", "G5-A", "G6-A", "L1-A", "L2-A")
ROWS = 35_136
PARTS = 200
TRADE_ERROR = 0.5 / PARTS
"""Largest difference of a packed value from SimBench's [per unit]."""

TRADE_FILE = Path(__file__).parent / "data" / "simbench-trade-2016.npz"
TRADE_SHA256 = "c63a33c9f5d5dd1b129900273e77a7dabefd9b60654dbf591cd25dc273c8bc71"


def read_trade(folder: Path) -> dict[str, FloatArray]:
    """The columns of `TRADE` from SimBench's ``LoadProfile.csv`` in `folder`, per unit, shape (35136,) each.

    Raises
    ------
    GridDataError
        If the file, a column or an entry is not what SimBench has.
    """
    file = folder / "LoadProfile.csv"
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise GridDataError(
            file, "file", str(error.strerror), "a table of SimBench's complete data"
        ) from error
    reader = csv.reader(io.StringIO(text), delimiter=";")
    head = next(reader, [])
    places = {}
    for name in TRADE:
        if f"{name}_pload" not in head:
            raise GridDataError(file, "header", "no such column", f"a column '{name}_pload'")
        places[name] = head.index(f"{name}_pload")
    rows = list(reader)
    if len(rows) != ROWS:
        raise GridDataError(file, "file", f"{len(rows)} rows", f"{ROWS} rows")
    out = {}
    for name, at in places.items():
        values = np.array([float(row[at]) for row in rows])
        wrong = ~((values >= 0) & (values <= 1))
        if wrong.any():
            row = int(np.argmax(wrong))
            raise GridDataError(file, f"row {row + 2}, '{name}_pload'", rows[row][at], "a number in [0, 1]")
        out[name] = values
    return out


def pack_trade(columns: Mapping[str, FloatArray]) -> bytes:
    """The columns as one compressed npz file (its bytes depend on the compressor's version, its content does not)."""
    buffer = io.BytesIO()
    parts = {name: np.rint(columns[name] * PARTS).astype(np.uint8) for name in TRADE}
    np.savez_compressed(buffer, allow_pickle=False, **parts)
    return buffer.getvalue()


def unpack_trade(content: bytes) -> dict[str, FloatArray]:
    """The columns of a packed file, per unit."""
    with np.load(io.BytesIO(content), allow_pickle=False) as parts:
        return {name: parts[name] / PARTS for name in TRADE}


def load_trade() -> Mapping[str, FloatArray]:
    """The shipped columns, per unit, shape (35136,) each, read-only.

    Raises
    ------
    GridDataError
        If the file is missing, or is not the one that this version shipped.
    """
    return _read(TRADE_FILE)


@cache
def _read(file: Path) -> Mapping[str, FloatArray]:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise GridDataError(file, "file", str(error.strerror), "the shipped profiles of trade") from error
    found = digest(content)
    if found != TRADE_SHA256:
        raise GridDataError(file, "file", f"sha256 {found}", f"sha256 {TRADE_SHA256}")
    columns = unpack_trade(content)
    for values in columns.values():
        values.flags.writeable = False
    return MappingProxyType(columns)
