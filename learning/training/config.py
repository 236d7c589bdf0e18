"""One frozen configuration of a training, with everything that its result depends on besides the world."""

import json
import math
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from pydantic import TypeAdapter, ValidationError

from learning.training.errors import ConfigError

ACTIVATIONS = ("tanh", "relu")
DRAWS = ("uniform", "hardest")

POOL, LEAGUE, BOTH = AGAINST = ("pool", "league", "pool+league")
"""Scripted counterparts; past selves in the other seats; or some copies of the world with these, some with those."""


@dataclass(frozen=True, kw_only=True)
class LeagueSettings:
    """Which past selves the learner meets.

    Attributes
    ----------
    share : float
        Part of the copies that are played against past selves, in (0, 1]; the others, where there are such, against the
        pool.
    snapshot_every : int
        Rollouts from one snapshot to the next.
    size : int
        Most snapshots kept, the newest always.
    newest : float
        Chance of meeting the newest, in [0, 1]; the rest goes by ``draw`` over all.
    draw : str
        ``uniform``, or ``hardest``: the more often the less the learner earned against it (prioritised
        fictitious self-play; O. Vinyals et al., *Nature* 575, 2019, with returns in place of chances to win).
    """

    share: float = 1.0
    snapshot_every: int = 4
    size: int = 8
    newest: float = 0.5
    draw: str = "hardest"

    def __post_init__(self) -> None:
        _whole(self, "league.", "snapshot_every", "size")
        _within(self, "league.", 0, 1, "share", "newest")
        if self.share == 0:
            raise ConfigError("league.share", self.share, "more than 0, or no league")
        if self.draw not in DRAWS:
            raise ConfigError("league.draw", self.draw, f"one of {', '.join(DRAWS)}")


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """PPO with masks (J. Schulman et al., arXiv:1707.06347; S. Huang, S. Ontañón, arXiv:2006.14171).

    Attributes
    ----------
    steps : int
        Decisions to learn from, of all copies together; rounded up to whole rollouts.
    copies, horizon : int
        Copies of the world, and decisions of each in a rollout.
    batch, epochs : int
        Decisions a gradient step looks at, and passes over a rollout.
    learning_rate, learning_rate_end : float
        At the first and after the last step, a straight line between.
    entropy, entropy_end : float
        Weight of the entropy bonus, likewise.
    gamma, gae_lambda : float
        Discount of a decision's delay, and of the generalised advantage estimate, in [0, 1].
    clip : float
        How far a probability may move in an update, as a part of itself.
    value_weight, max_gradient : float
        Weight of the critic's loss, and the largest norm of a gradient.
    hidden : tuple of int
        Widths of the hidden layers, of actor and critic each.
    activation : str
        ``tanh`` or ``relu``.
    seed : int
        Of everything random.
    checkpoint_every : int
        Rollouts from one checkpoint to the next; there the worlds begin anew, so it is part of the result.
    threads : int
        Of torch; results are equal from run to run with one.
    league : LeagueSettings or None
        Of a training against past selves, alone or beside a pool.
    """

    steps: int = 1_000_000
    copies: int = 64
    horizon: int = 128
    batch: int = 2048
    epochs: int = 4
    learning_rate: float = 3e-4
    learning_rate_end: float = 0.0
    entropy: float = 0.01
    entropy_end: float = 0.0
    gamma: float = 0.99
    gae_lambda: float = 0.95
    clip: float = 0.2
    value_weight: float = 0.5
    max_gradient: float = 0.5
    hidden: tuple[int, ...] = (64, 64)
    activation: str = "tanh"
    seed: int = 0
    checkpoint_every: int = 16
    threads: int = 1
    league: LeagueSettings | None = field(default=None)

    def __post_init__(self) -> None:
        _whole(self, "", "steps", "copies", "horizon", "batch", "epochs", "checkpoint_every", "threads")
        _within(self, "", 0, 1, "learning_rate", "learning_rate_end", "gamma", "gae_lambda")
        _within(self, "", 0, math.inf, "entropy", "entropy_end", "clip", "value_weight", "max_gradient")
        if self.rollout % self.batch:
            raise ConfigError("batch", self.batch, f"a divisor of copies × horizon = {self.rollout}")
        if any(width < 1 for width in self.hidden):
            raise ConfigError("hidden", self.hidden, "widths of at least 1")
        if self.activation not in ACTIVATIONS:
            raise ConfigError("activation", self.activation, f"one of {', '.join(ACTIVATIONS)}")
        if self.seed < 0:
            raise ConfigError("seed", self.seed, "at least 0")

    @property
    def rollout(self) -> int:
        """Decisions of a rollout, of all copies."""
        return self.copies * self.horizon

    @property
    def rollouts(self) -> int:
        """Rollouts of the training."""
        return -(-self.steps // self.rollout)

    @property
    def against(self) -> str:
        """Whom it learns from: one of :data:`AGAINST`."""
        if self.league is None:
            return POOL
        return LEAGUE if self.league.share == 1 else BOTH

    def to_json(self) -> str:
        """Canonical text, as it is stored with the policy."""
        return json.dumps(asdict(self), indent=1)

    @classmethod
    def from_json(cls, text: str) -> "TrainConfig":
        """The configuration of :meth:`to_json`."""
        try:
            return cls.from_table(json.loads(text))
        except json.JSONDecodeError as error:
            raise ConfigError("text", text[:40], f"JSON ({error})") from error

    @classmethod
    def from_table(cls, table: dict[str, Any]) -> "TrainConfig":
        """From what a file says; missing keys have their defaults.

        Raises
        ------
        ConfigError
            For an unknown key, or a value of another kind or out of its range.
        """
        for prefix, kind, part in (("", cls, table), ("league.", LeagueSettings, table.get("league") or {})):
            unknown = sorted(set(part) - {f.name for f in fields(kind)}) if isinstance(part, dict) else []
            if unknown:
                raise ConfigError(f"{prefix}{unknown[0]}", part[unknown[0]], "no such key")
        try:
            return TypeAdapter(cls).validate_python(table)
        except ValidationError as error:
            first = error.errors()[0]
            if isinstance(cause := first.get("ctx", {}).get("error"), ConfigError):
                raise cause from error
            raise ConfigError(".".join(map(str, first["loc"])), first["input"], first["msg"]) from error


def _whole(owner: object, prefix: str, *names: str) -> None:
    for name in names:
        if (found := getattr(owner, name)) < 1:
            raise ConfigError(prefix + name, found, "a whole number of at least 1")


def _within(owner: object, prefix: str, low: float, high: float, *names: str) -> None:
    for name in names:
        found = getattr(owner, name)
        if not (low <= found <= high and math.isfinite(found)):
            expected = (
                f"in [{low:g}, {high:g}]" if math.isfinite(high) else f"a finite number of at least {low:g}"
            )
            raise ConfigError(prefix + name, found, expected)
