"""A paper's claim as a row: what it says, what we measured, and whether it holds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One statement of a paper."""

    id: str
    source: str
    """Where the paper says it."""
    paper: str
    ours: str
    holds: bool
