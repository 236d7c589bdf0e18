"""n sessions against compiled opponents: a :class:`learning.core.Core`."""

from collections.abc import Sequence

import numpy as np

from learning.core import BoolArray, IntArray
from learning.session.bank import SessionBank
from learning.session.copies import Copies
from learning.session.opponents import POOL, Opponent, conceded_by_time, kinds_of, opponents_of, rules_of
from learning.session.step import advance, plans
from learning.session.tactics import MODEL


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
        Of ``learning.session.opponents``, as names or with an acceptance each; each episode draws one, and who opens.
        ``aspiration`` is the paper's lender, as the bank has it.
    encoding
        ``outcomes``: an action for each outcome, and acceptance; ``levels``: 16 levels of own utility, and acceptance.
    rational
        Whether the masks forbid the agent what is worth less than no deal; False (outcomes alone) lets it learn that.
    """

    def __init__(
        self,
        bank: SessionBank,
        n: int,
        *,
        opponents: Sequence[str | Opponent] = POOL,
        encoding: str = "outcomes",
        rational: bool = True,
    ) -> None:
        known = opponents_of(opponents)
        super().__init__(bank, n, encoding, rational=rational)
        self._pool, self._rules = kinds_of(known), rules_of(known)
        shares = conceded_by_time(bank.max_rounds)
        self._plans: IntArray = np.zeros((len(bank), *shares.shape), np.int64)
        plans(shares, bank.ranked, bank.order, bank.counts, self._plans)
        self._legal: BoolArray = (bank.utilities[:, 0] >= 0.0) | (not rational)
        self._mine: IntArray = np.zeros((n, bank.max_rounds + 2), np.int64)
        self._seen: IntArray = np.zeros((n, bank.utilities.shape[2]), np.int64)
        self._heard: IntArray = np.zeros((n, bank.max_rounds + 2), np.int64)
        self._model = np.zeros((n, MODEL))
        self._lengths: IntArray = np.array([len(issue) for issue in bank.domain.issues], np.int64)
        self.begin(0)

    def _step(self, begins: bool, actions: IntArray) -> None:
        bank = self.bank
        advance(
            begins,
            self._levels,
            self._rational,
            bank.max_rounds,
            actions,
            self._pool,
            self._rules,
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
            self._heard,
            self._model,
            self._lengths,
            self._made,
            self._facts,
            self.observations,
            self.masks,
            self.rewards,
            self.dones,
            self.terminal,
        )
