"""One move of a scripted side in a session about price and energy, compiled.

Twins of ``agents.builtin`` (:class:`~agents.builtin.Concession`, :class:`~agents.builtin.Hardliner`) and of the relative
tit-for-tat of ``agents.tactics`` with AC_combi; tests play both against each other offer by offer. The formulas
themselves are the ones that those use, compiled as they stand.
"""

from agents.concession import concession as plain_concession
from agents.concession import no_worse as plain_no_worse
from agents.concession import to_tick as plain_to_tick
from energy.compiled import compiled_together, compiled_with
from learning.park.layout import (
    E_HIGH,
    FIRST,
    HARDLINE,
    IMITATES,
    LAST,
    LOCKED,
    MANNER,
    P_HIGH,
    P_LOW,
    ROUND,
    STAKE,
    FloatArray,
    IntArray,
)
from market.session import offer_fault as plain_offer_fault
from market.session import on_grid as plain_on_grid

PROPOSE = 0
ACCEPT = 1
WITHDRAW = 2

concession = compiled_together(plain_concession)
no_worse = compiled_together(plain_no_worse)
to_tick = compiled_together(plain_to_tick)
offer_fault = compiled_with(plain_offer_fault, on_grid=compiled_together(plain_on_grid))


@compiled_together
def conceded_value(
    ip: float,
    rp: float,
    dl: float,
    cr: float,
    time: float,
    low: int,
    high: int,
    tick: int,
    sense: int,
    least: int,
    most: int,
    last: int,
) -> int:
    """``agents.strategy.Stake.value``: Eq. 1 on the grid, within ψ's limit ``last`` and the stake's."""
    wanted = to_tick(concession(ip, rp, dl, cr, time), low, high, tick, sense)
    kept = wanted if no_worse(wanted, last, sense) else last
    return min(max(kept, least), most)


@compiled_together
def fix_ends(side: int, s: IntArray, psi: FloatArray, price_tick: int, energy_tick: int) -> None:
    """Write the first and last values of a side's price and energy, which stay the same through a session."""
    for i in range(2):
        sense = 1 if i == 1 or side == 1 else -1
        low, high, tick = (
            (energy_tick, s[E_HIGH], energy_tick) if i == 1 else (s[P_LOW], s[P_HIGH], price_tick)
        )
        at = STAKE + 4 * side + 2 * i
        ip, rp, dl, cr = psi[side, 4 * i], psi[side, 4 * i + 1], psi[side, 4 * i + 2], psi[side, 4 * i + 3]
        last = to_tick(rp, low, high, tick, -sense)
        s[LAST + 2 * side + i] = last
        s[FIRST + 2 * side + i] = conceded_value(
            ip, rp, dl, cr, 0.0, low, high, tick, sense, s[at], s[at + 1], last
        )


@compiled_together
def _concede(
    i: int, side: int, s: IntArray, psi: FloatArray, hist: IntArray, tick: int, low: int, high: int
) -> int:
    """A side's own value of issue ``i`` at its turn (``Concession._own``)."""
    time = s[ROUND]
    sense = 1 if i == 1 or side == 1 else -1
    first = s[FIRST + 2 * side + i]
    if s[MANNER + side] == HARDLINE:
        return int(first)
    if time > 0 and no_worse(hist[time - 1, i], first, sense):
        value = first
    else:
        at, p = STAKE + 4 * side + 2 * i, 4 * i
        value = conceded_value(
            psi[side, p],
            psi[side, p + 1],
            psi[side, p + 2],
            psi[side, p + 3],
            float(time),
            low,
            high,
            tick,
            sense,
            s[at],
            s[at + 1],
            s[LAST + 2 * side + i],
        )
    if time > 1 and no_worse(value, hist[time - 2, i], sense):
        return int(hist[time - 2, i])
    return int(value)


@compiled_together
def _gain(price: int, energy: int, worst: int, best: int, sense: int, most: int, tick: int) -> float:
    """``agents.tactics.utility.Gain`` of one outcome."""
    ticks = (price - worst) * sense / tick
    top = ((best - worst) * sense / tick + 1.0) * most
    gain = (ticks + 1.0) * min(energy, most) / top
    if ticks < 0:
        return -abs(gain) + ticks / top
    return gain


