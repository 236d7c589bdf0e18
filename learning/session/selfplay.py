"""n sessions in which both seats decide: a :class:`learning.seats.SeatsCore`."""

import numpy as np

from agents.policy.session_view import LEVELS
from energy.compiled import compiled_together
from learning.core import BoolArray, Float32Array, IntArray
from learning.session.bank import SessionBank
from learning.session.copies import Copies
from learning.session.step import (
    LAST,
    OPENER,
    ROW,
    TIME,
    FloatArray,
    WordArray,
    chosen,
    look,
    offered,
    start,
)

NOBODY = np.zeros(1, np.int64)
"""The pool from which no opponent is drawn."""


@compiled_together
def advance_seats(
    begins: bool,
    levels: bool,
    rational: bool,
    max_rounds: int,
    actions: IntArray,
    pool: IntArray,
    utilities: FloatArray,
    ranked: FloatArray,
    order: IntArray,
    counts: IntArray,
    places: FloatArray,
    state: IntArray,
    words: WordArray,
    model: FloatArray,
    made: IntArray,
    facts: FloatArray,
    observations: Float32Array,
    masks: BoolArray,
    rewards: Float32Array,
    dones: BoolArray,
    terminal: Float32Array,
) -> None:
    """The action of the seat on turn in every copy, or (``begins``) a new session in each."""
    accept = masks.shape[2] - 1
    for c in range(len(state)):
        own, row = state[c], state[c, ROW]
        done = begins
        rewards[c] = 0.0
        if not begins:
            mover = (own[TIME] + own[OPENER]) % 2
            if actions[c, mover] == accept:
                done = True
                outcome = own[LAST + 1 - mover]
                rewards[c, 0], rewards[c, 1] = utilities[row, 0, outcome], utilities[row, 1, outcome]
            elif own[TIME] >= max_rounds:
                done = True
            else:
                outcome = chosen(
                    actions[c, mover], levels, mover, own, ranked[row], order[row], places, made[c, mover]
                )
                offered(own, facts[c], mover, outcome, utilities[row])
            dones[c] = done
            if done:
                for side in range(2):
                    look(
                        side,
                        max_rounds,
                        own,
                        facts[c],
                        utilities[row],
                        places,
                        counts[row, side],
                        terminal[c, side],
                    )
        if done:
            start(c, len(utilities), pool, own, words, model[c], facts[c])
            row = own[ROW]
            made[c] = 0
        mover = (own[TIME] + own[OPENER]) % 2
        for side in range(2):
            look(
                side,
                max_rounds,
                own,
                facts[c],
                utilities[row],
                places,
                counts[row, side],
                observations[c, side],
            )
            if side != mover:
                masks[c, side] = False
                masks[c, side, accept] = True
                continue
            if levels:
                masks[c, side, :LEVELS] = True
            else:
                for outcome in range(accept):
                    masks[c, side, outcome] = not rational or utilities[row, side, outcome] >= 0.0
            standing = own[LAST + 1 - side]
            masks[c, side, accept] = standing >= 0 and (not rational or utilities[row, side, standing] >= 0.0)


class SessionPairs(Copies):
    """Both seats of one negotiation, in n copies; rules, actions and observations as of ``Sessions``.

    A step is one seat's turn. The seat that is not on turn has one legal action, the last, which then means nothing.
    """

    seats = 2

    def __init__(
        self, bank: SessionBank, n: int, *, encoding: str = "outcomes", rational: bool = True
    ) -> None:
        super().__init__(bank, n, encoding, (2,), rational=rational)
        self._no_model = np.zeros((n, 0))
        self.begin(0)

    def _step(self, begins: bool, actions: IntArray) -> None:
        bank = self.bank
        advance_seats(
            begins,
            self._levels,
            self._rational,
            bank.max_rounds,
            actions,
            NOBODY,
            bank.utilities,
            bank.ranked,
            bank.order,
            bank.counts,
            bank.places,
            self.state,
            self._words,
            self._no_model,
            self._made,
            self._facts,
            self.observations,
            self.masks,
            self.rewards,
            self.dones,
            self.terminal,
        )
