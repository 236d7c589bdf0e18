"""One time step of a park, compiled: decisions, sessions, provider, meters, settlement, what is perceived next.

The order is that of ``market.day.TradingDay.step``; tests hold a park equal to such a day, deal by deal.
"""

import numpy as np

from agents.policy.park_view import (
    ACTIONS,
    FIRST_ORDER,
    FIRST_SESSION,
    GRID,
    LOOKAHEAD,
    PROVIDER,
    SLOTS,
    WAIT,
)
from agents.policy.park_view import write_own as plain_write_own
from agents.policy.park_view import write_peer as plain_write_peer
from energy.compiled import compiled_together
from learning.park.layout import (
    ABOUT,
    ACTIVE,
    ACTUAL,
    AHEAD,
    CAPACITY,
    DEADLINE,
    DECIDED,
    DEPOSIT,
    FIRM,
    HOME,
    INTERVALS,
    KIND,
    LEAD,
    LEVEL,
    MAX_ROUNDS,
    NEED,
    ONE_OFFER,
    OPENS,
    RANK,
    RATING,
    ROUND,
    SIDE,
    SOLD,
    STYLE,
    BoolArray,
    Float32Array,
    FloatArray,
    IntArray,
)
from learning.park.trade import begin, one_move, record, remember, settle
from learning.park.wants import at_provider, firm_net

write_own = compiled_together(plain_write_own)
write_peer = compiled_together(plain_write_peer)

_GRID = np.array(GRID)
_SHARE = np.array([share for share, _ in PROVIDER])
_DELAY = np.array([delay for _, delay in PROVIDER])


@compiled_together
def positions(
    market: IntArray, parties: IntArray, net: IntArray, step: int, signed: IntArray, out: IntArray
) -> None:
    """What each party still sells (positive) or buys in the interval that is negotiated at ``step``, (P,)."""
    interval = step + market[LEAD]
    for i in range(len(parties)):
        sold = signed[interval, i, SOLD]
        if parties[i, KIND] == HOME:
            out[i] = net[i, interval] - sold
        else:
            out[i] = firm_net(parties[i], parties[i, AHEAD] - sold, step, interval) - sold


@compiled_together
def seated(sessions: IntArray, out: IntArray) -> None:
    """The session that each party is in, (P,), −1 if none."""
    out[:] = -1
    for k in range(len(sessions)):
        if sessions[k, ACTIVE] == 1:
            out[sessions[k, SIDE]] = out[sessions[k, SIDE + 1]] = k


@compiled_together
def _next_largest(parties: IntArray, amounts: IntArray, sign: int, taken: BoolArray) -> int:
    """Who is free on this side of the market with the largest amount, ties by name; −1 if nobody is."""
    best = -1
    for i in range(len(parties)):
        if taken[i] or amounts[i] * sign <= 0:
            continue
        if (
            best < 0
            or abs(amounts[i]) > abs(amounts[best])
            or (abs(amounts[i]) == abs(amounts[best]) and parties[i, RANK] < parties[best, RANK])
        ):
            best = i
    return best


@compiled_together
def pair_up(
    parties: IntArray,
    amounts: IntArray,
    meets: BoolArray,
    asked: IntArray,
    taken: BoolArray,
    pairs: IntArray,
) -> int:
    """``market.matching.matched`` with ``largest_first``: fills ``pairs`` (buyer, seller), returns how many."""
    P = len(parties)
    count = 0
    taken[:] = False
    for i in range(P):
        j = asked[i]
        if not meets[i] or j < 0 or not meets[j] or taken[i] or taken[j]:
            continue
        if amounts[i] * amounts[j] < 0:
            pairs[count, 0], pairs[count, 1] = (int(j), i) if amounts[i] > 0 else (i, int(j))
            taken[i] = taken[j] = True
            count += 1
    for i in range(P):
        if not meets[i] or asked[i] >= 0:
            taken[i] = True
    while True:
        seller, buyer = _next_largest(parties, amounts, 1, taken), _next_largest(parties, amounts, -1, taken)
        if seller < 0 or buyer < 0:
            return count
        pairs[count, 0], pairs[count, 1] = buyer, seller
        taken[seller] = taken[buyer] = True
        count += 1


