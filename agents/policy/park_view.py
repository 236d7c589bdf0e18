"""What a party of a park perceives when it decides, and what it can decide: the interface of park policies.

The functions take plain numbers, so that the batched environment compiles them as they stand and a deployed agent calls
them from what it sees itself. All of it is the party's own (surplus or deficit, store, deadline, tokens), public (tariff,
what peers announce), or its own experience of its peers. Peers stand in :data:`SLOTS` places, the largest announcement
first: so a policy plays in markets of any size.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.policy.spec import Spec

SLOTS: Final = 3
"""Peers that a decision can choose among."""

PROVIDER: Final = ((1.0, 0), (0.5, 0), (1.0, 4), (0.5, 4))
"""Orders to the provider: share of what is left or short, intervals of delay of the delivery."""

INITIAL: Final = (0.0, 0.25)
"""ip of the price, as the part of the way from the best to the reservation price."""
RESERVATION: Final = (0.0, 0.5, 1.0)
"""rp of the price, on the same way, no better than ip; where they are the same nothing is conceded."""
DEADLINE: Final = (0.5, 1.0)
"""dl, as a part of the session's last offer."""
RATE: Final = (0.2, 1.0, 5.0)
"""cr of the price."""
AMOUNT: Final = (0.0, 1.0)
"""rp of the amount, as the part of the way from the most to the least; at 0 it does not concede."""

Fractions = tuple[float, float, float, float, float]
"""(ip, rp, dl, cr) of the price and rp of the amount; the amount starts at the most and concedes evenly by the same dl."""

GRID: Final[tuple[Fractions, ...]] = tuple(
    (ip, rp, dl, cr, amount)
    for ip in INITIAL
    for rp in RESERVATION
    for dl in DEADLINE
    for cr in RATE
    for amount in AMOUNT
    if rp > ip or (rp == ip and dl == DEADLINE[-1] and cr == 1.0)  # standing still has no pace
)
"""Every ψ that can be chosen."""

LOOKAHEAD: Final = 8
"""Intervals over which the provider's price ahead is averaged."""

WAIT: Final = 0
FIRST_ORDER: Final = 1
FIRST_SESSION: Final = 1 + len(PROVIDER)
ACTIONS: Final = FIRST_SESSION + SLOTS * len(GRID)

_OWN: Final = (
    "time",
    "position",
    "sells",
    "buys",
    "level",
    "room",
    "need",
    "urgency",
    "spread",
    "price ahead",
    "tokens",
    "busy",
    "round",
)
_PEER: Final = ("there", "amount", "met", "agreed", "share", "opening", "last")
OWN: Final = len(_OWN)
PEER: Final = len(_PEER)
FEATURES: Final = OWN + SLOTS * PEER

EXPERIENCE: Final = 5
"""Numbers kept of each peer: sessions, agreed in the last (−1, 1), own share of the price range there, and where the peer's
first and last prices stood in it; 0 before there were any."""


def park_spec() -> Spec:
    """What every park policy sees and does."""
    orders = tuple(f"provider {share:g} after {delay}" for share, delay in PROVIDER)
    sessions = tuple(
        f"peer {slot} ip {ip:g} rp {rp:g} dl {dl:g} cr {cr:g} amount {amount:g}"
        for slot in range(SLOTS)
        for ip, rp, dl, cr, amount in GRID
    )
    features = _OWN + tuple(f"peer {slot} {name}" for slot in range(SLOTS) for name in _PEER)
    return Spec("park", features, ("wait", *orders, *sessions))


def prices_known(intervals: int, lead: int) -> int:
    """How many intervals from the first of a run on a tariff is looked at."""
    return intervals + lead + max(delay for _, delay in PROVIDER) + 2


def session_of(action: int) -> tuple[int, Fractions] | None:
    """(slot, ψ) of an action that negotiates, otherwise None."""
    if action < FIRST_SESSION:
        return None
    slot, which = divmod(action - FIRST_SESSION, len(GRID))
    return slot, GRID[which]


def price_share(price: float, best: float, reservation: float) -> float:
    """Where ``price`` stands for who wants ``best``: 1 there, 0 at its reservation price, −1 far beyond."""
    span = best - reservation
    if span == 0:
        return 1.0 if price == best else 0.0
    return min(max((price - reservation) / span, -1.0), 1.0)


def write_own(
    out: NDArray[np.float32],
    time: float,
    position: float,
    scale: float,
    level: float,
    capacity: float,
    need: float,
    urgency: float,
    buy_price: float,
    sell_price: float,
    sell_ahead: float,
    tokens: float,
    busy: float,
    round_share: float,
) -> None:
    """Write the first :data:`OWN` features.

    Parameters
    ----------
    time
        Part of the run that is over.
    position, scale
        Base units to sell (positive) or to buy, and what they are measured by (> 0).
    level, capacity, need
        Of the store; 0 without one.
    urgency
        Part of the run that is left until its deadline; 1 without one.
    sell_ahead
        Mean selling price of the provider over the next intervals, token units per base unit.
    tokens
        Free token units.
    round_share
        Part of its session that is over; 0 when not in one.
    """
    out[0] = min(max(time, -1.0), 1.0)
    out[1] = min(max(position / scale, -1.0), 1.0)
    out[2] = 1.0 if position > 0 else 0.0
    out[3] = 1.0 if position < 0 else 0.0
    out[4] = level / capacity if capacity > 0 else 0.0
    out[5] = 1.0 - level / capacity if capacity > 0 else 0.0
    out[6] = min(need / scale, 1.0)
    out[7] = min(max(urgency, 0.0), 1.0)
    out[8] = (sell_price - buy_price) / sell_price if sell_price > 0 else 0.0
    out[9] = min(max(sell_ahead / sell_price - 1.0, -1.0), 1.0) if sell_price > 0 else 0.0
    cost = -position * sell_price
    out[10] = min(tokens / cost, 1.0) if cost > 0 else 1.0
    out[11] = busy
    out[12] = round_share


def write_peer(
    out: NDArray[np.float32], slot: int, amount: float, position: float, known: NDArray[np.float64]
) -> None:
    """Write the features of the peer in ``slot``, which announced ``amount`` (absolute); ``known`` is :data:`EXPERIENCE`."""
    at = OWN + slot * PEER
    out[at] = 1.0
    out[at + 1] = min(amount / abs(position), 2.0) / 2.0 if position != 0 else 0.0
    out[at + 2] = min(known[0] / 4.0, 1.0)
    for k in range(1, EXPERIENCE):
        out[at + 2 + k] = known[k]
