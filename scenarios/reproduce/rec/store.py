"""Weeks that were simulated, kept on disk, so that a reproduction that was interrupted goes on where it stopped.

A week is found again by a digest of everything it depends on: members, realised demand, plan, mechanism, seed, and the
sources that played it, so that a week of an earlier version of them is played anew.
"""

import hashlib
import os
from dataclasses import fields
from functools import cache
from pathlib import Path

import numpy as np

import agents.cooperative
import agents.loans
import energy
from agents.cooperative.mechanism import Mechanism
from agents.cooperative.record import SessionRecord, WeekRecord
from scenarios.rec.build import Case

ARRAYS = ("net", "exchange", "flow", "residual", "soc")


@cache
def _sources() -> str:
    """Of the rooms that a week is played by."""
    told = hashlib.sha256()
    for room in (energy, agents.loans, agents.cooperative):
        for path in sorted(Path(room.__path__[0]).glob("*.py")):
            told.update(path.read_bytes())
    return told.hexdigest()


def digest(case: Case, what: object) -> str:
    """Of a case (its members, demand, plan and seed) and of what is done with it, as hexadecimal digits."""
    told = hashlib.sha256()
    for part in (_sources(), case.members, case.plan, case.seed, what):
        told.update(repr(part).encode())
    told.update(np.ascontiguousarray(case.net_kwh).tobytes())
    return told.hexdigest()[:20]


def path_of(folder: Path, case: Case, name: str, mechanism: Mechanism | None) -> Path:
    """Where the week under ``mechanism`` is kept."""
    return folder / f"{case.name}-week{case.week}-seed{case.seed}-{name}-{digest(case, mechanism)}.npz"


def save(path: Path, week: WeekRecord) -> None:
    """Keep a week; a file is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = {
        f"session_{field.name}": np.array([getattr(session, field.name) for session in week.sessions])
        for field in fields(SessionRecord)
    }
    partial = path.with_suffix(f".{os.getpid()}.partial.npz")
    np.savez_compressed(partial, **{name: getattr(week, name) for name in ARRAYS}, **columns)  # type: ignore[arg-type]
    partial.replace(path)


def read(path: Path) -> WeekRecord | None:
    """A kept week; None where there is none."""
    if not path.is_file():
        return None
    with np.load(path) as kept:
        columns = {field.name: kept[f"session_{field.name}"].tolist() for field in fields(SessionRecord)}
        sessions = tuple(
            SessionRecord(**dict(zip(columns, row, strict=True)))
            for row in zip(*columns.values(), strict=True)
        )
        return WeekRecord(**{name: kept[name] for name in ARRAYS}, sessions=sessions)
