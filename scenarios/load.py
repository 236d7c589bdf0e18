"""From a scenario's name or path to its checked content."""

import hashlib
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from scenarios.errors import ScenarioError
from scenarios.schema import ScenarioTable

SHIPPED = Path(__file__).parent

_Table = TypeVar("_Table", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario file that was read and checked."""

    path: Path
    table: ScenarioTable
    sha256: str
    """Of the file's bytes."""


def shipped() -> list[str]:
    """Names of the market days that come with the product: neither cases of ``scenarios.rec`` nor communities' contracts."""
    others = ("rec-", "community-")
    return sorted(path.stem for path in SHIPPED.glob("*.toml") if not path.stem.startswith(others))


def find(name: str) -> Path:
    """The file of a shipped scenario's name, or the path of a user's own.

    Raises
    ------
    ScenarioError
        If there is neither.
    """
    return locate(name, "scenario", SHIPPED, shipped())


def load(name: str) -> Scenario:
    """Read and check a scenario.

    Raises
    ------
    ScenarioError
        With file, key, what was found and what was expected.
    """
    path = find(name)
    table, sha256 = read_table(path, ScenarioTable)
    return Scenario(path, table, sha256)


def locate(name: str, what: str, folder: Path, names: Sequence[str]) -> Path:
    """The file of one of the shipped ``names`` in ``folder``, or the path of a user's own (``*.toml``).

    Raises
    ------
    ScenarioError
        If there is neither; ``what`` is its place.
    """
    path = Path(name)
    if path.suffix == ".toml":
        if not path.is_file():
            raise ScenarioError(path, "file", "none", "a readable TOML file")
        return path
    if name in names:
        return folder / f"{name}.toml"
    near = get_close_matches(name, names, n=1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    raise ScenarioError(path, what, repr(name), f"a path ending in .toml, or one of {', '.join(names)}{hint}")


def read_table(path: Path, schema: type[_Table]) -> tuple[_Table, str]:
    """The checked content of a file, and the SHA-256 of its bytes.

    Raises
    ------
    ScenarioError
        With file, key, what was found and what was expected.
    """
    document, content = read_toml(path)
    try:
        return schema.model_validate(document), hashlib.sha256(content).hexdigest()
    except ValidationError as error:
        raise first_complaint(path, error, schema) from None


def read_toml(path: Path) -> tuple[dict[str, Any], bytes]:
    """The document at ``path``, its numbers as they are written, and its bytes.

    Raises
    ------
    ScenarioError
        If it is no TOML.
    """
    content = path.read_bytes()
    try:
        return tomllib.loads(content.decode(), parse_float=Decimal), content
    except UnicodeDecodeError as error:
        raise ScenarioError(
            path, f"byte {error.start}", repr(content[error.start : error.end]), "UTF-8"
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(path, "syntax", str(error), "valid TOML") from None


def first_complaint(path: Path, error: ValidationError, schema: type[BaseModel]) -> ScenarioError:
    """The first complaint of pydantic about a file that should have been a ``schema``, in our words."""
    detail = error.errors(include_url=False)[0]
    place = _place(detail["loc"])
    kind, value, message = detail["type"], detail["input"], detail["msg"]
    if kind == "missing":
        return ScenarioError(path, place, "no such key", "it to be given")
    if kind == "extra_forbidden":
        near = get_close_matches(str(detail["loc"][-1]), _known_keys(schema, detail["loc"][:-1]), n=1)
        hint = f" (did you mean {near[0]}?)" if near else ""
        return ScenarioError(path, place, f"unknown key with value {value!r}", f"a key of the schema{hint}")
    if kind == "value_error":
        found, _, expected = message.removeprefix("Value error, ").partition(", expected ")
        return ScenarioError(path, place or "file", found, expected or "a consistent table")
    expected = message.removeprefix("Input should be ")
    return ScenarioError(path, place, _shown(value), expected[0].lower() + expected[1:])


def _shown(value: Any) -> str:
    return str(value) if isinstance(value, Decimal) else repr(value)


def _place(loc: tuple[int | str, ...]) -> str:
    """``party[2].battery.efficiency``; entries of a list count from 1 as people do."""
    place = ""
    for part in loc:
        place += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if place else part
    return place


def _known_keys(table: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    """The keys that the table at ``loc`` within ``table`` may have."""
    schema = table.model_json_schema(by_alias=True)
    node: dict[str, Any] = schema
    for part in loc:
        node = node["items"] if isinstance(part, int) else node["properties"][part]
        node = next((option for option in node.get("anyOf", []) if "$ref" in option), node)
        if "$ref" in node:
            node = schema["$defs"][node["$ref"].rsplit("/", 1)[1]]
    return list(node.get("properties", {}))
