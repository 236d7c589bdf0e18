"""One session of two named strategies in a match, as a market would hold it, and what came of it."""

import inspect
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from agents.builtin import load_strategy
from agents.strategy import Bounded, Strategy
from agents.tactics.composed import Tactics
from learning.judging.domains import BUYER, SELLER, Match
from market.issues import Values
from market.session import Agreed, SessionRules, SessionRun, Withdrawn

Seeds = tuple[int, ...]


@dataclass(frozen=True)
class Contender:
    """A strategy by its name, with the parameters it gets."""

    name: str
    parameters: tuple[tuple[str, Any], ...] = ()
    beside: Path | None = None
    """Folder where a module of one's own is looked for first."""

    def load(self) -> type[Strategy]:
        """Its class, its parameters checked.

        Raises
        ------
        StrategyError
            An unknown name with the nearest ones, a module that cannot be loaded, a wrong parameter.
        """
        strategy = load_strategy(self.name, beside=self.beside)
        strategy.check(dict(self.parameters))
        return strategy

    @property
    def source(self) -> str:
        """A name for the file that its code is in, as it is now."""
        file = inspect.getsourcefile(self.load())
        return "" if file is None else sha256(Path(file).read_bytes()).hexdigest()


@dataclass(frozen=True)
class Played:
    """A session that is over."""

    match: Match
    values: Values | None
    """What was agreed; None without an agreement."""
    offers: tuple[tuple[int, Values], ...]
    """(side, values) of each offer in order; sides are ``SELLER`` and ``BUYER``."""
    accepted_by: int | None
    withdrawn_by: int | None
    reason: str
    """Which fault of a strategy ended the session; empty if none did."""

    @property
    def rounds(self) -> int:
        """Offers made."""
        return len(self.offers)

    def beyond_limits(self, side: int) -> bool:
        """Whether the session ended because this side's strategy tried to go beyond its owner's limits."""
        return self.withdrawn_by == side and self.reason.startswith("BeyondLimits")


def play(match: Match, seller: Contender, buyer: Contender, seeds: Seeds) -> Played:
    """Play a match.

    Parameters
    ----------
    seeds
        Of everything random in it. Each side has its own stream, the same whoever sits there and whomever it meets:
        comparisons are made with common random numbers.
    """
    negotiators = [
        Bounded(_load(contender), match.context(side, _rng(seeds, side), _parameters(match, side, contender)))
        for side, contender in ((SELLER, seller), (BUYER, buyer))
    ]
    opener = SELLER if match.seller_opens else BUYER
    rules = SessionRules(
        domain=match.domain, max_rounds=match.max_rounds, issue_by_issue=match.issue_by_issue
    )
    run = SessionRun(rules, opener=negotiators[opener], responder=negotiators[1 - opener])
    outcome = run.finish()

    def side_of(who: int) -> int:
        return opener if who == 0 else 1 - opener

    return Played(
        match=match,
        values=outcome.values if isinstance(outcome, Agreed) else None,
        offers=tuple((side_of(offer.who), offer.values) for offer in run.trace),
        accepted_by=side_of(outcome.by) if isinstance(outcome, Agreed) else None,
        withdrawn_by=side_of(outcome.by) if isinstance(outcome, Withdrawn) else None,
        reason=outcome.reason if isinstance(outcome, Withdrawn) else "",
    )


def _load(contender: Contender) -> type[Strategy]:
    return load_strategy(contender.name, beside=contender.beside)


def _rng(seeds: Seeds, side: int) -> np.random.Generator:
    return np.random.default_rng([*seeds, side])


def _parameters(match: Match, side: int, contender: Contender) -> dict[str, Any]:
    """A strategy made of parts is told what it is judged by; one of its own parameters comes before that."""
    parameters = dict(contender.parameters)
    if match.utility == "additive" and issubclass(_load(contender), Tactics):
        weights = list(match.limits[side].weights)
        parameters.setdefault("utility", {"name": "additive", "weights": weights})
    return parameters
