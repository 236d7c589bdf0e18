"""From a community file's name or path to its checked content."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scenarios.community.schema import CaseTable
from scenarios.load import locate, read_table

SHIPPED = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class CommunityFile:
    """A community file that was read and checked."""

    path: Path
    table: CaseTable
    sha256: str
    """Of the file's bytes."""


def shipped() -> Sequence[str]:
    """Names of the community files that come with the product."""
    return sorted(path.stem for path in SHIPPED.glob("*.toml"))


def load_communities(name: str) -> CommunityFile:
    """Read and check a shipped file by its name, or a user's own by its path.

    Raises
    ------
    ScenarioError
        With file, key, what was found and what was expected.
    """
    path = locate(name, "communities", SHIPPED, shipped())
    table, sha256 = read_table(path, CaseTable)
    return CommunityFile(path, table, sha256)
