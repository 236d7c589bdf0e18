"""A tournament: every strategy against every one, itself included, in both seats, over drawn matches and seeds."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np

from learning.execution.run import Backend, Progress, run_tasks
from learning.execution.task import Task
from learning.judging.errors import JudgingError
from learning.judging.game import Game, nash_conv, pure_equilibria, regrets, replicator, symmetric_equilibria
from learning.judging.matches import KINDS, TRADES, AnyMatch, draw_matches, opened_by
from learning.judging.measures import SessionRow, StrategyRow, landmarks, measure, payoffs, summarise
from learning.judging.play import Contender, play

STRATEGIES: Final = (
    "boulware",
    "linear",
    "conceder",
    "hardliner",
    "micro",
    "micro-rushed",
    "nash",
    "random",
    "resource",
    "tit-for-tat-absolute",
    "tit-for-tat-averaged",
    "tit-for-tat-relative",
)
"""Who plays unless others are named."""

WHOLE: Final = 14
"""Strategies up to which all supports are searched for equilibria; with more, those of up to three moves."""


@dataclass(frozen=True)
class Tournament:
    """What is played; equal tournaments have equal results wherever they run."""

    strategies: tuple[str, ...] = STRATEGIES
    """Names of strategies, and of policies: shipped ones, or files ``NAME.npz``."""
    domains: int = 40
    seeds: int = 2
    """Sessions of each pair in each match and seating; the seats take turns in opening."""
    seed: int = 0
    """Of the matches and of everything random in the sessions."""
    beside: Path | None = None
    """Folder where modules and policies of one's own are looked for first."""
    kinds: tuple[str, ...] = (TRADES,)
    """What the sessions are about, in turn."""

    def __post_init__(self) -> None:
        if not self.strategies:
            raise JudgingError("strategies", "none", "at least one")
        twice = sorted({name for name in self.strategies if self.strategies.count(name) > 1})
        if twice:
            raise JudgingError("strategies", f"{', '.join(twice)} twice", "each once")
        for key in ("domains", "seeds"):
            if getattr(self, key) < 1:
                raise JudgingError(key, getattr(self, key), "at least 1")
        if not self.kinds or set(self.kinds) - set(KINDS):
            raise JudgingError("kinds", self.kinds, f"some of {', '.join(KINDS)}")
        if self.seed < 0:
            raise JudgingError("seed", self.seed, "at least 0")

    @cached_property
    def contenders(self) -> tuple[Contender, ...]:
        """Everyone, policies loaded.

        Raises
        ------
        PolicyError
        """
        return tuple(Contender.named(name, self.beside) for name in self.strategies)

    @property
    def rounds(self) -> int | None:
        """Offers of every session where policies play, as they learned it; None without a policy: as each match is drawn.

        Raises
        ------
        JudgingError
            If they learned in sessions of different lengths.
        """
        known = {each.rounds: each.name for each in self.contenders if each.policy is not None}
        if len(known) > 1:
            told = ", ".join(f"{name} of {rounds} offers" for rounds, name in known.items())
            raise JudgingError("policies", told, "policies that learned in sessions of one length")
        return next(iter(known), None)

    @property
    def matches(self) -> list[AnyMatch]:
        """What is played."""
        return draw_matches(self.domains, self.seed, self.kinds, rounds=self.rounds)

    def check(self) -> None:
        """Load everyone before anything is played.

        Raises
        ------
        StrategyError, PolicyError, JudgingError
        """
        for contender in self.contenders:
            contender.check(self.kinds)
        _ = self.rounds

    @property
    def needs(self) -> Path | None:
        """The folder that workers elsewhere need a copy of; None if all strategies come with the project or the tasks."""
        return self.beside if any(":" in name for name in self.strategies) else None

    @property
    def sessions(self) -> int:
        """How many are played."""
        return len(self.strategies) ** 2 * self.domains * self.seeds


@dataclass(frozen=True)
class MatrixRow:
    """What one strategy got from another."""

    strategy: str
    against: str
    utility: float


@dataclass(frozen=True)
class Equilibrium:
    """A mixture that nobody gains by leaving where everybody plays it, in the empirical game."""

    mixture: tuple[float, ...]
    """One share a strategy, in the tournament's order."""
    utility: float
    """What everybody then gets."""
    nash_conv: float
    """As computed: 0 but for rounding."""


