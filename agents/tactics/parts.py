"""The parts by the names that scenarios use, and how they are read from a table."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from difflib import get_close_matches
from typing import Any, Final, TypeVar

from agents.strategy import ParameterError, Stake
from agents.tactics.acceptance.base import Acceptance
from agents.tactics.acceptance.combi import Combi
from agents.tactics.acceptance.const import Const
from agents.tactics.acceptance.lowest import Lowest
from agents.tactics.acceptance.next import Next
from agents.tactics.acceptance.time import Time
from agents.tactics.bidding.base import Bidding
from agents.tactics.bidding.behaviour import AbsoluteTitForTat, AveragedTitForTat, RelativeTitForTat
from agents.tactics.bidding.hardliner import Hardline
from agents.tactics.bidding.micro import Micro, RushedMicro
from agents.tactics.bidding.nash import NashAiming
from agents.tactics.bidding.random import Random
from agents.tactics.bidding.resource import ResourceDependent
from agents.tactics.bidding.time import TimeDependent
from agents.tactics.errors import PartError
from agents.tactics.models.base import Model, Unknown
from agents.tactics.models.bayesian import Bayesian
from agents.tactics.models.frequency import Frequency
from agents.tactics.utility import Additive, Gain, Utility

Part = TypeVar("Part")

BIDDING: Final[Mapping[str, Callable[..., Bidding]]] = {
    "time": TimeDependent,
    "relative": RelativeTitForTat,
    "absolute": AbsoluteTitForTat,
    "averaged": AveragedTitForTat,
    "resource": ResourceDependent,
    "micro": Micro,
    "micro-rushed": RushedMicro,
    "hardliner": Hardline,
    "random": Random,
    "nash": NashAiming,
}
ACCEPTANCE: Final[Mapping[str, Callable[..., Acceptance]]] = {
    "next": Next,
    "const": Const,
    "time": Time,
    "combi": Combi,
    "lowest": Lowest,
}
MODELS: Final[Mapping[str, Callable[..., Model]]] = {
    "none": Unknown,
    "frequency": Frequency,
    "bayesian": Bayesian,
}
"""``Perfect`` is none of them: a scenario cannot tell an agent what its counterpart prefers."""


def read_part(
    place: str, value: object, known: Mapping[str, Callable[..., Part]], default: Mapping[str, Any]
) -> Part:
    """The part that ``parameters.{place}`` describes: a name, or a table with ``name`` and the part's own parameters.

    ``default`` stands for what is left out; its parameters are those of its own name alone.

    Raises
    ------
    ParameterError
    """
    table = _table(place, value)
    name = table.pop("name", default["name"])
    if not isinstance(name, str) or name not in known:
        raise ParameterError(f"{place}.name", name, _one_of(str(name), tuple(known)))
    if name == default["name"]:
        table = {**default, **table}
        table.pop("name", None)
    names = tuple(field.name for field in fields(known[name]))  # type: ignore[arg-type]
    for key in table:
        if key not in names:
            raise ParameterError(f"{place}.{key}", table[key], _one_of(key, names) if names else "nothing")
    try:
        return known[name](**table)
    except PartError as error:
        raise ParameterError(f"{place}.{error.key}", error.found, error.expected) from None


def read_utility(value: object) -> Callable[[tuple[Stake, ...]], Utility]:
    """What ``parameters.utility`` describes, to be made for an owner's stakes: ``gain`` (of trades) or ``additive``.

    Raises
    ------
    ParameterError
    """
    table = _table("utility", value)
    name = table.pop("name", "gain")
    if name not in ("gain", "additive"):
        raise ParameterError("utility.name", name, _one_of(str(name), ("gain", "additive")))
    known = ("weights",) if name == "additive" else ()
    for key in table:
        if key not in known:
            raise ParameterError(f"utility.{key}", table[key], _one_of(key, known) if known else "nothing")
    if name == "gain":
        return lambda stakes: Gain(stakes) if len(stakes) == 2 else Additive(stakes)
    weights = table.get("weights")
    if weights is None:
        return Additive
    right = isinstance(weights, list | tuple) and all(
        isinstance(w, int | float) and not isinstance(w, bool) and 0 <= w < float("inf") for w in weights
    )
    if not right or sum(weights) <= 0:
        raise ParameterError("utility.weights", weights, "numbers of at least 0, one an issue, not all 0")
    return lambda stakes: Additive(stakes, tuple(float(w) for w in weights))


def _table(place: str, value: object) -> dict[str, Any]:
    if isinstance(value, str):
        return {"name": value}
    if not isinstance(value, Mapping):
        raise ParameterError(place, value, "a name or a table with name")
    return dict(value)


def _one_of(found: str, known: tuple[str, ...]) -> str:
    near = get_close_matches(found, known, n=1)
    return f"one of {', '.join(known)}" + (f" ({near[0]}?)" if near else "")
