"""How many scenarios memory allows: refused before anything is allocated."""

import os
from pathlib import Path

from agents.loans.errors import MemoryRuleError

BYTES_PER_NEED = 8
COPIES = 3
"""Arrays of the scenarios' size that are alive at once: draws, courses, and courses with the legs of loans."""

MEMINFO = Path("/proc/meminfo")
FALLBACK = 1 << 30
"""Bytes that are taken to be available where the system does not say: 1 GiB."""


def available_bytes(meminfo: Path = MEMINFO) -> int:
    """Memory that the system has to give without swapping [bytes]."""
    try:
        for line in meminfo.read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
        return FALLBACK
    except OSError:
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return FALLBACK


def scenario_bytes(scenarios: int, horizon: int, agents: int = 1) -> int:
    """What ``scenarios`` of ``horizon`` steps take for each of ``agents``, with the copies that are made [bytes]."""
    return scenarios * horizon * agents * BYTES_PER_NEED * COPIES


def require_room(scenarios: int, horizon: int, *, agents: int = 1, limit_bytes: int | None = None) -> None:
    """Refuse more scenarios than ``limit_bytes`` hold; half of what is available unless given.

    Raises
    ------
    MemoryRuleError
        With the most that would be allowed.
    """
    limit = available_bytes() // 2 if limit_bytes is None else limit_bytes
    most = limit // max(1, scenario_bytes(1, horizon, agents))
    if scenarios > most:
        raise MemoryRuleError(
            "scenarios",
            scenarios,
            f"at most {most}: {limit / 2**20:.0f} MiB hold no more of {agents} agents × {horizon} steps",
        )