@dataclass(frozen=True)
class Result:
    """A tournament that is over."""

    tournament: Tournament
    rows: tuple[SessionRow, ...]
    strategies: tuple[StrategyRow, ...]
    """In the order of the tournament's names."""
    payoffs: tuple[tuple[float, ...], ...]
    """What each gets from each, averaged over both seats."""
    pure: tuple[tuple[str, str], ...]
    """Pure equilibria as pairs of strategies, each unordered pair once."""
    mixed: tuple[Equilibrium, ...]
    """Symmetric equilibria, pure ones among them."""
    every_support: bool
    """Whether all supports were searched."""
    uniform_nash_conv: float
    """NashConv where both draw one of all strategies, each as likely."""
    regrets: tuple[float, ...]
    """What leaving that population for each strategy would gain."""
    replicated: tuple[float, ...]
    """Shares after 10,000 steps of replicator dynamics from equal ones."""

    @property
    def ranked(self) -> list[StrategyRow]:
        """By mean utility over all sessions, the best first."""
        return sorted(self.strategies, key=lambda row: -(row.utility.mean or 0.0))


def run_tournament(
    tournament: Tournament,
    *,
    backend: Backend,
    progress: Progress = lambda what, done, total: None,
    keep: Path | None = None,
) -> Result:
    """Play and measure a tournament; ``keep`` is the folder by which an interrupted one goes on.

    Raises
    ------
    StrategyError, JudgingError, ExecutionError
        Wrong input is refused before anything is played.
    """
    tournament.check()
    contenders = tournament.contenders
    sources = tuple(contender.source for contender in contenders)
    tasks = [
        Task.of(
            f"match {match.number} {contender.name}",
            match,
            contender,
            contenders,
            tournament.seeds,
            tournament.seed,
            sources,
            root=tournament.seed,
        )
        for match in tournament.matches
        for contender in contenders
    ]
    played = run_tasks(play_match, tasks, backend=backend, progress=progress, keep=keep, what="Playing")
    return judge(tournament, [SessionRow(**entry) for entries in played for entry in entries])


def play_match(
    seed: np.random.SeedSequence,
    match: AnyMatch,
    seller: Contender,
    buyers: Sequence[Contender],
    seeds: int,
    root: int,
    sources: Sequence[str],
) -> list[dict[str, Any]]:
    """One strategy as the seller of a match against each as its buyer: a task, its rows as plain values.

    The task's own ``seed`` is not drawn from: a session's randomness follows from tournament, match and session alone,
    so that all pairs are compared with common random numbers. ``sources`` name the strategies' code, so that nothing is
    kept of what was played by other code.
    """
    del seed, sources
    marks = landmarks(match)
    rows = []
    for buyer in buyers:
        for number in range(seeds):
            session = opened_by(match, seller=match.seller_opens == (number % 2 == 0))
            played = play(session, seller, buyer, (root, match.number, number))
            rows.append(asdict(measure(played, marks, seed=number, seller=seller.name, buyer=buyer.name)))
    return rows


def judge(tournament: Tournament, rows: Sequence[SessionRow]) -> Result:
    """All figures from a tournament's sessions."""
    names = tournament.strategies
    table = payoffs(names, rows)
    game = Game.symmetric(table)
    whole = len(names) <= WHOLE
    found = symmetric_equilibria(game, largest=None if whole else 3)
    uniform = np.full(len(names), 1.0 / len(names))
    uniform[-1] = 1.0 - uniform[:-1].sum()
    return Result(
        tournament=tournament,
        rows=tuple(rows),
        strategies=tuple(summarise(name, rows, seed=tournament.seed) for name in names),
        payoffs=tuple(tuple(float(x) for x in row) for row in table),
        pure=tuple((names[i], names[j]) for i, j in pure_equilibria(game) if i <= j),
        mixed=tuple(
            Equilibrium(
                tuple(float(x) for x in mixture),
                float(mixture @ table @ mixture),
                nash_conv(game, mixture, mixture),
            )
            for mixture in found
        ),
        every_support=whole,
        uniform_nash_conv=nash_conv(game, uniform, uniform),
        regrets=tuple(float(x) for x in regrets(game, uniform)),
        replicated=tuple(float(x) for x in replicator(game, uniform)),
    )
