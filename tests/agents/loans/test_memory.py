"""More scenarios than memory allows are refused before anything is allocated."""

from pathlib import Path

import pytest

from agents.loans.errors import MemoryRuleError
from agents.loans.memory import FALLBACK, available_bytes, require_room


def test_the_bound_follows_from_scenarios_and_horizon() -> None:
    # 8 bytes a need, three copies: a scenario of 100 steps takes 2,400 bytes, so 24,000 bytes hold ten.
    require_room(10, 100, limit_bytes=24_000)
    with pytest.raises(MemoryRuleError, match="at most 10") as refusal:
        require_room(11, 100, limit_bytes=24_000)
    assert (refusal.value.key, refusal.value.value, refusal.value.exit_code) == ("scenarios", 11, 2)
    with pytest.raises(MemoryRuleError, match="at most 5"):
        require_room(10, 100, agents=2, limit_bytes=24_000)


def test_by_default_half_of_what_is_available_may_be_taken() -> None:
    with pytest.raises(MemoryRuleError):
        require_room(10**12, 96)


def test_what_is_available_is_read_from_the_system(tmp_path: Path) -> None:
    file = tmp_path / "meminfo"
    file.write_text("MemTotal:  100 kB\nMemAvailable:   50 kB\n", encoding="ascii")
    assert available_bytes(file) == 50 * 1024
    file.write_text("nothing known\n", encoding="ascii")
    assert available_bytes(file) == FALLBACK
    assert available_bytes(tmp_path / "none") > 0
