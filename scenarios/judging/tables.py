"""A tournament's figures as data frames."""

from collections.abc import Mapping
from dataclasses import asdict, fields

import polars as pl

from learning.judging.measures import Estimate, SessionRow, StrategyRow
from learning.judging.tournament import Result

_TYPES = {int: pl.Int64, str: pl.String, bool: pl.Boolean, float: pl.Float64}


def tournament_tables(result: Result) -> Mapping[str, pl.DataFrame]:
    """``sessions``, ``strategies``, ``payoffs`` and ``equilibria`` by name."""
    names = result.tournament.strategies
    return {
        "sessions": session_frame(result.rows),
        "strategies": pl.DataFrame([_flat(row) for row in result.ranked], infer_schema_length=None),
        "payoffs": pl.DataFrame(
            [
                {"strategy": name, "against": other, "utility": result.payoffs[i][j]}
                for i, name in enumerate(names)
                for j, other in enumerate(names)
            ]
        ),
        "equilibria": pl.DataFrame(
            [
                {"equilibrium": number, "strategy": name, "share": share, "utility": each.utility}
                for number, each in enumerate(result.mixed, start=1)
                for name, share in zip(names, each.mixture, strict=True)
                if share > 0
            ],
            schema={
                "equilibrium": pl.Int64,
                "strategy": pl.String,
                "share": pl.Float64,
                "utility": pl.Float64,
            },
        ),
    }


def session_frame(rows: tuple[SessionRow, ...]) -> pl.DataFrame:
    """One line a session; what a session does not have is null."""
    schema = {}
    for field in fields(SessionRow):
        kinds = [kind for kind in _TYPES if field.type in (kind, kind | None)]
        schema[field.name] = _TYPES[kinds[0]]
    return pl.DataFrame([asdict(row) for row in rows], schema=schema)


def _flat(row: StrategyRow) -> dict[str, str | int | float | None]:
    """An estimate as three columns: NAME, NAME_low and NAME_high."""
    flat: dict[str, str | int | float | None] = {}
    for field in fields(row):
        value = getattr(row, field.name)
        if isinstance(value, Estimate):
            flat |= {
                field.name: value.mean,
                f"{field.name}_low": value.low,
                f"{field.name}_high": value.high,
            }
        else:
            flat[field.name] = value
    return flat
