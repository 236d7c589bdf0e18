"""A paper's claim as a row: what it says, what we measured, whether it holds, and why not; and tables of what came out."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A claim, whether this project requires that it holds, and a sentence on why it does not."""

    claim: Claim
    required: bool = False
    why: str = ""

    @property
    def failed(self) -> bool:
        """Whether something that is required does not hold."""
        return self.required and not self.claim.holds


def finding(
    id: str, source: str, paper: str, ours: str, holds: bool, *, why: str = "", required: bool = False
) -> Finding:
    """A row; ``why`` is kept only where it does not hold."""
    claim = Claim(id=id, source=source, paper=paper, ours=ours, holds=bool(holds))
    return Finding(claim=claim, required=required, why="" if holds else why)


@dataclass(frozen=True, slots=True)
class TextTable:
    """A table to be shown."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
