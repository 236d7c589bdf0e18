"""What an audit found: counts by check, violations with their transactions, notes, and the verdict."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that was not kept."""

    check: str
    transaction: str | None
    """Where it shows; None where it shows in the state alone."""
    detail: str


@dataclass(frozen=True, slots=True)
class Note:
    """What an auditor should know and what breaks no rule."""

    check: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """The verdict on a market and how it was reached."""

    registry: str
    chain_id: int
    block: int
    """The last one looked at."""
    block_hash: str
    checks: Mapping[str, int]
    """How many things each check looked at."""
    violations: tuple[Violation, ...]
    notes: tuple[Note, ...]
    events: int
    seconds: float

    @property
    def verdict(self) -> str:
        """``pass`` if no rule was broken."""
        return "fail" if self.violations else "pass"

    def as_json(self) -> dict[str, Any]:
        """The object that ``wattpact audit --json`` prints."""
        return {
            "verdict": self.verdict,
            "checks": dict(self.checks),
            "violations": [
                {"check": v.check, "transaction": v.transaction, "detail": v.detail} for v in self.violations
            ],
            "events": self.events,
            "seconds": round(self.seconds, 3),
            "notes": [{"check": n.check, "detail": n.detail} for n in self.notes],
            "registry": self.registry,
            "chain_id": self.chain_id,
            "block": self.block,
            "block_hash": self.block_hash,
        }


@dataclass(slots=True)
class Findings:
    """Collects while an audit runs."""

    checks: dict[str, int] = field(default_factory=dict)
    violations: list[Violation] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def count(self, check: str, number: int = 1) -> None:
        """So many more things were looked at."""
        self.checks[check] = self.checks.get(check, 0) + number

    def violate(self, check: str, transaction: str | None, detail: str) -> None:
        """A rule was broken."""
        self.violations.append(Violation(check, transaction, detail))

    def note(self, check: str, detail: str) -> None:
        """Say something once."""
        entry = Note(check, detail)
        if entry not in self.notes:
            self.notes.append(entry)
