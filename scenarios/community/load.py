"""From a community file's name or path to its checked content."""

import hashlib
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path

from pydantic import ValidationError

from scenarios.community.schema import CaseTable
from scenarios.errors import ScenarioError
from scenarios.load import first_complaint

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
    path = _find(name)
    content = path.read_bytes()
    try:
        document = tomllib.loads(content.decode(), parse_float=Decimal)
    except UnicodeDecodeError as error:
        raise ScenarioError(
            path, f"byte {error.start}", repr(content[error.start : error.end]), "UTF-8"
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(path, "syntax", str(error), "valid TOML") from None
    try:
        table = CaseTable.model_validate(document)
    except ValidationError as error:
        raise first_complaint(path, error, CaseTable) from None
    return CommunityFile(path, table, hashlib.sha256(content).hexdigest())


def _find(name: str) -> Path:
    path = Path(name)
    if path.suffix == ".toml":
        if not path.is_file():
            raise ScenarioError(path, "file", "none", "a readable TOML file")
        return path
    if name in shipped():
        return SHIPPED / f"{name}.toml"
    near = get_close_matches(name, shipped(), n=1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    raise ScenarioError(
        path, "communities", repr(name), f"a path ending in .toml, or one of {', '.join(shipped())}{hint}"
    )
