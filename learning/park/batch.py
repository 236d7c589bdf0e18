"""All parks of a batch, compiled: begin one anew, let one party look, and one time step of every copy."""

from agents.policy.park_view import WAIT
from energy.compiled import compiled_together
from learning.park.layout import (
    DECIDED,
    DEPOSIT,
    INTERVALS,
    LEAD,
    LEVEL,
    NEED,
    OPENS,
    STYLE,
    BoolArray,
    Float32Array,
    FloatArray,
    IntArray,
)
from learning.park.step import decide, deliver, go_on, perceive, positions


@compiled_together
def fill(
    c: int,
    row: int,
    who: int,
    parties_of: IntArray,
    parties: IntArray,
    steps: IntArray,
    opens: int,
    level: IntArray,
    need: IntArray,
    balance: IntArray,
    planned: IntArray,
    ahead: IntArray,
    committed: IntArray,
    sessions: IntArray,
    known: FloatArray,
    counts: IntArray,
) -> None:
    """Begin copy ``c`` anew with scenario ``row``; ``who`` decides, −1: those that the scenario says."""
    for i in range(parties_of.shape[1]):
        for j in range(parties_of.shape[2]):
            parties[c, i, j] = parties_of[row, i, j]
        if who >= 0 and i == who:
            parties[c, i, STYLE] = DECIDED
        level[c, i] = parties_of[row, i, LEVEL]
        need[c, i] = parties_of[row, i, NEED]
        balance[c, i] = parties_of[row, i, DEPOSIT]
        ahead[c, i] = 0
    planned[c] = 0
    committed[c] = 0
    sessions[c] = 0
    known[c] = 0.0
    counts[c] = 0
    steps[c] = opens


@compiled_together
def see(
    market: IntArray,
    parties: IntArray,
    buy: IntArray,
    sell: IntArray,
    net: IntArray,
    step: int,
    seats: IntArray,
    level: IntArray,
    need: IntArray,
    balance: IntArray,
    planned: IntArray,
    ahead: IntArray,
    sessions: IntArray,
    known: FloatArray,
    slots: IntArray,
    observations: Float32Array,
    masks: BoolArray,
    amounts: IntArray,
    taken: BoolArray,
) -> None:
    """Fill what the deciding parties of a park perceive; ``amounts`` and ``taken`` (P,) are room to work in."""
    amounts[:] = 0
    if 0 <= step + market[LEAD] < market[INTERVALS]:
        positions(market, parties, net, step, level, need, planned, ahead, amounts)
    for k in range(len(seats)):
        perceive(
            market,
            parties,
            buy,
            sell,
            step,
            seats[k],
            amounts,
            level,
            need,
            balance,
            sessions,
            known,
            slots[seats[k]],
            observations[k],
            masks[k],
            taken,
        )


@compiled_together
def advance(
    market: IntArray,
    parties_of: IntArray,
    psi_of: FloatArray,
    buy_of: IntArray,
    sell_of: IntArray,
    net_of: IntArray,
    exported_of: IntArray,
    rows: IntArray,
    next_rows: IntArray,
    next_seats: IntArray,
    seats: IntArray,
    single: bool,
    actions: IntArray,
    parties: IntArray,
    steps: IntArray,
    level: IntArray,
    need: IntArray,
    balance: IntArray,
    planned: IntArray,
    ahead: IntArray,
    committed: IntArray,
    sessions: IntArray,
    side_psi: FloatArray,
    hist: IntArray,
    deals: IntArray,
    counts: IntArray,
    known: FloatArray,
    slots: IntArray,
    gains: IntArray,
    earned: IntArray,
    totals: IntArray,
    observations: Float32Array,
    masks: BoolArray,
    dones: BoolArray,
    terminal: Float32Array,
    whole: IntArray,
    flags: BoolArray,
    chosen: FloatArray,
) -> int:
    """One step of every copy; how many ended and began anew. ``seats`` is (n, k), ``actions`` (n, k)."""
    ended = 0
    mine, exported = whole[5], whole[6]
    for c in range(len(rows)):
        b = rows[c]
        step = steps[c]
        mine[:] = WAIT
        for k in range(seats.shape[1]):
            mine[seats[c, k]] = actions[c, k]
        gains[c] = 0
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
            level[c],
            need[c],
            balance[c],
            planned[c],
            ahead[c],
            committed[c],
            sessions[c],
            side_psi[c],
            hist[c],
            deals[c],
            counts[c],
            known[c],
            whole,
            flags,
            chosen,
        )
        if step >= 0:
            counts[c] = deliver(
                market,
                parties[c],
                buy_of[b],
                sell_of[b],
                exported_of[b],
                step,
                level[c],
                need[c],
                balance[c],
                planned[c],
                ahead[c],
                deals[c],
                counts[c],
                gains[c],
                exported,
            )
        steps[c] = step + 1
        counts[c] = go_on(
            market,
            parties[c],
            sessions[c],
            side_psi[c],
            hist[c],
            deals[c],
            counts[c],
            balance[c],
            committed[c],
            planned[c],
            ahead[c],
            known[c],
        )
        for i in range(parties.shape[1]):
            earned[c, i] += gains[c, i]
        dones[c] = steps[c] >= market[INTERVALS]
        if dones[c]:
            see(
                market,
                parties[c],
                buy_of[b],
                sell_of[b],
                net_of[b],
                steps[c],
                seats[c],
                level[c],
                need[c],
                balance[c],
                planned[c],
                ahead[c],
                sessions[c],
                known[c],
                slots[c],
                terminal[c],
                masks[c],
                whole[0],
                flags[0],
            )
            for i in range(parties.shape[1]):
                totals[c, i] = earned[c, i]
                earned[c, i] = 0
            rows[c] = next_rows[ended]
            who = -1
            if single:
                who = next_seats[ended]
                seats[c, 0] = who
            ended += 1
            fill(
                c,
                rows[c],
                who,
                parties_of,
                parties,
                steps,
                market[OPENS],
                level,
                need,
                balance,
                planned,
                ahead,
                committed,
                sessions,
                known,
                counts,
            )
            b = rows[c]
        see(
            market,
            parties[c],
            buy_of[b],
            sell_of[b],
            net_of[b],
            steps[c],
            seats[c],
            level[c],
            need[c],
            balance[c],
            planned[c],
            ahead[c],
            sessions[c],
            known[c],
            slots[c],
            observations[c],
            masks[c],
            whole[0],
            flags[0],
        )
    return ended
