"""Sessions and deals of a park, compiled: begin, one move, agree, record, settle. As ``market.day`` and a ledger do it."""

from agents.policy.park_view import EXPERIENCE
from agents.policy.park_view import price_share as plain_price_share
from energy.compiled import compiled_together
from learning.park.bargain import ACCEPT, PROPOSE, fix_ends, move, offer_is_legal
from learning.park.layout import (
    ABOUT,
    ACTIVE,
    AHEAD,
    AT,
    BUYER,
    BY_ISSUE,
    CONCEDES,
    CR,
    DEAL,
    DECIDED,
    DEPOSIT,
    DL,
    E_HIGH,
    ENERGY,
    ENERGY_TICK,
    LOCKED,
    MANNER,
    MAX_ROUNDS,
    MOST_DEALS,
    P_HIGH,
    P_LOW,
    PLACE,
    PRICE,
    PRICE_TICK,
    QUEUED,
    RATING,
    ROUND,
    SELLER,
    SIDE,
    SOLD,
    STAKE,
    STYLE,
    THRESHOLD,
    FloatArray,
    IntArray,
)
from learning.park.wants import bounds, inside

price_share = compiled_together(plain_price_share)


@compiled_together
def begin(
    market: IntArray,
    parties: IntArray,
    psi: FloatArray,
    buyer: int,
    seller: int,
    amounts: IntArray,
    step: int,
    interval: int,
    buy_price: int,
    sell_price: int,
    chosen: FloatArray,
    s: IntArray,
    side_psi: FloatArray,
) -> bool:
    """Fill in a session of ``buyer`` and ``seller``; False if one of them wants none.

    ``chosen`` (P, 5) holds the fractions of ψ that the decided parties chose, −1 where they chose none: then, asked by
    another, they concede evenly.
    """
    tick, energy_tick = market[PRICE_TICK], market[ENERGY_TICK]
    low = max(buy_price, 1)
    most = min(parties[buyer, RATING], parties[seller, RATING]) // energy_tick
    if most < 1 or sell_price < low:
        return False
    top = low + (sell_price - low) // tick * tick
    s[P_LOW], s[P_HIGH], s[E_HIGH] = low, sell_price, most * energy_tick
    for side in range(2):
        who = seller if side == 1 else buyer
        amount = abs(amounts[who])
        wanted = bounds(market, parties[who], amount, side == 1, step, interval, psi[who, THRESHOLD])
        if wanted[0] > wanted[1]:
            return False
        energies = inside(energy_tick, s[E_HIGH], energy_tick, wanted[0], min(wanted[1], amount))
        prices = (
            inside(low, sell_price, tick, buy_price, sell_price)
            if side == 1
            else inside(low, sell_price, tick, low, sell_price)
        )
        if energies[0] > energies[1] or prices[0] > prices[1]:
            return False
        at = STAKE + 4 * side
        s[at] = prices[0] if side == 1 else low
        s[at + 1] = top if side == 1 else prices[1]
        s[at + 2], s[at + 3] = energies
        best, worst = (s[at + 1], s[at]) if side == 1 else (s[at], s[at + 1])
        full, least = s[at + 3], s[at + 2]
        last = max(1, market[MAX_ROUNDS] - 1)
        style = parties[who, STYLE]
        if style == DECIDED:
            s[MANNER + side] = CONCEDES
            given = chosen[who, 0] >= 0
            ip, rp = (chosen[who, 0], chosen[who, 1]) if given else (0.0, 1.0)
            dl, cr = (chosen[who, 2], chosen[who, 3]) if given else (1.0, 1.0)
            less = chosen[who, 4] if given else 1.0
            side_psi[side, 0] = best + ip * (worst - best)
            side_psi[side, 1] = best + rp * (worst - best)
            side_psi[side, 2], side_psi[side, 3] = dl * last, cr
            side_psi[side, 4] = full
            side_psi[side, 5] = full + less * (least - full)
            side_psi[side, 6], side_psi[side, 7] = dl * last, 1.0
        else:
            s[MANNER + side] = style
            dl = psi[who, DL] if psi[who, DL] > 0 else float(last)
            side_psi[side, 0], side_psi[side, 1] = best, worst
            side_psi[side, 2], side_psi[side, 3] = dl, psi[who, CR]
            side_psi[side, 4], side_psi[side, 5] = full, least
            side_psi[side, 6], side_psi[side, 7] = dl, psi[who, CR]
        fix_ends(side, s, side_psi, tick, energy_tick)
    s[ACTIVE], s[SIDE], s[SIDE + 1] = 1, buyer, seller
    s[ABOUT], s[ROUND], s[LOCKED] = interval, 0, 0
    return True