@compiled_together
def _conclude(
    s: IntArray,
    hist: IntArray,
    ended: int,
    deals: IntArray,
    count: int,
    parties: IntArray,
    signed: IntArray,
    known: FloatArray,
) -> int:
    """Record what a session agreed, and let both remember how it ended; the number of open deals."""
    after = count
    if ended == 1:
        last = s[ROUND] - 1
        price, energy = hist[last, 0], hist[last, 1]
        after = record(deals, count, s[SIDE + 1], s[SIDE], s[ABOUT], price, energy, parties, signed)
    remember(s, hist, after > count, known)
    s[ACTIVE] = 0
    return after


@compiled_together
def decide(
    market: IntArray,
    parties: IntArray,
    psi: FloatArray,
    buy: IntArray,
    sell: IntArray,
    net: IntArray,
    step: int,
    actions: IntArray,
    slots: IntArray,
    signed: IntArray,
    sessions: IntArray,
    side_psi: FloatArray,
    hist: IntArray,
    deals: IntArray,
    count: int,
    known: FloatArray,
    amounts: IntArray,
    whole: IntArray,
    pairs: IntArray,
    flags: BoolArray,
    chosen: FloatArray,
) -> int:
    """All that is decided at ``step``: who meets whom, their sessions, and orders to the provider; open deals after it.

    ``amounts`` (P,) are the `positions` at ``step``, and are brought up to date. ``whole`` (3, P), ``pairs`` (P, 2),
    ``flags`` (2, P) and ``chosen`` (P, 5) are room to work in.
    """
    P = len(parties)
    interval = step + market[LEAD]
    if not 0 <= interval < market[INTERVALS]:
        return count
    asked, begun, seats = whole[0], whole[1], whole[2]
    meets, taken = flags[0], flags[1]
    seated(sessions, seats)
    for i in range(P):
        meets[i] = seats[i] < 0
        asked[i] = -1
        chosen[i, 0] = -1.0
        if meets[i] and parties[i, STYLE] == DECIDED:
            if actions[i] >= FIRST_SESSION:
                which = actions[i] - FIRST_SESSION
                asked[i] = slots[i, which // len(_GRID)]
                for j in range(chosen.shape[1]):
                    chosen[i, j] = _GRID[which % len(_GRID), j]
            else:
                meets[i] = False
    number = pair_up(parties, amounts, meets, asked, taken, pairs)
    for k in range(number):
        buyer, seller = pairs[k]
        place = 0
        while sessions[place, ACTIVE] == 1:
            place += 1
        wanted = begin(
            market,
            parties,
            psi,
            buyer,
            seller,
            amounts,
            step,
            interval,
            buy[interval],
            sell[interval],
            chosen,
            sessions[place],
            side_psi[place],
        )
        begun[k] = place if wanted else -1
    before = count
    for k in range(number):
        place, ended = begun[k], 0
        while place >= 0 and ended == 0:
            ended = one_move(market, sessions[place], side_psi[place], hist[place])
            if ended > 0:
                count = _conclude(sessions[place], hist[place], ended, deals, count, parties, signed, known)
            elif market[ONE_OFFER] == 1:
                break
    if count > before:
        positions(market, parties, net, step, signed, amounts)
    seated(sessions, seats)
    for i in range(P):
        if seats[i] >= 0:
            continue
        amount, at = at_provider(parties[i], amounts[i], interval), interval
        if parties[i, STYLE] == DECIDED and FIRST_ORDER <= actions[i] < FIRST_SESSION:
            order = actions[i] - FIRST_ORDER
            part = int(abs(amounts[i]) * _SHARE[order])
            amount = part if amounts[i] > 0 else -part
            at = min(interval + _DELAY[order], market[INTERVALS] - 1)
        seller, buyer, price = (i, -1, buy[at]) if amount > 0 else (-1, i, sell[at])
        if amount < 0 or price > 0:
            count = record(deals, count, seller, buyer, at, price, abs(amount), parties, signed)
    return count


@compiled_together
def deliver(
    parties: IntArray,
    buy: IntArray,
    sell: IntArray,
    given: IntArray,
    interval: int,
    signed: IntArray,
    deals: IntArray,
    count: int,
    gains: IntArray,
    exported: IntArray,
) -> int:
    """Let ``interval`` happen and settle its deals; open deals after it. Readings, into ``exported`` (P,), as of ``energy.meter``."""
    for i in range(len(parties)):
        party, sold = parties[i], signed[interval, i, SOLD]
        party[AHEAD] -= sold
        if party[KIND] == HOME:
            exported[i] = given[i, interval]
            continue
        consumed = party[NEED] if interval == party[DEADLINE] else 0
        crossing = consumed - party[ACTUAL]
        wanted = crossing + sold
        drawn = min(max(wanted, 0), party[LEVEL])
        filled = min(max(-wanted, 0), party[CAPACITY] - party[LEVEL])
        party[LEVEL] += filled - drawn
        exported[i] = min(max(-(crossing + filled - drawn), 0), party[RATING])
        if consumed > 0:
            party[NEED] = 0
    return settle(deals, count, interval, exported, buy, sell, parties, gains)


@compiled_together
def go_on(
    market: IntArray,
    parties: IntArray,
    signed: IntArray,
    sessions: IntArray,
    side_psi: FloatArray,
    hist: IntArray,
    deals: IntArray,
    count: int,
    known: FloatArray,
) -> int:
    """One more offer in every session under way; open deals after it."""
    for place in range(len(sessions)):
        if sessions[place, ACTIVE] == 1:
            ended = one_move(market, sessions[place], side_psi[place], hist[place])
            if ended > 0:
                count = _conclude(sessions[place], hist[place], ended, deals, count, parties, signed, known)
    return count


@compiled_together
def perceive(
    market: IntArray,
    parties: IntArray,
    buy: IntArray,
    sell: IntArray,
    step: int,
    who: int,
    amounts: IntArray,
    sessions: IntArray,
    seats: IntArray,
    known: FloatArray,
    slots: IntArray,
    out: Float32Array,
    mask: BoolArray,
    taken: BoolArray,
) -> None:
    """What party ``who`` sees at ``step`` and what it may do.

    ``amounts`` are the `positions`, ``seats`` those of `seated`; ``slots`` (SLOTS,) are filled with whom each place stands
    for, ``taken`` (P,) is room to work in.
    """
    out[:] = 0.0
    slots[:] = -1
    interval, intervals = step + market[LEAD], market[INTERVALS]
    trading = 0 <= interval < intervals
    at = min(max(interval, 0), len(sell) - 1)
    last = min(at + LOOKAHEAD, len(sell))
    total = 0.0
    for j in range(at, last):
        total += sell[j]
    party = parties[who]
    session = seats[who]
    deadline = party[DEADLINE]
    capacity = party[CAPACITY]
    position = amounts[who] if trading else 0
    write_own(
        out,
        (step - market[OPENS]) / (intervals - market[OPENS]),
        float(position),
        float(capacity) if party[KIND] == FIRM and capacity > 0 else float(max(party[RATING], 1)),
        float(party[LEVEL]),
        float(capacity),
        float(party[NEED]),
        (deadline - interval) / intervals if deadline >= 0 else 1.0,
        float(buy[at]),
        float(sell[at]),
        total / (last - at),
        float(party[DEPOSIT]),
        1.0 if session >= 0 else 0.0,
        sessions[session, ROUND] / market[MAX_ROUNDS] if session >= 0 else 0.0,
    )
    for a in range(ACTIONS):
        mask[a] = False
    mask[WAIT] = True
    if not trading or session >= 0 or position == 0:
        return
    for k in range(len(_SHARE)):
        price = buy[min(interval + _DELAY[k], intervals - 1)]
        enough = int(abs(position) * _SHARE[k]) >= 1
        mask[FIRST_ORDER + k] = enough and (position < 0 or price > 0)
    for i in range(len(parties)):
        taken[i] = seats[i] >= 0
    for slot in range(SLOTS):
        peer = _next_largest(parties, amounts, -1 if position > 0 else 1, taken)
        if peer < 0:
            return
        taken[peer] = True
        slots[slot] = peer
        write_peer(out, slot, float(abs(amounts[peer])), float(position), known[who, peer])
        start = FIRST_SESSION + slot * len(_GRID)
        for a in range(start, start + len(_GRID)):
            mask[a] = True
