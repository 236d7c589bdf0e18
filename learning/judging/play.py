"""One session of two contenders in a match, as a market would hold it, and what came of it."""

import inspect
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import numpy as np

from agents.builtin import NAMED, load_strategy
from agents.loan_negotiator import LoanNegotiator
from agents.policy.find import load_policy, shipped_policies
from agents.policy.negotiator import PolicyNegotiator
from agents.policy.network import Policy
from agents.policy.session_view import session_spec
from agents.strategy import Bounded, Strategy, UnknownStrategy
from agents.tactics.composed import Tactics
from agents.tactics.table import TABLE_STRATEGIES, table_seat
from learning.judging.domains import BUYER, SELLER, Match
from learning.judging.loans import LoanMatch
from learning.judging.matches import LOANS, TRADES, AnyMatch
from market.issues import Values
from market.negotiation import Negotiator
from market.session import Agreed, SessionRules, SessionRun, Withdrawn

Seeds = tuple[int, ...]

PAPER: Final = "aspiration"
"""In sessions about loans: the cooperative's agent (Algorithms 4 and 5 of its paper)."""


@dataclass(frozen=True)
class Contender:
    """A strategy by its name, with the parameters it gets; or a learned policy."""

    name: str
    parameters: tuple[tuple[str, Any], ...] = ()
    beside: Path | None = None
    """Folder where a module or a policy of one's own is looked for first."""
    policy: Policy | None = field(default=None, compare=False, repr=False)

    @classmethod
    def named(cls, name: str, beside: Path | None = None) -> "Contender":
        """A shipped policy's name or a file ``NAME.npz``, or otherwise a strategy's name.

        Raises
        ------
        PolicyError
            If the file cannot be read.
        """
        learned = name.endswith(".npz") or (name in shipped_policies() and name not in NAMED)
        return cls(name, beside=beside, policy=load_policy(name, beside) if learned else None)

    def load(self) -> type[Strategy]:
        """The class of a strategy in trades, its parameters checked.

        Raises
        ------
        StrategyError
            An unknown name with the nearest ones, a module that cannot be loaded, a wrong parameter.
        """
        strategy = load_strategy(self.name, beside=self.beside)
        strategy.check(dict(self.parameters))
        return strategy

    def check(self, kinds: Sequence[str]) -> None:
        """Refuse who cannot play in sessions of one of these kinds.

        Raises
        ------
        StrategyError, SpecMismatch
        """
        if self.policy is not None:
            self.policy.spec.check(session_spec(0, self.rounds or 1, levels=True))
            return
        if TRADES in kinds:
            self.load()
        known = (*TABLE_STRATEGIES, PAPER)
        if LOANS in kinds and self.name not in known:
            near = ", ".join(get_close_matches(self.name, known, n=3, cutoff=0.5) or known)
            raise UnknownStrategy("strategy", self.name, f"for loans a built-in or a policy; nearest: {near}")

    @property
    def rounds(self) -> int | None:
        """How many offers the sessions have that a policy learned in; None of a strategy."""
        found = None if self.policy is None else self.policy.spec.settings.get("max_rounds")
        return found if isinstance(found, int) else None

    @property
    def source(self) -> str:
        """A name for the file that its code or its weights are in, as it is now."""
        if self.policy is not None:
            return sha256(self.policy.to_bytes()).hexdigest()
        if ":" not in self.name and self.name not in NAMED:
            return ""
        file = inspect.getsourcefile(self.load())
        return "" if file is None else sha256(Path(file).read_bytes()).hexdigest()


@dataclass(frozen=True)
class Played:
    """A session that is over."""

    match: AnyMatch
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


def play(match: AnyMatch, seller: Contender, buyer: Contender, seeds: Seeds) -> Played:
    """Play a match.

    Parameters
    ----------
    seeds
        Of everything random in it. Each side has its own stream, the same whoever sits there and whomever it meets:
        comparisons are made with common random numbers.
    """
    negotiators = [
        seated(match, side, contender, _rng(seeds, side))
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


def seated(match: AnyMatch, side: int, contender: Contender, rng: np.random.Generator) -> Negotiator:
    """Who decides for a side of a match."""
    if contender.policy is not None:
        return PolicyNegotiator(
            contender.policy,
            match.domain,
            match.table(side),
            opens=match.seller_opens == (side == SELLER),
            max_rounds=match.max_rounds,
        )
    if isinstance(match, LoanMatch):
        if contender.name == PAPER:
            return LoanNegotiator(match.ground(side))
        return TABLE_STRATEGIES[contender.name].seated(table_seat(match.domain, match.table(side), rng))
    strategy = load_strategy(contender.name, beside=contender.beside)
    return Bounded(strategy, match.context(side, rng, _parameters(match, side, contender, strategy)))


def _rng(seeds: Seeds, side: int) -> np.random.Generator:
    return np.random.default_rng([*seeds, side])


def _parameters(match: Match, side: int, contender: Contender, strategy: type[Strategy]) -> dict[str, Any]:
    """A strategy made of parts is told what it is judged by; one of its own parameters comes before that."""
    parameters = dict(contender.parameters)
    if match.utility == "additive" and issubclass(strategy, Tactics):
        weights = list(match.limits[side].weights)
        parameters.setdefault("utility", {"name": "additive", "weights": weights})
    return parameters
