"""From a case's name or path to its checked content."""

import hashlib
import tomllib
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from pydantic import ValidationError

from scenarios.errors import ScenarioError
from scenarios.load import SHIPPED, first_complaint
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
    table, sha256 = _read(path)
    if table.copies is None:
        return CaseFile(path, table, table.agent, sha256)
    original, _ = _read(_find(table.copies.of, path.parent))
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


def _read(path: Path) -> tuple[CaseTable, str]:
    content = path.read_bytes()
    try:
        document = tomllib.loads(content.decode(), parse_float=Decimal)
    except UnicodeDecodeError as error:
        found = repr(content[error.start : error.end])
        raise ScenarioError(path, f"byte {error.start}", found, "UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(path, "syntax", str(error), "valid TOML") from None
    try:
        return CaseTable.model_validate(document), hashlib.sha256(content).hexdigest()
    except ValidationError as error:
        raise first_complaint(path, error, CaseTable) from None
