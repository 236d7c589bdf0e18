"""From a case's name or path to its checked content."""

from dataclasses import dataclass
from pathlib import Path

from scenarios.errors import ScenarioError
from scenarios.load import SHIPPED, read_table
from scenarios.rec.schema import AgentTable, CaseTable


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case file that was read and checked.

    Attributes
    ----------
    path : Path
    table : CaseTable
    rows : tuple of AgentTable
        The agents that are written out: the file's own, or those of the case that it copies.
    sha256 : str
        Of the file's bytes.
    """

    path: Path
    table: CaseTable
    rows: tuple[AgentTable, ...]
    sha256: str


def shipped_cases() -> list[str]:
    """Names of the cases that come with the product."""
    return sorted(path.stem for path in SHIPPED.glob("rec-*.toml"))


def load_case(name: str | Path) -> CaseFile:
    """Read and check a case: a shipped one by its name, or a user's own by its path (``*.toml``).

    Raises
    ------
    ScenarioError
        With file, key, what was found and what was expected.
    """
    path = _find(str(name), SHIPPED)
    table, sha256 = read_table(path, CaseTable)
    if table.copies is None:
        return CaseFile(path, table, table.agent, sha256)
    original, _ = read_table(_find(table.copies.of, path.parent), CaseTable)
    if original.copies is not None:
        raise ScenarioError(path, "copies.of", repr(table.copies.of), "a case that has agents of its own")
    if table.copies.agents < len(original.agent):
        expected = f"at least the {len(original.agent)} that are copied"
        raise ScenarioError(path, "copies.agents", str(table.copies.agents), expected)
    return CaseFile(path, table, original.agent, sha256)


def _find(name: str, folder: Path) -> Path:
    path = Path(name)
    if path.suffix != ".toml":
        path = folder / f"{name}.toml"
        if not path.is_file():
            expected = f"a path ending in .toml, or one of {', '.join(shipped_cases())}"
            raise ScenarioError(Path(name), "case", repr(name), expected)
    if not path.is_file():
        raise ScenarioError(path, "file", "none", "a readable TOML file")
    return path
