"""n sessions against compiled opponents: a :class:`learning.core.Core`."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from agents.policy.errors import IllegalChoice
from agents.policy.session_view import FACTS, FEATURES, session_spec
from agents.tactics.bidding.time import conceded
from learning.core import BoolArray, Float32Array, IntArray
from learning.session.bank import BankError, SessionBank
from learning.session.step import BETAS, STATE, advance, first_illegal, plans

OPPONENTS: Final = ("boulware", "linear", "conceder", "micro", "hardliner", "random")
ENCODINGS: Final = ("outcomes", "levels")


class Sessions:
    """One negotiation an episode, in n copies; the docstring of ``learning.scalar`` has features and actions.

    Alternating offers of whole packages by the rules of ``market.session``: after ``bank.max_rounds`` offers the side on
    turn can still accept the last one, and a proposal ends the session without a deal. The reward is the own utility of
    what is agreed, 0 without a deal.

    Parameters
    ----------
    bank
        Sessions, of which each episode draws one; the agent has the first table.
    opponents
        Of ``OPPONENTS``; each episode draws one, and who opens.
    encoding
        ``outcomes``: an action for each outcome, and acceptance; ``levels``: 16 levels of own utility, and acceptance.
    """

    def __init__(
        self,
        bank: SessionBank,
        n: int,
        *,
        opponents: Sequence[str] = OPPONENTS,
        encoding: str = "outcomes",
    ) -> None:
        if encoding not in ENCODINGS:
            raise BankError("encoding", repr(encoding), " or ".join(ENCODINGS))
        unknown = [name for name in opponents if name not in OPPONENTS]
        if unknown or not opponents:
            raise BankError("opponents", unknown or "none", f"names of {', '.join(OPPONENTS)}")
        m = bank.utilities.shape[2]
        self.bank, self.n = bank, n
        self._levels = encoding == "levels"
        self.spec = session_spec(m, bank.max_rounds, levels=self._levels)
        self._pool: IntArray = np.array([OPPONENTS.index(name) for name in opponents], np.int64)
        last = max(1, bank.max_rounds - 1)
        shares = np.array(
            [
                [
                    conceded(min(1.0, t / last), beta=beta, kappa=0.0, family="polynomial")
                    for t in range(bank.max_rounds + 1)
                ]
                for beta in BETAS
            ]
        )
        self._plans: IntArray = np.zeros((len(bank), *shares.shape), np.int64)
        plans(shares, bank.ranked, bank.order, bank.counts, self._plans)
        self._legal: BoolArray = bank.utilities[:, 0] >= 0.0
        self.state: IntArray = np.zeros((n, STATE), np.int64)
        """(n, STATE) whole numbers of each session, as ``learning.session.step`` names them."""
        self._words = np.zeros(n, np.uint64)
        self._mine: IntArray = np.zeros((n, bank.max_rounds + 2), np.int64)
        self._seen: IntArray = np.zeros((n, m), np.int64)
        self._facts = np.zeros((n, 2, FACTS))
        self._no_actions: IntArray = np.zeros(n, np.int64)
        self.observations: Float32Array = np.zeros((n, len(FEATURES)), np.float32)
        self.masks: BoolArray = np.zeros((n, len(self.spec.actions)), np.bool_)
        self.rewards: Float32Array = np.zeros(n, np.float32)
        self.dones: BoolArray = np.zeros(n, np.bool_)
        self.truncated: BoolArray = np.zeros(n, np.bool_)
        self.terminal: Float32Array = np.zeros((n, len(FEATURES)), np.float32)
        self.begin(0)

    def begin(self, seed: int) -> None:
        """Start all copies anew; each has a stream of random numbers of its own."""
        self._words[:] = np.random.default_rng(seed).integers(0, 2**63, self.n, np.uint64)
        self.rewards[:] = 0.0
        self.dones[:] = False
        self._step(True, self._no_actions)

    def advance(self, actions: IntArray) -> None:
        """One action in each copy, (n,), answered by the opponent.

        Raises
        ------
        IllegalChoice
        """
        actions = np.ascontiguousarray(actions, np.int64).reshape(self.n)
        c = first_illegal(actions, self.masks)
        if c >= 0:
            raise IllegalChoice(c, int(actions[c]))
        self._step(False, actions)

    def _step(self, begins: bool, actions: IntArray) -> None:
        bank = self.bank
        advance(
            begins,
            self._levels,
            bank.max_rounds,
            actions,
            self._pool,
            self._plans,
            self._legal,
            bank.utilities,
            bank.ranked,
            bank.order,
            bank.counts,
            bank.places,
            self.state,
            self._words,
            self._mine,
            self._seen,
            self._facts,
            self.observations,
            self.masks,
            self.rewards,
            self.dones,
            self.terminal,
        )
