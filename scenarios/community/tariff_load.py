"""From the name or path of a community-tariff file to its checked content, its communities built."""

import hashlib
import tomllib
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from pydantic import ValidationError

from agents.strategy import StrategyError
from energy.errors import SpecError
from scenarios.community.build import Case, build_case
from scenarios.community.tariff_schema import TariffTable
from scenarios.errors import ScenarioError
from scenarios.load import first_complaint, read_toml


@dataclass(frozen=True, slots=True)
class TariffScenario:
    """A file that was read and checked, and what it says of communities and their retailer."""

    path: Path
    table: TariffTable
    sha256: str
    """Of the file's bytes."""
    case: Case


def load_tariff(path: Path) -> TariffScenario:
    """Read and check the file at ``path``.

    Raises
    ------
    ScenarioError
        With file, key, what was found and what was expected.
    """
    document, content = read_toml(path)
    try:
        table = TariffTable.model_validate(document)
    except ValidationError as error:
        raise first_complaint(path, error, TariffTable) from None
    try:
        case = build_case(path, table)
    except SpecError as error:
        raise ScenarioError(path, error.key, repr(error.value), error.rule) from error
    except StrategyError as error:
        raise ScenarioError(path, error.key, repr(error.found), error.expected) from error
    for community in case.communities:
        if not any(member.size for member in community.members):
            raise ScenarioError(
                path, f"{community.name}.energy", "0", "some energy that a contract can be about"
            )
    return TariffScenario(path, table, hashlib.sha256(content).hexdigest(), case)
