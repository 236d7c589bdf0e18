"""Rubinstein's alternating offers about a pie as a batched environment of two seats.

A. Rubinstein, "Perfect equilibrium in a bargaining model", *Econometrica* 50, 1982, with shares on a grid and
so many offers that the last hardly counts (its pie is worth δ^(offers − 1)).
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.policy.errors import IllegalChoice
from agents.policy.spec import Setting, Spec
from agents.tactics.theory.rubinstein import Rubinstein as Theory
from learning.core import BoolArray, Float32Array, IntArray
from learning.seats import OneSeat
from market.issues import Domain, Issue
from market.negotiation import Accept, Propose, Turn

REST: Final = 0
"""Nothing to decide; after the last offer, refusing it."""
TAKE: Final = 1
KEEP: Final = 2
"""The first of the actions that propose to keep 0, 1, … of the grid's steps."""
NOTHING: Final = -1
"""No offer stands."""

FEATURES: Final = ("moves", "stands", "offered", "worth", "opener", "last")


class Rubinstein:
    """Two seats offer in turn how to split a pie until one takes what stands; both know everything.

    An observation says whether it is this seat's turn, whether an offer stands, which part of the pie it
    leaves this seat, what the pie is worth to it now (δ^t of its own), whether it is the opener, and whether
    no further offer is possible. The reward is δ^t × the part, when the t-th offer (from 0) is taken; 0
    before, and if the last is refused. A game of its own rules, so that an end is never a truncation.

    Parameters
    ----------
    n
        Copies.
    discounts
        Of opener and responder, in (0, 1].
    grid
        Steps of the pie.
    offers
        Most offers.
    """

    seats = 2

    def __init__(
        self,
        n: int,
        discounts: tuple[Fraction, Fraction] = (Fraction(9, 10), Fraction(4, 5)),
        grid: int = 100,
        offers: int = 40,
    ) -> None:
        self.n, self.discounts, self.grid, self.offers = n, discounts, grid, offers
        keeps = tuple(f"keep {part} of {grid}" for part in range(grid + 1))
        settings: dict[str, Setting] = {"offers": offers, "discounts": " ".join(map(str, discounts))}
        self.spec = Spec("rubinstein", FEATURES, ("rest", "take", *keeps), settings)
        times = np.arange(offers + 1)[:, None]
        self.worth: NDArray[np.float64] = np.array([[float(d) for d in discounts]]) ** times
        """δ^t of both seats, (offers + 1, 2)."""
        self.observations: Float32Array = np.zeros((n, 2, len(FEATURES)), np.float32)
        self.masks: BoolArray = np.zeros((n, 2, KEEP + grid + 1), bool)
        self.rewards: Float32Array = np.zeros((n, 2), np.float32)
        self.dones: BoolArray = np.zeros(n, bool)
        self.truncated: BoolArray = np.zeros(n, bool)
        self.terminal: Float32Array = np.zeros_like(self.observations)
        self._rows = np.arange(n)
        self._time: IntArray = np.zeros(n, np.int64)
        self._standing: IntArray = np.full(n, NOTHING, np.int64)
        self.begin(0)

    def begin(self, seed: int) -> None:
        """Start all copies anew; nothing is random."""
        self._time[:] = 0
        self._standing[:] = NOTHING
        self.rewards[:] = 0
        self.dones[:] = False
        self._show()

    def advance(self, actions: IntArray) -> None:
        """One action of both seats in each copy, (n, 2)."""
        legal = np.take_along_axis(self.masks, actions[:, :, None], axis=2)[:, :, 0]
        if not legal.all():
            row, seat = np.argwhere(~legal)[0]
            raise IllegalChoice(int(row), int(actions[row, seat]))
        mover = self._time % 2
        chosen = actions[self._rows, mover]
        took = chosen == TAKE
        self.rewards[:] = 0
        if took.any():
            self.rewards[took] = self.payoffs(self._time[took] - 1, self._standing[took])
        self.dones[:] = took | (chosen == REST)
        part = chosen - KEEP
        self._standing[:] = np.where(mover == 0, part, self.grid - part)
        self._time += 1
        if self.dones.any():
            # What the last observation says is of no use to anybody: an end by the rules has no value after it.
            self.terminal[self.dones] = self.observations[self.dones]
            self._time[self.dones] = 0
            self._standing[self.dones] = NOTHING
        self._show()

    def payoffs(self, time: IntArray, standing: IntArray) -> NDArray[np.float64]:
        """What both seats get, (k, 2), from offers at ``time`` (k,) that leave the opener ``standing`` steps."""
        parts = np.stack([standing, self.grid - standing], axis=1) / self.grid
        return self.worth[time] * parts

    def observe(self, time: IntArray, standing: IntArray, seat: int) -> Float32Array:
        """What a seat sees, (k, features), when ``standing`` (k,) stands before the offer ``time`` (k,)."""
        stands = standing != NOTHING
        part = np.where(stands, standing if seat == 0 else self.grid - standing, 0)
        columns = (
            time % 2 == seat,
            stands,
            part / self.grid,
            self.worth[time, seat],
            np.full(len(time), seat == 0),
            time == self.offers,
        )
        return np.stack(columns, axis=1).astype(np.float32)

    def allowed(self, time: IntArray, standing: IntArray, seat: int) -> BoolArray:
        """What a seat can do there, (k, actions)."""
        moves = time % 2 == seat
        offers = moves & (time < self.offers)
        masks = np.zeros((len(time), KEEP + self.grid + 1), bool)
        masks[:, REST] = ~offers
        masks[:, TAKE] = moves & (standing != NOTHING)
        masks[:, KEEP:] = offers[:, None]
        return masks

    def _show(self) -> None:
        for seat in (0, 1):
            self.observations[:, seat] = self.observe(self._time, self._standing, seat)
            self.masks[:, seat] = self.allowed(self._time, self._standing, seat)


