"""n sessions in arrays: what those against compiled opponents and those between two seats have in common."""

from typing import Final

import numpy as np

from agents.policy.session_view import FACTS, FEATURES, session_spec
from learning.core import BoolArray, Float32Array, IntArray
from learning.legal import refuse_illegal
from learning.session.bank import BankError, SessionBank
from learning.session.step import STATE

ENCODINGS: Final = ("outcomes", "levels")


class Copies:
    """The arrays of a :class:`learning.core.Core`, or with ``seats`` of a :class:`learning.seats.SeatsCore`.

    Parameters
    ----------
    seats
        The axis of the deciding seats, ``()`` or ``(2,)``.
    rational
        Whether what is worth less than no deal is illegal to offer and to accept. Levels are of what is not.
    """

    def __init__(
        self,
        bank: SessionBank,
        n: int,
        encoding: str,
        seats: tuple[int, ...] = (),
        *,
        rational: bool = True,
    ) -> None:
        if encoding not in ENCODINGS:
            raise BankError("encoding", repr(encoding), " or ".join(ENCODINGS))
        if not rational and encoding == "levels":
            raise BankError(
                "rational", False, "the encoding outcomes: levels are of what is worth no less than no deal"
            )
        self._rational = rational
        self.bank, self.n, self._levels = bank, n, encoding == "levels"
        self.spec = session_spec(bank.utilities.shape[2], bank.max_rounds, levels=self._levels)
        actions, features = len(self.spec.actions), len(FEATURES)
        self.state: IntArray = np.zeros((n, STATE), np.int64)
        """(n, STATE) whole numbers of each session, as ``learning.session.step`` names them."""
        self._words = np.zeros(n, np.uint64)
        self._made: IntArray = np.zeros((n, 2, bank.utilities.shape[2] if self._levels else 1), np.int64)
        """How often each seat has offered each outcome in its session, where it offers by levels."""
        self._facts = np.zeros((n, 2, FACTS))
        self._no_actions: IntArray = np.zeros((n, *seats), np.int64)
        self.observations: Float32Array = np.zeros((n, *seats, features), np.float32)
        self.masks: BoolArray = np.zeros((n, *seats, actions), np.bool_)
        self.rewards: Float32Array = np.zeros((n, *seats), np.float32)
        self.dones: BoolArray = np.zeros(n, np.bool_)
        self.truncated: BoolArray = np.zeros(n, np.bool_)
        self.terminal: Float32Array = np.zeros((n, *seats, features), np.float32)

    def begin(self, seed: int) -> None:
        """Start all copies anew; each has a stream of random numbers of its own."""
        self._words[:] = np.random.default_rng(seed).integers(0, 2**63, self.n, np.uint64)
        self.rewards[:] = 0.0
        self.dones[:] = False
        self._step(True, self._no_actions)

    def advance(self, actions: IntArray) -> None:
        """One action in each seat of each copy; the opponent, if it is no seat, answers at once.

        Raises
        ------
        IllegalChoice
        """
        actions = np.ascontiguousarray(actions, np.int64).reshape(self._no_actions.shape)
        refuse_illegal(actions, self.masks)
        self._step(False, actions)

    def _step(self, begins: bool, actions: IntArray) -> None:
        """The action in every copy, or (``begins``) a new session in each."""
        raise NotImplementedError
