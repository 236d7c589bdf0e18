"""What a sweep varies: keys of a scenario by their dotted paths, the values of each, and the scenarios that follow."""

import hashlib
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from itertools import product
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from scenarios.composition import check_strategies, faults_of
from scenarios.errors import ScenarioError
from scenarios.load import Scenario, find, first_complaint
from scenarios.market_setup import market_setup
from scenarios.schema import ScenarioTable

EVERY: Final = "*"
"""Stands for every entry of a list: ``party.*.strategy``."""


class SweepError(ValueError):
    """A sweep that cannot be done as asked; ``exit_code`` is that of bad input."""

    exit_code = 2

    def __init__(self, key: str, found: object, expected: str) -> None:
        self.key, self.found, self.expected = key, found, expected
        super().__init__(f"{key}: found {found}, expected {expected}")


@dataclass(frozen=True)
class Axis:
    """One key and its values, in the order in which they are swept."""

    path: str
    """Dotted, as ``market.max_rounds``; entries of a list by their name or their number from 1, as ``party.alder``."""
    values: tuple[Any, ...]
    """As TOML has them: decimals exact."""


@dataclass(frozen=True)
class Point:
    """One combination of values, and the scenario that has them."""

    values: Mapping[str, Any]
    """By the axes' paths."""
    scenario: Scenario

    @property
    def name(self) -> str:
        """``market.max_rounds=20 party.alder.strategy=linear``; empty where nothing is varied."""
        return " ".join(f"{path}={shown(value)}" for path, value in self.values.items())


def shown(value: Any) -> str:
    """A value as people write it on the command line."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def axis_of(text: str) -> Axis:
    """The axis that ``KEY=VALUE,VALUE`` describes.

    Values are TOML values (``20``, ``0.5``, ``true``, ``{ dl = 3 }``); what is none is a text, so that names need no
    quotes.

    Raises
    ------
    SweepError
    """
    path, sign, listed = text.partition("=")
    if not sign or not path.strip() or not listed.strip():
        raise SweepError("--vary", repr(text), "KEY=VALUE,VALUE, as market.max_rounds=20,40")
    try:
        values = tomllib.loads(f"x = [{listed}]", parse_float=Decimal)["x"]
    except tomllib.TOMLDecodeError:
        values = [_value(entry.strip()) for entry in listed.split(",")]
    if not values or "" in values:
        raise SweepError("--vary", repr(text), "a value after every comma")
    # 1 and true are equal in Python.
    kinds = [(type(value), value) for value in values]
    twice = [value for i, (_, value) in enumerate(kinds) if kinds[i] in kinds[:i]]
    if twice:
        raise SweepError(path.strip(), f"{shown(twice[0])} twice", "different values")
    return Axis(path.strip(), tuple(values))


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"x = {text}", parse_float=Decimal)["x"]
    except tomllib.TOMLDecodeError:
        return text


def seeds_of(text: str) -> tuple[int, ...]:
    """``0:4`` is 0, 1, 2, 3; ``3`` is itself; several of these with commas between.

    Raises
    ------
    SweepError
    """
    seeds: list[int] = []
    try:
        for part in text.split(","):
            first, colon, end = part.partition(":")
            seeds += range(int(first or 0), int(end)) if colon else [int(part)]
    except ValueError:
        seeds = []
    if not seeds or min(seeds) < 0 or len(set(seeds)) < len(seeds):
        raise SweepError("--seeds", repr(text), "different numbers of at least 0, as 0:4 or 1,5,9")
    return tuple(seeds)


def points_of(name: str, axes: Sequence[Axis]) -> list[Point]:
    """The scenario of each combination of values, checked as ``wattpact run`` would check it.

    Parameters
    ----------
    name
        Of a shipped scenario, or a path that ends in ``.toml``.

    Raises
    ------
    SweepError
        If an axis names a key twice.
    ScenarioError
        If the file, a key or a value is wrong: with the key, what was found, and the nearest key where there is one.
    """
    paths = [axis.path for axis in axes]
    for path in paths:
        if paths.count(path) > 1:
            raise SweepError("--vary", f"{path} twice", "each key once")
    file = find(name)
    document = _read(file)
    _checked(file, document)
    points = []
    for values in product(*(axis.values for axis in axes)):
        varied = deepcopy(document)
        for axis, value in zip(axes, values, strict=True):
            _set(file, varied, axis.path, value)
        points.append(Point(dict(zip(paths, values, strict=True)), _checked(file, varied)))
    return points


def _read(path: Path) -> dict[str, Any]:
    # ``load`` has the words for a file that is no TOML.
    from scenarios.load import load

    load(str(path))
    return tomllib.loads(path.read_bytes().decode(), parse_float=Decimal)


def _checked(path: Path, document: Mapping[str, Any]) -> Scenario:
    try:
        table = ScenarioTable.model_validate(document)
    except ValidationError as error:
        raise first_complaint(path, error, ScenarioTable) from None
    scenario = Scenario(path, table, hashlib.sha256(repr(document).encode()).hexdigest())
    check_strategies(scenario)
    faults_of(scenario)
    market_setup(scenario, epoch=0)
    return scenario


def _set(path: Path, document: dict[str, Any], dotted: str, value: Any) -> None:
    *way, last = dotted.split(".")
    for table in _tables(path, document, way, ""):
        if isinstance(table, list):
            expected = f"the name or number of one of its {len(table)} entries, or {EVERY}, before .{last}"
            raise ScenarioError(path, ".".join(way), "a list", expected)
        if not isinstance(table, dict):
            raise _no_table(path, ".".join(way), table)
        table[last] = value


def _tables(path: Path, node: Any, way: Sequence[str], place: str) -> Iterator[Any]:
    """The tables at the end of ``way``; one that is not there yet is made, and refused by the schema if unknown."""
    if not way:
        yield node
        return
    part, rest = way[0], way[1:]
    here = f"{place}.{part}" if place else part
    if isinstance(node, list):
        for entry in _entries(path, node, part, here):
            yield from _tables(path, entry, rest, here)
    elif isinstance(node, dict):
        yield from _tables(path, node.setdefault(part, {}), rest, here)
    else:
        raise _no_table(path, place, node)


def _no_table(path: Path, place: str, found: Any) -> ScenarioError:
    return ScenarioError(path, place, repr(found), "a table, as the key goes on behind it")


def _entries(path: Path, entries: list[Any], part: str, place: str) -> list[Any]:
    if part == EVERY:
        return entries
    named = {
        str(entry.get("name")): entry for entry in entries if isinstance(entry, dict) and "name" in entry
    }
    if part in named:
        return [named[part]]
    if part.isdecimal() and 1 <= int(part) <= len(entries):
        return [entries[int(part) - 1]]
    near = get_close_matches(part, named, n=1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    known = f"one of {', '.join(named)}, " if named else ""
    raise ScenarioError(path, place, "no such entry", f"{known}1 to {len(entries)}, or {EVERY}{hint}")
