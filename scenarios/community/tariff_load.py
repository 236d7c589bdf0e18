"""From the name or path of a community-tariff file to its checked content, its communities built."""

from dataclasses import dataclass
from pathlib import Path

from agents.strategy import StrategyError
from energy.errors import SpecError
from scenarios.community.build import Case, build_case
from scenarios.community.tariff_schema import TariffTable
from scenarios.errors import ScenarioError
from scenarios.load import SHIPPED, read_table, read_toml


@dataclass(frozen=True, slots=True)
class TariffScenario:
    """A file that was read and checked, and what it says of communities and their retailer."""

    path: Path
    table: TariffTable
    sha256: str
    """Of the file's bytes."""
    case: Case


def find_tariff(name: str) -> Path | None:
    """The file of a shipped scenario's name, or a user's own, if it is one with communities; otherwise None.

    Raises
    ------
    ScenarioError
        If a user's own is no TOML.
    """
    path = Path(name)
    if path.suffix != ".toml":
        shipped = SHIPPED / f"{name}.toml"
        return shipped if name.startswith("community-") and shipped.is_file() else None
    return path if path.is_file() and "community" in read_toml(path)[0] else None


def load_tariff(path: Path) -> TariffScenario:
    """Read and check the file at ``path``.

    Raises
    ------
    ScenarioError
        With file, key, what was found and what was expected.
    """
    table, sha256 = read_table(path, TariffTable)
    try:
        case = build_case(path, table)
    except SpecError as error:
        raise ScenarioError(path, _place(error), repr(error.value), error.rule) from error
    except StrategyError as error:
        raise ScenarioError(path, error.key, repr(error.found), error.expected) from error
    return TariffScenario(path, table, sha256, case)


def _place(error: SpecError) -> str:
    """The key with its table before it, where that was noted."""
    notes = getattr(error, "__notes__", ())
    return ".".join([*(note.removeprefix("at ") for note in notes if note.startswith("at ")), error.key])
