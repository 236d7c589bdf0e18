"""The refusals are those of the contracts' interfaces: names, fields, order, types; and each one raised is tested."""

import ast
import keyword
import pickle
import re
from dataclasses import fields
from pathlib import Path

import pytest

from market.ledger import errors
from market.ledger.errors import LedgerError

ROOT = Path(__file__).parents[3]
PYTHON_TYPES = {"address": "str", "bytes": "bytes", "bool": "bool", "uint": "int", "int": "int"}
ENUMS = {"DealStatus", "ForwardStatus", "LoanStatus", "SessionStatus", "VoteStatus"}


def declared() -> dict[str, tuple[tuple[str, str], ...]]:
    """Errors of the Solidity interfaces: for each its fields as (snake-case name, Python type)."""
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for path in sorted((ROOT / "contracts" / "interfaces").glob("*.sol")):
        text = re.sub(r"//[^\n]*|/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
        for name, arguments in re.findall(r"\berror\s+(\w+)\s*\(([^)]*)\)\s*;", text):
            values = tuple(_field(argument) for argument in arguments.split(",") if argument.strip())
            assert found.setdefault(name, values) == values, f"{name} is declared in two ways"
    return found


def _field(argument: str) -> tuple[str, str]:
    solidity, name = argument.split()
    kind = "int" if solidity in ENUMS else PYTHON_TYPES[re.sub(r"\d+$", "", solidity)]
    snake = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
    return f"{snake}_" if keyword.iskeyword(snake) else snake, kind


def classes() -> dict[str, type[LedgerError]]:
    return {
        cls.__name__: cls
        for cls in LedgerError.__subclasses__()
        if cls.__module__.startswith(errors.__name__)
    }


def test_names_fields_and_types_are_those_of_the_interfaces() -> None:
    python = {
        name: tuple((f.name, f.type.__name__) for f in fields(cls))  # type: ignore[arg-type, union-attr]
        for name, cls in classes().items()
    }
    assert python == declared()


def raised_in_memory() -> set[str]:
    """Names that the in-memory ledger's modules raise."""
    names = set()
    for path in (ROOT / "market" / "ledger").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                function = node.exc.func
                if isinstance(function, ast.Name) and function.id in classes():
                    names.add(function.id)
    return names


def test_each_refusal_of_the_in_memory_ledger_is_shown_with_its_values() -> None:
    shown = set()
    here = Path(__file__).parent
    for path in (*(ROOT / "tests" / "ledger_suite").glob("*.py"), *here.glob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                shown.add(node.func.id)
    assert raised_in_memory() - shown == set()


def test_a_refusal_says_what_was_found() -> None:
    refusal = errors.RatingExceeded(3, 10, 1001, 1000)
    assert str(refusal) == "RatingExceeded(meter=3, interval=10, quantity=1001, rating=1000)"
    assert refusal.values() == {"meter": 3, "interval": 10, "quantity": 1001, "rating": 1000}
    assert refusal == errors.RatingExceeded(3, 10, 1001, 1000)
    assert refusal != errors.RatingExceeded(3, 10, 1002, 1000)


@pytest.mark.parametrize("name", sorted(classes()))
def test_a_refusal_travels_between_processes(name: str) -> None:
    cls = classes()[name]
    refusal = cls(*range(len(fields(cls))))  # type: ignore[arg-type]
    assert pickle.loads(pickle.dumps(refusal)) == refusal