@compiled_together
def one_move(market: IntArray, s: IntArray, psi: FloatArray, hist: IntArray) -> int:
    """The mover acts once: 0 while the session goes on, 1 agreed, 2 ended without."""
    side = s[ROUND] % 2
    kind, price, energy, locked = move(
        side,
        s,
        psi,
        hist,
        market[PRICE_TICK],
        market[ENERGY_TICK],
        market[MAX_ROUNDS],
        market[BY_ISSUE] == 1,
    )
    if kind == ACCEPT:
        return 1
    if kind != PROPOSE or s[ROUND] >= market[MAX_ROUNDS]:
        return 2
    if not offer_is_legal(
        price, energy, locked, s, hist, market[PRICE_TICK], market[ENERGY_TICK], market[BY_ISSUE] == 1
    ):
        return 2
    hist[s[ROUND], 0], hist[s[ROUND], 1] = price, energy
    s[LOCKED] = locked
    s[ROUND] += 1
    return 0


@compiled_together
def record(
    deals: IntArray,
    count: int,
    seller: int,
    buyer: int,
    interval: int,
    price: int,
    energy: int,
    parties: IntArray,
    signed: IntArray,
) -> int:
    """Record a deal as a ledger does, escrow and place in the queue; the number of open deals, unchanged if refused.

    ``seller`` or ``buyer`` −1 is the provider, whose funds suffice and whose sales have no queue.
    """
    if count >= MOST_DEALS or energy <= 0:
        return count
    escrow = price * energy
    if buyer >= 0 and parties[buyer, DEPOSIT] < escrow:
        return count
    place = 0
    if seller >= 0:
        place = signed[interval, seller, QUEUED]
        if place + energy > parties[seller, RATING]:
            return count
        signed[interval, seller, QUEUED] += energy
        signed[interval, seller, SOLD] += energy
        parties[seller, AHEAD] += energy
    if buyer >= 0:
        parties[buyer, DEPOSIT] -= escrow
        signed[interval, buyer, SOLD] -= energy
        parties[buyer, AHEAD] -= energy
    deals[AT, count], deals[SELLER, count], deals[BUYER, count] = interval, seller, buyer
    deals[PRICE, count], deals[ENERGY, count], deals[PLACE, count] = price, energy, place
    return count + 1


@compiled_together
def settle(
    deals: IntArray,
    count: int,
    interval: int,
    exported: IntArray,
    buy: IntArray,
    sell: IntArray,
    parties: IntArray,
    gains: IntArray,
) -> int:
    """Settle the deals of ``interval``, whose meters read ``exported`` (P,); returns how many stay open.

    Each settles by itself, so that their order does not matter: the last takes the place of one that is done.
    """
    k = 0
    while k < count:
        if deals[AT, k] != interval:
            k += 1
            continue
        seller, buyer, price, energy = deals[SELLER, k], deals[BUYER, k], deals[PRICE, k], deals[ENERGY, k]
        delivered = energy
        if seller >= 0:
            delivered = min(max(exported[seller] - deals[PLACE, k], 0), energy)
            parties[seller, DEPOSIT] += price * delivered
            gains[seller] += (price - buy[interval]) * delivered
        if buyer >= 0:
            parties[buyer, DEPOSIT] += price * (energy - delivered)
            gains[buyer] += (sell[interval] - price) * delivered
        count -= 1
        for j in range(DEAL):
            deals[j, k] = deals[j, count]
    return count


@compiled_together
def remember(s: IntArray, hist: IntArray, agreed: bool, known: FloatArray) -> None:
    """What both sides saw of each other in a session that ended; ``known`` is (P, P, EXPERIENCE)."""
    for side in range(2):
        me, peer = s[SIDE + side], s[SIDE + 1 - side]
        at = STAKE + 4 * side
        best, worst = (s[at + 1], s[at]) if side == 1 else (s[at], s[at + 1])
        mine = known[me, peer]
        for k in range(1, EXPERIENCE):
            mine[k] = 0.0
        mine[0] += 1.0
        mine[1] = 1.0 if agreed else -1.0
        rounds = s[ROUND]
        if agreed:
            mine[2] = price_share(float(hist[rounds - 1, 0]), float(best), float(worst))
        first = 1 - side
        if rounds > first:
            last = rounds - 1 if (rounds - 1) % 2 == first else rounds - 2
            mine[3] = price_share(float(hist[first, 0]), float(best), float(worst))
            mine[4] = price_share(float(hist[last, 0]), float(best), float(worst))
