"""All parks of a batch, compiled: begin one anew, let its deciding parties look, and one time step of every copy."""

import numpy as np

from agents.policy.park_view import WAIT
from energy.compiled import compiled_together
from learning.park.layout import (
    DECIDED,
    INTERVALS,
    LEAD,
    OPENS,
    STYLE,
    BoolArray,
    Float32Array,
    FloatArray,
    IntArray,
)
from learning.park.step import decide, deliver, go_on, perceive, positions, seated


@compiled_together
def _fill(
    given: IntArray, who: int, parties: IntArray, signed: IntArray, sessions: IntArray, known: FloatArray
) -> None:
    """Begin a park anew with the parties ``given``; ``who`` decides, −1: those that the scenario says."""
    for i in range(len(parties)):
        for j in range(parties.shape[1]):
            parties[i, j] = given[i, j]
    if who >= 0:
        parties[who, STYLE] = DECIDED
    signed[:] = 0
    sessions[:] = 0
    known[:] = 0.0


@compiled_together
def _see(
    market: IntArray,
    parties: IntArray,
    buy: IntArray,
    sell: IntArray,
    net: IntArray,
    step: int,
    deciding: IntArray,
    signed: IntArray,
    sessions: IntArray,
    known: FloatArray,
    slots: IntArray,
    amounts: IntArray,
    observations: Float32Array,
    masks: BoolArray,
    seats: IntArray,
    taken: BoolArray,
) -> None:
    """Fill what the deciding parties of a park perceive, and its ``amounts``; ``seats`` and ``taken`` are room to work in."""
    amounts[:] = 0
    if 0 <= step + market[LEAD] < market[INTERVALS]:
        positions(market, parties, net, step, signed, amounts)
    seated(sessions, seats)
    for k in range(len(deciding)):
        perceive(
            market,
            parties,
            buy,
            sell,
            step,
            deciding[k],
            amounts,
            sessions,
            seats,
            known,
            slots[deciding[k]],
            observations[k],
            masks[k],
            taken,
        )


@compiled_together
def advance(
    begins: bool,
    market: IntArray,
    parties_of: IntArray,
    psi_of: FloatArray,
    buy_of: IntArray,
    sell_of: IntArray,
    net_of: IntArray,
    exported_of: IntArray,
    seats_of: IntArray,
    unit: float,
    rows: IntArray,
    next_rows: IntArray,
    deciding: IntArray,
    single: bool,
    actions: IntArray,
    steps: IntArray,
    parties: IntArray,
    signed: IntArray,
    sessions: IntArray,
    side_psi: FloatArray,
    hist: IntArray,
    deals: IntArray,
    counts: IntArray,
    known: FloatArray,
    slots: IntArray,
    amounts: IntArray,
    gains: IntArray,
    earned: IntArray,
    totals: IntArray,
    observations: Float32Array,
    masks: BoolArray,
    rewards: Float32Array,
    dones: BoolArray,
    terminal: Float32Array,
    whole: IntArray,
    pairs: IntArray,
    flags: BoolArray,
    chosen: FloatArray,
) -> int:
    """One step of every copy, or (``begins``) a new episode in each; how many have begun anew.

    ``deciding`` is (n, k), and ``actions`` (n, k) are of those parties. ``whole`` (5, P), ``pairs`` (P, 2), ``flags`` (2, P)
    and ``chosen`` (P, 5) are room to work in.
    """
    anew = 0
    P, K = parties.shape[1], deciding.shape[1]
    mine, exported = whole[3], whole[4]
    for c in range(len(rows)):
        b, step = rows[c], steps[c]
        if not begins:
            for i in range(P):
                mine[i] = WAIT
                gains[c, i] = 0
            for k in range(K):
                mine[deciding[c, k]] = actions[c, k]
            counts[c] = decide(
                market,
                parties[c],
                psi_of[b],
                buy_of[b],
                sell_of[b],
                net_of[b],
                step,
                mine,
                slots[c],
                signed[c],
                sessions[c],
                side_psi[c],
                hist[c],
                deals[c],
                counts[c],
                known[c],
                amounts[c],
                whole,
                pairs,
                flags,
                chosen,
            )
            if step >= 0:
                counts[c] = deliver(
                    parties[c],
                    buy_of[b],
                    sell_of[b],
                    exported_of[b],
                    step,
                    signed[c],
                    deals[c],
                    counts[c],
                    gains[c],
                    exported,
                )
            counts[c] = go_on(
                market,
                parties[c],
                signed[c],
                sessions[c],
                side_psi[c],
                hist[c],
                deals[c],
                counts[c],
                known[c],
            )
            for k in range(K):
                rewards[c, k] = np.float32(gains[c, deciding[c, k]] / unit)
            step += 1
            for i in range(P):
                earned[c, i] += gains[c, i]
        ends = not begins and step >= market[INTERVALS]
        dones[c] = ends
        fresh = begins
        while True:
            if fresh:
                b, step = next_rows[anew], market[OPENS]
                anew += 1
                who = -1
                if single:
                    who = seats_of[b]
                    deciding[c, 0] = who
                _fill(parties_of[b], who, parties[c], signed[c], sessions[c], known[c])
                rows[c], counts[c] = b, 0
                for i in range(P):
                    earned[c, i] = 0
            _see(
                market,
                parties[c],
                buy_of[b],
                sell_of[b],
                net_of[b],
                step,
                deciding[c],
                signed[c],
                sessions[c],
                known[c],
                slots[c],
                amounts[c],
                observations[c],
                masks[c],
                whole[0],
                flags[0],
            )
            if fresh or not ends:
                break
            for k in range(K):
                for j in range(observations.shape[2]):
                    terminal[c, k, j] = observations[c, k, j]
            for i in range(P):
                totals[c, i] = earned[c, i]
            fresh = True
        steps[c] = step
    return anew