class TheoryPlays:
    """Decides as the subgame-perfect strategy of ``agents.tactics.theory`` does, in whatever seat it is asked for."""

    def __init__(self, game: Rubinstein) -> None:
        self.grid = game.grid
        self.answers = np.stack([theory_answers(game, seat) for seat in (0, 1)])

    def __call__(self, observations: Float32Array, masks: BoolArray, begins: BoolArray) -> IntArray:
        """Actions (n, 1) from the other seat's observations (n, 1, features) and masks (n, 1, actions)."""
        moves, stands, offered, _, opener, _ = np.moveaxis(observations, 2, 0)
        seat = np.where(opener > 0, 0, 1)
        part = np.rint(offered * self.grid).astype(np.int64)
        own = np.where(stands > 0, part, NOTHING)
        answer: IntArray = self.answers[seat, own]
        # After the last offer, which is not part of the infinite game, it takes what its strategy would take.
        possible = np.take_along_axis(masks, answer[:, :, None], axis=2)[:, :, 0]
        return np.where((moves > 0) & possible, answer, REST)


def theory_answers(game: Rubinstein, seat: int) -> IntArray:
    """The subgame-perfect action by what is offered, (grid + 2,); the last entry without an offer."""
    domain = Domain((Issue("part", 0, game.grid),))
    strategy = Theory(game.discounts[seat], game.discounts[1 - seat], seat)
    answers = []
    for own in [*range(game.grid + 1), None]:
        standing = None if own is None else (own if seat == 0 else game.grid - own,)
        turn = Turn(
            time=seat,
            max_rounds=game.offers,
            domain=domain,
            issue_by_issue=False,
            standing=standing,
            locked=0,
            own_last=None,
        )
        action = strategy.act(turn)
        if isinstance(action, Accept):
            answers.append(TAKE)
        else:
            assert isinstance(action, Propose)
            part = action.values[0]
            answers.append(KEEP + (part if seat == 0 else game.grid - part))
    return np.array(answers, np.int64)


def against_theory(game: Rubinstein, seats: int | Sequence[int] = (0, 1)) -> OneSeat:
    """A ``Core`` in which theory has the other seat; in several ``seats``, copies have the learner in turn."""
    each = np.resize(np.asarray(seats, np.int64), game.n)
    return OneSeat(game, each, TheoryPlays(game))
