"""Read a market from its chain alone and prove, or refute, that every rule was kept.

:func:`audit` starts from nothing but a node and the registry's address. It proves what happened (``chain.audit.proof``),
holds each event to its rule in a small check of its own, replays all of them through the in-memory ledger's exact rules,
and compares the outcome with the contracts' storage word by word. It trusts no run folder, no deployment record and no
event index; transcript files, where given, are checked like everything else. What it cannot prove is in docs/trust.md.
"""

from chain.audit.report import AuditReport, Findings, Note, Violation
from chain.audit.run import audit, examine

__all__ = ["AuditReport", "Findings", "Note", "Violation", "audit", "examine"]
