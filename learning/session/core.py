"""n sessions against compiled opponents: a :class:`learning.core.Core`."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from agents.tactics.bidding.time import conceded
from learning.core import BoolArray, IntArray
from learning.session.bank import BankError, SessionBank
from learning.session.copies import Copies
from learning.session.step import BETAS, advance, plans

OPPONENTS: Final = ("boulware", "linear", "conceder", "micro", "hardliner", "random", "aspiration")


class Sessions(Copies):
    """One negotiation an episode, in n copies; the docstring of ``learning.scalar`` has features and actions.

    Alternating offers of whole packages by the rules of ``market.session``: after ``bank.max_rounds`` offers the side on
    turn can still accept the last one, and a proposal ends the session without a deal. The reward is the own utility of
    what is agreed, 0 without a deal.

    Parameters
    ----------
    bank
        Sessions, of which each episode draws one; the agent has the first table.
    opponents
        Of ``OPPONENTS``; each episode draws one, and who opens. ``aspiration`` is the paper's lender, as the bank has it.
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
        unknown = [name for name in opponents if name not in OPPONENTS]
        if unknown or not opponents:
            raise BankError("opponents", unknown or "none", f"names of {', '.join(OPPONENTS)}")
        super().__init__(bank, n, encoding)
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
        self._mine: IntArray = np.zeros((n, bank.max_rounds + 2), np.int64)
        self._seen: IntArray = np.zeros((n, bank.utilities.shape[2]), np.int64)
        self.begin(0)

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
            bank.takes,
            bank.nothing,
            self.state,
            self._words,
            self._mine,
            self._seen,
            self._made,
            self._facts,
            self.observations,
            self.masks,
            self.rewards,
            self.dones,
            self.terminal,
        )
