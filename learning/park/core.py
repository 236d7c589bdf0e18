"""n parks in arrays, stepped together: a :class:`learning.seats.SeatsCore`, and with one seat a :class:`learning.core.Core`."""

import numpy as np

from agents.policy.park_view import ACTIONS, EXPERIENCE, FEATURES, SLOTS, park_spec
from learning.legal import refuse_illegal
from learning.park.batch import advance
from learning.park.layout import (
    DEAL,
    DECIDED,
    MAX_ROUNDS,
    MOST_DEALS,
    PARTY,
    SESSION,
    SIDE_PSI,
    SIGNED,
    STYLE,
    Bank,
    BoolArray,
    Float32Array,
    IntArray,
)


class Parks:
    """n parks with one or several deciding seats.

    One step of a park is one time step of its market day; an episode is the day, and ends when all is delivered and
    settled. Rewards are what the seat's deals earned over the provider when they are settled, in units of
    ``bank.unit`` token units: (price − provider's buying price) × delivered for who sells, (provider's selling price −
    price) × delivered for who buys; trade with the provider itself earns 0.

    Parameters
    ----------
    bank
        The scenarios; every episode takes the next one of an order that is drawn at :meth:`begin` and again when it is
        used up.
    seats
        Parties that decide, the same in every park; None: the one that each scenario names.
    in_order
        Scenarios are taken in the bank's order instead, copy c beginning with the c-th.
    """

    def __init__(
        self, bank: Bank, n: int, *, seats: tuple[int, ...] | None = None, in_order: bool = False
    ) -> None:
        self.bank, self.n, self.spec = bank, n, park_spec()
        self._single, self._in_order = seats is None, in_order
        P, T = bank.parties.shape[1], bank.buy.shape[1]
        k = 1 if seats is None else len(seats)
        self.seats = k
        self._fixed = seats
        self._seats = np.zeros((n, k), np.int64)
        if seats is not None:
            self._seats[:] = seats
        self._parties_of = bank.parties.copy()
        if seats is not None:
            self._parties_of[:, list(seats), STYLE] = DECIDED
        S, R = max(1, P // 2), int(bank.market[MAX_ROUNDS]) + 1
        self._rows, self._steps, self._counts = (np.zeros(n, np.int64) for _ in range(3))
        self._parties = np.zeros((n, P, PARTY), np.int64)
        self._signed = np.zeros((n, T, P, SIGNED), np.int64)
        self._sessions = np.zeros((n, S, SESSION), np.int64)
        self._side_psi = np.zeros((n, S, 2, SIDE_PSI))
        self._hist = np.zeros((n, S, R, 2), np.int64)
        self._deals = np.zeros((n, DEAL, MOST_DEALS), np.int64)
        self._known = np.zeros((n, P, P, EXPERIENCE))
        self._slots = np.full((n, P, SLOTS), -1)
        self._amounts = np.zeros((n, P), np.int64)
        self.gains = np.zeros((n, P), np.int64)
        """(n, P) token units that each party's deals earned in the last step."""
        self._earned = np.zeros((n, P), np.int64)
        self.totals = np.zeros((n, P), np.int64)
        """(n, P) token units of the last episode that ended in each copy."""
        self._room = (
            np.zeros((5, P), np.int64),
            np.zeros((P, 2), np.int64),
            np.zeros((2, P), np.bool_),
            np.zeros((P, 5)),
        )
        self._no_actions: IntArray = np.zeros((n, k), np.int64)
        self.observations: Float32Array = np.zeros((n, k, FEATURES), np.float32)
        self.masks: BoolArray = np.zeros((n, k, ACTIONS), np.bool_)
        self.rewards: Float32Array = np.zeros((n, k), np.float32)
        self.dones: BoolArray = np.zeros(n, np.bool_)
        self.truncated: BoolArray = np.zeros(n, np.bool_)
        self.terminal: Float32Array = np.zeros((n, k, FEATURES), np.float32)
        self.finished_rows: IntArray = np.zeros(n, np.int64)
        """(n,) row of the bank of the last episode that ended in each copy."""

    @property
    def rows(self) -> IntArray:
        """(n,) the scenario of the bank that each copy is in."""
        return self._rows

    @property
    def deciding(self) -> IntArray:
        """(n, seats) the parties that decide."""
        return self._seats

    def begin(self, seed: int) -> None:
        """Start all copies anew."""
        self._rng = np.random.default_rng(seed)
        self._queue = np.zeros(0, np.int64)
        self.rewards[:] = 0.0
        self._step(True, self._no_actions)

    def advance(self, actions: IntArray) -> None:
        """One action of every seat, (n, seats).

        Raises
        ------
        IllegalChoice
        """
        actions = np.ascontiguousarray(actions, np.int64).reshape(self.n, self.seats)
        refuse_illegal(actions, self.masks)
        self.finished_rows[:] = self._rows
        self._step(False, actions)

    def _step(self, begins: bool, actions: IntArray) -> None:
        b = self.bank
        if len(self._queue) < self.n:
            self._queue = np.concatenate([self._queue, self._draw(self.n)])
        anew = advance(
            begins,
            b.market,
            self._parties_of,
            b.psi,
            b.buy,
            b.sell,
            b.net,
            b.exported,
            b.seats,
            float(b.unit),
            self._rows,
            self._queue,
            self._seats,
            self._single,
            actions,
            self._steps,
            self._parties,
            self._signed,
            self._sessions,
            self._side_psi,
            self._hist,
            self._deals,
            self._counts,
            self._known,
            self._slots,
            self._amounts,
            self.gains,
            self._earned,
            self.totals,
            self.observations,
            self.masks,
            self.rewards,
            self.dones,
            self.terminal,
            *self._room,
        )
        self._queue = self._queue[anew:]

    def _draw(self, least: int) -> IntArray:
        """At least ``least`` rows of the bank to come."""
        rows: list[IntArray] = []
        while sum(map(len, rows)) < least:
            rows.append(
                np.arange(len(self.bank)) if self._in_order else self._rng.permutation(len(self.bank))
            )
        return np.concatenate(rows)


class OneSeatPark:
    """Parks whose single seat decides: a :class:`learning.core.Core`."""

    def __init__(self, bank: Bank, n: int, *, in_order: bool = False) -> None:
        self.parks = Parks(bank, n, in_order=in_order)
        self.n, self.spec = n, self.parks.spec
        p = self.parks
        self.observations, self.masks = p.observations[:, 0], p.masks[:, 0]
        self.rewards, self.terminal = p.rewards[:, 0], p.terminal[:, 0]
        self.dones, self.truncated = p.dones, p.truncated

    def begin(self, seed: int) -> None:
        self.parks.begin(seed)

    def advance(self, actions: IntArray) -> None:
        self.parks.advance(actions)
