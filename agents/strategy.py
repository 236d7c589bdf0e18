"""How an agent negotiates: the interface of a strategy, and how a scenario names one.

A scenario says ``strategy = "concession"`` (a built-in, ``agents.builtin``) or ``strategy = "my_module:MyStrategy"``, a
class of the user's own in a module beside the scenario file or anywhere Python finds it. A strategy is created afresh
for each session from a frozen :class:`Context` and then asked for one action at each of its turns. Whatever it does,
:class:`Bounded` keeps it within its owner's limits: a strategy cannot sell below the reservation price.
"""

import importlib
import importlib.util
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import numpy as np

from agents.concession import Psi, concession, no_worse, to_tick, within
from market.issues import Issue, Values
from market.negotiation import Accept, Action, Negotiator, Propose, Turn
from market.trader import Brief

PRICE = 0
"""Place of the price in a trade's domain and in :attr:`Context.stakes`."""
ENERGY = 1


@dataclass(frozen=True, slots=True)
class Stake:
    """What a side may agree to on one issue: the grid values from ``low`` to ``high``, ``sense`` telling which is best."""

    issue: Issue
    low: int
    high: int
    sense: int
    """+1: more is better; −1: less is."""

    @property
    def best(self) -> int:
        """The value it would like most."""
        return self.high if self.sense > 0 else self.low

    @property
    def worst(self) -> int:
        """The last value it would take: the reservation value."""
        return self.low if self.sense > 0 else self.high

    def allows(self, value: int) -> bool:
        """Whether ``value`` is within the limits."""
        return self.low <= value <= self.high

    def value(self, psi: Psi, time: int) -> int:
        """Eq. 1 at ``time``, rounded to the grid the way a side concedes, kept within ψ's and the stake's limits."""
        grid = self.issue.low, self.issue.high, self.issue.tick
        wanted = to_tick(concession(psi.ip, psi.rp, psi.dl, psi.cr, time), *grid, self.sense)
        last = within(psi.rp, *grid, self.sense)
        kept = wanted if no_worse(wanted, last, self.sense) else last
        return min(max(kept, self.low), self.high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """All that a strategy knows when a session begins. It is private: a strategy speaks by its offers alone."""

    brief: Brief
    least: int
    most: int
    """Base units that the preference surface allows, on the grid of the energy issue."""
    reservation: int
    """Last acceptable price, token units per base unit, on the grid of the price issue."""
    parameters: Mapping[str, Any]
    """The party's own table in the scenario, as written there."""
    price_unit: int = 1
    """Token units per base unit in one unit of price as the parameters are written (1000 for token/kWh)."""
    energy_unit: int = 1
    """Base units in one unit of energy as the parameters are written (1000 for kWh)."""
    rng: np.random.Generator
    """Randomness of this session alone."""

    @property
    def stakes(self) -> tuple[Stake, Stake]:
        """Limits of price and energy. Of energy, either side wants as much as its limits allow."""
        price, energy = self.brief.domain.issues
        top = price.low + (len(price) - 1) * price.tick
        if self.brief.selling:
            asked = Stake(price, self.reservation, top, +1)
        else:
            asked = Stake(price, price.low, self.reservation, -1)
        return asked, Stake(energy, self.least, self.most, +1)


class Strategy(ABC):
    """One side's way to negotiate; a fresh object for each session, so that it may keep what it sees in it.

    Subclass it, implement :meth:`act`, name the class in a scenario. An action that the rules refuse, or one beyond
    ``context.stakes``, ends the session as a withdrawal of this side. In a signed session every offer can be accepted
    until its turn has passed: never offer what you would not honour.
    """

    def __init__(self, context: Context) -> None:
        self.context = context

    @abstractmethod
    def act(self, turn: Turn) -> Action:
        """The next action: ``Propose``, ``Accept`` or ``Withdraw``."""

    @classmethod
    def check(cls, parameters: Mapping[str, Any]) -> None:
        """Refuse wrong parameters before a run starts (:class:`ParameterError`); by default any are right."""
        del parameters


class BeyondLimits(Exception):
    """A strategy offered or accepted what its owner's preference or reservation price does not allow."""


class Bounded:
    """A negotiator whose strategy cannot go beyond its owner's stakes, whatever it returns.

    The strategy is created at its first turn, so that one that cannot be ends its session as any fault in it does.
    """

    def __init__(self, strategy: Callable[[Context], Negotiator], context: Context) -> None:
        self._create = strategy
        self._context = context
        self._stakes = context.stakes
        self._strategy: Negotiator | None = None

    def act(self, turn: Turn) -> Action:
        """The strategy's action, or :class:`BeyondLimits`."""
        if self._strategy is None:
            self._strategy = self._create(self._context)
        action = self._strategy.act(turn)
        if isinstance(action, Propose):
            self._check("offered", action.values)
        elif isinstance(action, Accept) and turn.standing is not None:
            self._check("accepted", turn.standing)
        return action

    def _check(self, what: str, values: Values) -> None:
        # The message ends in logs: it names the issue and keeps the limit, which is private, to itself.
        for stake, value in zip(self._stakes, values, strict=False):
            if not stake.allows(value):
                raise BeyondLimits(f"{what} a value of {stake.issue.name} beyond its owner's limits")


class StrategyError(ValueError):
    """A strategy that a scenario names cannot be used as it says: ``key``, what was ``found``, what was ``expected``."""

    exit_code = 2

    def __init__(self, key: str, found: object, expected: str) -> None:
        self.key, self.found, self.expected = key, found, expected
        super().__init__(f"{key}: found {found!r}, expected {expected}")


class UnknownStrategy(StrategyError):
    """No built-in strategy has this name."""


class ModuleNotLoaded(StrategyError):
    """A strategy's module is not found, or raises when it is imported."""


class NotAStrategy(StrategyError):
    """What a scenario names is missing in its module, or is no finished subclass of what it should be (:class:`Strategy`)."""


class ParameterError(StrategyError):
    """A strategy's parameter is unknown or has a wrong value; ``key`` is its place in the party's table."""

    def __init__(self, key: str, found: object, expected: str) -> None:
        super().__init__(f"parameters.{key}", found, expected)


def find_strategy(
    name: str, *, builtin: Mapping[str, type[Strategy]], beside: Path | None = None
) -> type[Strategy]:
    """The strategy class that ``name`` stands for: a built-in name, or ``module:Class``.

    Parameters
    ----------
    builtin
        Built-in strategies by name.
    beside
        Folder of the scenario file: a module there comes before one elsewhere.

    Raises
    ------
    UnknownStrategy, ModuleNotLoaded, NotAStrategy
    """
    if ":" not in name:
        if name not in builtin:
            near = ", ".join(get_close_matches(name, builtin, n=3, cutoff=0.5) or sorted(builtin))
            raise UnknownStrategy("strategy", name, f"module:Class or a built-in; nearest: {near}")
        return builtin[name]
    return find_class(name, Strategy, beside=beside)  # type: ignore[type-abstract]


_T = TypeVar("_T")


def find_class(name: str, base: type[_T], *, beside: Path | None = None) -> type[_T]:
    """The user's own subclass of ``base`` that ``name``, a ``module:Class``, stands for.

    Parameters
    ----------
    beside
        Folder of the scenario file: a module there comes before one elsewhere.

    Raises
    ------
    ModuleNotLoaded, NotAStrategy
    """
    module_name, _, class_name = name.partition(":")
    found = getattr(_module(module_name, name, beside), class_name, None)
    if found is None:
        raise NotAStrategy("strategy", name, f"a class {class_name!r} in {module_name!r}")
    if not (isinstance(found, type) and issubclass(found, base)):
        raise NotAStrategy("strategy", name, f"a subclass of {base.__name__}, not a {type(found).__name__}")
    missing: frozenset[str] = getattr(found, "__abstractmethods__", frozenset())
    if missing:
        raise NotAStrategy("strategy", name, f"a class with {', '.join(sorted(missing))}")
    return found


def _module(module_name: str, name: str, beside: Path | None) -> ModuleType:
    parts = module_name.split(".")
    if not all(part.isidentifier() for part in parts):
        raise ModuleNotLoaded("strategy", name, "module:Class with a Python module's name")
    try:
        if beside is not None:
            for path in (beside.joinpath(*parts).with_suffix(".py"), beside.joinpath(*parts, "__init__.py")):
                if path.is_file():
                    return _from_file(path.resolve(), beside.resolve())
        return importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        where = "beside the scenario file or on Python's path" if beside is not None else "on Python's path"
        raise ModuleNotLoaded("strategy", name, f"its module {where} ({error})") from error
    except Exception as error:  # importing runs foreign code
        told = f"{type(error).__name__}: {error}"
        raise ModuleNotLoaded("strategy", name, f"a module that can be imported; it raises {told}") from error


def _from_file(path: Path, folder: Path) -> ModuleType:
    """The module in ``path``, under a name of its own: two scenarios may each have a ``my_module``."""
    unique = f"wattpact_user_{sha256(str(path).encode()).hexdigest()[:12]}_{path.stem}"
    if unique in sys.modules:
        return sys.modules[unique]
    spec = importlib.util.spec_from_file_location(unique, path)
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(f"no loader for {path.name}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[unique] = module
    sys.path.insert(0, str(folder))  # so that it can import its neighbours
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[unique]
        raise
    finally:
        sys.path.remove(str(folder))
    return module
