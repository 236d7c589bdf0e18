"""How the extract of SimBench is made from SimBench's own files, and packed into one small file.

Loads have six decimals and few levels: the levels are kept as whole millionths, with an index a row, so a load comes
back exactly as SimBench writes it. PV has nine decimals and too many levels for that: it is rounded to 1/50,000 of the
unit (error at most 1e-5 of the rated power) and kept as differences from row to row.
"""

import csv
import hashlib
import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from energy.profiles.errors import ProfileColumnError, ProfileFileError, ProfileValueError

FloatArray = NDArray[np.float64]

LOADS = ("H0-A", "H0-B", "H0-C", "H0-G", "H0-L")
PVS = tuple(f"PV{i}" for i in range(1, 9))
ROWS = 35_136
LOAD_PARTS = 1_000_000
PV_PARTS = 50_000
PV_ERROR = 0.5 / PV_PARTS
"""Largest difference of a packed PV value from SimBench's [per unit]."""

SIMBENCH_FOLDER = "networks/1-complete_data-mixed-all-0-sw"
"""Where the profiles lie in SimBench's package."""


def read_simbench(folder: Path) -> dict[str, FloatArray]:
    """The thirteen columns from SimBench's ``LoadProfile.csv`` and ``RESProfile.csv`` in `folder`, per unit."""
    columns = _read(folder / "LoadProfile.csv", {name: f"{name}_pload" for name in LOADS})
    return columns | _read(folder / "RESProfile.csv", {name: name for name in PVS})


def _read(file: Path, wanted: Mapping[str, str]) -> dict[str, FloatArray]:
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise ProfileFileError(
            file, "file", str(error.strerror), "a file of SimBench's complete data"
        ) from error
    reader = csv.reader(io.StringIO(text), delimiter=";")
    head = next(reader, [])
    for column in wanted.values():
        if column not in head:
            raise ProfileColumnError(file, "header", "no such column", f"a column {column!r}")
    rows = list(reader)
    if len(rows) != ROWS:
        raise ProfileFileError(file, "file", f"{len(rows)} rows", f"{ROWS} rows")
    out = {}
    for name, column in wanted.items():
        at = head.index(column)
        values = np.array([float(row[at]) for row in rows])
        wrong = ~((values >= 0) & (values <= 1))
        if wrong.any():
            row = int(np.argmax(wrong))
            raise ProfileValueError(
                file, f"row {row + 2}, column {column!r}", rows[row][at], "a number in [0, 1]"
            )
        out[name] = values
    return out


def pack(columns: Mapping[str, FloatArray]) -> bytes:
    """The columns as one compressed npz file (its bytes depend on the compressor's version, its content does not)."""
    parts: dict[str, NDArray[np.generic]] = {}
    for name in LOADS:
        levels, index = np.unique(np.rint(columns[name] * LOAD_PARTS).astype(np.int32), return_inverse=True)
        parts[f"{name}.levels"] = levels
        parts[f"{name}.index"] = index.astype(np.uint16)
    for name in PVS:
        # A value is at most 1, but no PV profile exceeds 0.64: the differences fit, and a later source that does not
        # is refused here rather than wrapped.
        steps = np.diff(np.rint(columns[name] * PV_PARTS).astype(np.int32), prepend=0)
        if np.abs(steps).max() > np.iinfo(np.int16).max:
            raise ProfileValueError(
                "packing", f"column {name!r}", f"a step of {np.abs(steps).max()}", "16 bits"
            )
        parts[f"{name}.differences"] = steps.astype(np.int16)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **parts)
    return buffer.getvalue()


def unpack(content: bytes) -> dict[str, FloatArray]:
    """The columns of a packed file, per unit, shape (35136,) each, loads first."""
    out: dict[str, FloatArray] = {}
    with np.load(io.BytesIO(content), allow_pickle=False) as parts:
        for name in LOADS:
            out[name] = parts[f"{name}.levels"][parts[f"{name}.index"]] / LOAD_PARTS
        for name in PVS:
            out[name] = np.cumsum(parts[f"{name}.differences"], dtype=np.int64) / PV_PARTS
    return out


def digest(content: bytes) -> str:
    """SHA-256 of `content` in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def content_digest(columns: Mapping[str, FloatArray]) -> str:
    """A hash of the values alone, equal for equal values however they were packed."""
    hasher = hashlib.sha256()
    for name in (*LOADS, *PVS):
        hasher.update(name.encode())
        hasher.update(np.rint(columns[name] * LOAD_PARTS).astype("<i4").tobytes())
    return hasher.hexdigest()


def differences(columns: Mapping[str, FloatArray], source: Mapping[str, FloatArray]) -> dict[str, float]:
    """Largest difference of each column from `source` [per unit]."""
    return {name: float(np.abs(columns[name] - source[name]).max()) for name in (*LOADS, *PVS)}