@compiled_together
def _imitate(i: int, side: int, s: IntArray, hist: IntArray, tick: int, deadline: int) -> int:
    """Relative tit-for-tat on issue ``i`` (``RelativeTitForTat`` by issue, lag 1, linear until there are two offers)."""
    time = s[ROUND]
    sense = 1 if i == 1 or side == 1 else -1
    least, most = s[STAKE + 4 * side + 2 * i], s[STAKE + 4 * side + 2 * i + 1]
    best, worst = (most, least) if sense > 0 else (least, most)
    if time < 3:  # fewer than two offers of the counterpart, or none of its own
        value = best + min(1.0, time / deadline) * (worst - best)
    else:
        own, before, after = hist[time - 2, i], hist[time - 3, i], hist[time - 1, i]
        value = float(own)
        if before > 0 and after > 0:
            value = own * before / after
    return to_tick(value, least, most, tick, sense)


@compiled_together
def _imitator_accepts(
    side: int, s: IntArray, hist: IntArray, tick: int, bid: tuple[int, int], max_rounds: int, deadline: int
) -> bool:
    """AC_combi(0.9, max): the own next offer decides, and late the best of the counterpart's latest offers."""
    time = s[ROUND]
    at = STAKE + 4 * side
    sense = 1 if side == 1 else -1
    best, worst = (s[at + 1], s[at]) if sense > 0 else (s[at], s[at + 1])
    most = s[at + 3]
    worth = _gain(hist[time - 1, 0], hist[time - 1, 1], worst, best, sense, most, tick)
    if worth >= _gain(bid[0], bid[1], worst, best, sense, most, tick) - 1e-12:
        return True
    if min(1.0, time / deadline) < 0.9:
        return False
    left = max(0, (max_rounds - time) // 2)
    top = 0.0
    if left > 0:
        top = worth
        count, t = 0, time - 1
        while t >= 0 and count < left:
            top = max(top, _gain(hist[t, 0], hist[t, 1], worst, best, sense, most, tick))
            t -= 2
            count += 1
    return worth >= top - 1e-12


@compiled_together
def move(
    side: int,
    s: IntArray,
    psi: FloatArray,
    hist: IntArray,
    price_tick: int,
    energy_tick: int,
    max_rounds: int,
    by_issue: bool,
) -> tuple[int, int, int, int]:
    """(PROPOSE, ACCEPT or WITHDRAW; price, energy, locks) of ``side`` at its turn."""
    time, locked = s[ROUND], s[LOCKED]
    sense = 1 if side == 1 else -1
    at = STAKE + 4 * side
    imitates = s[MANNER + side] == IMITATES
    deadline = max(1, max_rounds - 1)
    price = hist[time - 1, 0] if locked & 1 else 0  # what is locked stays
    energy = hist[time - 1, 1] if locked & 2 else 0
    if imitates:
        if not locked & 1:
            price = _imitate(0, side, s, hist, price_tick, deadline)
        if not locked & 2:
            energy = _imitate(1, side, s, hist, energy_tick, deadline)
    else:
        if not locked & 1:
            price = _concede(0, side, s, psi, hist, price_tick, s[P_LOW], s[P_HIGH])
        if not locked & 2:
            energy = _concede(1, side, s, psi, hist, energy_tick, energy_tick, s[E_HIGH])
    if time == 0:
        return PROPOSE, price, energy, 0
    there, amount = hist[time - 1, 0], hist[time - 1, 1]
    price_fits = s[at] <= there <= s[at + 1]
    energy_fits = s[at + 2] <= amount <= s[at + 3]
    if (
        imitates
        and price_fits
        and energy_fits
        and _imitator_accepts(side, s, hist, price_tick, (price, energy), max_rounds, deadline)
    ):
        return ACCEPT, there, amount, locked
    good = locked
    if price_fits and no_worse(there, price, sense):
        good |= 1
    if energy_fits and no_worse(amount, energy, 1):
        good |= 2
    if good == 3:
        if not imitates:
            return ACCEPT, there, amount, locked
        good = locked
    if not by_issue:
        return PROPOSE, price, energy, 0
    return PROPOSE, there if good & 1 else price, amount if good & 2 else energy, good


@compiled_together
def offer_is_legal(
    price: int,
    energy: int,
    locked: int,
    s: IntArray,
    hist: IntArray,
    price_tick: int,
    energy_tick: int,
    by_issue: bool,
) -> bool:
    """``market.session.offer_fault`` of an offer in a session that is under way."""
    time = s[ROUND]
    standing = hist[time - 1] if time > 0 else hist[0, :0]
    fault, _ = offer_fault(
        (price, energy),
        locked,
        standing,  # type: ignore[arg-type]
        s[LOCKED],
        (s[P_LOW], energy_tick),
        (s[P_HIGH], s[E_HIGH]),
        (price_tick, energy_tick),
        by_issue,
    )
    return fault == 0
