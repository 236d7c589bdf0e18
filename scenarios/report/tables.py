"""A run's rows as tables, each as CSV (to read) and Parquet (to compute with)."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import polars as pl

_TYPES: Mapping[str, Any] = {"int": pl.Int64, "str": pl.String, "bool": pl.Boolean, "float": pl.Float64}


def frame(row: type, rows: Sequence[Any]) -> pl.DataFrame:
    """``rows`` of the dataclass ``row`` as a data frame; it has its columns even without any rows."""
    columns = {f.name: f.type if isinstance(f.type, str) else f.type.__name__ for f in fields(row)}
    return pl.DataFrame(
        {name: [getattr(entry, name) for entry in rows] for name in columns},
        schema={name: _TYPES[kind] for name, kind in columns.items()},
    )


def write_tables(folder: Path, tables: Mapping[str, pl.DataFrame]) -> None:
    """Write each table as ``NAME.csv`` and ``NAME.parquet``."""
    for name, table in tables.items():
        table.write_csv(folder / f"{name}.csv")
        table.write_parquet(folder / f"{name}.parquet")
